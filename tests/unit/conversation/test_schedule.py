"""The schedule: what happens at given turns, whoever speaks; and what a memory window holds."""

from __future__ import annotations

from typing import Any

import pytest
from builders import complaint, plan, turn

from colloquia.conversation.schedule import Announced, Said, Scheduled
from colloquia.conversation.steps import Speak
from colloquia.conversation.transcript import Announcement, Turn
from colloquia.conversation.walk import Walk

ROLES = {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}
GROUP = {"a": "A.", "b": "B.", "c": "C."}


def held(num_turns: int = 4, scenario: dict[str, str] | None = None, **words: Any) -> Walk:
    """Return a conversation of the small study after all its turns, each ``Line N.``."""
    models = {"gpt": "openai/gpt"}
    (trial,) = plan(models=models, scenarios={"rent": scenario or ROLES}, num_turns=num_turns, pairing="self", **words)
    walk = Walk(trial.talk)
    while getattr(asked := walk.next(), "turn_id", None):
        walk.add(turn(asked.turn_id, asked.role, asked.line or f"Line {asked.turn_id}."))
    return walk


def story(walk: Walk) -> list[str]:
    """Return what happened, in order."""
    return [event.text if isinstance(event, Announcement) else event.content or "" for event in walk.events]


def messages(turn_id: int, role: str, **words: Any) -> list[tuple[str, str]]:
    """Return what a role is sent at a turn, its prompt apart."""
    walk = held(turn_id - 1, **words)
    walk.talk = walk.talk.__class__(**{**vars(walk.talk), "procedure": walk.talk.procedure.lengthened(turn_id)})
    asked = walk.next()
    assert asked.role == role
    return [(message.role, message.content) for message in asked.request.messages if message.role != "system"]


def test_an_announcement_comes_after_its_turn() -> None:
    """It is no turn, and two at one place come in the order of the study."""
    schedule = [{"after": 2, "announce": "One."}, {"after": 2, "announce": "Two."}, {"after": 0, "announce": "First."}]

    assert story(held(schedule=schedule)) == ["First.", "Line 1.", "Line 2.", "One.", "Two.", "Line 3.", "Line 4."]


def test_nothing_is_announced_when_it_is_over() -> None:
    """Only a longer conversation hears it."""
    schedule = [{"after": 4, "announce": "Too late."}]

    assert story(held(4, schedule=schedule))[-1] == "Line 4."
    assert story(held(5, schedule=schedule))[-2:] == ["Too late.", "Line 5."]


def test_an_announcement_may_be_read_by_some_only() -> None:
    """The others do not see it in their requests."""
    schedule = [{"after": 1, "announce": "A note.", "to": "tenant"}]

    assert messages(2, "tenant", schedule=schedule) == [("user", "Line 1.\n\nA note.")]
    assert messages(3, "landlord", schedule=schedule)[-1] == ("user", "Line 2.")


def test_a_text_that_comes_out_empty_does_nothing() -> None:
    """As in the level of a factor in which no news comes."""
    trials = plan(schedule=[{"after": 1, "announce": "{news}"}], factors={"news": {"cut": "No money.", "quiet": ""}})

    kinds = {trial.factors["news"]: isinstance(trial.talk.procedure, Scheduled) for trial in trials}
    assert kinds == {"cut": True, "quiet": False}


def test_a_line_is_said_at_the_next_turn_of_its_role() -> None:
    """Once, in place of being asked."""
    found = held(6, schedule=[{"after": 2, "role": "tenant", "say": "I move out."}])

    assert story(found) == ["Line 1.", "Line 2.", "Line 3.", "I move out.", "Line 5.", "Line 6."]
    said = found.events[3]
    assert isinstance(said, Turn)


def test_what_happens_is_part_of_the_id() -> None:
    """Another text, place or reader is another conversation; a study without a schedule keeps its ids."""
    variants: list[list[dict[str, Any]]] = [
        [],
        [{"after": 1, "announce": "A."}],
        [{"after": 2, "announce": "A."}],
        [{"after": 1, "announce": "B."}],
        [{"after": 1, "announce": "A.", "to": "tenant"}],
        [{"after": 1, "say": "A.", "role": "tenant"}],
    ]

    ids = [plan(schedule=schedule)[0].trial_id for schedule in variants]

    assert len(set(ids)) == len(ids)
    assert ids[0] == plan()[0].trial_id


