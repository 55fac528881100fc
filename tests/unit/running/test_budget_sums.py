"""Dollars by key: their total is theirs, whatever was put in and taken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.running.budget import Amounts

CHANGES = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | st.floats(0, 10)))


@given(changes=CHANGES)
def test_the_total_is_that_of_what_is_there(changes: list[tuple[str, float | None]]) -> None:
    """Putting in, putting in again and taking out in any order leave a total that adds up."""
    amounts = Amounts()
    for key, dollars in changes:
        if dollars is None:
            amounts.take(key)
        else:
            amounts[key] = dollars

    assert amounts.total == pytest.approx(sum(amounts.values()), abs=1e-9)


def test_nothing_is_left_of_rounding_once_all_is_taken_out() -> None:
    """Cents that no sum of floats gives exactly leave nothing behind, so that a full cap can be used again."""
    amounts = Amounts()
    for number in range(10):
        amounts[str(number)] = 0.1
    for number in range(10):
        amounts.take(str(number))

    assert amounts.total == 0.0


def test_what_is_taken_out_is_returned_once() -> None:
    """A call that is settled twice gives its reservation back once."""
    amounts = Amounts()
    amounts["call"] = 0.5

    assert (amounts.take("call"), amounts.take("call"), amounts.total) == (0.5, None, 0.0)
