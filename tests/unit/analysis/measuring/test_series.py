"""Slope and area over turns, against arithmetic."""

from __future__ import annotations

import pytest

from colloquia.analysis.measuring.series import area, slope


def test_the_slope_of_a_line_is_its_slope() -> None:
    """Whatever the distance between turns."""
    assert slope([(1, 5.0), (3, 9.0), (4, 11.0), (10, 23.0)]) == pytest.approx(2.0)


def test_the_slope_is_that_of_least_squares() -> None:
    """By hand: middle 2, level 2; (-1)(-1) + 0 x 2 + (1)(-1) ... over 2 is 0; with 1, 4, 2 it is .5."""
    assert slope([(1, 1.0), (2, 4.0), (3, 2.0)]) == pytest.approx(0.5)


@pytest.mark.parametrize("points", [[], [(1, 2.0)], [(1, 2.0), (2, 3.0)]], ids=["none", "one", "two"])
def test_there_is_no_slope_below_three_points(points: list[tuple[float, float]]) -> None:
    """A line through two points says nothing of a trend."""
    assert slope(points) is None


def test_there_is_no_slope_where_all_stand_at_one_turn() -> None:
    """Rather than a division by zero."""
    assert slope([(2, 1.0), (2, 2.0), (2, 3.0)]) is None


def test_the_area_is_weighted_by_the_turns_between() -> None:
    """By hand: (1 x .5 + 3 x 1) / 4 = .875."""
    assert area([(1, 0.0), (2, 1.0), (5, 1.0)]) == pytest.approx(0.875)


@pytest.mark.parametrize("points", [[], [(1, 2.0)]], ids=["none", "one"])
def test_there_is_no_area_below_two_points(points: list[tuple[float, float]]) -> None:
    """There is nothing to be under."""
    assert area(points) is None
