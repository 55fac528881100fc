"""Rates of conversations: how many of them ended in a deal, a refusal, a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from colloquia.analysis.statistics.conversations import UNIT, Conversations
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colloquia.analysis.statistics.result import Floats


def wilson(successes: int, count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Wilson's score interval of a rate."""
    z = float(stats.norm.ppf((1 + confidence) / 2))
    rate, weight = successes / count, z * z / count
    middle = (rate + weight / 2) / (1 + weight)
    half = z / (1 + weight) * np.sqrt(rate * (1 - rate) / count + weight / (4 * count))
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def rate(conversations: Conversations, *, name: str = "rate", confidence: float = CONFIDENCE) -> Estimate:
    """Return the share of conversations whose value is 1, with Wilson's interval."""
    values = outcomes(conversations)
    low, high = wilson(int(values.sum()), len(values), confidence)
    return Estimate(
        name=name, estimate=float(values.mean()), low=low, high=high, conversations=len(values),
        method="Wilson's score interval over conversations", confidence=confidence, warnings=conversations.warnings,
    )  # fmt: skip


def square_and_add(
    parts: Iterable[tuple[float, tuple[int, int]]], confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return the interval of a weighted sum of independent rates, from Wilson's of each (Zou and Donner 2008).

    With two rates weighted 1 and -1 it is Newcombe's. It has a width also where every rate is 0 or 1.

    Args:
        parts: The weight of each rate, how many are 1 and of how many.
        confidence: Of the interval.
    """
    middle = below = above = 0.0
    for weight, (successes, count) in parts:
        share = weight * successes / count
        first, last = sorted(weight * end for end in wilson(successes, count, confidence))
        middle, below, above = middle + share, below + (share - first) ** 2, above + (last - share) ** 2
    return middle - float(np.sqrt(below)), middle + float(np.sqrt(above))


def rate_difference(
    conversations: Conversations, factor: str, first: object, second: object, *, confidence: float = CONFIDENCE
) -> Estimate:
    """Return the rate of ``first`` minus that of ``second``: Newcombe's interval, Fisher's exact p."""
    groups = _groups(conversations, factor, first, second)
    rates = [float(each.mean()) for each in groups]
    counts = [(int(each.sum()), len(each)) for each in groups]
    low, high = square_and_add(zip((1, -1), counts, strict=True), confidence)
    return Estimate(
        name=f"{factor}: rate of {first} - rate of {second}", estimate=rates[0] - rates[1], low=low,
        high=high, conversations=sum(map(len, groups)), confidence=confidence,
        p_value=float(stats.fisher_exact(_table(groups))[1]), warnings=conversations.warnings,
        method="Newcombe's interval from Wilson's, over conversations; p by Fisher's exact test",
    )  # fmt: skip


def odds_ratio(
    conversations: Conversations, factor: str, first: object, second: object, *, confidence: float = CONFIDENCE
) -> Estimate:
    """Return the odds of ``first`` over those of ``second``: Woolf's interval; a half is added to each empty table."""
    groups = _groups(conversations, factor, first, second)
    counts = _table(groups)
    empty = bool((counts == 0).any())
    counts = counts + 0.5 if empty else counts
    log = float(np.log(counts[0, 0] * counts[1, 1] / (counts[0, 1] * counts[1, 0])))
    error = float(np.sqrt((1 / counts).sum()))
    z = float(stats.norm.ppf((1 + confidence) / 2))
    added = ("A count is 0: one half was added to each of the four.",) if empty else ()
    return Estimate(
        name=f"{factor}: odds ratio of {first} to {second}", estimate=float(np.exp(log)),
        low=float(np.exp(log - z * error)), high=float(np.exp(log + z * error)),
        conversations=sum(map(len, groups)), method="Woolf's interval of the log odds ratio, over conversations",
        confidence=confidence, standard_error=error, p_value=float(2 * stats.norm.sf(abs(log) / error)),
        warnings=(*conversations.warnings, *added),
    )  # fmt: skip


def outcomes(conversations: Conversations) -> Floats:
    """Return one 0 or 1 for each conversation.

    Raises:
        DesignError: the values are other numbers, or the rows are seats.
    """
    rows = conversations.present
    values: Floats = rows[conversations.value].to_numpy(dtype="float64")
    if not np.isin(values, (0.0, 1.0)).all():
        raise DesignError(f"{conversations.value!r} is no yes or no: a rate needs 0 or 1 for each conversation.")
    if rows[UNIT].duplicated().any():
        raise DesignError("These rows are seats: choose one seat, or say what counts as a conversation's 1.")
    return values


def _groups(conversations: Conversations, factor: str, first: object, second: object) -> list[Floats]:
    outcomes(conversations.where(factor, [first, second]))
    return [outcomes(conversations.where(factor, [level])) for level in (first, second)]


def _table(groups: list[Floats]) -> Floats:
    return np.array([[each.sum(), len(each) - each.sum()] for each in groups])
