"""Other ways to hold a lane: what is common elsewhere, and lanes with a bug planted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from colloquia.running.lanes import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.running.pace import Departure

PAUSE_SECONDS = 1.0
"""How long a rival's lane waits after a refusal that says nothing."""


class Fixed(Lane):
    """A fixed number of calls at once; a refusal closes the lane for its hint, or for a second."""

    def __init__(self, widest: int, *, now: Callable[[], float], at_once: int) -> None:
        del widest
        super().__init__(at_once, now=now)
        self._width = float(at_once)

    def succeeded(self, left: Departure, seconds_per_token: float | None = None) -> None:
        """Change nothing."""

    def refused(self, left: Departure, hint_seconds: float | None = None) -> None:
        """Wait."""
        del left
        self.close_for(hint_seconds or PAUSE_SECONDS)

    def stumbled(self) -> None:
        """Change nothing."""


class Aimd(Fixed):
    """One more call at once with each round of successes, half as many with each refusal."""

    def succeeded(self, left: Departure, seconds_per_token: float | None = None) -> None:
        """Add a little."""
        del left, seconds_per_token
        self._width = min(self._width + 1 / self._width, 128.0)
        self._freed.set()

    def refused(self, left: Departure, hint_seconds: float | None = None) -> None:
        """Halve, and wait."""
        self._width = max(self._width / 2, 1.0)
        super().refused(left, hint_seconds)


class ForgetsHints(Lane):
    """A lane that does not heed what the server asks for."""

    def close_for(self, seconds: float) -> None:
        """Do nothing."""


class CutsEachTime(Lane):
    """A lane that takes every refusal for an episode of its own."""

    def refused(self, left: Departure, hint_seconds: float | None = None) -> None:
        """Forget that the cut was made."""
        self.pace._cut_at = float("-inf")  # noqa: SLF001 (a bug is planted)
        super().refused(left, hint_seconds)


RIVALS: dict[str, Callable[..., Lane]] = {
    "8 at once": partial(Fixed, at_once=8),
    "32 at once": partial(Fixed, at_once=32),
    "128 at once": partial(Fixed, at_once=128),
    "AIMD, +1 and half": partial(Aimd, at_once=8),
}
PLANTED: dict[str, tuple[Callable[..., Lane], str]] = {
    "forget the hint": (ForgetsHints, "Let calls leave although the server asks to wait."),
    "cut on every refusal": (CutsEachTime, "Cut the pace on every refusal of one episode."),
}
