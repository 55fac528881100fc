"""Selections: what is kept, and how it is said."""

from __future__ import annotations

import pytest
from frames import frames, round_robin, talk

from colloquia.analysis.selecting import Selection, ended_by, factors, holding, seats, without_forks


@pytest.mark.parametrize(
    ("selection", "kept", "words"),
    [
        (Selection(), 72, "72 of 72 conversations"),
        (Selection(scenarios=("rent",)), 36, "36 of 72 conversations: scenario rent"),
        (Selection(models=("gpt",)), 40, "40 of 72 conversations: model gpt"),
        (Selection(first=("gpt",), second=("claude", "llama")), 16, "16 of 72 conversations: first seat gpt; second"),
        (Selection(iterations=(1, 2)), 36, "36 of 72 conversations: iteration 1 or 2"),
        (Selection(endings=("length",)), 72, "72 of 72 conversations: ended by length"),
        (Selection(endings=("failed",)), 0, "0 of 72 conversations"),
        (Selection(among=frozenset({"talk-1", "talk-9", "?"})), 2, "2 of 72 conversations: with the label"),
        (Selection(scenarios=("unheard of",)), 0, "0 of 72"),
    ],
    ids=["all", "scenario", "model", "seats", "iterations", "ended", "failed", "among", "nothing"],
)
def test_what_is_selected_is_kept_and_said(selection: Selection, kept: int, words: str) -> None:
    """Turns go with their conversations."""
    every = round_robin()

    found = selection.of(every)

    assert len(found.conversations) == kept
    assert set(found.turns["experiment_id"]) == set(found.conversations["experiment_id"])
    assert selection.in_words(every).startswith(words)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(scenarios=("rent",), models=("gpt",)),
        Selection(first=("gpt",), second=("claude", "llama"), iterations=(1, 2)),
        Selection(endings=("length",)),
        Selection(endings=("failed", "not ended")),
        Selection(among=frozenset({"talk-1", "talk-9", "?"})),
        Selection(among=frozenset()),
        Selection(scenarios=('it\'s "quoted"',)),
    ],
    ids=["scenario", "seats", "ended", "not ended", "among", "none", "quoted"],
)
def test_as_an_expression_it_selects_the_same(selection: Selection) -> None:
    """So a command with --where looks at what the pages look at."""
    every = frames(
        talk(1, ["a"]),
        talk(2, ["b"], about={"is_complete": None, "is_failed": True}, models=("llama", "gpt")),
        talk(3, ["c"], about={"is_complete": False}, iteration=2, models=("claude", "llama")),
        talk(9, ["d"], scenario='it\'s "quoted"', iteration=3, models=("gpt", "llama")),
    )

    where = selection.where(every)

    assert where is not None
    ids = selection.of(every).conversations["experiment_id"].tolist()
    assert ids or selection.among is not None
    assert holding(every, where).conversations["experiment_id"].tolist() == ids


def test_to_select_all_takes_no_expression() -> None:
    """Nothing is filtered, so nothing is said."""
    assert Selection().where(round_robin()) is None


def test_forks_are_left_out_unless_there_is_nothing_else() -> None:
    """A fork is no observation of its own beside its parent."""
    mixed = frames(talk(1, ["a"]), talk(2, ["a"]))
    mixed.conversations["fork"] = [None, "turn 1 edited"]
    alone = Selection(among=frozenset({"talk-2"})).of(mixed)

    assert without_forks(mixed).turns["experiment_id"].unique().tolist() == ["talk-1"]
    assert without_forks(alone) is alone


def test_what_did_not_end_is_not_ended_or_failed() -> None:
    """An unknown length counts as not ended."""
    made = frames(
        talk(1, ["a"]),
        talk(2, ["a"], about={"is_complete": False, "ended_by": None}),
        talk(3, ["a"], about={"is_complete": False, "ended_by": None, "is_failed": True}),
        talk(4, ["a"], about={"is_complete": None, "ended_by": None}),
        talk(5, ["a"], about={"ended_by": "refusal"}),
    )

    assert ended_by(made.conversations).tolist() == ["length", "not ended", "failed", "not ended", "refusal"]


def test_factors_are_told_from_the_columns_of_every_study() -> None:
    """Seats too."""
    made = frames(talk(1, ["a"], about={"tone": "warm", "item": "4"}))

    assert factors(made.conversations) == ["tone", "item"]
    assert seats(made.conversations) == ["model_1", "model_2"]


def test_levels_of_a_factor_can_be_selected() -> None:
    """By the labels that tables show."""
    made = frames(*(talk(number, ["a"], about={"tone": tone}) for number, tone in enumerate(("firm", "kind", "firm"))))

    selection = Selection(levels={"tone": ("firm",)})

    assert list(selection.of(made).conversations["experiment_id"]) == ["talk-0", "talk-2"]
    assert selection.in_words(made) == "2 of 3 conversations: tone firm"
