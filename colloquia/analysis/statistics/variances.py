"""Variance components of a round robin, their shares and correlations, with generalized intervals.

Under normality the mean squares of the effects, of the means of pairs and of the differences of pairs are independent,
each a chi-square (the effects a Wishart) over its degrees of freedom. The standard errors are those of Lashley and Bond
(1997). Their ``t`` intervals are too short and lie too low: of 12 models those of the actor variance hold the truth in
89 of 100 studies, since a variance that comes out low also gets a small standard error. The intervals are therefore
*generalized* ones (Weerahandi 1993): each mean square is divided by draws of its chi-square over its degrees of
freedom, and the quantiles of what comes of the formulas are the interval.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from colloquia.analysis.statistics.kenny import effects
from colloquia.analysis.statistics.result import Estimate, Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = (
    "actor variance", "partner variance", "relationship variance", "actor-partner covariance",
    "relationship covariance",
)  # fmt: skip
CORRELATIONS = ("actor-partner r", "relationship r")
SHARES = ("actor share", "partner share", "relationship share", "error share")
DRAWS = 10_000
_SEED = 1
_USABLE = 0.95
"""Where fewer of the draws are defined (a correlation needs both variances above 0), there is no interval."""


@dataclass(frozen=True, kw_only=True)
class Components:
    """Variances, reciprocities and shares of one round robin."""

    variances: tuple[Estimate, ...]
    reciprocity: tuple[Estimate, ...]
    shares: tuple[Estimate, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Squares:
    """Mean squares of a round robin, or many draws of what they could be estimates of."""

    n: int
    actor: Floats
    partner: Floats
    both: Floats
    """Mean product of actor and partner effects."""
    means: Floats
    """Of the means of pairs."""
    differences: Floats
    """Of the differences of pairs."""

    @property
    def components(self) -> Floats:
        """The components in the order of ``NAMES``, first axis."""
        n = self.n
        within, together = (self.means + self.differences) / 2, (self.means - self.differences) / 2
        own = (within * (n - 1) + together) / (n * (n - 2))
        cross = (together * (n - 1) + within) / (n * (n - 2))
        return np.stack([self.actor - own, self.partner - own, within, self.both - cross, together])

    def drawn(self, chance: np.random.Generator) -> _Squares:
        """Return each over draws of its chi-square by its degrees of freedom; the effects by Bartlett's triangles."""
        df, pairs = self.n - 1, (self.n - 1) * (self.n - 2) / 2
        first, second = chance.chisquare(df, DRAWS), chance.chisquare(df - 1, DRAWS)
        left = self.actor * self.partner - self.both**2
        down = df / first * (self.both - np.sqrt(max(float(left), 0.0) / second) * chance.standard_normal(DRAWS))
        actor = self.actor * df / first
        rest = df * np.divide(left, self.actor, out=np.zeros(()), where=self.actor > 0) / second
        partner = np.divide(down**2, actor, out=np.zeros(DRAWS), where=actor > 0) + rest
        return replace(
            self, actor=actor, both=down, partner=partner,
            means=self.means * (pairs - 1) / chance.chisquare(pairs - 1, DRAWS),
            differences=self.differences * pairs / chance.chisquare(pairs, DRAWS),
        )  # fmt: skip

    @property
    def turned(self) -> _Squares:
        """The same with actor and partner exchanged: the triangles are exact for the variance of the first."""
        return replace(self, actor=self.partner, partner=self.actor)


def components(means: Floats, errors: Floats | None, confidence: float) -> Components:
    """Return what cell means say.

    Args:
        means: Of the conversations of each ordered pair of models; the diagonal is not read.
        errors: For each cell a contrast of its conversations that has the variance of its mean; None where some cell
            has a single conversation, and relationship and error cannot be told apart.
        confidence: Of all intervals.
    """
    squares, chance = _squares(means), np.random.default_rng(_SEED)
    found, drawn, turned = squares.components, squares.drawn(chance).components, squares.turned.drawn(chance).components
    noise = _squares(errors) if errors is not None else None
    error = noise.components[2] if noise else np.nan
    drawn_error = noise.drawn(chance).components[2] if noise else np.full(DRAWS, np.nan)
    shares, drawn_shares = _shares(found, error), _shares(drawn, drawn_error)
    drawn_shares[1] = _shares(turned[[1, 0, 2]], drawn_error)[1]
    drawn[1] = turned[0]
    told = [
        _estimates(NAMES, found, drawn, squares.n, confidence),
        _estimates(CORRELATIONS, _correlations(found), _correlations(drawn), squares.n, confidence),
        _estimates(SHARES, shares, drawn_shares, squares.n, confidence),
    ]
    known = zip(told[0], _standard_errors(squares), _p_values(drawn), strict=True)
    variances = tuple(replace(each, standard_error=of, df=squares.n - 1, p_value=p) for each, of, p in known)
    negative = [name for name, value in zip(NAMES[:3], found, strict=False) if value < 0]
    said = (f"Negative as estimated, which means close to none: {', '.join(negative)}.",) if negative else ()
    unsplit = () if noise else ("Without repeats in each cell, relationship and error are not told apart.",)
    return Components(variances=variances, reciprocity=told[1], shares=told[2], warnings=(*said, *unsplit))


