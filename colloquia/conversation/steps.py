"""What a procedure can ask for next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from colloquia.conversation.draws import Draws
    from colloquia.conversation.transcript import Event, Turn


class Speak(Struct, kw_only=True, frozen=True, gc=False):
    """``role`` takes the next turn."""

    role: str
    line: str | None = None
    """A scripted line that is said in place of asking the model."""
    audience: tuple[str, ...] | None = None
    """Roles that hear it; None where all do."""


class Options(Protocol):
    """The moves that there are."""

    def read(self, text: str) -> str | None:
        """Return the move that a text makes, as it stands in the log; None where it makes none.

        What it returns reads as itself.
        """

    @property
    def example(self) -> str:
        """A text that makes a move, for whoever only wants to see how a conversation would go."""


def unheard(text: str) -> str:  # noqa: ARG001 (whatever was said)
    """Return what others hear of a move that they learn of by announcement only."""
    return ""


class Move(Struct, kw_only=True, frozen=True):
    """Each of ``roles`` makes a move, and none sees another's before all have made theirs.

    The moves of one step are asked for at once; the procedure is asked for its next step when all of them are made.
    """

    roles: tuple[str, ...]
    """In seat order."""
    round: int
    """1, 2, ..."""
    options: Options | Mapping[str, Options]
    """The same for all, or by role."""
    lines: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Scripted texts by role, in place of asking its model."""
    audience: tuple[str, ...] | None = None
    """Roles that hear of it; None where all do."""
    heard: Callable[[str], str] = unheard
    """What the others hear of a text once the round is complete; nothing where an announcement tells them."""
    invalid_ends: bool = True
    """Whether a text that makes no move ends the conversation; none is ever asked for again."""

    def read(self, role: str, text: str) -> str | None:
        """Return the move that a role's text makes; None where it makes none."""
        return self._options_of(role).read(text)

    def example(self, role: str) -> str:
        """Return a text that makes a move of a role."""
        return self._options_of(role).example

    def _options_of(self, role: str) -> Options:
        return self.options[role] if isinstance(self.options, Mapping) else self.options


class Announce(Struct, kw_only=True, frozen=True, gc=False):
    """A text is made known; it is no turn."""

    text: str
    audience: tuple[str, ...] | None = None


class End(Struct, kw_only=True, frozen=True, gc=False):
    """The conversation is over."""

    reason: str
    """``length``, or the procedure's own word for how it ended."""


Step = Speak | Move | Announce | End


def nobody(_said: int) -> frozenset[str]:
    """Return the roles that are not there where all always are."""
    return frozenset()


def following(role: str, roles: Sequence[str], absent: Collection[str] = ()) -> str:
    """Return who comes after ``role`` in order, of those who are there."""
    start = roles.index(role) + 1
    if not absent:
        return roles[start % len(roles)]
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

    @cached_property
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

    def outcomes(self, said: Sequence[Turn]) -> Mapping[str, str | float | None]:
        """Return what came of a conversation, by column of its table."""

    def earnings(self, said: Sequence[Turn]) -> Mapping[int, float]:
        """Return what moves earned their players, by turn."""


class ProcedureChoice(Protocol):
    """A procedure and its settings, before there is a conversation to hold."""

    @property
    def kind(self) -> str:
        """Its name, or ``FILE.py:NAME``."""

    @property
    def version(self) -> int:
        """Rises when its code changes what is said."""

    def made(self, setup: Setup, own: Mapping[str, Any] | None = None) -> Procedure:
        """Return the procedure of a conversation; ``own`` are those of the researcher whose code may be run."""

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation."""
