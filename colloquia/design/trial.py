"""One scheduled conversation, with the id that is made of what it consists of.

``trial_id = uuid5(NAMESPACE, canonical JSON)`` (sorted keys, no spaces) of everything that decides what is said; what
does not (the planned length, notes, titles, prices, paths, keys) is no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from colloquia.conversation.hashing import canonical_json
from colloquia.conversation.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from colloquia.conversation.participants import Seat
    from colloquia.conversation.stopping import Rule
    from colloquia.conversation.talk import Talk
    from colloquia.conversation.transcript import Turn

FORMAT = 1
"""Version of the identity; a change to it gives every conversation a new id."""

NAMESPACE = UUID("2b0d6c4e-5a0f-5c58-9f0e-7c6a3f1d9e21")


Cell = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...], str, str | None]
"""Scenario, labels, seating, opener and arm."""


@dataclass(frozen=True, kw_only=True)
class Branch:
    """Where a fork leaves its parent, and what is otherwise before."""

    parent: str
    """Trial id."""
    turn: int
    """The last turn that is shared."""
    edited: int | None = None
    """The shared turn that is changed."""
    text: str | None = None
    """What it is heard as; None where it is deleted."""
    label: str
    """What is otherwise, in a few words."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One scheduled conversation."""

    talk: Talk
    scenario: str
    iteration: int
    """1, 2, ... within its cell."""
    num_turns: int
    """Planned utterances, all seats together; no part of the id."""
    note: tuple[Rule, ...] = ()
    """Rules that only record that they would have ended it; no part of the id."""
    factors: Mapping[str, str] = field(default_factory=dict)
    """Factor labels and items, by name."""
    arm: str | None = None
    """``talk`` or the kind of control; None in a study without controls."""
    opener: str | None = None
    """The role that opens; where all move at once, the first."""
    donor: str | None = None
    """The conversation whose lines its other seats say, by trial id; None where they are asked or absent."""
    branch: Branch | None = None
    """Where it leaves its parent; None where it is no fork."""
    scene: tuple[str, ...] = ()
    """The roles of its scenario, where not all of them have a seat in it."""
    identity: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What its id is made of."""

    @property
    def trial_id(self) -> str:
        """The UUID made of everything that decides what is said."""
        return self.talk.trial_id

    @cached_property
    def asked(self) -> tuple[Seat, ...]:
        """The seats that are asked: not those whose lines are recorded."""
        procedure = self.talk.procedure
        live = procedure.live if isinstance(procedure, Recorded) else None
        return self.talk.seats if live is None else tuple(seat for seat in self.talk.seats if seat.role == live)

    @cached_property
    def slugs(self) -> tuple[str, ...]:
        """The slugs that are asked, each once, sorted."""
        return tuple(sorted({seat.participant.slug for seat in self.asked}))

    def with_donor(self, said: Mapping[str, Sequence[Turn]]) -> Trial:
        """Return the conversation with the lines that its donor has by now; itself where it has no donor."""
        procedure = self.talk.procedure
        if self.donor is None or not isinstance(procedure, Recorded):
            return self
        return replace(self, talk=replace(self.talk, procedure=procedure.of(said.get(self.donor, ()))))

    @property
    def labels(self) -> dict[str, str | float | None]:
        """Return what can be said of it before it is held: levels and items, scenario, arm, who sits where."""
        seats = {seat.role: seat.participant.name for seat in self.talk.seats}
        return {
            **self.factors,
            "scenario": self.scenario,
            "arm": self.arm,
            "iteration": self.iteration,
            "opening_role": self.opener,
            **{f"model_{number}": seats.get(role) for number, role in enumerate(self.roles, start=1)},
            **{f"role_{number}": role for number, role in enumerate(self.roles, start=1)},
        }

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of its scenario in seat order, those included that are absent in a control."""
        return self.scene or tuple(seat.role for seat in self.talk.seats)

    @property
    def cell(self) -> Cell:
        """What tells its cell from others; the conversations of one cell differ in their iteration only."""
        return self.scenario, tuple(self.factors.items()), self.names, self.opener or "", self.arm

    @property
    def names(self) -> tuple[str, ...]:
        """Friendly names of the models, in seat order."""
        return tuple(seat.participant.name for seat in self.talk.seats)


def trial_id_of(identity: Mapping[str, Any]) -> str:
    """Return the id of a conversation that consists of this."""
    return str(uuid5(NAMESPACE, canonical_json(identity)))


def ids_of(shared: Mapping[str, Any]) -> Callable[[int], str]:
    """Return what gives the id of a conversation by its iteration, where it consists of ``shared`` otherwise."""
    # No text holds a bare quotation mark, and before `iteration` in the order of words there are only texts, the number
    # of the format, and labels: so the first such mark is that of the iteration.
    first, _, rest = canonical_json({**shared, "iteration": 0}).partition('"iteration":0')
    return lambda iteration: str(uuid5(NAMESPACE, f'{first}"iteration":{iteration}{rest}'))


def seat_identity(seat: Seat) -> dict[str, Any]:
    """Return what stands for a seat in the identity of a conversation."""
    participant = seat.participant
    return {
        "role": seat.role,
        "name": participant.name,
        "slug": participant.identity_slug,
        "routing": participant.routing,
        "sampling": participant.sampling,
        "view": participant.view,
        "memory": seat.memory,
        "prompt": seat.prompt,
    }
