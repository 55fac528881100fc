"""Agreement between raters (people, judges): Krippendorff's alpha, Cohen's kappa, the intraclass correlation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

from colloquia.analysis.statistics.result import CONFIDENCE, Estimate
from colloquia.analysis.statistics.strata import DRAWS
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.analysis.statistics.result import Floats

Level = Literal["nominal", "ordinal", "interval"]
_PAIR = 2


def krippendorff_alpha(
    ratings: Sequence[Sequence[object]], level: Level = "nominal", *, confidence: float = CONFIDENCE, seed: int = 1
) -> Estimate:
    """Return Krippendorff's alpha of ratings, one row a rater, one column a rated conversation; None where unrated.

    The interval is a percentile bootstrap of the rated conversations.
    """
    values, counts = _coded(ratings, level)
    found = _alpha(counts, _distances(values, counts, level))
    chance = np.random.default_rng(seed)
    drawn = np.array([
        _alpha(some, _distances(values, some, level))
        for some in (counts[chance.integers(len(counts), size=len(counts))] for _ in range(DRAWS))
    ])  # fmt: skip
    return _of(f"Krippendorff's alpha, {level}", found, drawn, len(counts), confidence)


def cohens_kappa(one: Sequence[object], other: Sequence[object], *, confidence: float = CONFIDENCE) -> Estimate:
    """Return Cohen's kappa of two raters, with the large-sample interval of Fleiss, Cohen and Everitt (1969)."""
    if len(one) != len(other) or not one:
        raise DesignError(f"Kappa needs both labels of each: there are {len(one)} and {len(other)}.")
    names = sorted({*one, *other}, key=repr)
    table = np.zeros((len(names), len(names)))
    for left, right in zip(one, other, strict=True):
        table[names.index(left), names.index(right)] += 1 / len(one)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    seen, by_chance = float(np.trace(table)), float(rows @ columns)
    if by_chance == 1:
        nan = float("nan")
        return _kappa(nan, nan, len(one), confidence, ("Both raters used one label only: kappa is not defined.",))
    kappa = (seen - by_chance) / (1 - by_chance)
    weights = 1 - (rows[None, :] + columns[:, None]) * (1 - kappa)
    diagonal = float((np.diag(table) * np.diag(weights) ** 2).sum())
    beside = ((rows[None, :] + columns[:, None]) ** 2 * table * (1 - np.eye(len(names)))).sum() * (1 - kappa) ** 2
    variance = (diagonal + beside - (kappa - by_chance * (1 - kappa)) ** 2) / ((1 - by_chance) ** 2 * len(one))
    return _kappa(kappa, float(np.sqrt(max(variance, 0.0))), len(one), confidence, ())


def icc_2k(ratings: Sequence[Sequence[float]], *, confidence: float = CONFIDENCE) -> Estimate:
    """Return ICC(2,k): absolute agreement of the mean of these raters, raters being a sample; one row a rater.

    The interval is that of McGraw and Wong (1996) by way of Shrout and Fleiss (1979).
    """
    scores = np.asarray(ratings, dtype="float64").T
    n, k = scores.shape
    if min(n, k) < _PAIR or np.isnan(scores).any():
        raise DesignError("ICC(2,k) needs two raters and two rated conversations at least, and no gaps.")
    means, raters, grand = scores.mean(axis=1), scores.mean(axis=0), scores.mean()
    between = k * ((means - grand) ** 2).sum() / (n - 1)
    judges = n * ((raters - grand) ** 2).sum() / (k - 1)
    error = ((scores - means[:, None] - raters[None, :] + grand) ** 2).sum() / ((n - 1) * (k - 1))
    found = (between - error) / (between + (judges - error) / n)
    single = (between - error) / (between + (k - 1) * error + k * (judges - error) / n)
    a, b = k * single / (n * (1 - single)), 1 + k * single * (n - 1) / (n * (1 - single))
    df = (a * judges + b * error) ** 2 / ((a * judges) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1)))
    upper, lower = (stats.f.ppf((1 + confidence) / 2, *dfs) for dfs in ((n - 1, df), (df, n - 1)))
    whole = k * judges + (k * n - k - n) * error
    singles = (
        n * (between - upper * error) / (upper * whole + n * between),
        n * (lower * between - error) / (whole + n * lower * between),
    )
    low, high = (k * each / (1 + (k - 1) * each) for each in singles)
    return Estimate(
        name="ICC(2,k)", estimate=float(found), low=float(low), high=float(high), conversations=n,
        method=f"two-way random, absolute agreement, mean of {k} raters; F interval", confidence=confidence,
    )  # fmt: skip


def _coded(ratings: Sequence[Sequence[object]], level: Level) -> tuple[Floats, Floats]:
    """Return the values (numbers, or places of names) and how often each unit got each."""
    seen = sorted({each for row in ratings for each in row if not _is_missing(each)}, key=_order(level))
    counts = np.array(
        [[sum(row[unit] == value for row in ratings) for value in seen] for unit in range(len(ratings[0]))], dtype=float
    )
    rated = counts[counts.sum(axis=1) >= _PAIR]
    if not len(rated):
        raise DesignError("No conversation was rated twice: there is no agreement to speak of.")
    numbers = np.arange(len(seen)) if level == "nominal" else np.array(seen)
    return numbers.astype("float64"), rated


def _is_missing(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124 - only what is not a number differs from itself


def _order(level: Level) -> Callable[[object], str | float]:
    return repr if level == "nominal" else lambda value: float(str(value))


def _distances(values: Floats, counts: Floats, level: Level) -> Floats:
    if level == "nominal":
        return 1 - np.eye(len(values))
    if level == "interval":
        return np.asarray((values[:, None] - values[None, :]) ** 2, dtype=float)
    totals = counts.sum(axis=0)
    ranks = np.cumsum(totals) - totals / 2
    return np.asarray((ranks[:, None] - ranks[None, :]) ** 2, dtype=float)


def _alpha(counts: Floats, distances: Floats) -> float:
    raters = counts.sum(axis=1)
    totals = counts.sum(axis=0)
    seen = sum(float(unit @ distances @ unit) / (size - 1) for unit, size in zip(counts, raters, strict=True))
    expected = float(totals @ distances @ totals) / (totals.sum() - 1)
    return 1 - seen / expected if expected else float("nan")


def _of(name: str, found: float, drawn: Floats, units: int, confidence: float) -> Estimate:
    known = drawn[~np.isnan(drawn)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
    same = ("All labels are the same: alpha is not defined.",) if np.isnan(found) else ()
    return Estimate(
        name=name, estimate=found, low=float(low), high=float(high), conversations=units, confidence=confidence,
        method=f"percentile bootstrap of the rated conversations, {DRAWS:,} draws", warnings=same,
    )  # fmt: skip


def _kappa(kappa: float, error: float, count: int, confidence: float, warnings: tuple[str, ...]) -> Estimate:
    half = float(stats.norm.ppf((1 + confidence) / 2)) * error
    return Estimate(
        name="Cohen's kappa", estimate=kappa, low=kappa - half, high=kappa + half, conversations=count,
        standard_error=error, confidence=confidence, warnings=warnings,
        method="two raters, nominal; large-sample interval of Fleiss, Cohen and Everitt",
    )  # fmt: skip
