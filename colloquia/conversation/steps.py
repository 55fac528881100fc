"""What a procedure can ask for next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from colloquia.conversation.draws import Draws
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


def nobody(_said: int) -> frozenset[str]:
    """Return the roles that are not there where all always are."""
    return frozenset()


def following(role: str, roles: Sequence[str], absent: Collection[str] = ()) -> str:
    """Return who comes after ``role`` in order, of those who are there."""
    start = roles.index(role) + 1
    return next(each for each in (*roles[start:], *roles[:start]) if each not in absent)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a procedure is made for: one conversation."""

    roles: tuple[str, ...]
    """In seat order."""
    opener: str
    num_turns: int
    """Utterances, all seats together."""
    opening: str | None
    """A scripted line said as turn 1; None where the opener is asked."""
    draws: Draws
    absent: Callable[[int], frozenset[str]] = nobody
    """The roles that are not there when so many turns were said."""

    @property
    def from_opener(self) -> tuple[str, ...]:
        """The roles in seat order, beginning with the opener."""
        start = self.roles.index(self.opener)
        return self.roles[start:] + self.roles[:start]


class Procedure(Protocol):
    """A pure function from the transcript to the next step; so every procedure resumes, forks and replays."""

    @property
    def num_turns(self) -> int:
        """Utterances, all seats together."""

    def lengthened(self, num_turns: int) -> Procedure:
        """Return the same procedure with another length."""

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return what comes after ``events``; the same events always give the same step."""


class ProcedureChoice(Protocol):
    """A procedure and its settings, before there is a conversation to hold."""

    def made(self, setup: Setup) -> Procedure:
        """Return the procedure of a conversation."""

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation."""
