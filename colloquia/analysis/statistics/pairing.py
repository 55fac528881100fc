"""Paired means: when two conversations belong together, and when they do not.

Two conversations are a pair when they share what they were made of (item, seating and the iteration's drawn material),
or when both were forked from one parent. A shared seed in the request is no reason: the same seed with another prompt
or another model shares nothing, and a paired test would claim a precision that is not there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from colloquia.analysis.statistics import permutation
from colloquia.analysis.statistics.conversations import UNIT, Conversations
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate, Floats
from colloquia.analysis.statistics.strata import sum_of_means
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAIRS = {"material": ("item", "seating", "iteration"), "fork": ("parent_id",)}
"""Columns that two conversations of a pair share, by why they are one."""
_SHARED = {"material": "the same item, seating and iteration", "fork": "forks of one parent"}
_SEEDS = frozenset({"seed", "body_seed", "base_seed"})


def paired_contrast(
    conversations: Conversations,
    factor: str,
    first: object,
    second: object,
    *,
    because: Literal["material", "fork"],
    blocks: Sequence[str] = (),
    confidence: float = CONFIDENCE,
    draws: int = permutation.DRAWS,
    seed: int = 1,
) -> Estimate:
    """Return the mean difference within pairs, in the units of the value.

    Args:
        conversations: One value a conversation: choose a seat first.
        factor: The column whose levels are compared.
        first: The level that is subtracted from.
        second: The level that is subtracted.
        because: ``material``: the same item, seating and iteration; ``fork``: the same parent.
        blocks: Further columns that a pair shares, such as the scenario.
        confidence: Of the interval.
        draws: Of the exchange within pairs.
        seed: Of all draws.

    Raises:
        DesignError: what would make the pairs is not there, is a seed, or names several conversations.
    """
    keys = _keys(because, blocks)
    conversations.require(*keys)
    differences, unpaired = _differences(conversations.where(factor, [first, second]), factor, (first, second), keys)
    left = (f"{unpaired} conversations have no partner and are left out.",) if unpaired else ()
    found = sum_of_means(
        [differences], name=f"{factor}: {first} - {second}, within pairs", confidence=confidence, seed=seed,
        warnings=(*conversations.warnings, *left),
    )  # fmt: skip
    return _told(found, differences, because, draws, seed)


def _keys(because: str, blocks: Sequence[str]) -> list[str]:
    """Return the columns that two conversations of a pair share."""
    if because not in _PAIRS or _SEEDS & set(blocks):
        raise DesignError(
            "A shared seed pairs nothing: the same seed with another prompt shares neither words nor luck. Pairs are "
            "conversations of the same item, seating and iteration (because='material') or of one parent ('fork')."
        )
    return [*_PAIRS[because], *blocks]


def _told(found: Estimate, differences: Floats, because: str, draws: int, seed: int) -> Estimate:
    what = _SHARED[because]
    return replace(
        found,
        conversations=2 * len(differences),
        p_value=permutation.flipped(differences, draws=draws, seed=seed),
        method=f"{len(differences)} pairs ({what}); {found.method}; p by exchange within pairs, {draws:,} draws",
    )


def _differences(
    conversations: Conversations, factor: str, levels: tuple[object, object], keys: list[str]
) -> tuple[Floats, int]:
    rows = conversations.present.dropna(subset=keys)
    if rows[UNIT].duplicated().any():
        raise DesignError("These rows are seats: choose one seat, or take the mean of each conversation, then pair.")
    if rows.duplicated([factor, *keys]).any():
        raise DesignError(f"Several conversations share {', '.join(keys)}: name more columns in blocks.")
    wide = rows.pivot_table(index=keys, columns=factor, values=conversations.value, observed=True)
    both = wide.dropna()
    if both.empty or not set(levels) <= set(wide.columns):
        raise DesignError(f"No two conversations of {levels[0]!r} and {levels[1]!r} share {', '.join(keys)}.")
    differences: Floats = (both[levels[0]] - both[levels[1]]).to_numpy(dtype="float64")
    return differences, int(len(rows) - 2 * len(both))
