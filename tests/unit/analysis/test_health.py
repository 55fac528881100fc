"""Health: what went otherwise than planned is counted before anything is believed."""

from __future__ import annotations

from frames import frames, round_robin, talk

from colloquia.analysis.health import endings, health, mixed_providers


def counts(*talks: tuple) -> dict[str, int]:
    """Return the counts of these conversations that are not 0."""
    found = health(frames(*talks))
    return {what: number for what, number in zip(found["what"], found["number"], strict=True) if number}


def test_a_sound_folder_has_nothing_to_say() -> None:
    """All counts are 0, and nothing needs care."""
    found = health(round_robin())

    assert found["number"].sum() == 0
    assert not found["needs_care"].any()


def test_an_empty_folder_is_no_error() -> None:
    """Shares of nothing are missing."""
    found = health(frames())

    assert found["number"].sum() == 0
    assert found["share"].isna().all()


def test_each_trouble_is_counted() -> None:
    """Failed, not begun, open, ended early, refused, cut, retried, repaired, and a cell without a whole talk."""
    found = counts(
        talk(1, ["a", "b"], about={"is_failed": True, "is_complete": False, "ended_by": None}),
        talk(2, [], scenario="debate", about={"is_complete": False, "ended_by": None}),
        talk(3, ["c", "d"], about={"ended_by": "refusal"}, is_refusal=True),
        talk(4, ["e"], is_truncated=True),
        talk(5, ["f"], attempts=3),
        talk(6, ["g"], is_repaired=True),
    )

    assert found == {
        "failed": 1,
        "not begun": 1,
        "begun and not ended": 1,
        "ended before their length": 1,
        "cells without a whole conversation": 1,
        "refused": 2,
        "cut at their length": 1,
        "asked for more than once": 1,
        "with repaired characters": 1,
    }


def test_the_same_words_in_the_same_cell_are_one_observation() -> None:
    """Not so in another cell, or where one turn differs."""
    found = counts(
        talk(1, ["a", "b"]),
        talk(2, ["a", "b"], iteration=2),
        talk(3, ["a", "b"], iteration=3),
        talk(4, ["a", "b"], scenario="debate"),
        talk(5, ["a", "c"], iteration=4),
    )

    assert found == {"word for word the same as another": 2}


def test_a_mixture_of_providers_is_named() -> None:
    """With the providers of that model only."""
    made = frames(
        talk(1, ["a"], served_by="Alpha"),
        talk(2, ["a", "b"], models=("gpt", "claude"), iteration=2, served_by="Beta"),
    )

    assert mixed_providers(made.turns) == {"gpt": ["Alpha", "Beta"]}


def test_endings_are_counted_by_scenario() -> None:
    """Each conversation once."""
    made = frames(talk(1, ["a"]), talk(2, ["a"], about={"ended_by": "refusal"}), talk(3, ["a"], scenario="debate"))

    assert endings(made).to_numpy().tolist() == [["debate", "length", 1], ["rent", "length", 1], ["rent", "refusal", 1]]


def test_every_trouble_says_why_it_matters() -> None:
    """In a sentence."""
    assert health(frames())["why"].str.endswith(".").all()
