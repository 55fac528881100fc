"""The human anchor: which items people are asked to label, so that what they say speaks for all that were judged.

Items are drawn within strata of who talks with whom and what the judges said, as many from each as there is room for
and two at least; each item's probability of being drawn is known. What the draw is made of is hashed, never chance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import sha256
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from colloquia.design.judges import Judge
    from colloquia.design.rubrics import Rubric
    from colloquia.logbook.judgements import Place

LEAST = 2
"""Items drawn from a stratum, where it has so many: with fewer its errors have no spread."""
_THIRDS = ("low", "middle", "high")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that people are asked to label."""

    place: Place
    stratum: str
    probability: float


def stratum(seating: Sequence[str], verdict: str | float | None, rubric: Rubric) -> str:
    """Return the stratum of an item: who talks with whom, and what the judges said."""
    if isinstance(verdict, str) or verdict is None or rubric.scale is None:
        said = "none" if verdict is None else str(verdict)
    else:
        low, high = rubric.scale
        said = _THIRDS[min(int((verdict - low) / (high - low) * len(_THIRDS)), len(_THIRDS) - 1)]
    return f"{' x '.join(seating)}: {said}"


def draw(strata: Mapping[Place, str], number: int, *, salt: str) -> list[Item]:
    """Return about ``number`` items, at least two of each stratum, in an order that tells nothing.

    Args:
        strata: The stratum of each place that was judged.
        number: How many people are to label.
        salt: The same salt draws the same items.
    """
    by_stratum: dict[str, list[Place]] = defaultdict(list)
    for place, name in strata.items():
        by_stratum[name].append(place)
    sizes = {name: len(places) for name, places in by_stratum.items()}
    found = [
        Item(place=place, stratum=name, probability=quota / sizes[name])
        for name, quota in quotas(sizes, number).items()
        for place in sorted(by_stratum[name], key=lambda each: _drawn(salt, each))[:quota]
    ]
    return sorted(found, key=lambda item: _drawn(f"{salt} order", item.place))


def quotas(sizes: Mapping[str, int], number: int) -> dict[str, int]:
    """Return how many items are drawn from each stratum: equally many, and all of those that have fewer."""
    found = {name: min(size, LEAST) for name, size in sizes.items()}
    left = number - sum(found.values())
    while left > 0:
        open_ones = sorted((name for name in sizes if found[name] < sizes[name]), key=lambda name: (found[name], name))
        if not open_ones:
            break
        for name in open_ones[:left]:
            found[name] += 1
        left -= len(open_ones[:left])
    return found


def consensus(judge: Judge, said: Iterable[str]) -> str | float | None:
    """Return what the people who labelled an item say together: most of them, or their mean; None where they split."""
    words = list(said)
    if judge.rubric.kind == "scale":
        return fmean(map(float, words)) if words else None
    ranked = Counter(words).most_common(2)
    is_split = len(ranked) > 1 and ranked[0][1] == ranked[1][1]
    return ranked[0][0] if ranked and not is_split else None


def _drawn(salt: str, place: Place) -> bytes:
    return sha256(f"{salt}\n{place}".encode()).digest()
