"""Who can meet whom: graphs over the members of a population, drawn from the study's seed."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Draw = Callable[[str, int], int]

Edge = tuple[int, int]
"""Two members by number, the smaller first."""

GRAPHS = ("complete", "regular", "small world")


def edges(graph: str, size: int, degree: int, rewired: float, draw: Draw) -> tuple[Edge, ...]:
    """Return the pairs that can meet.

    Args:
        graph: ``complete``: everybody; ``regular``: everybody the same number, at random; ``small world``: neighbours
            on a ring, some of them replaced by others at random (Watts and Strogatz).
        size: Members.
        degree: Of a regular graph or a ring: how many each can meet; even.
        rewired: Of a small world: the share of pairs that are replaced.
        draw: Gives the number that is drawn for a purpose, at a place.
    """
    if graph == "complete":
        return tuple(combinations(range(size), 2))
    ring = [_edge(one, one + step, size) for one in range(size) for step in range(1, degree // 2 + 1)]
    return tuple(sorted(_swapped(ring, draw) if graph == "regular" else _rewired(ring, size, rewired, draw)))


def _edge(one: int, other: int, size: int) -> Edge:
    one, other = one % size, other % size
    return (one, other) if one < other else (other, one)


def _swapped(ring: Sequence[Edge], draw: Draw) -> list[Edge]:
    """Return the ring with its pairs crossed at random, many times over, so that every degree stays as it is."""
    found = list(ring)
    for turn in range(10 * len(found)):
        first, second = draw("first", turn) % len(found), draw("second", turn) % len(found)
        (a, b), (c, d) = found[first], found[second]
        crossed = [(min(a, d), max(a, d)), (min(c, b), max(c, b))]
        if len({a, b, c, d}) == 4 and not set(crossed) & set(found):  # noqa: PLR2004 (two pairs of two)
            found[first], found[second] = crossed
    return found


def _rewired(ring: Sequence[Edge], size: int, rewired: float, draw: Draw) -> list[Edge]:
    """Return the ring with a share of its pairs replaced: the first member keeps its place, the other is drawn."""
    found = list(ring)
    for place, (one, _) in enumerate(ring):
        if draw("rewire", place) % 1_000_000 >= rewired * 1_000_000:
            continue
        free = [other for other in range(size) if other != one and _edge(one, other, size) not in found]
        if free:
            found[place] = _edge(one, free[draw("to", place) % len(free)], size)
    return found
