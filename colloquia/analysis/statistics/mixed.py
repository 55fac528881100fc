"""The mixed model beside the bootstrap: two ways to one contrast, and whether they agree."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from colloquia.analysis.statistics import permutation
from colloquia.analysis.statistics.contrasts import contrast
from colloquia.analysis.statistics.conversations import UNIT, Conversations
from colloquia.analysis.statistics.result import CONFIDENCE, Estimate, Spoken, table
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

ROUNDING = 1e-12
"""Effects that are smaller than this share of the largest value are no effects."""


@dataclass(frozen=True, kw_only=True)
class Mixed(Spoken):
    """A contrast by a linear mixed model."""

    estimate: Estimate
    formula: str
    variances: tuple[tuple[str, float], ...]
    """Of each random effect, and of what is left."""
    bootstrap: Estimate
    """The same contrast by the default way."""
    agrees: bool
    """Whether each lies in the interval of the other, and both or neither exclude zero."""

    @property
    def sentence(self) -> str:
        """Both ways in words."""
        verdict = "They agree." if self.agrees else "They do not agree: trust neither before you know why."
        return f"{self.estimate.sentence} Beside it, {self.bootstrap.sentence} {verdict}"

    @property
    def frame(self) -> pd.DataFrame:
        """Both estimates, the default one first."""
        found = table([self.bootstrap, self.estimate])
        found.insert(0, "way", ["bootstrap", "mixed model"])
        return found.assign(agrees=self.agrees)


def mixed(
    conversations: Conversations,
    factor: str,
    first: object,
    second: object,
    *,
    fixed: Sequence[str] = (),
    random: Sequence[str] = (),
    within: Sequence[str] = (),
    confidence: float = CONFIDENCE,
    draws: int = permutation.DRAWS,
) -> Mixed:
    """Return the contrast by a linear mixed model, restricted maximum likelihood, Satterthwaite's degrees of freedom.

    Args:
        conversations: One row a conversation or a seat; where there are two, the conversation is a random effect.
        factor: The column whose levels are compared.
        first: The level that is subtracted from.
        second: The level that is subtracted.
        fixed: Columns with effects of their own: seat, actor, partner; a scenario where the claim is about these.
        random: Columns whose levels are a sample: the pair; a scenario where there are 8 or more meant as such.
        within: The blocks of the bootstrap beside it.
        confidence: Of both intervals.
        draws: Of the permutation beside it.
    """
    some = conversations.where(factor, [first, second])
    some.require(*fixed, *random)
    data, formula = _data(some, factor, first, fixed, random)
    found, variances = _fitted(data, formula, f"{factor}: {first} - {second}, mixed model", some, confidence)
    beside = contrast(conversations, factor, first, second, within=within, confidence=confidence, draws=draws)
    inside = found.low <= beside.estimate <= found.high and beside.low <= found.estimate <= beside.high
    agrees = inside and found.excludes_zero == beside.excludes_zero
    return Mixed(estimate=found, formula=formula, variances=variances, bootstrap=beside, agrees=agrees)


def _data(
    some: Conversations, factor: str, first: object, fixed: Sequence[str], random: Sequence[str]
) -> tuple[pd.DataFrame, str]:
    """Return a frame with plain names for the formula: a factor may be called anything."""
    import pandas as pd

    rows = some.present
    data = pd.DataFrame({"value": rows[some.value].astype("float64"), "is_first": (rows[factor] == first) * 1.0})
    terms = ["is_first"]
    for number, name in enumerate(fixed):
        data[f"fixed{number}"] = rows[name].astype(str).astype(object)
        terms.append(f"fixed{number}")
    groups = list(random)
    if rows[UNIT].duplicated().any() and UNIT not in groups:
        groups.append(UNIT)
    if not groups:
        raise DesignError("A mixed model needs something random: name a column in random, such as the scenario.")
    for number, name in enumerate(groups):
        data[f"random{number}"] = rows[name].astype(str).astype(object)
        terms.append(f"(1 | random{number})")
    return data.reset_index(drop=True), f"value ~ {' + '.join(terms)}"


def _fitted(
    data: pd.DataFrame, formula: str, name: str, some: Conversations, confidence: float
) -> tuple[Estimate, tuple[tuple[str, float], ...]]:
    import mixedlm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a singular fit is told in the result, not on the terminal
        fit = mixedlm.lmer(formula, data)
        place = list(fit.fixef()).index("is_first")
        value, error = _rounded(fit.fixef()["is_first"], data), float(np.sqrt(fit.vcov()[place, place]))
        df = float(mixedlm.satterthwaite_df(fit).df[place])
    half = float(stats.t.ppf((1 + confidence) / 2, df)) * error
    singular = ("A random effect is estimated as none (singular fit).",) if fit.isSingular() else ()
    unsure = () if fit.converged else ("The fit did not converge.",)
    found = Estimate(
        name=name, estimate=value, low=value - half, high=value + half, conversations=some.count, standard_error=error,
        df=df, p_value=float(2 * stats.t.sf(abs(value) / error, df)), confidence=confidence,
        method=f"linear mixed model by mixedlm, REML, Satterthwaite: {formula}",
        warnings=(*some.warnings, *singular, *unsure),
    )  # fmt: skip
    groups = [(key, float(group.variance["(Intercept)"])) for key, group in fit.VarCorr().groups.items()]
    return found, (*groups, ("residual", float(fit.sigma) ** 2))


def _rounded(value: float, data: pd.DataFrame) -> float:
    """Return an effect; none where it is what the arithmetic of the fit leaves of no difference."""
    return float(value) if abs(value) > ROUNDING * data["value"].abs().max() else 0.0
