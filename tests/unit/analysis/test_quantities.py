"""Quantities: numbers of turns, and the mean of each conversation, the unit of analysis."""

from __future__ import annotations

import pytest
from frames import frames, round_robin, talk

from colloquia.analysis.quantities import QUANTITIES, by_conversation, by_turn
from colloquia.errors import DesignError


def test_words_are_counted_turn_by_turn() -> None:
    """A turn without text has no number; a blank one has no words."""
    found = by_turn(frames(talk(1, ["one two  three", None, " ", "日本 語"])), "words")

    assert list(zip(found["turn_id"], found["value"], strict=True)) == [(1, 3.0), (3, 0.0), (4, 2.0)]


def test_a_conversation_counts_once() -> None:
    """Its value is the mean of its turns, and the turns behind it are counted."""
    found = by_conversation(frames(talk(1, ["a", "a b", "a b c"]), talk(2, ["a b c d"])), "words")

    assert found[["experiment_id", "value", "turns"]].to_numpy().tolist() == [["talk-1", 2.0, 3], ["talk-2", 4.0, 1]]
    assert {"scenario", "model_1", "role_2", "iteration"} <= set(found.columns)


def test_seats_can_be_told_apart() -> None:
    """Each seat has the mean of its own turns."""
    found = by_conversation(frames(talk(1, ["a", "a b", "a b c"])), "words", by_seat=True)

    assert found[["speaker_role", "value"]].to_numpy().tolist() == [["landlord", 2.0], ["tenant", 2.0]]


def test_speed_counts_from_the_first_token() -> None:
    """Ten tokens in the second half of two seconds are ten a second; unknown latency has no speed."""
    made = frames(
        talk(1, ["a"], latency_ms=2000.0, time_to_first_token_ms=1000.0, output_tokens=10),
        talk(2, ["a"], latency_ms=None, output_tokens=10),
        talk(3, ["a"], latency_ms=2000.0, output_tokens=10),
    )

    assert by_turn(made, "speed")["value"].tolist() == [10.0, 5.0]


@pytest.mark.parametrize("name", sorted(QUANTITIES))
def test_every_quantity_has_a_number_or_none(name: str) -> None:
    """For ordinary turns, and for none at all."""
    assert by_turn(round_robin(), name)["value"].dtype == "float64"
    assert by_turn(frames(), name).empty
    assert by_conversation(frames(), name).empty


def test_an_unknown_quantity_is_named() -> None:
    """With the nearest word."""
    with pytest.raises(DesignError, match="'latency'"):
        by_turn(frames(), "latencies")
