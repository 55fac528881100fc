"""Equivalence: two one-sided tests. "No difference" is never said without them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import stats

from colloquia.analysis.statistics import permutation
from colloquia.analysis.statistics.contrasts import contrast
from colloquia.analysis.statistics.result import Spoken, number, probability, said
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from colloquia.analysis.statistics.conversations import Conversations
    from colloquia.analysis.statistics.result import Estimate

LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class Equivalence(Spoken):
    """Whether a difference is small enough to be none, by a bound that was set beforehand."""

    difference: Estimate
    """With its 90 % interval, for tests at the 5 % level."""
    bound: float
    is_equivalent: bool
    """Whether the interval lies within minus and plus the bound."""
    p_value: float
    """The larger of the two one-sided p values of the t statistic."""
    method: str = "two one-sided tests: the 90 % interval within the bound; p by t, Welch-Satterthwaite"

    @property
    def sentence(self) -> str:
        """The verdict in words; "no difference" is never among them."""
        verdict = "lies within" if self.is_equivalent else "is not shown to lie within"
        found = self.difference
        return said(
            f"{found.name} {verdict} {number(self.bound)} either way ({number(found.estimate)}, {found.interval}, "
            f"p {probability(self.p_value)}; {found.conversations:,} conversations; {self.method}",
            found,
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The table of one row."""
        return self.difference.frame.assign(bound=self.bound, is_equivalent=self.is_equivalent, p_value=self.p_value)


def equivalence(
    conversations: Conversations,
    factor: str,
    first: object,
    second: object,
    *,
    bound: float,
    within: Sequence[str] = (),
    draws: int = permutation.DRAWS,
    seed: int = 1,
) -> Equivalence:
    """Return whether the levels differ by less than ``bound``, in the units of the value."""
    if not bound > 0:
        raise DesignError(f"The bound of an equivalence test is a positive difference, not {bound}.")
    found = contrast(
        conversations, factor, first, second, within=within, confidence=1 - 2 * LEVEL, draws=draws, seed=seed
    )
    if found.standard_error > 0:
        p = float(stats.t.sf((bound - abs(found.estimate)) / found.standard_error, found.df))
    else:
        p = float("nan")
    inside = -bound < found.low and found.high < bound
    return Equivalence(difference=found, bound=bound, is_equivalent=bool(inside), p_value=p)
