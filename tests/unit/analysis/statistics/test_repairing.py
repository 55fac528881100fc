"""The re-paired baseline: excess of real pairs by hand, exact exchange, cells that are never mixed."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from colloquia.analysis.statistics.repairing import Pair, real_minus_repaired
from colloquia.errors import DesignError

A, B = [1.0, 4.0, 6.0], [2.0, 5.0, 9.0]


def squared(one: float, other: float) -> float:
    """Return how alike two numbers are."""
    return -((one - other) ** 2)


def pairs(first: list[float], second: list[float], cell: str = "rent") -> list[Pair]:
    """Return one pair for each conversation of a cell."""
    return [
        Pair(experiment_id=f"{cell}-{number}", cell=cell, first=one, second=other)
        for number, (one, other) in enumerate(zip(first, second, strict=True))
    ]


def test_the_excess_is_real_minus_all_re_pairings() -> None:
    """By hand: real -1, -1, -9; re-paired -16, -64, -4, -25, -16, -1: -11/3 + 126/6 = 17 1/3; in R: course.R."""
    found = real_minus_repaired(pairs(A, B), squared)

    assert found.estimate == pytest.approx(-11 / 3 + 126 / 6)
    assert found.estimate == pytest.approx(17.333333, abs=5e-4)
    assert found.standard_error == pytest.approx(17.676098, abs=5e-4)
    assert found.df == 2


def test_the_p_value_is_that_of_all_exchanges() -> None:
    """Of 4! ways to put partners together, as many as are as far from the mean of all."""
    first, second = [1.0, 4.0, 6.0, 7.5], [2.0, 5.0, 9.0, 8.0]
    table = np.array([[squared(one, other) for other in second] for one in first])
    sums = [sum(table[k, order[k]] for k in range(4)) - table.mean() * 4 for order in permutations(range(4))]
    exact = np.mean([abs(each) >= abs(sums[0]) - 1e-9 for each in sums])

    found = real_minus_repaired(pairs(first, second), squared)

    assert found.p_value == pytest.approx(exact, abs=0.01)


def test_what_only_cells_share_is_no_excess() -> None:
    """Speakers alike within a topic and no more: the same number in both cells, far apart between them."""
    chance = np.random.default_rng(1)
    both = [
        pair
        for cell, topic in (("rent", 0.0), ("opera", 50.0))
        for pair in pairs(list(topic + chance.normal(0, 1, 20)), list(topic + chance.normal(0, 1, 20)), cell)
    ]

    found = real_minus_repaired(both, squared)

    assert found.low < 0 < found.high
    assert found.conversations == 40


def test_a_conversation_counts_once_and_a_cell_needs_three() -> None:
    """Turns, or a cell with nobody to re-pair with, are refused."""
    with pytest.raises(DesignError, match="3 conversations or more in each cell"):
        real_minus_repaired([*pairs(A, B), *pairs(A[:2], B[:2], "opera")], squared)
    with pytest.raises(DesignError, match="some stand twice"):
        real_minus_repaired([*pairs(A, B), *pairs(A, B)], squared)
