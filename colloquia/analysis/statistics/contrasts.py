"""Marginal means and contrasts between the levels of a factor: the default answer to "does it make a difference"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from colloquia.analysis.statistics import permutation
from colloquia.analysis.statistics.families import holm
from colloquia.analysis.statistics.rates import square_and_add
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate, Spoken, number, said, table
from colloquia.analysis.statistics.strata import ALIKE, Cells, sum_of_means
from colloquia.analysis.statistics.strata import DRAWS as BOOTSTRAPS
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from colloquia.analysis.statistics.conversations import Conversations
    from colloquia.analysis.statistics.result import Floats
    from colloquia.analysis.statistics.strata import Cell


@dataclass(frozen=True, kw_only=True)
class Contrasts(Spoken):
    """The contrast of each two levels of a factor, as one family."""

    factor: str
    estimates: tuple[Estimate, ...]
    adjusted: tuple[float, ...]
    """Their p values by Holm."""

    @property
    def frame(self) -> pd.DataFrame:
        """One row a contrast."""
        return table(self.estimates).assign(p_holm=list(self.adjusted))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of all of them, each once."""
        return tuple(dict.fromkeys(warning for each in self.estimates for warning in each.warnings))

    @property
    def method(self) -> str:
        """How they were made, in words."""
        return "; ".join(dict.fromkeys(each.method for each in self.estimates))

    @property
    def sentence(self) -> str:
        """Which of them are found, in words."""
        found = [each for each, p in zip(self.estimates, self.adjusted, strict=True) if p <= 1 - CONFIDENCE]
        names = "; ".join(f"{each.name}: {number(each.estimate)}, {each.interval}" for each in found) or "none"
        counted = max(each.conversations for each in self.estimates)
        return said(
            f"Of {len(self.estimates)} contrasts, different from none at the 5 % level by Holm: {names} (up to "
            f"{counted:,} conversations each",
            self,
        )


