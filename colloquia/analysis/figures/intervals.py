"""Means over conversations with the intervals of :mod:`colloquia.analysis.statistics`, as figures show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from colloquia.analysis.statistics.strata import sum_of_means

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 3
"""With fewer conversations a mean has no interval worth drawing."""
COLUMNS = ("conversations", "mean", "low", "high", "method")


def means(values: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the mean of ``value`` in each group, its 95 % interval, how that was made and of how many conversations.

    The interval is missing where there are fewer than three.

    Args:
        values: One row for each conversation, with column ``value``.
        by: Columns that make the groups.
    """
    rows = []
    for key, group in values.groupby(list(by), sort=True, dropna=False):
        found = sum_of_means([group["value"].to_numpy(dtype="float64")], name="mean")
        drawn = (found.low, found.high, found.method) if len(group) >= FEWEST else (float("nan"), float("nan"), "")
        rows.append((*key, len(group), found.estimate, *drawn))
    return pd.DataFrame(rows, columns=[*by, *COLUMNS])


def how(table: pd.DataFrame) -> str:
    """Return how the intervals of a table were made, for its caption."""
    methods = sorted(method for method in set(table["method"]) if method not in ("", "no interval"))
    return f"Intervals (95 %): {'; or, with few conversations, '.join(methods)}." if methods else ""