def _squares(means: Floats) -> _Squares:
    n = len(means)
    _, actors, partners, pairs = effects(means)
    upper = np.triu_indices(n, 1)
    sums, gaps = ((pairs + pairs.T) / 2)[upper], (pairs - pairs.T)[upper]
    count = (n - 1) * (n - 2) / 2
    return _Squares(
        n=n, actor=actors @ actors / (n - 1), partner=partners @ partners / (n - 1), both=actors @ partners / (n - 1),
        means=2 * (sums @ sums) / (count - 1), differences=gaps @ gaps / 2 / count,
    )  # fmt: skip


def _shares(components: Floats, error: Floats | float) -> Floats:
    """Return the shares; without ``error`` the relationship's holds the error's, which is not known."""
    actor, partner, within = components[:3]
    whole = actor + partner + within
    parts = np.stack(np.broadcast_arrays(actor, partner, within - np.nan_to_num(error), error))
    found: Floats = np.divide(parts, whole, out=np.full(parts.shape, np.nan), where=whole > 0)
    return found


def _correlations(components: Floats) -> Floats:
    actor, partner, within, both, together = components
    product = actor * partner
    is_known = (actor > 0) & (partner > 0)
    effects_ = np.divide(both, np.sqrt(np.abs(product)), out=np.full(np.shape(both), np.nan), where=is_known)
    mirror = np.divide(together, within, out=np.full(np.shape(both), np.nan), where=within > 0)
    return np.stack([effects_, mirror])


def _standard_errors(squares: _Squares) -> tuple[float, ...]:
    """Return Lashley and Bond's standard error of each component."""
    n, pairs = squares.n, (squares.n - 1) * (squares.n - 2) / 2
    d, e = 2 * squares.means**2 / (pairs + 1), 2 * squares.differences**2 / (pairs + 2)
    beside = (n**2 * d + (n - 2) ** 2 * e) / 4 / (n * (n - 2)) ** 2
    product = (n - 1) * squares.actor * squares.partner + (n - 3) * squares.both**2
    crossed = product / ((n + 1) * (n - 2)) + beside
    pair = (d + e) / 4
    actor, partner = (2 * each**2 / (n + 1) + beside for each in (squares.actor, squares.partner))
    return tuple(float(np.sqrt(max(float(each), 0.0))) for each in (actor, partner, pair, crossed, pair))


def _p_values(drawn: Floats) -> list[float]:
    """Return twice the share of draws on the rarer side of zero; no draw makes the relationship variance none."""
    below = (1 + (drawn <= 0).sum(axis=1)) / (1 + DRAWS)
    p = np.minimum(2 * np.minimum(below, 1 - below + 2 / (1 + DRAWS)), 1.0)
    p[2] = np.nan
    return [float(each) for each in p]


def _estimates(names: Sequence[str], found: Floats, drawn: Floats, n: int, confidence: float) -> tuple[Estimate, ...]:
    tail = (1 - confidence) / 2
    estimates = []
    for name, value, draws in zip(names, found, drawn, strict=True):
        known = draws[~np.isnan(draws)]
        is_usable = len(known) >= _USABLE * DRAWS and not np.isnan(value)
        low, high = np.quantile(known, [tail, 1 - tail]) if is_usable else (np.nan, np.nan)
        estimates.append(Estimate(
            name=name, estimate=float(value), low=float(low), high=float(high), conversations=n, unit="models",
            confidence=confidence, method=f"social relations model, generalized interval, {DRAWS:,} draws",
        ))  # fmt: skip
    return tuple(estimates)