def test_a_conversation_with_a_schedule_replays() -> None:
    """Its stored turns are taken one by one, announcements are made anew."""
    schedule = [{"after": 1, "announce": "One."}, {"after": 2, "role": "landlord", "say": "No."}]
    first = held(5, schedule=schedule)

    again = Walk(first.talk)
    for event in first.events:
        if isinstance(event, Turn):
            again.take(event)

    assert again.events == first.events


def test_the_procedure_s_own_line_comes_before_the_schedule_s() -> None:
    """An opening that is scripted stays the first line."""

    class Opening:
        num_turns = 2

        def next_step(self, events: object) -> Speak:
            return Speak(role="a", line="Hello.")

    scheduled = Scheduled(procedure=Opening(), happenings=(Said(after=0, role="a", line="No."),))

    assert scheduled.next_step([]) == Speak(role="a", line="Hello.")
    assert Announced(after=1, text="x").identity() == {"after": 1, "announce": "x", "to": None}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"announce": "A."}, "schedule[0].after: expected a whole number"),
        ({"after": -1, "announce": "A."}, "schedule[0].after: is -1"),
        ({"after": 1}, "schedule[0]: needs either"),
        ({"after": 1, "announce": "A.", "say": "B.", "role": "tenant"}, "schedule[0]: needs either"),
        ({"after": 1, "say": "B."}, "schedule[0]: `say` needs a `role`"),
        ({"after": 1, "say": "B.", "role": "nobody"}, "schedule[0].role: 'nobody' is no role here"),
        ({"after": 1, "announce": "A.", "to": []}, "schedule[0].to: names nobody"),
        ({"after": 1, "announce": "A.", "to": "tennant"}, "schedule[0].to: 'tennant' is no role here. Did you mean"),
        ({"after": 1, "announce": "{x}"}, "schedule[0].announce: slot {x} has no value"),
        ({"after": 1, "announcement": "A."}, "schedule[0]: 'announcement' is no word of a schedule"),
        ({"after": 1, "join": "tenant"}, "schedule[0].join: is not built yet"),
        ("A.", "schedule[0]: expected a table"),
    ],
    ids=lambda value: None if isinstance(value, str) else "entry",
)
def test_what_cannot_happen_is_refused(entry: object, expected: str) -> None:
    """By place and word."""
    assert complaint(schedule=[entry]).removeprefix("scenarios.rent.").startswith(expected)


# -- memory ------------------------------------------------------------------------------------------------------------


def test_a_memory_holds_the_last_turns_and_begins_with_what_another_said() -> None:
    """Of eight turns the last three, one's own at the beginning left out."""
    assert messages(9, "landlord", memory=4) == [
        ("user", "Line 6."),
        ("assistant", "Line 7."),
        ("user", "Line 8."),
    ]
    assert messages(9, "landlord", memory=1) == [("user", "Line 8.")]
    assert len(messages(9, "landlord")) == len(messages(9, "landlord", memory=50)) == 9


def test_each_role_may_have_a_memory_of_its_own() -> None:
    """A role that is not named remembers all."""
    memory = {"landlord": 1}

    assert messages(9, "landlord", memory=memory) == [("user", "Line 8.")]
    assert len(messages(10, "tenant", memory=memory)) == 9


def test_what_was_announced_within_the_window_is_remembered() -> None:
    """And what came before it is forgotten."""
    schedule = [{"after": 2, "announce": "Early."}, {"after": 7, "announce": "Late."}]

    found = messages(9, "landlord", memory=2, schedule=schedule)

    assert found == [("user", "Late.\n\nLine 8.")]


def test_in_a_group_everybody_is_heard_by_name() -> None:
    """Also within a window."""
    procedure = {"kind": "group"}

    assert messages(4, "a", scenario=GROUP, procedure=procedure, memory=2) == [("user", "b: Line 2.\n\nc: Line 3.")]


@pytest.mark.parametrize(
    ("memory", "expected"),
    [(0, "memory: is 0"), ("all", "memory: expected a whole number"), ({"nobody": 3}, "memory: 'nobody' is no role")],
)
def test_a_memory_that_cannot_be_is_refused(memory: object, expected: str) -> None:
    """By place."""
    assert complaint(memory=memory).removeprefix("scenarios.rent.").startswith(expected)
