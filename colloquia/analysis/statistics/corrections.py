"""What people's labels of a part say about all that judges said: error rates, and estimates corrected by them.

Items are labelled by people with known probability. Two corrections:

- *Rogan and Gladen*: a rate, by sensitivity and specificity of the judge (which may come from other items); interval of
  Lang and Reiczigel (2014).
- *Design-based*: a mean or a rate of all items as the judge's mean plus the mean error that people found, each error
  weighted by how likely its item was to be drawn (Egami and others 2023). It is right whatever the judge's errors are.

Items are drawn within strata, a fixed number from each. The variance is that of conversations: every item counts as
its verdict and the mean error of its stratum, and labelled ones besides with what they differ from it, times as many as
they stand for. A stratum in which people found no error is given some of the errors found elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from colloquia.analysis.statistics.result import CONFIDENCE, Estimate
from colloquia.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.statistics.result import Floats

FEWEST = 10
"""Labelled items below which a correction is warned of."""
_PAIR = 2


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
    found = _corrected(items)
    return found.estimate("mean, corrected by what people said", confidence, bounds)


def design_based_contrast(
    items: pd.DataFrame, column: str, one: object, other: object, *, confidence: float = CONFIDENCE
) -> Estimate:
    """Return the difference of two corrected means, of the items whose ``column`` is ``one`` and is ``other``.

    Strata must not reach across the two.

    Raises:
        DesignError: no item of a stratum was labelled, or a stratum holds items of both.
    """
    sides = [items[items[column] == level] for level in (one, other)]
    if shared := set(sides[0]["stratum"]) & set(sides[1]["stratum"]):
        raise DesignError(f"Stratum {min(map(str, shared))!r} holds items of both: draw within {column}.")
    left, right = (_corrected(side) for side in sides)
    both = _Corrected(
        mean=left.mean - right.mean,
        variance=left.variance + right.variance,
        df=_joined_df(left, right),
        labelled=min(left.labelled, right.labelled),
        conversations=left.conversations + right.conversations,
    )
    return both.estimate(f"{one} minus {other}, corrected by what people said", confidence)


@dataclass(frozen=True, kw_only=True)
class _Corrected:
    mean: float
    variance: float
    df: float
    labelled: int
    conversations: int

    def estimate(self, name: str, confidence: float, bounds: tuple[float, float] | None = None) -> Estimate:
        error = float(np.sqrt(self.variance))
        half = float(stats.t.ppf((1 + confidence) / 2, self.df)) * error
        ends = np.array([self.mean - half, self.mean, self.mean + half])
        low, mean, high = ends if bounds is None else np.clip(ends, *bounds)
        return Estimate(
            name=name, estimate=float(mean), low=float(low), high=float(high), df=self.df,
            conversations=self.conversations, standard_error=error, confidence=confidence,
            method="design-based, errors weighted by the probability of the draw; t interval",
            warnings=_few(self.labelled),
        )  # fmt: skip


def _corrected(items: pd.DataFrame) -> _Corrected:
    """Return the corrected mean, its variance that of conversations once each error is spread over its stratum."""
    judged, truth = (items[name].to_numpy(dtype="float64") for name in ("judged", "truth"))
    is_labelled = ~np.isnan(truth)
    error = np.where(is_labelled, truth - judged, 0.0)
    pooled = _pooled(items, error[is_labelled])
    likely, unseen, spare = judged.copy(), 0.0, 0
    for places in items.groupby("stratum", sort=False).indices.values():
        drawn = places[is_labelled[places]]
        if not len(drawn):
            name = items["stratum"].iloc[places[0]]
            raise DesignError(f"Nobody labelled an item of the stratum {name!r}: its errors are not known.")
        mean = float(error[drawn].mean())
        own = (error[drawn] - mean) * np.sqrt(len(drawn) / max(len(drawn) - 1, 1))
        likely[places] += mean
        likely[drawn] += own * len(places) / len(drawn)
        too_little = max(pooled / len(drawn) - float((own**2).mean()), 0.0)
        unseen += (len(places) / len(items)) ** 2 * (1 - len(drawn) / len(places)) * too_little / len(drawn)
        spare += len(drawn) - 1
    count = int(items["experiment_id"].nunique())
    centred = items[["experiment_id"]].assign(value=likely - likely.mean())
    sums = centred.groupby("experiment_id", sort=False)["value"].sum()
    return _Corrected(
        mean=float(likely.mean()),
        variance=float((sums**2).sum()) / len(items) ** 2 * count / max(count - 1, 1) + unseen,
        df=max(float(spare), 1.0),
        labelled=int(is_labelled.sum()),
        conversations=count,
    )


def _pooled(items: pd.DataFrame, found: Floats) -> float:
    """Return the mean square of errors over all strata; where people found none, that of half an error more."""
    if found.any():
        return float((found**2).mean())
    scale = float(items["judged"].max() - items["judged"].min()) or 1.0
    return scale**2 / (2 * max(len(found), 1))


def _joined_df(left: _Corrected, right: _Corrected) -> float:
    total = (left.variance + right.variance) ** 2
    parts = left.variance**2 / left.df + right.variance**2 / right.df
    return total / parts if parts else left.df + right.df


def _few(labelled: float) -> tuple[str, ...]:
    if labelled >= FEWEST:
        return ()
    return (f"Only {labelled:.0f} items were labelled by people: {FEWEST} at least are advised, for each model.",)
