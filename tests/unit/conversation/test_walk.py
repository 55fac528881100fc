"""A conversation on its way: what comes next, and what the log may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from builders import seat, talk, turn

from colloquia.conversation.steps import Announce, End, Speak
from colloquia.conversation.transcript import Announcement, Turn, turns
from colloquia.conversation.walk import Asked, Walk, replay
from colloquia.errors import DamagedLogError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.steps import Step
    from colloquia.conversation.transcript import Event

STORED = [turn(1, "A", "One."), turn(2, "B", "Two."), turn(3, "A", "Three.")]


@dataclass(frozen=True)
class Planned:
    """A procedure that follows a list of steps, one for each event."""

    steps: tuple[Step, ...]

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return the step of that number."""
        return self.steps[len(events)]


def asked(walk: Walk) -> Asked:
    """Return the next turn to be taken, where there is one."""
    step = walk.next()
    assert isinstance(step, Asked)
    return step


def contents(step: Asked) -> list[str]:
    """Return the texts that are sent."""
    assert step.request is not None
    return [message.content for message in step.request.messages]


def test_the_opener_is_asked_first() -> None:
    """The request says which call it is."""
    step = asked(Walk(talk(seat("A", "You sell."), seat("B", "You buy."))))

    assert (step.role, step.turn_id, step.line) == ("A", 1, None)
    assert step.request is not None
    occasion = step.request.occasion
    assert (occasion.trial_id, occasion.turn_id, occasion.role, occasion.seat) == ("trial-1", 1, "A", 0)


def test_each_seat_is_asked_with_its_own_view() -> None:
    """A prompt is private to its role."""
    walk = Walk(talk(seat("A", "You sell."), seat("B", "You buy.")))
    walk.add(STORED[0])

    step = asked(walk)

    assert (step.role, step.turn_id) == ("B", 2)
    assert contents(step) == ["You buy.", "One."]
    assert step.request is not None
    assert step.request.occasion.seat == 1


def test_each_turn_has_a_draw_of_its_own_that_never_changes() -> None:
    """The block and the turn decide it."""
    draws = []
    for _ in range(2):
        walk = Walk(talk())
        for stored in STORED:
            step = walk.take(stored)
            assert step.request is not None
            draws.append(step.request.occasion.draw)

    assert draws[:3] == draws[3:]
    assert len(set(draws)) == 3


def test_asking_twice_asks_for_the_same() -> None:
    """Looking ahead takes no turn."""
    walk = Walk(talk())

    assert walk.next() == walk.next()
    assert walk.events == []


def test_announcements_are_made_on_the_way_and_once() -> None:
    """They are no turns, and only their audience reads them."""
    steps = (
        Announce(text="It rains."),
        Announce(text="You are late.", audience=("B",)),
        Speak(role="A"),
        Speak(role="B"),
    )
    walk = Walk(talk(procedure=Planned(steps)))

    first = asked(walk)
    walk.next()
    walk.add(turn(1, "A", "Hello."))
    second = asked(walk)

    assert first.turn_id == 1
    assert contents(first) == ["It rains."]
    assert contents(second) == ["It rains.\n\nYou are late.\n\nHello."]
    assert [type(event) for event in walk.events] == [Announcement, Announcement, Turn]


def test_announcements_are_made_anew_when_the_log_is_walked() -> None:
    """Only turns are stored."""
    steps = (
        Announce(text="It rains."),
        Speak(role="A"),
        Announce(text="It stops."),
        Speak(role="B"),
        End(reason="length"),
    )
    walk = Walk(talk(procedure=Planned(steps)))

    for stored in STORED[:2]:
        walk.take(stored)

    assert [event.text for event in walk.events if isinstance(event, Announcement)] == ["It rains.", "It stops."]
    assert turns(walk.events) == STORED[:2]
    assert walk.next() == End(reason="length")


def test_a_scripted_line_asks_nobody() -> None:
    """There is a line and no request."""
    step = asked(Walk(talk(opening="Nice weather.")))

    assert (step.role, step.turn_id, step.line, step.request) == ("A", 1, "Nice weather.", None)


def test_an_empty_scripted_line_is_a_line_too() -> None:
    """Only None means that there is none."""
    walk = Walk(talk(procedure=Planned((Speak(role="A", line=""),))))

    assert asked(walk).request is None


