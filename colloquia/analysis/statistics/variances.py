"""Variance components of a round robin: Lashley and Bond's standard errors, split halves, shares by the jackknife.

Under normality the sums of squares of the effects, of the pair means and of the pair differences are independent, so
the sampling variance of each component is a sum of terms ``2 theta^2 / df``, estimated without bias by
``2 s^2 / (df + 2)``: the formulas of Lashley and Bond (1997). Intervals are ``t`` with n - 1 degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from colloquia.analysis.statistics.kenny import effects
from colloquia.analysis.statistics.result import Estimate, Floats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAMES = (
    "actor variance", "partner variance", "relationship variance", "actor-partner covariance",
    "relationship covariance",
)  # fmt: skip
SHARES = ("actor share", "partner share", "relationship share", "error share")
_JACKKNIFE = 5
"""Leaving one out of fewer models leaves no round robin."""


@dataclass(frozen=True, kw_only=True)
class Components:
    """Variances, reciprocities and shares of one round robin."""

    variances: tuple[Estimate, ...]
    reciprocity: tuple[Estimate, ...]
    shares: tuple[Estimate, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Squares:
    """Mean squares of a round robin; of two halves of the repeats, their mean products."""

    effects: Floats
    """2 x 2: actor, partner."""
    means: float
    """Of the means of pairs."""
    differences: float
    """Of the differences of pairs."""


def components(means: Floats, halves: Sequence[Floats], confidence: float) -> Components:
    """Return what the cell means, and those of each half of the repeats (none where they cannot be split), say."""
    n = len(means)
    found = _components(_squares(means, means), n)
    errors = _errors(_squares(means, means), n)
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1))
    variances = tuple(
        Estimate(
            name=name, estimate=value, low=value - reach * error, high=value + reach * error, conversations=n,
            standard_error=error, df=n - 1, confidence=confidence,
            method=f"social relations model of {n} models (not conversations), Lashley-Bond standard error, t",
            p_value=float(2 * stats.t.sf(abs(value) / error, n - 1)) if error else float("nan"),
        )
        for name, value, error in zip(NAMES, found, errors, strict=True)
    )  # fmt: skip
    negative = [name for name, value in zip(NAMES[:3], found, strict=False) if value < 0]
    said = (f"Negative as estimated, which means close to none: {', '.join(negative)}.",) if negative else ()
    unsplit = () if halves else ("Without repeats in both halves, relationship and error are not told apart.",)
    return Components(
        variances=variances,
        reciprocity=_jackknifed(means, halves, _reciprocities, ("actor-partner r", "relationship r"), confidence),
        shares=_jackknifed(means, halves, _shares, SHARES, confidence),
        warnings=(*said, *unsplit),
    )


def _squares(one: Floats, other: Floats) -> _Squares:
    n = len(one)
    _, a1, p1, g1 = effects(one)
    _, a2, p2, g2 = effects(other)
    upper = np.triu_indices(n, 1)
    sums = [((g + g.T) / 2)[upper] for g in (g1, g2)]
    gaps = [(g - g.T)[upper] for g in (g1, g2)]
    effects_ = np.array([[a1 @ a2, (a1 @ p2 + p1 @ a2) / 2], [0.0, p1 @ p2]]) / (n - 1)
    effects_[1, 0] = effects_[0, 1]
    pairs = (n - 1) * (n - 2) / 2
    return _Squares(
        effects=effects_,
        means=2 * float(sums[0] @ sums[1]) / (pairs - 1),
        differences=float(gaps[0] @ gaps[1]) / 2 / pairs,
    )


def _components(squares: _Squares, n: int) -> tuple[float, float, float, float, float]:
    within, together = (squares.means + squares.differences) / 2, (squares.means - squares.differences) / 2
    own = (within * (n - 1) + together) / (n * (n - 2))
    cross = (together * (n - 1) + within) / (n * (n - 2))
    (actor, both), (_, partner) = squares.effects
    return float(actor - own), float(partner - own), within, float(both - cross), together


def _errors(squares: _Squares, n: int) -> tuple[float, ...]:
    """Return the standard error of each component."""
    pairs = (n - 1) * (n - 2) / 2
    d, e = 2 * squares.means**2 / (pairs + 1), 2 * squares.differences**2 / (pairs + 2)
    (actor, both), (_, partner) = squares.effects
    scale = n * (n - 2)
    own = (n**2 * d + (n - 2) ** 2 * e) / 4 / scale**2
    crossed = ((n - 1) * actor * partner + (n - 3) * both**2) / ((n + 1) * (n - 2)) + (
        n**2 * d + (n - 2) ** 2 * e
    ) / 4 / scale**2
    pair = (d + e) / 4
    found = (2 * actor**2 / (n + 1) + own, 2 * partner**2 / (n + 1) + own, pair, crossed, pair)
    return tuple(float(np.sqrt(max(each, 0.0))) for each in found)


def _shares(means: Floats, halves: Sequence[Floats]) -> Floats:
    n = len(means)
    actor, partner, within, _, _ = _components(_squares(means, means), n)
    stable = _components(_squares(halves[0], halves[1]), n)[2] if halves else np.nan
    parts = np.array([actor, partner, stable, within - stable] if halves else [actor, partner, within, np.nan])
    return parts / (actor + partner + within)


def _reciprocities(means: Floats, _: Sequence[Floats]) -> Floats:
    actor, partner, within, both, together = _components(_squares(means, means), len(means))
    effects = both / np.sqrt(actor * partner) if actor > 0 and partner > 0 else np.nan
    return np.array([effects, together / within if within > 0 else np.nan])


def _jackknifed(
    means: Floats, halves: Sequence[Floats], of: Callable[[Floats, Sequence[Floats]], Floats], names: Sequence[str],
    confidence: float,
) -> tuple[Estimate, ...]:  # fmt: skip
    """Return the statistics with intervals from leaving out one model after the other."""
    n = len(means)
    whole = of(means, halves)
    error = np.full(len(names), np.nan)
    if n >= _JACKKNIFE:
        kept = [np.delete(np.arange(n), i) for i in range(n)]
        left = np.array([of(means[np.ix_(k, k)], [half[np.ix_(k, k)] for half in halves]) for k in kept])
        error = np.sqrt((n - 1) / n * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    half = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * error
    return tuple(
        Estimate(
            name=name, estimate=float(value), low=float(value - reach), high=float(value + reach), conversations=n,
            standard_error=float(reach / stats.t.ppf((1 + confidence) / 2, n - 1)), df=n - 1, confidence=confidence,
            method=f"jackknife over the {n} models (not conversations), t",
        )
        for name, value, reach in zip(names, whole, half, strict=True)
    )  # fmt: skip
