"""The permutation test: labels are swapped within blocks, so whatever the blocks share cannot make a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.statistics.result import Floats

DRAWS = 9_999
_SLACK = 1e-9
_PAIR = 2
_TOGETHER = 2_000
"""Draws that are made at once, which bounds the memory."""


def swapped(blocks: Sequence[tuple[Floats, Floats]], *, draws: int = DRAWS, seed: int = 1) -> float:
    """Return the two-sided p value of a difference of means, blocks weighted equally.

    The statistic is studentized, so the test holds for means also where the spreads differ. ``(1 + as large) /
    (1 + draws)``: never zero.
    """
    chance = np.random.default_rng(seed)
    blocks = [(np.sort(one), np.sort(other)) for one, other in blocks]  # the order of the rows changes nothing
    found = abs(_statistic([(np.concatenate(pair)[None, :], len(pair[0])) for pair in blocks])[0])
    pooled = [(np.concatenate(pair), len(pair[0])) for pair in blocks]
    as_large = 0
    for start in range(0, draws, _TOGETHER):
        many = min(_TOGETHER, draws - start)
        drawn = [(_shuffled(values, many, chance), first) for values, first in pooled]
        as_large += int(np.count_nonzero(np.abs(_statistic(drawn)) >= found * (1 - _SLACK)))
    return (1 + as_large) / (1 + draws)


def flipped(differences: Floats, *, draws: int = DRAWS, seed: int = 1) -> float:
    """Return the two-sided p value of a mean of differences whose signs are exchangeable."""
    chance = np.random.default_rng(seed)
    differences = np.sort(differences)  # the order of the rows changes nothing
    found = abs(float(differences.mean()))
    signs = chance.integers(0, 2, size=(draws, len(differences)), dtype=np.int8) * 2 - 1
    drawn = np.abs(signs @ differences) / len(differences)
    return (1 + int(np.count_nonzero(drawn >= found * (1 - _SLACK)))) / (1 + draws)


def _shuffled(values: Floats, many: int, chance: np.random.Generator) -> Floats:
    order = np.argsort(chance.random((many, len(values)), dtype=np.float32), axis=1)
    shuffled: Floats = values[order]
    return shuffled


def _statistic(blocks: Sequence[tuple[Floats, int]]) -> Floats:
    """Return the studentized difference of each row, the first ``first`` columns against the others.

    What does not vary is told apart by any difference at all; single values cannot vary, and differ as they are.
    """
    difference, variance = np.zeros(len(blocks[0][0])), np.zeros(len(blocks[0][0]))
    for values, first in blocks:
        for part, sign in ((values[:, :first], 1), (values[:, first:], -1)):
            size = part.shape[1]
            difference += sign * part.mean(axis=1)
            variance += part.var(axis=1, ddof=1) / size if size > 1 else 0.0
    are_single = all(values.shape[1] == _PAIR for values, _ in blocks)
    unscaled = difference if are_single else np.where(difference, np.copysign(np.inf, difference), 0.0)
    return np.divide(difference, np.sqrt(variance), out=unscaled, where=variance > 0)
