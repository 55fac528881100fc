"""Several tests at once: Holm for the registered family, Benjamini-Hochberg's q for the exploratory table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.analysis.statistics.result import Floats


def holm(p_values: Sequence[float]) -> Floats:
    """Return Holm's adjusted p values: the chance of any false finding in the family is held. Missing stays missing."""
    return _adjusted(p_values, _holm_of_sorted)


def benjamini_hochberg(p_values: Sequence[float]) -> Floats:
    """Return q values: the expected share of false findings among the findings. Missing stays missing."""
    return _adjusted(p_values, _q_of_sorted)


def _adjusted(p_values: Sequence[float], of_sorted: Callable[[Floats], Floats]) -> Floats:
    given = np.asarray(p_values, dtype="float64")
    known = np.flatnonzero(~np.isnan(given))
    if ((given[known] < 0) | (given[known] > 1)).any():
        raise ValueError("A p value lies between 0 and 1.")
    order = known[np.argsort(given[known], kind="stable")]
    adjusted = np.full(len(given), np.nan)
    adjusted[order] = np.minimum(of_sorted(given[order]), 1.0)
    return adjusted


def _holm_of_sorted(rising: Floats) -> Floats:
    found: Floats = np.maximum.accumulate(rising * np.arange(len(rising), 0, -1))
    return found


def _q_of_sorted(rising: Floats) -> Floats:
    scaled = rising * len(rising) / np.arange(1, len(rising) + 1)
    found: Floats = np.minimum.accumulate(scaled[::-1])[::-1]
    return found
