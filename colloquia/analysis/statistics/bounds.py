"""What lost conversations could change: the contrast if all of them had gone one way, or the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colloquia.analysis.statistics.contrasts import contrast
from colloquia.analysis.statistics.conversations import MOST_LOST, Conversations
from colloquia.analysis.statistics.result import Spoken, number
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from colloquia.analysis.statistics.result import Estimate


@dataclass(frozen=True, kw_only=True)
class Bounds(Spoken):
    """A contrast three times: as observed, and at both ends of what the lost could have been."""

    observed: Estimate
    lowest: Estimate
    """The lost of the first level at the bottom of the range, those of the second at its top."""
    highest: Estimate
    lost: float
    """Share of conversations without a value."""
    must_be_shown: bool
    """Whether more are lost than may be passed over."""
    is_robust: bool
    """Whether all three intervals lie on the same side of zero."""

    @property
    def sentence(self) -> str:
        """What the lost could change, in words."""
        verdict = "does not hang" if self.is_robust else "hangs"
        return (
            f"{self.observed.sentence} With the lost ({100 * self.lost:.1f} %) at either end of the range it lies "
            f"between {number(self.lowest.estimate)} ({self.lowest.interval}) and {number(self.highest.estimate)} "
            f"({self.highest.interval}): on which side of zero it lies {verdict} on them."
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The three as a table."""
        from colloquia.analysis.statistics.result import table

        found = table([self.observed, self.lowest, self.highest])
        found.insert(0, "case", ["observed", "lowest", "highest"])
        return found


def bounds(
    conversations: Conversations,
    factor: str,
    first: object,
    second: object,
    *,
    value_range: tuple[float, float],
    within: Sequence[str] = (),
) -> Bounds:
    """Return the contrast with the lost conversations at either end of the range of the value."""
    bottom, top = value_range
    some = conversations.where(factor, [first, second])
    if ((some.present[some.value] < bottom) | (some.present[some.value] > top)).any():
        raise DesignError(f"Some values of {some.value!r} lie outside of {bottom} to {top}.")
    observed = contrast(some, factor, first, second, within=within)
    lowest = contrast(_filled(some, factor, {first: bottom, second: top}), factor, first, second, within=within)
    highest = contrast(_filled(some, factor, {first: top, second: bottom}), factor, first, second, within=within)
    ends = (observed, lowest, highest)
    return Bounds(
        observed=observed, lowest=lowest, highest=highest, lost=some.lost, must_be_shown=some.lost > MOST_LOST,
        is_robust=all(each.low > 0 for each in ends) or all(each.high < 0 for each in ends),
    )  # fmt: skip


def _filled(conversations: Conversations, factor: str, ends: dict[object, float]) -> Conversations:
    rows = conversations.rows
    values = rows[conversations.value].astype("float64").fillna(rows[factor].map(ends))
    return replace(conversations, rows=rows.assign(**{conversations.value: values}))
