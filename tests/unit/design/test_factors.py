"""Factors, items and where: what is crossed, what a combination changes, what is in a conversation's id."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from builders import complaint, plan, study

from colloquia.design.factors import COLUMNS
from colloquia.logbook.conversations import ConversationRow
from colloquia.logbook.record import TurnRow

if TYPE_CHECKING:
    from colloquia.design.trials import Trial

ID_OF_THE_SMALL_STUDY = "8ccbb7f0-14cc-5f71-89c8-f873f4b6069f"
TONE = {"tone": {"warm": "Be warm.", "plain": ""}}
RENT = {"landlord": "You want to raise the rent.\n{tone}", "tenant": "You want no raise."}


def varied(**words: Any) -> tuple[Trial, ...]:
    """Return the conversations of a study with the factor ``tone``; keywords are further words."""
    return plan(**{"scenarios": {"rent": RENT}, "factors": TONE, **words})


def prompts(trials: tuple[Trial, ...], seat: int = 0) -> set[str]:
    """Return the prompts of a seat."""
    return {trial.talk.seats[seat].prompt for trial in trials}


# -- what a level changes ----------------------------------------------------------------------------------------------


def test_a_level_fills_its_slot_and_labels_its_conversations() -> None:
    """A level without text leaves its line out."""
    trials = varied()

    assert prompts(trials) == {"You want to raise the rent.\nBe warm.", "You want to raise the rent."}
    assert sorted(trial.factors["tone"] for trial in trials) == ["plain", "warm"]


def test_a_bare_list_labels_itself() -> None:
    """Texts and numbers; a list is the table whose labels are its values."""
    listed = study(scenarios={"rent": RENT}, factors={"tone": ["Be warm.", "Be cold."]})
    table = study(scenarios={"rent": RENT}, factors={"tone": {"Be warm.": "Be warm.", "Be cold.": "Be cold."}})

    assert plan(**listed.words()) == plan(**table.words())


@pytest.mark.parametrize(
    ("factor", "levels", "expected"),
    [
        ("temperature", [0.2, 1.0], [(0.2, 0.2), (1, 1)]),
        ("temperature", {"cold": 0, "free": "default"}, [(None, None), (0, 0)]),
        ("landlord.temperature", [0.2, 1.0], [(0.2, 0.5), (1, 0.5)]),
    ],
    ids=["all", "taken back", "one role"],
)
def test_a_factor_named_like_a_sampling_field_sets_it(factor: str, levels: Any, expected: list[Any]) -> None:
    """For all seats or for one role, over what the study and the model say."""
    trials = plan(factors={factor: levels}, sampling={"temperature": 0.5})

    found = [tuple(seat.participant.sampling.get("temperature") for seat in trial.talk.seats) for trial in trials]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_factor_wins_over_the_model_s_own_field() -> None:
    """A model's own field wins over the study's, a factor over both."""
    trials = plan(
        models={"gpt": {"slug": "openai/gpt", "temperature": 0.1}},
        sampling={"temperature": 2},
        factors={"temperature": [1]},
    )

    assert {seat.participant.sampling["temperature"] for trial in trials for seat in trial.talk.seats} == {1}


def test_who_opens_and_how_can_be_varied() -> None:
    """And how long it takes, whose label is in the id though the length is not."""
    assert sorted(trial.opener or "" for trial in plan(factors={"opens": ["landlord", "tenant"]})) == [
        "landlord",
        "tenant",
    ]
    assert sorted(trial.talk.kickoff for trial in plan(factors={"kickoff": {"a": "[Begin.]", "b": "[Go.]"}})) == [
        "[Begin.]",
        "[Go.]",
    ]
    longer = plan(factors={"num_turns": {"short": 2, "long": 8}})
    assert {(trial.factors["num_turns"], trial.num_turns) for trial in longer} == {("short", 2), ("long", 8)}
    assert len({trial.trial_id for trial in longer}) == 2


def test_items_share_what_their_slots_do_not_change() -> None:
    """A scenario is read once for all of them, and anew where a level sets a word of it."""
    trials = plan(
        scenarios={"rent": {"landlord": "Ask for {sum} in {num_turns} turns.", "tenant": "No."}},
        items={"sum": ["100", "200"]},
        factors={"num_turns": [2, 8]},
        stop=[{"phrase": "Agreed."}],
    )

    assert {(trial.num_turns, trial.talk.seats[0].prompt) for trial in trials} == {
        (length, f"Ask for {amount} in {length} turns.") for amount in (100, 200) for length in (2, 8)
    }
    assert len({id(trial.talk.stop) for trial in trials}) == 2


def test_levels_that_python_takes_for_equal_are_each_read() -> None:
    """True is 1 to Python, and no number of turns."""
    assert "found true or false" in complaint(factors={"num_turns": {"one": 1, "yes": True}})


def test_an_opening_line_takes_the_place_of_a_kick_off() -> None:
    """Also where the study has a kick-off of its own."""
    trials = plan(kickoff="[Begin.]", factors={"opening": {"hello": "Hello."}})

    assert [trial.talk.procedure.opening for trial in trials] == ["Hello."]


# -- what is crossed ---------------------------------------------------------------------------------------------------


def test_factors_are_crossed() -> None:
    """Two levels, three temperatures, two iterations."""
    trials = varied(factors={**TONE, "temperature": [0, 0.5, 1]}, iterations=2)

    assert len({trial.trial_id for trial in trials}) == len(trials) == 2 * 3 * 2
    assert Counter(tuple(trial.factors.values()) for trial in trials).most_common(1)[0][1] == 2


def test_a_factor_is_not_crossed_where_it_does_nothing() -> None:
    """A scenario that does not use it has no label of it, and is held once."""
    trials = varied(scenarios={"rent": RENT, "train": "You sit on a train."})

    assert Counter(trial.scenario for trial in trials) == {"rent": 2, "train": 1}
    assert [dict(trial.factors) for trial in trials if trial.scenario == "train"] == [{}]


def test_a_slot_may_be_used_by_way_of_another() -> None:
    """A level, a slot of the study and an item may hold further slots."""
    trials = plan(
        scenarios={"rent": {"landlord": "{setting}", "tenant": "x"}},
        slots={"setting": "A flat. {tone}"},
        factors={"tone": {"warm": "Be {how}.", "plain": ""}, "how": ["kind", "soft"]},
    )

    assert prompts(trials) == {"A flat. Be kind.", "A flat. Be soft.", "A flat. "}


def test_where_says_which_combinations_exist() -> None:
    """The incomplete factorial of a published study: a persona on both sides or on neither."""
    levels = {"blank": "", "good": "Be good.", "bad": "Be bad."}
    trials = plan(
        scenarios={"prison": {"guard": "{guard_persona}", "prisoner": "{prisoner_persona}"}},
        factors={"guard_persona": levels, "prisoner_persona": levels},
        where="(guard_persona == 'blank') == (prisoner_persona == 'blank')",
    )

    assert len(trials) == 5
    assert {tuple(trial.factors.values()) for trial in trials} >= {("blank", "blank"), ("good", "bad")}


def test_where_may_speak_of_the_scenario() -> None:
    """A level that only one scenario has."""
    trials = varied(
        scenarios={"rent": RENT, "sale": {**RENT, "landlord": "Sell. {tone}"}},
        where="scenario == 'rent' or tone == 'plain'",
    )

    assert Counter(trial.scenario for trial in trials) == {"rent": 2, "sale": 1}


# -- items -------------------------------------------------------------------------------------------------------------


def test_items_fill_slots_and_make_blocks() -> None:
    """Each item has its own draws, each level the same."""
    trials = plan(
        scenarios={"debate": {"pro": "Argue for: {claim}", "con": "{tone}"}},
        items={"claim": ["Ban cars.", "Ban homework."]},
        factors=TONE,
    )

    draws = {(trial.factors["claim"], trial.factors["tone"]): trial.talk.draws.integer("turn", 1) for trial in trials}
    assert prompts(trials) == {"Argue for: Ban cars.", "Argue for: Ban homework."}
    assert draws["Ban cars.", "warm"] == draws["Ban cars.", "plain"] != draws["Ban homework.", "warm"]


def test_an_item_has_columns() -> None:
    """``{claim}`` is its text, ``{claim.source}`` another column, ``label`` what tables show."""
    trials = plan(
        scenarios={"debate": {"pro": "{claim} ({claim.source})", "con": "{claim.other}"}},
        items={"claim": [{"claim": "Ban cars.", "source": "a paper", "other": "", "label": "cars"}]},
    )

    assert prompts(trials) == {"Ban cars. (a paper)"}
    assert trials[0].factors == {"claim": "cars"}


# -- what the id is made of --------------------------------------------------------------------------------------------


def test_a_further_level_leaves_the_others_as_they_are() -> None:
    """What was said is not asked again when a level, a factor's order or an item changes."""
    one, more = varied(), varied(factors={"tone": {"cold": "Be cold.", **TONE["tone"]}})

    assert {trial.trial_id for trial in one} < {trial.trial_id for trial in more}
    assert len(more) == 3


