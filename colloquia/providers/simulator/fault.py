"""What a fault is: one thing that goes wrong, by where in the making of an answer it steps in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.providers.simulator.clock import Clock
    from colloquia.providers.simulator.script import Action, Answer
    from colloquia.providers.simulator.shapes import Shape
    from colloquia.providers.simulator.speech import Speech


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What an answer without a model may depend on."""

    shape: Shape
    clock: Clock
    model: str
    provider: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that goes wrong, under its name in a plan."""

    name: str
    does: str
    """What happens, in a sentence."""
    row: int
    """The row of the fault matrix it belongs to."""
    fits_only: Literal["whole", "streamed"] | None = None
    """The only requests that it can happen to; None for all."""
    is_free: bool = False
    """True where what was served is not billed."""

    def fits(self, *, is_streamed: bool) -> bool:
        """Tell whether it can happen to a request."""
        return self.fits_only in (None, "streamed" if is_streamed else "whole")

    def streams(self, *, is_streamed: bool) -> bool:
        """Tell whether the answer is a stream."""
        return is_streamed


@dataclass(frozen=True, kw_only=True, slots=True)
class Declines(Fault):
    """An answer in place of a reply; no model is asked and nothing billed."""

    answer: Callable[[Scene], Answer]


@dataclass(frozen=True, kw_only=True, slots=True)
class Misspeaks(Fault):
    """The model itself does something odd; it shows in streams and in whole replies."""

    change: Callable[[Speech], Speech]


@dataclass(frozen=True, kw_only=True, slots=True)
class Garbles(Fault):
    """The body of a whole reply is not as it should be; a request for a stream is answered whole."""

    change: Callable[[Answer], Answer]

    def streams(self, *, is_streamed: bool) -> bool:
        """Say no."""
        del is_streamed
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsettles(Fault):
    """A stream is not as it should be; a request for a whole reply is spared, unless the fault is to stream it."""

    change: Callable[[Answer], Answer]

    def streams(self, *, is_streamed: bool) -> bool:
        """Say yes."""
        del is_streamed
        return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Disconnects(Fault):
    """The reply is well, the way to the client is not."""

    change: Callable[[list[Action]], list[Action]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeats(Fault):
    """The reply bears the id of the reply before it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refuses(Fault):
    """Nobody listens; it happens in a stretch of time, and not to a request."""
