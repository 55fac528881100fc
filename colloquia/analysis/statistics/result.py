"""What an estimator gives back: a number, its interval, how many conversations stand behind it, and how it was made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

Floats = NDArray[np.float64]
CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One number that was estimated."""

    name: str
    """What it is the number of."""
    estimate: float
    """In the units of the value, unless the name says otherwise; not a number where it cannot be had."""
    low: float
    """The lower end of the interval."""
    high: float
    conversations: int
    """Distinct conversations behind it."""
    method: str
    """How the interval (and the p value, if there is one) was made, in words."""
    confidence: float = CONFIDENCE
    standard_error: float = float("nan")
    df: float = float("nan")
    """Degrees of freedom of the standard error, where it has them."""
    p_value: float = float("nan")
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an interval that ends before it begins."""
        if self.low > self.high:
            raise ValueError(f"{self.name}: the interval ends at {self.high} before it begins at {self.low}.")

    @property
    def frame(self) -> pd.DataFrame:
        """The estimate as a table of one row."""
        return table([self])

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies wholly on one side of zero."""
        return self.low > 0 or self.high < 0


def table(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """Return one row for each estimate."""
    import pandas as pd

    rows = [{**asdict(each), "warnings": " ".join(each.warnings)} for each in estimates]
    return pd.DataFrame(rows, columns=list(Estimate.__dataclass_fields__))
