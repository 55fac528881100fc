"""What a procedure can ask for next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.transcript import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Speak:
    """``role`` takes the next turn."""

    role: str
    line: str | None = None
    """A scripted line that is said in place of asking the model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Announce:
    """A text is made known; it is no turn."""

    text: str
    audience: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """The conversation is over."""

    reason: str
    """``length``, or the procedure's own word for how it ended."""


Step = Speak | Announce | End


class Procedure(Protocol):
    """A pure function from the transcript to the next step; so every procedure resumes, forks and replays."""

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return what comes after ``events``; the same events always give the same step."""
