"""Selections: what is kept, and how it is said."""

from __future__ import annotations

import pytest
from frames import frames, round_robin, talk

from colloquia.analysis.selecting import Selection, ended_by, factors, seats


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
