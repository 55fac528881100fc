"""Weighted sums of cell means, as sums of means of independent groups of conversations.

Every linear question of a study (a mean, a contrast, an actor effect) is a weighted sum of cell means. A conversation
may have values in several cells (two seats, two orders), so cells are not independent; conversations are. Those that
visit the same cells form a *stratum*. Each conversation gives one number, its share of the sum; then the sum is the sum
of the means of the strata, its variance is the sum of ``s^2 / n`` (for cell means what CR2 comes to), and a bootstrap
draws conversations within strata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from colloquia.analysis.statistics.conversations import UNIT, Conversations
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate, Floats
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

DRAWS = 2_000
FEWEST = 10
"""With fewer conversations in a stratum the bootstrap is not to be trusted, and a t interval is given."""
ENOUGH = 1_000
"""With so many in each stratum the bootstrap moves the ends of a t interval by less than anybody reads: t is given."""

SINGLE = "A cell has a single conversation: there is no interval without repeats."
ALIKE = "The conversations of each cell all have the same value: nothing varies that an interval could be made of."

_TWICE = 2
_ROUNDING = 1e-12
"""A standard error or a sum of so little beside the values is one of the computer's."""
Cell = tuple[object, ...]


class Cells:
    """Conversations sorted into cells, ready for any weighted sum of the cell means."""

    def __init__(self, conversations: Conversations, columns: Sequence[str]) -> None:
        conversations.require(*columns)
        rows = conversations.present
        keys = list(zip(*(rows[name] for name in columns), strict=True)) if columns else [()] * len(rows)
        self.warnings = conversations.warnings
        self._visits = _by_conversation(rows, keys, conversations.value)
        strata: dict[tuple[Cell, ...], list[list[float]]] = {}
        for visited in self._visits.values():
            cells = tuple(sorted(visited, key=repr))
            strata.setdefault(cells, []).append([visited[cell] for cell in cells])
        self._strata = {cells: np.array(strata[cells]) for cells in sorted(strata, key=repr)}

    @property
    def means(self) -> dict[Cell, float]:
        """The mean of each cell over its conversations."""
        return {cell: float(np.mean(values)) for cell, values in self.numbers.items()}

    @property
    def numbers(self) -> dict[Cell, Floats]:
        """The values of each cell, one for each conversation, in the order of the rows."""
        found: dict[Cell, list[float]] = {}
        for visited in self._visits.values():
            for cell, value in visited.items():
                found.setdefault(cell, []).append(value)
        return {cell: np.array(values) for cell, values in found.items()}

    @property
    def rates(self) -> dict[Cell, tuple[int, int]]:
        """Of values that are 0 or 1, how many are 1 in each cell, and of how many; nothing where cells share talks."""
        found = self.numbers
        are_apart = all(len(visited) == 1 for visited in self._visits.values())
        if not are_apart or not all(np.isin(values, (0.0, 1.0)).all() for values in found.values()):
            return {}
        return {cell: (int(values.sum()), len(values)) for cell, values in found.items()}

    def hold_both(self, first: object, second: object) -> set[bool]:
        """Return whether conversations have both levels of the first column; both answers where they differ."""
        return {{first, second} <= {cell[0] for cell in visited} for visited in self._visits.values()}

    def errors(self) -> dict[Cell, float]:
        """Return for each cell a contrast of its conversations that has the variance of its mean.

        It sets every other conversation of a stratum against the rest; a cell of a single conversation has none.
        """
        halves: dict[Cell, tuple[list[float], list[float]]] = {}
        for cells, values in self._strata.items():
            for k, cell in enumerate(cells):
                one, other = halves.setdefault(cell, ([], []))
                one.extend(values[::2, k])
                other.extend(values[1::2, k])
        return {
            cell: (float(np.mean(one)) - float(np.mean(other)))
            * float(np.sqrt(len(one) * len(other)))
            / (len(one) + len(other))
            for cell, (one, other) in halves.items()
            if one and other
        }

    def samples(self, weights: Mapping[Cell, float]) -> tuple[Floats, ...]:
        """Return the numbers of each stratum; the sum of their means is the weighted sum of the cell means."""
        counts: dict[Cell, int] = {}
        for cells, values in self._strata.items():
            for cell in cells:
                counts[cell] = counts.get(cell, 0) + len(values)
        if lacking := [cell for cell, weight in weights.items() if weight and cell not in counts]:
            raise DesignError(f"No conversation in {lacking[0]!r}: the estimate needs every cell.")
        found = []
        for cells, values in self._strata.items():
            share = np.array([weights.get(cell, 0.0) * len(values) / counts[cell] for cell in cells])
            if share.any():
                found.append(values @ share)
        return tuple(found)


