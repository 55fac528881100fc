"""Quantities: numbers of turns, and the mean of each conversation, the unit of analysis."""

from __future__ import annotations

import pytest
from frames import frames, measured, round_robin, talk

from colloquia.analysis.quantities import (
    QUANTITIES,
    by_conversation,
    by_turn,
    has_turns,
    is_of_seats,
    present,
    quantity,
)
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


def test_a_variable_of_a_measure_is_a_quantity() -> None:
    """Of seats: a number for each, or their mean for the conversation; a value that is missing is no number."""
    made = frames(talk(1, ["a", "b"]), talk(2, ["a", "b"]))
    made = measured(
        made, "mattr", "seat", {("talk-1", "landlord"): 0.5, ("talk-1", "tenant"): 0.7, ("talk-2", "A"): None}
    )

    seats = by_conversation(made, "mattr", by_seat=True)

    assert seats[["speaker_role", "value"]].to_numpy().tolist() == [["landlord", 0.5], ["tenant", 0.7]]
    assert by_conversation(made, "mattr")["value"].tolist() == [pytest.approx(0.6)]
    assert is_of_seats(made, "mattr")
    assert quantity("lexical_diversity.mattr").high == quantity("mattr").high == 1


def test_a_value_of_turns_is_found_turn_by_turn() -> None:
    """With what the turn is; a quantity that turns do not have gives no rows."""
    made = measured(frames(talk(1, ["a", "b"])), "compound", "turn", {("talk-1", "landlord", 1): 0.25})

    assert by_turn(made, "compound")[["turn_id", "speaker_model", "value"]].to_numpy().tolist() == [[1, "gpt", 0.25]]
    assert by_turn(made, "mattr").empty


def test_a_quantity_of_conversations_has_no_seats() -> None:
    """It is taken as it is, and asking for seats says so."""
    made = measured(frames(talk(1, ["a", "b"])), "compression", "conversation", {("talk-1",): 0.4})

    assert by_conversation(made, "compression")["value"].tolist() == [0.4]
    assert not is_of_seats(made, "compression")
    with pytest.raises(DesignError, match="belongs to a conversation"):
        by_conversation(made, "compression", by_seat=True)


def test_a_column_of_numbers_is_a_quantity_of_conversations() -> None:
    """Such as what a probe found; a factor's labels are texts and are none."""
    made = frames(talk(1, ["a"], about={"belief.change": 12.0, "tone": "warm"}))
    made.conversations["belief.change"] = made.conversations["belief.change"].astype("float64")

    found = by_conversation(made, "belief.change")

    assert found["value"].tolist() == [12.0]
    assert "belief.change" not in found
    with pytest.raises(DesignError, match="'tone'"):
        by_conversation(made, "tone")


def test_a_variable_of_ones_own_measure_is_found_in_the_frames() -> None:
    """Its name is its title."""
    made = measured(frames(talk(1, ["a"])), "loud_words", "conversation", {("talk-1",): 3.0})

    assert quantity("loud_words", made).title == "Loud words"

    assert by_conversation(made, "loud_words")["value"].tolist() == [3.0]
    assert by_conversation(made, "own.loud_words")["value"].tolist() == [3.0]


def test_a_payoff_is_called_by_its_seat() -> None:
    """As the page names the two to choose from."""
    made = frames(talk(1, ["J", "F"]))
    made.conversations["payoff_1"], made.conversations["payoff_2"] = 0.0, 10.0

    assert [quantity(f"payoff_{seat}", made).title for seat in (1, 2)] == ["Payoff of seat 1", "Payoff of seat 2"]


def test_only_quantities_that_have_a_number_are_present() -> None:
    """A log without latencies offers none; what a measure said is offered under its full name."""
    made = measured(frames(talk(1, ["a"], latency_ms=None)), "warmth", "seat", {("talk-1", "landlord"): 2.0})

    names = present(made)

    assert "words" in names
    assert "latency" not in names
    assert "own.warmth" in names
    assert has_turns(made, "words")
    assert not has_turns(made, "own.warmth")
