"""Means over conversations with their intervals, as figures show them."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import pandas as pd
from scipy.stats import t as student

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95
FEWEST = 3
"""With fewer conversations a mean has no interval worth drawing."""


def means(values: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the mean of ``value`` in each group, its 95 % interval and the number of conversations.

    The interval is Student's over the means of conversations; missing where there are fewer than three.

    Args:
        values: One row for each conversation, with column ``value``.
        by: Columns that make the groups.
    """
    rows = []
    for key, group in values.groupby(list(by), sort=True, dropna=False):
        number, mean = len(group), float(group["value"].mean())
        half = _half_width(group["value"])
        about = dict(zip(by, key, strict=True))
        rows.append({**about, "conversations": number, "mean": mean, "low": mean - half, "high": mean + half})
    return pd.DataFrame(rows, columns=[*by, "conversations", "mean", "low", "high"])


def _half_width(values: pd.Series[float]) -> float:
    number = len(values)
    if number < FEWEST:
        return float("nan")
    return float(student.ppf((1 + CONFIDENCE) / 2, number - 1) * values.std(ddof=1) / sqrt(number))
