"""What people's labels of a part say about all that judges said: error rates, and estimates corrected by them.

Items are labelled by people with known probability. Two corrections:

- *Rogan and Gladen*: a rate, by sensitivity and specificity of the judge (which may come from other items); interval of
  Lang and Reiczigel (2014).
- *Design-based*: a mean or a rate of all items as the judge's mean plus the mean error that people found, each error
  weighted by how likely its item was to be drawn (Egami and others 2023). It is right whatever the judge's errors are.
  A contrast is the same with weights of both signs.

Items are drawn within strata, a fixed number from each. The variance is that of conversations: every item counts as
its verdict and the mean error of its stratum, and labelled ones besides with what they differ from it, times as many as
they stand for. A stratum in which people found no error is given some of the errors found elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress, product
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from colloquia.analysis.statistics.result import CONFIDENCE, Estimate
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from colloquia.analysis.statistics.result import Floats

FEWEST = 10
"""Labelled items below which a correction is warned of."""


@dataclass(frozen=True, kw_only=True)
class ErrorRate:
    """A share of right verdicts, and from how many items it is known."""

    share: float
    items: float
    """Labelled items it rests on; where they were drawn with unlike probability, as many as are worth the same."""


def error_rates(judged: Floats, truth: Floats, probability: Floats) -> tuple[ErrorRate, ErrorRate]:
    """Return sensitivity and specificity of a judge.

    Args:
        judged: 1 where the judge says yes, else 0; of labelled items only.
        truth: 1 where people say yes, else 0.
        probability: How likely each item was to be labelled.
    """
    return _share(judged[truth == 1] == 1, probability[truth == 1]), _share(
        judged[truth == 0] == 0, probability[truth == 0]
    )


def _share(is_right: Floats, probability: Floats) -> ErrorRate:
    if not len(is_right):
        return ErrorRate(share=float("nan"), items=0.0)
    weights = 1 / probability
    return ErrorRate(
        share=float(weights @ is_right / weights.sum()), items=float(weights.sum() ** 2 / (weights**2).sum())
    )


def rogan_gladen(
    *, yes: float, items: int, sensitivity: ErrorRate, specificity: ErrorRate, confidence: float = CONFIDENCE
) -> Estimate:
    """Return a rate that a judge found, corrected by its error rates.

    Args:
        yes: How many of the items the judge says yes of.
        items: How many it judged.
        sensitivity: How often it says yes where that is right, from items that people labelled.
        specificity: How often it says no where that is right.
        confidence: Of the interval.

    Raises:
        DesignError: the judge is no better than chance, or its error rates are not known.
    """
    if min(sensitivity.items, specificity.items) <= 0:
        raise DesignError("Nobody labelled both a yes and a no: the judge's error rates are not known.")
    if sensitivity.share + specificity.share <= 1:
        raise DesignError("The judge is no better than chance: no rate can be corrected by it.")
    corrected = (yes / items + specificity.share - 1) / (sensitivity.share + specificity.share - 1)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    shrunk = (yes + z * z / 2) / (items + z * z)
    se, sp = ((rate.items * rate.share + 1) / (rate.items + 2) for rate in (sensitivity, specificity))
    se_spread = se * (1 - se) / (sensitivity.items + 2)
    sp_spread = sp * (1 - sp) / (specificity.items + 2)
    gain = se + sp - 1
    centre = (shrunk + sp - 1) / gain
    shift = 2 * z * z * (centre * se_spread - (1 - centre) * sp_spread)
    spread = shrunk * (1 - shrunk) / (items + z * z) + centre**2 * se_spread + (1 - centre) ** 2 * sp_spread
    half = z / gain * float(np.sqrt(spread))
    low, high = (min(max(end, 0.0), 1.0) for end in (centre + shift - half, centre + shift + half))
    return Estimate(
        name="rate, corrected by the judge's error rates", estimate=min(max(corrected, 0.0), 1.0), low=low, high=high,
        conversations=items, confidence=confidence, warnings=_few(sensitivity.items + specificity.items),
        method="Rogan and Gladen; interval of Lang and Reiczigel",
    )  # fmt: skip


def design_based(
    items: pd.DataFrame, *, bounds: tuple[float, float] | None = None, confidence: float = CONFIDENCE
) -> Estimate:
    """Return the mean of what people would have said of all items.

    Args:
        items: One row an item, with ``experiment_id``, ``judged`` (what the judge says), ``truth`` (what people say,
            missing where nobody was asked), and the ``stratum`` within which it was drawn or not.
        bounds: Between what the mean lies in any case.
        confidence: Of the interval.

    Raises:
        DesignError: no item of a stratum was labelled.
    """
    weights = np.full(len(items), 1 / len(items))
    found = _corrected(items, weights, np.zeros(len(items), dtype="int64"))
    labelled = float(items["truth"].notna().sum())
    return found.estimate("mean, corrected by what people said", confidence, labelled, bounds)


def design_based_contrast(
    items: pd.DataFrame,
    column: str,
    one: object,
    other: object,
    *,
    within: Sequence[str] = (),
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Return the difference of two corrected means, of the items whose ``column`` is ``one`` and is ``other``.

    Blocks are the combinations of ``within`` in which both stand, weighted equally. A stratum may hold items of both,
    and of neither.

    Raises:
        DesignError: no item of a stratum was labelled, or the two never stand in the same block.
    """
    levels = items[column].astype("object")
    blocks = list(zip(*(items[name] for name in within), strict=True)) if within else [()] * len(items)
    there = {level: set(compress(blocks, levels == level)) for level in (one, other)}
    shared = sorted(there[one] & there[other], key=repr)
    if not shared:
        raise DesignError(f"{one!r} and {other!r} never stand in the same {' x '.join(within) or column}.")
    sides = {(level, block): number for number, (level, block) in enumerate(product((one, other), shared))}
    cells = np.array([sides.get(each, -1) for each in zip(levels, blocks, strict=True)])
    sizes = np.bincount(cells[cells >= 0], minlength=len(sides))
    signs = np.repeat([1.0, -1.0], len(shared)) / (len(shared) * sizes)
    found = _corrected(items, np.where(cells >= 0, signs[cells], 0.0), cells)
    labelled = min(float((items["truth"].notna() & (levels == level)).sum()) for level in (one, other))
    return found.estimate(f"{one} minus {other}, corrected by what people said", confidence, labelled)