def test_a_conversation_of_its_length_is_over() -> None:
    """Its last turn says nothing of it: it goes on when the length grows."""
    walk = Walk(talk(num_turns=3))
    for stored in STORED:
        walk.take(stored)

    assert walk.next() == End(reason="length")


def test_a_conversation_that_a_turn_ended_is_over_whatever_its_length() -> None:
    """The turn says so."""
    walk = Walk(talk(num_turns=10))
    walk.take(turn(1, "A", "Goodbye.", ended_by="phrase"))

    assert walk.next() == End(reason="phrase")


@pytest.mark.parametrize(
    ("stored", "found", "expected"),
    [
        (turn(2, "A"), "turn 2 by 'A'", "turn 2 by 'B'"),
        (turn(3, "B"), "turn 3 by 'B'", "turn 2 by 'B'"),
        (turn(1, "A"), "turn 1 by 'A'", "turn 2 by 'B'"),
        (turn(2, "C"), "turn 2 by 'C'", "turn 2 by 'B'"),
    ],
)
def test_a_stored_turn_that_does_not_fit_is_damage(stored: Turn, found: str, expected: str) -> None:
    """The message names conversation, turn, what was expected and what was found."""
    walk = Walk(talk())
    walk.take(turn(1, "A"))

    with pytest.raises(DamagedLogError) as damage:
        walk.take(stored)

    assert str(damage.value).startswith(f"conversation trial-1: the log has {found} where {expected} comes next.")
    assert turns(walk.events) == [turn(1, "A")]


@pytest.mark.parametrize("last", [turn(1, "A", ended_by="deal"), turn(1, "A")])
def test_a_stored_turn_after_the_end_is_damage(last: Turn) -> None:
    """Whether a rule or the length ended it."""
    walk = Walk(talk(num_turns=1 if last.ended_by is None else 9))
    walk.take(last)

    with pytest.raises(DamagedLogError, match="where the end comes next"):
        walk.take(turn(2, "B"))


def test_a_replay_rebuilds_the_requests_that_were_sent() -> None:
    """Each stored turn stands beside the request that it answers, hash for hash."""
    walk = Walk(talk(opening="One."))
    hashes = []
    for stored in STORED:
        request = asked(walk).request
        hashes.append(request and request.sha256)
        walk.add(stored)

    replayed = list(replay(talk(opening="One."), STORED))

    assert [step.request and step.request.sha256 for step, _ in replayed] == hashes
    assert [stored for _, stored in replayed] == STORED
    assert hashes[0] is None
    assert len(set(hashes)) == 3


def test_a_changed_turn_changes_every_later_request() -> None:
    """So a hash vouches for all that was said before it."""
    changed = [turn(1, "A", "One!"), *STORED[1:]]

    before = [step.request.sha256 for step, _ in replay(talk(), STORED) if step.request]
    after = [step.request.sha256 for step, _ in replay(talk(), changed) if step.request]

    assert before[0] == after[0]
    assert before[1] != after[1]
    assert before[2] != after[2]


def test_a_longer_plan_asks_the_same_on_the_way() -> None:
    """The length is no part of a request, unless a prompt announces it."""
    short = [step.request for step, _ in replay(talk(num_turns=3), STORED)]
    longer = [step.request for step, _ in replay(talk(num_turns=30), STORED)]

    assert short == longer


def test_what_comes_after_a_turn_is_found_once_where_its_ending_was_asked_for() -> None:
    """The procedure is asked ahead whether the turn ends the talk; what it said then is what comes next."""
    looked: list[int] = []

    class Looking(Planned):
        def next_step(self, events: Sequence[Event]) -> Step:
            looked.append(len(events))
            return super().next_step(events)

    walk = Walk(talk(procedure=Looking((Speak(role="A"), Speak(role="B"), Speak(role="A"), End(reason="length")))))
    said = turn(1, "A")
    assert asked(walk).role == "A"
    assert walk.ending(said) is None
    walk.add(said)
    assert asked(walk).role == "B"
    assert looked == [0, 1]

    assert walk.ending(turn(2, "B")) is None
    walk.add(turn(2, "B", "Another than the one that was looked at."))
    assert asked(walk).role == "A"
    assert looked == [0, 1, 2, 2]
