"""A procedure that is written as it is played is taken up where it stood, and says the same as one begun anew."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, ClassVar, cast

from builders import plan

from colloquia.conversation.procedures.ultimatum import Ultimatum
from colloquia.conversation.walk import Asked, Walk

if TYPE_CHECKING:
    from colloquia.conversation.kind import Play
    from colloquia.conversation.transcript import Event


class Counted(Ultimatum):
    """A game that counts how often it was played from its beginning."""

    beginnings: ClassVar[list[int]] = []

    def play(self) -> Play:
        """Count, and play."""
        self.beginnings.append(1)
        yield from super().play()


def test_a_play_is_taken_up_where_it_stood_and_begun_anew_for_other_events() -> None:
    """What it asks for is the same either way; only the work is saved."""
    Counted.beginnings.clear()
    (trial,) = plan(scenarios={"u": {"proposer": "P.", "responder": "R."}}, procedure="ultimatum", num_turns=None)
    held = cast("Ultimatum", trial.talk.procedure)
    counted = Counted(**{each.name: getattr(held, each.name) for each in fields(held)})
    events: list[Event] = []
    walk = Walk(replace(trial.talk, procedure=counted))
    while isinstance(asked := walk.next(), Asked):
        walk.add(asked.stand_in("I have thought about it."))
    after_one_walk = len(Counted.beginnings)

    for event in walk.events:
        assert counted.next_step(events) == held.next_step(events)
        events.append(event)
    for place in reversed(range(len(events))):
        assert counted.next_step(events[:place]) == held.next_step(events[:place])

    assert after_one_walk < len(walk.events)
    assert counted == Counted(**{each.name: getattr(held, each.name) for each in fields(held)})
