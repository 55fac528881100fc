"""How a move is read in a reply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.conversation.moves import Amount, OneOf, shortest
from colloquia.conversation.procedures.bargain import Bargaining

LETTERS = OneOf(words=("J", "F"))
WORDS = OneOf(words=("stay", "stay home", "go"))
COINS = Amount(least=0, most=20, is_whole=True)


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("J", "J"),
        ("  f\n", "F"),
        ("**J**", "J"),
        ('"F."', "F"),
        ("I choose J.", "J"),
        ("Option J, since I trust you.", "J"),
        ("You may take F, or J.\n\nF", "F"),
        ("J or F?", None),
        ("I will think about it.", None),
        ("just", None),
        ("I would join: j", None),
        ("", None),
        ("J, J and again J", "J"),
        ("\u2028", None),
    ],
)
def test_a_letter_is_read_where_it_is_the_only_one_that_is_named(text: str, move: str | None) -> None:
    """A small letter counts alone only, since texts are full of letters; two options are none."""
    assert LETTERS.read(text) == move


@pytest.mark.parametrize(
    ("text", "move"),
    [("STAY", "stay"), ("I'd rather stay home.", "stay home"), ("Go!", "go"), ("stay or go", None), ("going", None)],
)
def test_words_are_read_whole_the_longest_first_whatever_their_case(text: str, move: str | None) -> None:
    """An option that begins with another is not the other."""
    assert WORDS.read(text) == move


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("12", "12"),
        ("I give 12 coins.", "12"),
        ("$5.00", "5"),
        ("20 is all I have. I give\n\n7", "7"),
        ("I give 5 of my 20.", None),
        ("twelve", None),
        ("21", None),
        ("-1", None),
        ("2.5", None),
        ("", None),
        ("1e3", None),
        ("10-20", None),
        ("2,5", None),
    ],
)
def test_a_number_is_read_where_it_is_the_only_one_and_within_bounds(text: str, move: str | None) -> None:
    """What lies beyond the bounds is no move, and neither is a fraction where whole numbers are asked for."""
    assert COINS.read(text) == move


def test_thousands_and_fractions_are_numbers_too() -> None:
    """A comma before three digits divides thousands."""
    assert Amount(least=0, most=5000).read("I offer 2,400.50 for it") == "2400.5"


@given(st.text(max_size=60))
def test_a_move_reads_as_itself_whatever_it_was_read_in(text: str) -> None:
    """So a stored move can be known again."""
    for options in (LETTERS, WORDS, COINS):
        move = options.read(text)
        assert move is None or options.read(move) == move


@given(st.floats(min_value=-1e6, max_value=1e6, allow_nan=False))
def test_a_number_in_its_shortest_form_is_the_same_number(number: float) -> None:
    """Nothing is rounded."""
    assert float(shortest(number)) == number


@pytest.mark.parametrize(
    "options",
    [OneOf(words=("cooperate", "defect")), Amount(least=2.5, most=10), Bargaining(has_offer=False)],
    ids=["one of", "amount", "bargaining"],
)
def test_the_example_of_every_kind_of_move_reads_as_a_move(options: Any) -> None:
    """Alone, and as the last line of a longer reply."""
    assert options.read(options.example) is not None
    assert options.read(f"I have thought about it.\n{options.example}") == options.read(options.example)
