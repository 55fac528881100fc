"""Two seats speak in turn until the planned length is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.conversation.kind import Kind
from colloquia.conversation.steps import End, Speak, Step, following
from colloquia.conversation.transcript import turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.transcript import Event


@dataclass(frozen=True, kw_only=True)
class Dialogue(Kind):
    """Seats take turns in order, beginning with the opener."""

    most_seats = 2
    seats_may_change = True

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return whose turn it is, or the end by length."""
        said = turns(events)
        if len(said) >= self.num_turns:
            return End(reason="length")
        if not said:
            return Speak(role=self.roles[0], line=self.opening)
        return Speak(role=following(said[-1].role, self.roles, self.setup.absent(len(said))))