def _by_conversation(rows: pd.DataFrame, keys: Sequence[Cell], value: str) -> dict[object, dict[Cell, float]]:
    found: dict[object, dict[Cell, list[float]]] = {}
    for unit, key, number in zip(rows[UNIT], keys, rows[value].astype("float64"), strict=True):
        found.setdefault(unit, {}).setdefault(key, []).append(number)
    return {unit: {key: sum(few) / len(few) for key, few in cells.items()} for unit, cells in found.items()}


def sum_of_means(
    samples: Sequence[Floats],
    *,
    name: str,
    confidence: float = CONFIDENCE,
    draws: int = DRAWS,
    seed: int = 1,
    warnings: tuple[str, ...] = (),
) -> Estimate:
    """Return the sum of the means of independent samples, one number a conversation, with its interval.

    Percentile-t bootstrap of conversations within samples; where a sample has fewer than 10, t with Welch-Satterthwaite
    degrees of freedom (n - 1 for a single sample) and a warning; where each has 1,000, that t interval without one, as
    with no draws.
    The p value is that of the t statistic against 0. Where a sample has one conversation, or none of them varies, there
    is neither interval nor p value: a spread of zero is one that was not seen, and no certainty.
    """
    count, fewest = sum(map(len, samples)), min(map(len, samples), default=0)
    rounding = _ROUNDING * max((float(np.abs(each).max()) for each in samples if len(each)), default=0.0)
    estimate = _unless_rounding(float(sum(np.mean(each) for each in samples)), rounding)
    error, df = standard_error(samples) if fewest >= _TWICE else (0.0, 0.0)
    if not error > rounding:
        nan = float("nan")
        return Estimate(
            name=name, estimate=estimate, low=nan, high=nan, conversations=count, method="no interval",
            confidence=confidence, warnings=(*warnings, SINGLE if fewest < _TWICE else ALIKE),
        )  # fmt: skip
    p = float(2 * stats.t.sf(abs(estimate) / error, df))
    if draws and FEWEST <= fewest < ENOUGH:
        lower, upper = _studentized(samples, (1 - confidence) / 2, draws, seed)
        low, high = estimate - upper * error, estimate - lower * error
        method = f"percentile-t bootstrap of conversations within cell, {draws:,} draws"
    else:
        half = float(stats.t.ppf((1 + confidence) / 2, df)) * error
        low, high, method = estimate - half, estimate + half, "t, Welch-Satterthwaite degrees of freedom"
    few = f"Fewer than {FEWEST} conversations in a cell ({fewest}): t interval, no bootstrap."
    return Estimate(
        name=name, estimate=estimate, low=low, high=high, conversations=count, method=method, confidence=confidence,
        standard_error=error, df=df, p_value=p, warnings=(*warnings, few) if draws and fewest < FEWEST else warnings,
    )  # fmt: skip


def _unless_rounding(value: float, rounding: float) -> float:
    return 0.0 if abs(value) <= rounding else value


def standard_error(samples: Sequence[Floats]) -> tuple[float, float]:
    """Return the standard error of the sum of the means, and its Welch-Satterthwaite degrees of freedom."""
    parts = np.array([np.var(each, ddof=1) / len(each) for each in samples])
    sizes = np.array([len(each) - 1 for each in samples])
    if not parts.sum():
        return 0.0, float(sizes.sum())
    return float(np.sqrt(parts.sum())), float(parts.sum() ** 2 / (parts**2 / sizes).sum())


def _studentized(samples: Sequence[Floats], tail: float, draws: int, seed: int) -> tuple[float, float]:
    """Return the quantiles of (drawn - found) / standard error of the drawn; draws without spread are left out."""
    chance = np.random.default_rng(seed)
    shift, variance = np.zeros(draws), np.zeros(draws)
    for each in map(np.sort, samples):  # so that the order of the rows changes nothing
        drawn = each[chance.integers(len(each), size=(draws, len(each)))]
        shift += drawn.mean(axis=1) - each.mean()
        variance += drawn.var(axis=1, ddof=1) / len(each)
    spread = variance > 0
    found = shift[spread] / np.sqrt(variance[spread])
    lower, upper = np.quantile(found, [tail, 1 - tail])
    return float(lower), float(upper)