def test_the_label_is_part_of_the_id() -> None:
    """Two labels of the same text are two cells."""
    trials = varied(factors={"tone": {"a": "", "b": ""}})

    assert len({trial.trial_id for trial in trials}) == 2


def test_a_study_without_factors_keeps_its_ids() -> None:
    """The same id as before there were factors."""
    (trial,) = plan()

    assert trial.trial_id == ID_OF_THE_SMALL_STUDY


def test_a_study_that_varies_reads_back_from_its_words() -> None:
    """As it is frozen in the run folder."""
    experiment = study(scenarios={"rent": RENT}, factors=TONE, where="tone == 'warm'")

    assert study(**experiment.words()) == experiment


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"factors": {}}, "factors: is empty"),
        ({"factors": {"tone": []}}, "factors.tone: expected a list with at least one entry"),
        ({"factors": {"tone": ["a", "a"]}}, "factors.tone: names the same twice"),
        ({"factors": {"tone": "warm"}}, "factors.tone: expected a list"),
        ({"factors": {"tone": {"warm": 3}}}, "factors.tone.warm: expected a text"),
        ({"factors": {"mood": ["a", "b"]}}, "factors.mood: no prompt uses {mood}"),
        ({"factors": {"belief.shown": ["a"]}}, "factors.belief.shown.a: 'a' is no word for who remembers a probe"),
        ({"factors": {"temperature": [3]}}, "factors.temperature.3.temperature: is 3; expected a number from 0 to 2"),
        ({"factors": {"guard.temperature": [1]}}, "factors.guard.temperature: no prompt uses"),
        ({"factors": {"content": ["a"]}}, "factors.content: a factor cannot be called so"),
        ({"factors": {"model_1": ["a"]}}, "factors.model_1: a factor cannot be called so"),
        (
            {"factors": TONE, "where": "tone == 'x'"},
            "where: \"tone == 'x'\" compares 'tone' with 'x', which it never is",
        ),
        ({"factors": TONE, "where": "tone != 'warm' and tone != 'plain'"}, "where: leaves nothing to run"),
        ({"factors": TONE, "where": "mood == 'x'"}, "where: \"mood == 'x'\" speaks of 'mood'"),
        ({"factors": TONE, "where": 3}, "where: expected a text"),
        ({"factors": TONE, "items": {"tone": ["a"]}}, "items.tone: a factor is called so too"),
        ({"items": {"tone": "file.csv"}}, "items.tone: 'file.csv' is a file"),
        ({"items": {"tone": [{"a b": "x"}]}}, "items.tone[0].a b: a column is named"),
        ({"items": {"tone": [{"t": "x"}, {"t": " x"}]}}, "items.tone: two items have the same text"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, str) else None,
)
def test_what_cannot_be_varied_is_refused_by_name(words: dict[str, Any], expected: str) -> None:
    """Before anything is called."""
    assert complaint(scenarios={"rent": RENT}, **words).startswith(expected)


def test_no_factor_can_be_called_like_a_column() -> None:
    """The list of reserved names holds every column of the tables."""
    columns = {*TurnRow.__struct_fields__, *(field.name for field in fields(ConversationRow))}

    assert columns - {"num_turns", "probes", "outcomes"} <= COLUMNS