def mean(conversations: Conversations, *, name: str = "mean", confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean over conversations."""
    return weighted(Cells(conversations, []), {(): 1.0}, name=name, confidence=confidence)


def weighted(
    cells: Cells,
    weights: Mapping[Cell, float],
    *,
    name: str,
    confidence: float = CONFIDENCE,
    draws: int = BOOTSTRAPS,
    seed: int = 1,
    warnings: tuple[str, ...] = (),
) -> Estimate:
    """Return a weighted sum of cell means; of rates that are all 0 or 1 its interval is made of Wilson's.

    Args:
        cells: Conversations, sorted.
        weights: Of each cell; those that are not named have none.
        name: What it is called.
        confidence: Of the interval.
        draws: Of the bootstrap; with 0 the interval is that of t.
        seed: Of the draws.
        warnings: What a reader must know, beside what the cells say.
    """
    said = (*cells.warnings, *warnings)
    found = sum_of_means(
        cells.samples(weights), name=name, confidence=confidence, draws=draws, seed=seed, warnings=said
    )
    counts = cells.rates if ALIKE in found.warnings else {}
    if not counts:
        return found
    low, high = square_and_add(((weight, counts[cell]) for cell, weight in weights.items()), confidence)
    how = "Wilson's intervals of the rates, squared and added"
    return replace(found, low=low, high=high, method=how, warnings=said)


def marginal_means(
    conversations: Conversations, factor: str, *, within: Sequence[str] = (), confidence: float = CONFIDENCE
) -> tuple[Estimate, ...]:
    """Return the mean of each level, the combinations of ``within`` (scenario, item) weighted equally."""
    conversations.require(factor)
    known = replace(conversations, rows=conversations.rows[conversations.rows[factor].notna()])
    cells = Cells(known, [factor, *within])
    found = []
    for level in dict.fromkeys(cell[0] for cell in cells.means):
        own = [cell for cell in cells.means if cell[0] == level]
        weights = {cell: 1 / len(own) for cell in own}
        found.append(weighted(cells, weights, name=f"{factor} = {level}", confidence=confidence))
    return tuple(found)


def contrast(
    conversations: Conversations,
    factor: str,
    first: object,
    second: object,
    *,
    within: Sequence[str] = (),
    confidence: float = CONFIDENCE,
    draws: int = permutation.DRAWS,
    seed: int = 1,
) -> Estimate:
    """Return the mean of ``first`` minus that of ``second``, in the units of the value.

    Blocks are the combinations of ``within`` in which both levels stand, weighted equally. The p value is that of the
    permutation of labels within blocks; where both levels stand in each conversation (its two seats), of their
    exchange; where only some do (a round robin with self-play), of t. The interval is that of the bootstrap of
    conversations. With no draws both are those of the t statistic, which is quick: for long tables.
    """
    cells = Cells(conversations.where(factor, [first, second]), [factor, *within])
    means = cells.means
    shared = [cell[1:] for cell in means if cell[0] == first and (second, *cell[1:]) in means]
    blocks = sorted(shared, key=repr)
    if not blocks:
        raise DesignError(f"{first!r} and {second!r} never stand in the same {' x '.join(within)}.")
    left_out = len({cell[1:] for cell in means}) - len(blocks)
    few = (f"{left_out} of the blocks hold only one of the two and are left out.",) if left_out else ()
    share = 1 / len(blocks)
    weights = {(level, *block): sign * share for block in blocks for level, sign in ((first, 1), (second, -1))}
    found = weighted(
        cells, weights, name=f"{factor}: {first} - {second}", confidence=confidence,
        draws=BOOTSTRAPS if draws else 0, seed=seed, warnings=few,
    )  # fmt: skip
    if not draws:
        return found if isnan(found.p_value) else replace(found, method=f"{found.method}; p by t")
    if len(cells.hold_both(first, second)) > 1:
        return replace(found, method=f"{found.method}; p by t, as some conversations hold both levels and some one")
    p, how = _p_value(cells, (first, second), blocks, cells.samples(weights), draws=draws, seed=seed)
    return replace(found, p_value=p, method=f"{found.method}; p by {how}, {draws:,} draws")


def deviation(
    conversations: Conversations,
    factor: str,
    level: object,
    *,
    within: Sequence[str] = (),
    confidence: float = CONFIDENCE,
    draws: int = BOOTSTRAPS,
) -> Estimate:
    """Return the mean of a level minus the mean of all levels, each weighted equally, in the units of the value.

    Blocks are the combinations of ``within`` in which every level stands, weighted equally.
    """
    cells = Cells(conversations, [factor, *within])
    standing: dict[Cell, set[object]] = {}
    for cell in cells.means:
        standing.setdefault(cell[1:], set()).add(cell[0])
    levels = set().union(*standing.values())
    blocks = [block for block, there in standing.items() if there == levels]
    if not blocks or level not in levels:
        raise DesignError(f"The levels of {factor!r} never all stand in the same {' x '.join(within)}.")
    share = 1 / len(blocks)
    weights = {(each, *block): ((each == level) - 1 / len(levels)) * share for block in blocks for each in levels}
    name = f"{factor}: {level} - mean of all {len(levels)}"
    found = weighted(cells, weights, name=name, confidence=confidence, draws=draws)
    return found if isnan(found.p_value) else replace(found, method=f"{found.method}; p by t")


def contrasts(
    conversations: Conversations,
    factor: str,
    *,
    within: Sequence[str] = (),
    confidence: float = CONFIDENCE,
    draws: int = permutation.DRAWS,
) -> Contrasts:
    """Return the contrast of each two levels of a factor, in the order of their names, adjusted by Holm."""
    conversations.require(factor)
    levels = sorted(conversations.present[factor].dropna().unique(), key=str)
    if len(levels) < 2:  # noqa: PLR2004 - one level has nothing to be compared with
        raise DesignError(f"{factor!r} has {len(levels)} level here: a contrast needs two.")
    found = tuple(
        contrast(conversations, factor, one, other, within=within, confidence=confidence, draws=draws)
        for one, other in combinations(levels, 2)
    )
    adjusted = holm([each.p_value for each in found])
    return Contrasts(factor=factor, estimates=found, adjusted=tuple(map(float, adjusted)))


def _p_value(
    cells: Cells,
    levels: tuple[object, object],
    blocks: Sequence[Cell],
    samples: Sequence[Floats],
    *,
    draws: int,
    seed: int,
) -> tuple[float, str]:
    if True in cells.hold_both(*levels):
        parts = np.concatenate([each / len(each) for each in samples])
        return permutation.flipped(parts, draws=draws, seed=seed), "exchange of the seats of a conversation"
    values = cells.numbers
    pairs = [(values[levels[0], *block], values[levels[1], *block]) for block in blocks]
    return permutation.swapped(pairs, draws=draws, seed=seed), "permutation of labels within blocks"
