"""Effect sizes beside the raw difference: in standard deviations between conversations, and as an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special, stats

from colloquia.analysis.statistics.result import CONFIDENCE, Estimate
from colloquia.analysis.statistics.strata import Cells
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from colloquia.analysis.statistics.conversations import Conversations
    from colloquia.analysis.statistics.result import Floats


def hedges_g(
    conversations: Conversations, factor: str, first: object, second: object, *, confidence: float = CONFIDENCE
) -> Estimate:
    """Return the difference in pooled standard deviations between conversations, corrected for few of them.

    The interval inverts the noncentral t distribution.
    """
    one, other = _groups(conversations, factor, first, second)
    df = len(one) + len(other) - 2
    pooled = np.sqrt((one.var(ddof=1) * (len(one) - 1) + other.var(ddof=1) * (len(other) - 1)) / df)
    scale = float(np.sqrt(1 / len(one) + 1 / len(other)))
    t = float((one.mean() - other.mean()) / pooled / scale)
    correction = float(np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2))
    tail = (1 - confidence) / 2
    low, high = (correction * scale * _noncentrality(t, df, share) for share in (1 - tail, tail))
    return Estimate(
        name=f"{factor}: Hedges' g of {first} - {second}", estimate=correction * scale * t, low=low, high=high,
        conversations=len(one) + len(other), df=df, confidence=confidence, warnings=conversations.warnings,
        method="Hedges' g on the pooled sd between conversations; interval from the noncentral t",
    )  # fmt: skip


def _noncentrality(t: float, df: int, share: float) -> float:
    """Return the noncentrality at which ``share`` of the distribution lies below ``t``."""
    reach = 10 + abs(t)
    return float(optimize.brentq(lambda nc: stats.nct.cdf(t, df, nc) - share, t - reach, t + reach, xtol=1e-10))


def cliffs_delta(
    conversations: Conversations, factor: str, first: object, second: object, *, confidence: float = CONFIDENCE
) -> Estimate:
    """Return how much more often a conversation of ``first`` lies above one of ``second`` than below.

    Cliff's consistent variance and his asymmetric interval.
    """
    one, other = _groups(conversations, factor, first, second)
    sign = np.sign(one[:, None] - other[None, :])
    delta, m, n = float(sign.mean()), len(one), len(other)
    rows, columns = sign.mean(axis=1) - delta, sign.mean(axis=0) - delta
    whole = ((sign - delta) ** 2).sum()
    variance = ((n * rows) ** 2).sum() + ((m * columns) ** 2).sum() - whole
    variance = max(float(variance) / (m * n * (m - 1) * (n - 1)), (1 - delta**2) / (m * n - 1))
    z = float(stats.norm.ppf((1 + confidence) / 2))
    root = z * np.sqrt(variance * ((1 - delta**2) ** 2 + z**2 * variance))
    middle, below = delta - delta**3, 1 - delta**2 + z**2 * variance
    low, high = ((middle - root) / below, (middle + root) / below) if abs(delta) < 1 else _all_apart(delta, m, n, z)
    return Estimate(
        name=f"{factor}: Cliff's delta of {first} over {second}", estimate=delta, low=float(low), high=float(high),
        conversations=m + n, standard_error=float(np.sqrt(variance)), confidence=confidence,
        method="Cliff's delta, consistent variance, asymmetric interval", warnings=conversations.warnings,
    )  # fmt: skip


def _all_apart(delta: float, m: int, n: int, z: float) -> tuple[float, float]:
    """Return the interval where no two conversations overlap, after Feng and Cliff (2004)."""
    few = min(m, n)
    inner = (few - z**2) / (few + z**2)
    return (inner, 1.0) if delta > 0 else (-1.0, -inner)


def _groups(conversations: Conversations, factor: str, first: object, second: object) -> tuple[Floats, Floats]:
    cells = Cells(conversations.where(factor, [first, second]), [factor])
    if True in cells.hold_both(first, second):
        raise DesignError(
            f"{first!r} and {second!r} stand in the same conversations, so their values are not independent: "
            "take the contrast, in the units of the value."
        )
    return cells.numbers[first,], cells.numbers[second,]
