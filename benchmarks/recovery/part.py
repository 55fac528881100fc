"""A part of the recovery proofs: how one study is simulated, and what must hold over many of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from zlib import crc32

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SEED = 1
MANY = 2_000
FEWER = 500
"""Where one study costs more than 20 ms."""
_BOUNDS = {
    ("covers", MANY): (0.93, 0.97),
    ("covers", FEWER): (0.92, 0.98),
    ("rejects", MANY): (0.03, 0.07),
    ("rejects", FEWER): (0.025, 0.075),
    ("hits", MANY): (0.77, 0.83),
    ("hits", FEWER): (0.76, 0.84),
}
_ALMOST_SURE = 0.9995

Kind = Literal["covers", "rejects", "hits", "shows"]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One thing that must happen in a known share of the studies."""

    key: str
    kind: Kind
    """``covers``: a 95 % interval holds the truth; ``rejects``: a true null is rejected at 5 %; ``hits``: a real effect
    of 80 % power is found; ``shows``: nothing is promised, the share is shown as a reason."""
    what: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """One kind of study."""

    name: str
    what: str
    studies: int
    simulate: Callable[[np.random.Generator, int], Mapping[str, bool]]
    """One study from its own generator (and a seed for the estimator): which claims came true in it."""
    claims: tuple[Claim, ...]
    history: str = ""
    """What earlier runs with the same seed came to, where an estimator was mended since."""

    def study(self, number: int) -> Mapping[str, bool]:
        """Return what came true in one study; it is the same whatever ran before it."""
        return self.simulate(np.random.default_rng([SEED, crc32(self.name.encode()), number]), number + 1)

    def shares(self, studies: int) -> dict[str, float]:
        """Return how often each claim came true in the first so many studies."""
        found = [self.study(number) for number in range(studies)]
        return {claim.key: float(np.mean([each[claim.key] for each in found])) for claim in self.claims}


def bounds(kind: Kind, studies: int) -> tuple[float, float]:
    """Return the shares between which a claim holds.

    For 2,000 and 500 studies those that are promised; for other numbers these widened by what chance does to so few:
    a share that is as promised leaves them in one of a thousand runs.
    """
    if kind == "shows":
        return 0.0, 1.0
    if (kind, studies) in _BOUNDS:
        return _BOUNDS[kind, studies]
    low, high = _BOUNDS[kind, FEWER]
    lowest = stats.binom.ppf(1 - _ALMOST_SURE, studies, low)
    highest = stats.binom.ppf(_ALMOST_SURE, studies, high)
    return float(lowest / studies), float(highest / studies)
