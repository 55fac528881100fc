"""What a conversation is before anything is said in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from colloquia.conversation.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from colloquia.conversation.draws import Draws
    from colloquia.conversation.participants import Seat
    from colloquia.conversation.probes import Probe
    from colloquia.conversation.steps import Procedure
    from colloquia.conversation.stopping import Rule
    from colloquia.conversation.transcript import Turn


@dataclass(frozen=True, kw_only=True)
class Talk:
    """All that decides what is said in one conversation, the models' answers apart."""

    trial_id: str
    seats: tuple[Seat, ...]
    procedure: Procedure
    kickoff: str
    go_on: str
    stop: tuple[Rule, ...]
    draws: Draws
    schedule: Schedule = field(default_factory=Schedule)
    """What happens besides, at given turns."""
    probes: tuple[Probe, ...] = ()
    """What is asked beside the conversation, in the order of the study."""
    asked_from: int = 0
    """Turns before which nothing is asked: a fork has the answers before from its parent."""

    @cached_property
    def seat_of(self) -> Mapping[str, Seat]:
        """The seats by role."""
        return {seat.role: seat for seat in self.seats}

    def heard_by(self, turn: Turn) -> Iterator[str]:
        """Yield the friendly names of the other seats that hear of ``turn``, in seat order."""
        deaf = {turn.role, *self.schedule.absent(turn.turn_id - 1)}
        for seat in self.seats:
            if seat.role not in deaf and (turn.audience is None or seat.role in turn.audience):
                yield seat.participant.name
