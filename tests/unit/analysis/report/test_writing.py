"""Numbers in words: as many digits as an interval carries."""

from __future__ import annotations

import pytest

from colloquia.analysis.report import writing
from colloquia.analysis.statistics.result import Estimate


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (11.62, 13.55, "12.59 (95\u202f% interval 11.62 to 13.55)"),
        (1.0, 25.0, "13 (95\u202f% interval 1 to 25)"),
        (-0.004, 0.002, "\u22120.0010 (95\u202f% interval \u22120.0040 to 0.0020)"),
        (float("nan"), float("nan"), "0.00 (no interval)"),
    ],
)
def test_an_estimate_has_the_digits_that_its_interval_carries(low: float, high: float, said: str) -> None:
    """Half its width has two digits; a minus is a minus and no hyphen."""
    middle = (low + high) / 2 if low == low else 0.0  # noqa: PLR0124 (what is not a number differs from itself)
    found = Estimate(name="x", estimate=middle, low=low, high=high, conversations=9, method="m")

    assert writing.estimated(found) == said


def test_cells_of_tables_are_short() -> None:
    """Whole numbers are whole, others have four digits, what is unknown is a dash."""
    assert [writing.plain(value) for value in (3.0, 12345, 0.123456, float("nan"), None, "x", True)] == [
        "3", "12,345", "0.1235", "\u2013", "\u2013", "x", "True",
    ]  # fmt: skip


def test_shares_counts_and_chances_are_said_in_words() -> None:
    """Small shares have a digit more, one is one, and no p value is zero."""
    assert [writing.share(1, 40), writing.share(1, 2), writing.share(0, 3), writing.share(1, 0)] == [
        "2.5\u202f%", "50\u202f%", "0\u202f%", "\u2013",
    ]  # fmt: skip
    assert [writing.counted(1, "turn"), writing.counted(1200, "turn")] == ["1 turn", "1,200 turns"]
    assert [writing.probability(0.0001), writing.probability(0.0123)] == ["< 0.001", "= 0.012"]
    assert [writing.enumerated(few) for few in ([], ["a"], ["a", "b", "c"])] == ["", "a", "a, b and c"]


@pytest.mark.parametrize(
    ("value", "said"), [(-0.001, "0.00"), (-0.0, "0.00"), (-0.006, "\u22120.01"), (-1e-16, "0.00")]
)
def test_nothing_has_no_sign(value: float, said: str) -> None:
    """What is rounded to nothing is neither above nor below."""
    assert writing.number(value) == said
