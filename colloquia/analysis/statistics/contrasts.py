"""Marginal means and contrasts between the levels of a factor: the default answer to "does it make a difference"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from colloquia.analysis.statistics import permutation
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate
from colloquia.analysis.statistics.strata import DRAWS as BOOTSTRAPS
from colloquia.analysis.statistics.strata import Cells, sum_of_means
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.statistics.conversations import Conversations
    from colloquia.analysis.statistics.result import Floats
    from colloquia.analysis.statistics.strata import Cell


def mean(conversations: Conversations, *, name: str = "mean", confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean over conversations."""
    cells = Cells(conversations, [])
    samples = cells.samples({(): 1.0})
    return sum_of_means(samples, name=name, confidence=confidence, warnings=cells.warnings)


def marginal_means(
    conversations: Conversations, factor: str, *, within: Sequence[str] = (), confidence: float = CONFIDENCE
) -> tuple[Estimate, ...]:
    """Return the mean of each level, the combinations of ``within`` (scenario, item) weighted equally."""
    conversations.require(factor)
    cells = Cells(conversations, [factor, *within])
    found = []
    for level in dict.fromkeys(cell[0] for cell in cells.means):
        own = [cell for cell in cells.means if cell[0] == level]
        samples = cells.samples({cell: 1 / len(own) for cell in own})
        found.append(sum_of_means(samples, name=f"{factor} = {level}", confidence=confidence, warnings=cells.warnings))
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
    exchange. The interval is that of the bootstrap of conversations. With no draws both are those of the t statistic,
    which is quick: for long tables.
    """
    cells = Cells(conversations.where(factor, [first, second]), [factor, *within])
    means = cells.means
    blocks = [cell[1:] for cell in means if cell[0] == first and (second, *cell[1:]) in means]
    if not blocks:
        raise DesignError(f"{first!r} and {second!r} never stand in the same {' x '.join(within)}.")
    left_out = len({cell[1:] for cell in means}) - len(blocks)
    few = (f"{left_out} of the blocks hold only one of the two and are left out.",) if left_out else ()
    share = 1 / len(blocks)
    weights = {(level, *block): sign * share for block in blocks for level, sign in ((first, 1), (second, -1))}
    samples = cells.samples(weights)
    found = sum_of_means(
        samples,
        name=f"{factor}: {first} - {second}",
        confidence=confidence,
        draws=BOOTSTRAPS if draws else 0,
        seed=seed,
        warnings=(*cells.warnings, *few),
    )
    if not draws:
        return replace(found, method=f"{found.method}; p by t")
    p, how = _p_value(cells, (first, second), blocks, samples, draws=draws, seed=seed)
    return replace(found, p_value=p, method=f"{found.method}; p by {how}, {draws:,} draws")


def _p_value(
    cells: Cells,
    levels: tuple[object, object],
    blocks: Sequence[Cell],
    samples: Sequence[Floats],
    *,
    draws: int,
    seed: int,
) -> tuple[float, str]:
    match cells.hold_both(*levels):
        case both if both == {True}:
            parts = np.concatenate([each / len(each) for each in samples])
            return permutation.flipped(parts, draws=draws, seed=seed), "exchange of the seats of a conversation"
        case both if both == {False}:
            values = cells.numbers
            pairs = [(values[levels[0], *block], values[levels[1], *block]) for block in blocks]
            return permutation.swapped(pairs, draws=draws, seed=seed), "permutation of labels within blocks"
    raise DesignError("Some conversations hold both levels and some only one: compare these apart.")
