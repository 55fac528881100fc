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
_TOGETHER = 2_000_000
"""Numbers that are held at once, which bounds the memory."""


def krippendorff_alpha(
    ratings: Sequence[Sequence[object]],
    level: Level = "nominal",
    *,
    of: Sequence[object] | None = None,
    confidence: float = CONFIDENCE,
    seed: int = 1,
) -> Estimate:
    """Return Krippendorff's alpha of ratings, one row a rater, one column a rated item; None where unrated.

    Args:
        ratings: Equally many of each rater.
        level: How far apart two labels are.
        of: The ``experiment_id`` of each item. Items of one conversation resemble each other: the bootstrap draws
            conversations, with all their items. Without it each item is taken for a conversation of its own.
        confidence: Of the interval.
        seed: Of the bootstrap.
    """
    values, counts = _coded(ratings, level)
    kept = counts.sum(axis=1) >= _PAIR
    if not kept.any():
        raise DesignError("No conversation was rated twice: there is no agreement to speak of.")
    items = _items(of, len(ratings[0]))
    clusters = [item for item, is_rated in zip(items, kept, strict=True) if is_rated]
    counts = counts[kept]
    found = float(_alphas(values, counts, np.ones((1, len(counts))), level)[0])
    drawn = _alphas(values, counts, _times(clusters, seed), level)
    return _of(f"Krippendorff's alpha, {level}", found, drawn, clusters, confidence)


def cohens_kappa(
    one: Sequence[object],
    other: Sequence[object],
    *,
    of: Sequence[object] | None = None,
    confidence: float = CONFIDENCE,
    seed: int = 1,
) -> Estimate:
    """Return Cohen's kappa of two raters.

    The interval is the large-sample one of Fleiss, Cohen and Everitt (1969); where ``of`` says that items share
    conversations, a bootstrap of these.

    Args:
        one: The labels of the first rater.
        other: Those of the second, of the same items.
        of: The ``experiment_id`` of each item; without it each item is taken for a conversation of its own.
        confidence: Of the interval.
        seed: Of the bootstrap.
    """
    if len(one) != len(other) or not one:
        raise DesignError(f"Kappa needs both labels of each: there are {len(one)} and {len(other)}.")
    names = sorted({*one, *other}, key=repr)
    coded = np.zeros((len(one), len(names), len(names)))
    for item, (left, right) in enumerate(zip(one, other, strict=True)):
        coded[item, names.index(left), names.index(right)] = 1
    items = _items(of, len(one))
    table = coded.mean(axis=0)
    kappa = float(_kappas(table[None])[0])
    if np.isnan(kappa):
        return _kappa(kappa, kappa, len(one), confidence, ("Both raters used one label only: kappa is not defined.",))
    if len(set(items)) == len(items):
        return _kappa(kappa, _kappa_error(table, kappa, len(one)), len(one), confidence, ())
    times = _times(items, seed)
    drawn = _kappas(np.einsum("di,ijk->djk", times, coded) / times.sum(axis=1)[:, None, None])
    return _of("Cohen's kappa", kappa, drawn, items, confidence)


def icc_2k(
    ratings: Sequence[Sequence[float]],
    *,
    of: Sequence[object] | None = None,
    confidence: float = CONFIDENCE,
    seed: int = 1,
) -> Estimate:
    """Return ICC(2,k): absolute agreement of the mean of these raters, raters being a sample; one row a rater.

    The interval is that of McGraw and Wong (1996) by way of Shrout and Fleiss (1979); where ``of`` says that items
    share conversations, a bootstrap of these.

    Args:
        ratings: Equally many of each rater, no gaps.
        of: The ``experiment_id`` of each item; without it each item is taken for a conversation of its own.
        confidence: Of the interval.
        seed: Of the bootstrap.
    """
    scores = np.asarray(ratings, dtype="float64").T
    n, k = scores.shape
    if min(n, k) < _PAIR or np.isnan(scores).any():
        raise DesignError("ICC(2,k) needs two raters and two rated items at least, and no gaps.")
    items = _items(of, n)
    if len(set(items)) < n:
        drawn = np.array([_icc(np.repeat(scores, times, axis=0))[0] for times in _times(items, seed).astype(int)])
        return _of(f"ICC(2,{k})", _icc(scores)[0], drawn, items, confidence)
    found, low, high = _icc(scores, confidence)
    return Estimate(
        name=f"ICC(2,{k})", estimate=found, low=low, high=high, conversations=n, confidence=confidence,
        method=f"two-way random, absolute agreement, mean of {k} raters; F interval",
    )  # fmt: skip


