"""The schedule: what happens at given turns, whoever speaks; and what a memory window holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import complaint, plan, turn
from msgspec import structs

from colloquia.conversation.schedule import Announced, Said, Scheduled
from colloquia.conversation.steps import Speak
from colloquia.conversation.transcript import Announcement, Turn
from colloquia.conversation.walk import Walk
from colloquia.logbook.turn_rows import turn_row

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
    walk.talk = replace(walk.talk, procedure=walk.talk.procedure.lengthened(turn_id))
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
        ({"after": 1}, "schedule[0]: needs exactly one of"),
        ({"after": 1, "announce": "A.", "say": "B.", "role": "tenant"}, "schedule[0]: needs exactly one of"),
        ({"after": 1, "say": "B."}, "schedule[0]: `say` needs a `role`"),
        ({"after": 1, "say": "B.", "role": "nobody"}, "schedule[0].role: 'nobody' is no role here"),
        ({"after": 1, "announce": "A.", "to": []}, "schedule[0].to: names nobody"),
        ({"after": 1, "announce": "A.", "to": "tennant"}, "schedule[0].to: 'tennant' is no role here. Did you mean"),
        ({"after": 1, "announce": "{x}"}, "schedule[0].announce: slot {x} has no value"),
        ({"after": 1, "announcement": "A."}, "schedule[0]: 'announcement' is no word of a schedule"),
        ({"after": 1, "announce": "A.", "role": "tenant"}, "schedule[0].role: an announcement is nobody's"),
        ({"after": 1, "edit": "A.", "to": "tenant"}, "schedule[0].to: does not go with `edit`"),
        ({"after": 0, "edit": "A."}, "schedule[0].after: is 0; the least is 1"),
        ({"after": 1, "prompt": "A."}, "schedule[0]: `prompt` needs a `role`"),
        ({"after": 1, "prompt": "A.", "role": "tennant"}, "schedule[0].role: 'tennant' is no role here. Did you mean"),
        ({"after": 0, "join": "tenant"}, "schedule[0].join: 'tenant' is there already after turn 0"),
        ({"after": 1, "leave": "nobody"}, "schedule[0].leave: 'nobody' is no role here"),
        ({"after": 1, "join": "landlord"}, "schedule: 'landlord' opens the conversation, and is not there yet"),
        ("A.", "schedule[0]: expected a table"),
    ],
    ids=lambda value: None if isinstance(value, str) else "entry",
)
def test_what_cannot_happen_is_refused(entry: object, expected: str) -> None:
    """By place and word."""
    assert complaint(schedule=[entry]).removeprefix("scenarios.rent.").startswith(expected)


# -- edits, prompts, comings and goings --------------------------------------------------------------------------------


def rejoined(walk: Walk) -> Walk:
    """Return the conversation walked through again from its turns alone."""
    again = Walk(walk.talk)
    for event in walk.events:
        if isinstance(event, Turn):
            again.take(structs.replace(event, heard=None))
    return again


def speakers(walk: Walk) -> str:
    """Return who spoke, in order."""
    return "".join(event.role for event in walk.events if isinstance(event, Turn))


def test_an_edited_turn_is_heard_as_the_edit_and_kept_as_said() -> None:
    """Its speaker remembers what it said; the row holds that, and all others hear the edit."""
    schedule = [{"after": 1, "edit": "I lower the rent."}]

    assert messages(2, "tenant", schedule=schedule) == [("user", "I lower the rent.")]
    assert messages(3, "landlord", schedule=schedule)[1] == ("assistant", "Line 1.")
    found = held(schedule=schedule)
    assert story(found)[0] == "Line 1."
    assert rejoined(found).events == found.events


def test_an_edit_also_holds_in_a_script_a_group_and_a_memory() -> None:
    """In every view that somebody else has of the turn."""
    schedule = [{"after": 2, "edit": "Edited."}]
    group = {"scenario": GROUP, "procedure": "group", "schedule": schedule}

    assert messages(4, "a", memory=2, **group) == [("user", "b: Edited.\n\nc: Line 3.")]
    ((role, text),) = messages(4, "a", view="script", **group)
    assert role == "script"
    assert text.endswith("a: Line 1.\nb: Edited.\nc: Line 3.\na:")
    assert "b: Line 2." in messages(5, "b", view="script", **group)[0][1]


def test_rules_read_what_was_said_and_not_the_edit() -> None:
    """An edit does not end a conversation."""
    schedule = [{"after": 1, "edit": "Goodbye."}]
    (trial,) = plan(pairing="self", schedule=schedule, stop=[{"phrase": "Goodbye."}])
    walk = Walk(trial.talk)

    walk.add(turn(1, "landlord", "Hello."))

    assert isinstance(walk.events[0], Turn)
    assert (walk.events[0].content, walk.events[0].heard) == ("Hello.", "Goodbye.")


def system(turn_id: int, **words: Any) -> str:
    """Return the prompt that the speaker of a turn is sent."""
    walk = held(turn_id - 1, **words)
    walk.talk = replace(walk.talk, procedure=walk.talk.procedure.lengthened(turn_id))
    return walk.next().request.messages[0].content


def test_a_changed_prompt_holds_from_its_turn_on_and_for_its_role_alone() -> None:
    """The role is sent all it has heard and said beneath the new prompt; the last of two at one turn holds."""
    schedule = [
        {"after": 2, "prompt": "First thought.", "role": "landlord"},
        {"after": 2, "prompt": "Give in.", "role": "landlord"},
    ]

    assert [system(number, schedule=schedule) for number in (2, 3, 4, 5)] == [
        ROLES["tenant"],
        "Give in.",
        ROLES["tenant"],
        "Give in.",
    ]
    assert messages(5, "landlord", schedule=schedule) == messages(5, "landlord")
    found = held(6, schedule=schedule)
    assert rejoined(found).events == found.events


def test_a_changed_prompt_keeps_the_memory_of_its_role() -> None:
    """A window stays a window."""
    schedule = [{"after": 2, "prompt": "Give in.", "role": "landlord"}]

    assert messages(9, "landlord", memory=2, schedule=schedule) == [("user", "Line 8.")]


def test_who_joins_is_asked_and_hears_from_then_on() -> None:
    """What was said before stays unknown to it; in a group it takes its place in the order."""
    schedule = [{"after": 3, "join": "c"}]
    words = {"scenario": GROUP, "procedure": "group", "schedule": schedule}

    assert speakers(held(9, **words)) == "ababcabca"
    assert messages(5, "c", **words) == [("user", "b: Line 4.")]


def test_who_leaves_is_asked_no_more_and_hears_nothing() -> None:
    """And may come back, not knowing what was said in between."""
    schedule = [{"after": 3, "leave": "b"}, {"after": 6, "join": "b"}]
    words = {"scenario": GROUP, "procedure": "group", "schedule": schedule}

    assert speakers(held(9, **words)) == "abcacabca"
    assert messages(7, "b", **words) == [("user", "a: Line 1."), ("assistant", "Line 2."), ("user", "c: Line 3.")]


def test_one_who_stays_alone_goes_on() -> None:
    """In a dialogue whose other seat has left, the one that is there speaks again."""
    schedule = [{"after": 3, "leave": "tenant"}]

    assert messages(5, "landlord", schedule=schedule)[-2:] == [("assistant", "Line 4."), ("user", "[Please continue.]")]


@pytest.mark.parametrize("way", ["random", "named"])
def test_nobody_who_is_away_is_drawn_or_named(way: str) -> None:
    """Whoever is named is passed over where it is not there."""
    schedule = [{"after": 2, "leave": "b"}, *({"after": n, "role": "a", "say": "Your turn, b."} for n in (2, 4))]
    found = held(8, scenario=GROUP, procedure={"kind": "group", "next": way}, schedule=schedule)

    assert "b" not in speakers(found)[2:]


def test_a_moderator_who_has_left_no_longer_speaks() -> None:
    """The others go round."""
    procedure = {"kind": "group", "next": "moderator", "moderator": "a"}

    found = held(8, scenario=GROUP, procedure=procedure, schedule=[{"after": 4, "leave": "a"}])

    assert speakers(found) == "abacbcbc"


def test_what_is_announced_after_the_same_turn_is_heard_by_those_who_are_there_then() -> None:
    """Who joins hears it, who leaves does not."""
    schedule = [{"after": 2, "announce": "News."}, {"after": 2, "leave": "a"}, {"after": 2, "join": "c"}]
    walk = held(4, scenario=GROUP, procedure="group", schedule=schedule)

    assert messages(3, "c", scenario=GROUP, procedure="group", schedule=schedule) == [("user", "News.")]
    assert story(walk)[2] == "News."
    assert speakers(walk) == "abcb"


def test_the_one_who_leaves_may_be_a_factor() -> None:
    """In the level that comes out empty nobody leaves, and the schedule does nothing."""
    trials = plan(
        scenarios={"m": GROUP}, pairing="self", procedure="group",
        schedule=[{"after": 2, "leave": "{who}"}], factors={"who": {"nobody": "", "driver": "b"}},
    )  # fmt: skip

    absent = {trial.factors["who"]: trial.talk.schedule.absent(3) for trial in trials}
    assert absent == {"nobody": frozenset(), "driver": frozenset({"b"})}


@pytest.mark.parametrize(
    "schedule",
    [
        [{"after": 1, "edit": "A."}],
        [{"after": 1, "prompt": "A.", "role": "landlord"}],
        [{"after": 1, "leave": "tenant"}],
        [{"after": 1, "join": "tenant"}],
    ],
    ids=["edit", "prompt", "leave", "join"],
)
def test_each_happening_is_part_of_the_id(schedule: list[dict[str, Any]]) -> None:
    """And so is the turn after which it happens."""
    later = [{**entry, "after": 2} for entry in schedule]

    assert len({plan(schedule=each)[0].trial_id for each in ([], schedule, later)}) == 3


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ([{"after": 2, "leave": "b"}, {"after": 3, "leave": "b"}], "schedule[1].leave: 'b' is not there after turn 3."),
        ([{"after": 2, "join": "b"}, {"after": 3, "join": "b"}], "schedule[1].join: 'b' is there already"),
        ([{"after": 2, "leave": role} for role in "abc"], "schedule[0].leave: nobody is left after turn 2."),
        ([{"after": 2, "leave": "b"}, {"after": 3, "role": "b", "say": "."}], "schedule[1].role: 'b' is not there"),
        ([{"after": 2, "leave": "b"}, {"after": 3, "to": "b", "announce": "."}], "schedule[1].to: nobody of these"),
    ],
)  # fmt: skip
def test_comings_and_goings_that_cannot_be_are_refused(schedule: list[dict[str, Any]], expected: str) -> None:
    """Each where it stands."""
    found = complaint(scenarios={"m": GROUP}, pairing="self", procedure="group", schedule=schedule)

    assert found.removeprefix("scenarios.m.").startswith(expected)


def test_a_row_names_those_who_heard_it() -> None:
    """Who is not there is no responder."""
    models = {"x": "openai/x", "y": "openai/y", "z": "openai/z"}
    (trial,) = plan(
        models=models, scenarios={"m": GROUP}, pairing=[["x", "y", "z"]], procedure="group",
        schedule=[{"after": 2, "join": "c"}],
    )  # fmt: skip
    experiment = "2b0d6c4e-5a0f-5c58-9f0e-7c6a3f1d9e21"

    rows = [turn_row(trial, turn(number, "a"), experiment_id=experiment, run_id="r") for number in (1, 3)]

    assert [row.responder_model for row in rows] == ["y", "y|z"]


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
