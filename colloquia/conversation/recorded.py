"""A conversation in which one seat is asked and the others say lines that were recorded in another conversation.

The other conversation is the donor. Each line of a role is said at that role's next turn, in order; where the donor
has come to its end and has no further line, the conversation ends as ``donor_failed``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import structs

from colloquia.conversation.steps import End, Speak, Step
from colloquia.conversation.transcript import turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.steps import Procedure
    from colloquia.conversation.transcript import Event, Turn

DONOR_FAILED = "donor_failed"
UNKNOWN_LINE = " " * 800
"""Stands for a line that the donor has not said yet; about as long as a reply is likely to be."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A procedure in which all seats but one say what a donor said."""

    procedure: Procedure
    live: str
    """The role that is asked."""
    lines: tuple[tuple[str, str | None], ...] | None = None
    """Role and text of each turn of the donor; None where the donor has not been held yet."""

    @property
    def num_turns(self) -> int:
        """Utterances, all seats together."""
        return self.procedure.num_turns

    def of(self, donor: Sequence[Turn]) -> Recorded:
        """Return the same with the lines of a donor."""
        return replace(self, lines=tuple((turn.role, turn.content) for turn in donor))

    def lengthened(self, num_turns: int) -> Recorded:
        """Return the same with another length."""
        return replace(self, procedure=self.procedure.lengthened(num_turns))

    def outcomes(self, said: Sequence[Turn]) -> Mapping[str, str | float | None]:
        """Return what came of a conversation, by column of its table."""
        return self.procedure.outcomes(said)

    def earnings(self, said: Sequence[Turn]) -> Mapping[int, float]:
        """Return what moves earned their players, by turn."""
        return self.procedure.earnings(said)

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return what the procedure asks for, with the donor's line where the role is not the live one."""
        step = self.procedure.next_step(events)
        if not isinstance(step, Speak) or step.role == self.live:
            return step
        line = self._line(step.role, sum(turn.role == step.role for turn in turns(events)))
        return End(reason=DONOR_FAILED) if line is None else structs.replace(step, line=line)

    def _line(self, role: str, number: int) -> str | None:
        if self.lines is None:
            return UNKNOWN_LINE
        own = [text for speaker, text in self.lines if speaker == role]
        return own[number] if number < len(own) else None
