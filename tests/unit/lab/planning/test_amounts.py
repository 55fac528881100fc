"""Numbers in words: as many digits as they need, and no unit that is wrong."""

from __future__ import annotations

import pytest

from colloquia.lab.planning.amounts import count, duration, money, spent


@pytest.mark.parametrize(
    ("dollars", "said"),
    [(None, "an unknown sum"), (0, "$0"), (0.000012, "$0.000012"), (0.05, "$0.0500"), (1234.5, "$1,234.50")],
)
def test_an_amount_has_as_many_digits_as_it_needs(dollars: float | None, said: str) -> None:
    """What is unknown is never nothing."""
    assert money(dollars) == said


def test_what_was_spent_is_never_said_too_surely() -> None:
    """A price that nobody knows makes it vague whatever else; a lost call alone is bounded by what was reserved."""
    said = [
        spent(0.25, has_unknown_cost=is_unknown, has_bounded_cost=is_bounded)
        for is_unknown, is_bounded in ((False, False), (False, True), (True, False), (True, True))
    ]

    assert said == ["$0.2500", "at most $0.2500", "about $0.2500", "about $0.2500"]


def test_a_number_has_its_noun() -> None:
    """One of a thing, or several."""
    assert [count(number, "turn") for number in (0, 1, 1200)] == ["0 turns", "1 turn", "1,200 turns"]


def test_a_length_of_time_is_in_the_units_that_are_read() -> None:
    """Rounded to the second before it is cut into units."""
    assert [duration(seconds) for seconds in (59.6, 0.2, 3661)] == ["1 min 00 s", "0 s", "1 h 01 min"]