def _icc(scores: Floats, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Return ICC(2,k) of scores, one row an item, and the ends of its F interval."""
    n, k = scores.shape
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
    return float(found), float(low), float(high)


def _items(of: Sequence[object] | None, count: int) -> Sequence[object]:
    if of is not None and len(of) != count:
        raise DesignError(f"There are {count} rated items, and conversations of {len(of)}.")
    return range(count) if of is None else of


def _times(clusters: Sequence[object], seed: int) -> Floats:
    """Return how often each item is taken in each draw of the bootstrap: as often as its conversation."""
    names = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    chance = np.random.default_rng(seed)
    times = chance.multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS)
    found: Floats = times[:, [names[cluster] for cluster in clusters]].astype("float64")
    return found


def _kappas(tables: Floats) -> Floats:
    """Return kappa of each table of shares."""
    seen = np.trace(tables, axis1=1, axis2=2)
    by_chance = (tables.sum(axis=2) * tables.sum(axis=1)).sum(axis=1)
    found: Floats = np.divide(seen - by_chance, 1 - by_chance, out=np.full(len(tables), np.nan), where=by_chance < 1)
    return found


def _kappa_error(table: Floats, kappa: float, count: int) -> float:
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    by_chance = float(rows @ columns)
    weights = 1 - (rows[None, :] + columns[:, None]) * (1 - kappa)
    diagonal = float((np.diag(table) * np.diag(weights) ** 2).sum())
    beside = ((rows[None, :] + columns[:, None]) ** 2 * table * (1 - np.eye(len(table)))).sum() * (1 - kappa) ** 2
    variance = (diagonal + beside - (kappa - by_chance * (1 - kappa)) ** 2) / ((1 - by_chance) ** 2 * count)
    return float(np.sqrt(max(float(variance), 0.0)))


def _coded(ratings: Sequence[Sequence[object]], level: Level) -> tuple[Floats, Floats]:
    """Return the values (numbers, or places of names) and how often each unit got each."""
    seen = sorted({each for row in ratings for each in row if not _is_missing(each)}, key=_order(level))
    counts = np.array(
        [[sum(row[unit] == value for row in ratings) for value in seen] for unit in range(len(ratings[0]))], dtype=float
    )
    numbers = np.arange(len(seen)) if level == "nominal" else np.array(seen)
    return numbers.astype("float64"), counts.reshape(len(ratings[0]), len(seen))


def _is_missing(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124 - only what is not a number differs from itself


def _order(level: Level) -> Callable[[object], str | float]:
    return repr if level == "nominal" else lambda value: float(str(value))


def _distances(values: Floats, totals: Floats, level: Level) -> Floats:
    """Return how far apart each two values are; those of ranks hang on how often each value was given (last axis)."""
    if level == "nominal":
        return 1 - np.eye(len(values))
    places = values if level == "interval" else np.cumsum(totals, axis=-1) - totals / 2
    return np.asarray((places[..., :, None] - places[..., None, :]) ** 2, dtype=float)


def _alphas(values: Floats, counts: Floats, times: Floats, level: Level) -> Floats:
    """Return alpha of each way to weigh the rated items (rows of ``times``)."""
    found = []
    of_items = counts[:, :, None] * counts[:, None, :] / (counts.sum(axis=1) - 1)[:, None, None]
    size = max(1, int(_TOGETHER / len(values) ** 2))
    for start in range(0, len(times), size):
        some = times[start : start + size]
        totals = some @ counts
        distances = _distances(values, totals, level)
        seen = (np.einsum("di,ijk->djk", some, of_items, optimize=True) * distances).sum(axis=(1, 2))
        expected = (totals[:, :, None] * totals[:, None, :] * distances).sum(axis=(1, 2)) / (totals.sum(axis=1) - 1)
        found.append(1 - np.divide(seen, expected, out=np.full(len(some), np.nan), where=expected > 0))
    return np.concatenate(found)


def _of(name: str, found: float, drawn: Floats, clusters: Sequence[object], confidence: float) -> Estimate:
    known = drawn[~np.isnan(drawn)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
    same = ("All labels are the same: there is no agreement to speak of.",) if np.isnan(found) else ()
    count = len(set(clusters))
    of = f"the {len(clusters):,} items of {count:,} conversations" if count < len(clusters) else "the rated items"
    return Estimate(
        name=name, estimate=found, low=float(low), high=float(high), conversations=count, confidence=confidence,
        method=f"percentile bootstrap of conversations, {of}, {DRAWS:,} draws", warnings=same,
    )  # fmt: skip


def _kappa(kappa: float, error: float, count: int, confidence: float, warnings: tuple[str, ...]) -> Estimate:
    half = float(stats.norm.ppf((1 + confidence) / 2)) * error
    return Estimate(
        name="Cohen's kappa", estimate=kappa, low=kappa - half, high=kappa + half, conversations=count,
        standard_error=error, confidence=confidence, warnings=warnings,
        method="two raters, nominal; large-sample interval of Fleiss, Cohen and Everitt",
    )  # fmt: skip