@dataclass(frozen=True, kw_only=True)
class _Corrected:
    value: float
    variance: float
    df: float
    conversations: int

    def estimate(
        self, name: str, confidence: float, labelled: float, bounds: tuple[float, float] | None = None
    ) -> Estimate:
        error = float(np.sqrt(self.variance))
        half = float(stats.t.ppf((1 + confidence) / 2, self.df)) * error
        ends = np.array([self.value - half, self.value, self.value + half])
        low, value, high = ends if bounds is None else np.clip(ends, *bounds)
        return Estimate(
            name=name, estimate=float(value), low=float(low), high=float(high), df=self.df,
            conversations=self.conversations, standard_error=error, confidence=confidence,
            method="design-based, errors weighted by the probability of the draw; t interval",
            warnings=_few(labelled),
        )  # fmt: skip


def _corrected(items: pd.DataFrame, weights: Floats, cells: NDArray[np.int64]) -> _Corrected:
    """Return a weighted sum of what people would have said, its variance that of conversations within cells.

    Args:
        items: As above.
        weights: What each item counts in the sum.
        cells: Within which conversations are taken to vary; items without weight are in any.
    """
    judged, truth = (items[name].to_numpy(dtype="float64") for name in ("judged", "truth"))
    is_labelled = ~np.isnan(truth)
    error = np.where(is_labelled, truth - judged, 0.0)
    pooled = _pooled(items, error[is_labelled])
    likely, beyond = judged.copy(), np.zeros(len(items))
    value, unseen, spare = 0.0, 0.0, 0
    for name, places in items.groupby("stratum", sort=False).indices.items():
        drawn = places[is_labelled[places]]
        if not weights[places].any():
            continue
        if not len(drawn):
            raise DesignError(f"Nobody labelled an item of the stratum {name!r}: its errors are not known.")
        found = _errors(error[drawn], weights[drawn], len(places), pooled)
        likely[places] += error[drawn].mean()
        beyond[drawn] = found.beyond
        value += found.value
        unseen += found.too_little * float((weights[places] ** 2).sum())
        spare += len(drawn) - 1
    return _Corrected(
        value=float(weights @ likely) + value,
        variance=float((_by_conversation(items, weights, cells, likely, beyond) ** 2).sum()) + unseen,
        df=max(float(spare), 1.0),
        conversations=int(items["experiment_id"][weights != 0].nunique()),
    )


@dataclass(frozen=True, kw_only=True)
class _Errors:
    """What the labelled items of a stratum say of the others."""

    value: float
    """What the sum is moved by errors that go with the weights."""
    beyond: Floats
    """What each labelled item moves the sum more than the mean error does, times as many as it stands for."""
    too_little: float
    """What too few labels hide of the variance, for each squared weight."""


def _errors(error: Floats, weights: Floats, size: int, pooled: float) -> _Errors:
    drawn = len(error)
    times, spread = size / drawn, np.sqrt(drawn / max(drawn - 1, 1))
    own = error - error.mean()
    moved = times * weights * own
    hidden = max(pooled / drawn - float(((own * spread) ** 2).mean()), 0.0)
    return _Errors(value=float(moved.sum()), beyond=(moved - moved.mean()) * spread, too_little=(times - 1) * hidden)


def _by_conversation(
    items: pd.DataFrame, weights: Floats, cells: NDArray[np.int64], likely: Floats, beyond: Floats
) -> Floats:
    """Return how far each conversation moves the sum away from what its cell leads to expect."""
    import pandas as pd

    talks = items["experiment_id"].reset_index(drop=True)
    rows = pd.DataFrame({"talk": talks, "cell": cells, "likely": likely})[weights != 0]
    groups = rows.groupby("cell")
    count = groups["talk"].transform("nunique")
    moved = (rows["likely"] - groups["likely"].transform("mean")) * np.sqrt(count / (count - 1).clip(lower=1))
    parts = pd.Series(beyond).add(moved * weights[weights != 0], fill_value=0.0)
    sums: Floats = parts.groupby(talks).sum().to_numpy()
    return sums


def _pooled(items: pd.DataFrame, found: Floats) -> float:
    """Return the mean square of errors over all strata; where people found none, that of half an error more."""
    if found.any():
        return float((found**2).mean())
    scale = float(items["judged"].max() - items["judged"].min()) or 1.0
    return scale**2 / (2 * max(len(found), 1))


def _few(labelled: float) -> tuple[str, ...]:
    if labelled >= FEWEST:
        return ()
    return (f"Only {labelled:.0f} items were labelled by people: {FEWEST} at least are advised, for each model.",)
