"""The re-paired baseline: how alike two speakers are beyond sharing model, scenario and topic.

Speaker A of one conversation is set beside speaker B of another conversation of the same cell, who never met. Effect:
the likeness of real pairs minus that of the re-paired. Nothing else takes topic and likeness of models out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from colloquia.analysis.statistics.permutation import DRAWS
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate, Floats
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

FEWEST = 3
"""Conversations of a cell below which there is nothing to re-pair and leave out one."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What both speakers of a conversation said, in whatever form their likeness is taken of."""

    experiment_id: str
    cell: Hashable
    """Same models in the same seats, scenario and levels: within it pairs are exchanged."""
    first: Any
    second: Any


def real_minus_repaired(
    pairs: Sequence[Pair],
    likeness: Callable[[Any, Any], float],
    *,
    confidence: float = CONFIDENCE,
    draws: int = DRAWS,
    seed: int = 1,
) -> Estimate:
    """Return the mean likeness of real pairs minus that of all re-pairings within the cell.

    All re-pairings are taken, so the baseline has no luck of the draw. Cells weigh by their conversations. The interval
    is a jackknife that leaves out one conversation after the other, the p value that of exchanging partners.

    Raises:
        DesignError: a conversation stands twice, or a cell has fewer than 3 conversations.
    """
    if len({pair.experiment_id for pair in pairs}) < len(pairs):
        raise DesignError("A conversation is one pair: some stand twice here, or these are turns.")
    cells: dict[Hashable, list[Pair]] = {}
    for pair in pairs:
        cells.setdefault(pair.cell, []).append(pair)
    if not cells or min(map(len, cells.values())) < FEWEST:
        raise DesignError(f"Re-pairing needs {FEWEST} conversations or more in each cell.")
    tables = [np.array([[likeness(one.first, two.second) for two in few] for one in few]) for few in cells.values()]
    count = len(pairs)
    estimate = sum(len(each) * _excess(each) for each in tables) / count
    error = np.sqrt(sum((len(each) / count) ** 2 * _jackknife(each) for each in tables))
    half = float(stats.t.ppf((1 + confidence) / 2, count - len(tables)) * error)
    return Estimate(
        name="real - re-paired", estimate=float(estimate), low=float(estimate - half), high=float(estimate + half),
        conversations=count, standard_error=float(error), df=count - len(tables), confidence=confidence,
        p_value=_exchanged(tables, draws, seed),
        method=f"all re-pairings within the cell; jackknife over conversations, t; p by exchange, {draws:,} draws",
    )  # fmt: skip


def _excess(table: Floats) -> float:
    n = len(table)
    real = float(np.trace(table))
    return real / n - (float(table.sum()) - real) / (n * (n - 1))


def _jackknife(table: Floats) -> float:
    """Return the variance of the excess of one cell."""
    n = len(table)
    real = np.diag(table)
    trace, others = real.sum() - real, table.sum() - table.sum(axis=0) - table.sum(axis=1) + real
    left = trace / (n - 1) - (others - trace) / ((n - 1) * (n - 2))
    return float((n - 1) / n * ((left - left.mean()) ** 2).sum())


def _exchanged(tables: Sequence[Floats], draws: int, seed: int) -> float:
    """Return the share of exchanges of partners whose real pairs are as alike as, or more extreme than, the found."""
    chance = np.random.default_rng(seed)
    found = sum(float(np.trace(table) - table.mean() * len(table)) for table in tables)
    drawn = np.zeros(draws)
    for table in tables:
        order = np.argsort(chance.random((draws, len(table))), axis=1)
        drawn += table[np.arange(len(table)), order].sum(axis=1) - table.mean() * len(table)
    slack = 1e-9 * max(1.0, abs(found))
    return (1 + int(np.count_nonzero(np.abs(drawn) >= abs(found) - slack))) / (1 + draws)
