"""What an estimator gives back: a number, its interval, how many conversations stand behind it, and how it was made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from math import isfinite, isnan
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from colloquia.analysis.rounding import rounded

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

Floats = NDArray[np.float64]
CONFIDENCE = 0.95


class Spoken:
    """An answer that says itself when it is printed."""

    @property
    def sentence(self) -> str:
        """The answer in words: numbers, units, how many conversations, how it was made, what to be warned of."""
        raise NotImplementedError

    def __str__(self) -> str:
        """Return the sentence."""
        return self.sentence

    def _repr_html_(self) -> str:
        """Return the sentence as a notebook shows it."""
        return f"<p>{escape(self.sentence)}</p>"


@dataclass(frozen=True, kw_only=True)
class Estimate(Spoken):
    """One number that was estimated."""

    name: str
    """What it is the number of."""
    estimate: float
    """In the units of the value, unless the name says otherwise; not a number where it cannot be had."""
    low: float
    """The lower end of the interval."""
    high: float
    conversations: int
    """Distinct conversations behind it, or whatever ``unit`` counts."""
    method: str
    """How the interval (and the p value, if there is one) was made, in words."""
    confidence: float = CONFIDENCE
    standard_error: float = float("nan")
    df: float = float("nan")
    """Degrees of freedom of the standard error, where it has them."""
    p_value: float = float("nan")
    warnings: tuple[str, ...] = ()
    unit: str = "conversations"
    """What is counted and varies: ``conversations``; ``models`` where these are the sample; ``pairs``."""

    def __post_init__(self) -> None:
        """Refuse an interval that ends before it begins."""
        if self.low > self.high:
            raise ValueError(f"{self.name}: the interval ends at {self.high} before it begins at {self.low}.")

    @property
    def frame(self) -> pd.DataFrame:
        """The estimate as a table of one row."""
        return table([self])

    @property
    def sentence(self) -> str:
        """The number with its interval, units and method, as it can stand in a paper."""
        p = "" if isnan(self.p_value) else f", p {probability(self.p_value)}"
        return said(
            f"{self.name}: {number(self.estimate)} ({self.interval}{p}; {self.conversations:,} {self.unit}", self
        )

    @property
    def interval(self) -> str:
        """The interval in words."""
        if isnan(self.low):
            return "no interval"
        return f"{100 * self.confidence:g} % interval {number(self.low)} to {number(self.high)}"

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies wholly on one side of zero."""
        return self.low > 0 or self.high < 0


class Told(Protocol):
    """What every result says about itself."""

    @property
    def method(self) -> str:
        """How it was made."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know."""


def said(finding: str, of: Told) -> str:
    """Return a finding, its bracket still open, with how it was made and what a reader must know."""
    return " ".join((f"{finding}; {of.method}).", *of.warnings))


def number(value: float) -> str:
    """Return a number as a reader wants it: four digits, ``infinite`` or ``none`` where it is no number."""
    if isnan(value):
        return "none"
    return rounded(value, 4) if isfinite(value) else "infinite"


def probability(p: float) -> str:
    """Return ``= 0.012`` or ``< 0.001``."""
    return "< 0.001" if p < _SMALL else f"= {p:.3f}"


_SMALL = 0.001


def table(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """Return one row for each estimate."""
    import pandas as pd

    rows = [{**asdict(each), "warnings": " ".join(each.warnings)} for each in estimates]
    return pd.DataFrame(rows, columns=list(Estimate.__dataclass_fields__))
