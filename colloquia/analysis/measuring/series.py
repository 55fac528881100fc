"""Numbers in the order of turns, brought down to one: slope and area."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]
"""A turn's number and its value."""
FEWEST_FOR_SLOPE = 3
TOO_FEW = f"a slope needs {FEWEST_FOR_SLOPE} turns"


def slope(points: Sequence[Point]) -> float | None:
    """Return the least-squares slope per turn; None below three points."""
    if len(points) < FEWEST_FOR_SLOPE:
        return None
    middle = fmean(x for x, _ in points)
    level = fmean(y for _, y in points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    return sum((x - middle) * (y - level) for x, y in points) / spread if spread else None


def area(points: Sequence[Point]) -> float | None:
    """Return the area under the line through the points, divided by the turns it spans; None below two points."""
    spans = [(right - left, (low + high) / 2) for (left, low), (right, high) in pairwise(points)]
    width = sum(span for span, _ in spans)
    return sum(span * height for span, height in spans) / width if width else None
