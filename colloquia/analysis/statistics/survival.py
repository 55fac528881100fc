"""Turns until something happens: Kaplan-Meier curves and the log-rank test, a cap being a censored conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from colloquia.analysis.statistics.conversations import UNIT, Conversations
from colloquia.analysis.statistics.result import CONFIDENCE, Floats, Spoken, number, probability, said
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve(Spoken):
    """The share of conversations in which it has not happened yet."""

    frame: pd.DataFrame
    """``time, at_risk, events, censored, share, low, high``, one row for each turn at which anything happens."""
    median: float
    """The first turn by which it happened in half of them; infinite where it did not."""
    median_low: float
    median_high: float
    conversations: int
    events: int
    method: str = "Kaplan-Meier, Greenwood's variance, interval on the log-log scale; a cap is censored"
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The median in words."""
        return said(
            f"Median: {number(self.median)} turns (95 % interval {number(self.median_low)} to "
            f"{number(self.median_high)}; it happened in {self.events:,} of {self.conversations:,} conversations",
            self,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class LogRank(Spoken):
    """Whether curves differ."""

    statistic: float
    df: int
    p_value: float
    frame: pd.DataFrame
    """``level, conversations, events, expected``."""
    conversations: int
    method: str = "log-rank test, asymptotic"
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The test in words."""
        return said(
            f"Turns until it happens, by level: chi-square {number(self.statistic)}, df {self.df}, "
            f"p {probability(self.p_value)} ({self.conversations:,} conversations",
            self,
        )


def curve(conversations: Conversations, *, happened: str = "happened", confidence: float = CONFIDENCE) -> Curve:
    """Return the curve of "turns until"; ``happened`` is the column that is false where the conversation just ended."""
    import pandas as pd

    times, events = _times(conversations, happened)
    at, at_risk, dying = _counts(times, events)
    share = np.cumprod(1 - dying / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(dying / (at_risk * (at_risk - dying)))
        width = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(greenwood) / np.log(share)
        low, high = share ** np.exp(-width), share ** np.exp(width)
    inside = (share > 0) & (share < 1)
    low, high = np.where(inside, low, share), np.where(inside, high, share)
    leaving = np.array([int(((times == time) & ~events).sum()) for time in at])
    frame = pd.DataFrame(
        {"time": at, "at_risk": at_risk, "events": dying, "censored": leaving, "share": share, "low": low, "high": high}
    )
    return Curve(
        frame=frame, median=_first(at, share), median_low=_first(at, np.asarray(low, dtype=float)),
        median_high=_first(at, np.asarray(high, dtype=float)),
        conversations=len(times), events=int(events.sum()), warnings=conversations.warnings,
    )  # fmt: skip


def log_rank(conversations: Conversations, factor: str, *, happened: str = "happened") -> LogRank:
    """Return the log-rank test of the levels of a factor."""
    import pandas as pd

    conversations.require(factor)
    times, events = _times(conversations, happened)
    levels, of = np.unique(conversations.present[factor].astype(str), return_inverse=True)
    at, at_risk, dying = _counts(times, events)
    own = np.array([[int(((times >= time) & (of == k)).sum()) for k in range(len(levels))] for time in at])
    expected = (own * (dying / at_risk)[:, None]).sum(axis=0)
    observed = np.array([int(events[of == k].sum()) for k in range(len(levels))])
    more = at_risk > 1
    spread = (dying * (at_risk - dying) / np.maximum(at_risk - 1, 1) * more)[:, None, None]
    share = own / at_risk[:, None]
    within = np.einsum("ti,ij->tij", share, np.eye(len(levels))) - share[:, :, None] * share[:, None, :]
    variance = (spread * within).sum(axis=0)[:-1, :-1]
    difference = (observed - expected)[:-1]
    statistic = float(difference @ np.linalg.pinv(variance) @ difference)
    frame = pd.DataFrame({"level": levels, "conversations": np.bincount(of), "events": observed, "expected": expected})
    return LogRank(
        statistic=statistic, df=len(levels) - 1, p_value=float(stats.chi2.sf(statistic, len(levels) - 1)),
        frame=frame, conversations=len(times), warnings=conversations.warnings,
    )  # fmt: skip


def by_level(
    conversations: Conversations, factor: str, *, happened: str = "happened", confidence: float = CONFIDENCE
) -> Mapping[object, Curve]:
    """Return the curve of each level."""
    conversations.require(factor)
    levels = conversations.present[factor].unique()
    return {
        level: curve(conversations.where(factor, [level]), happened=happened, confidence=confidence) for level in levels
    }


def _times(conversations: Conversations, happened: str) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    conversations.require(happened)
    rows = conversations.present
    if rows[UNIT].duplicated().any():
        raise DesignError("These rows are seats: a conversation ends once; choose a seat or the first of both.")
    times = rows[conversations.value].to_numpy(dtype="float64")
    if (times <= 0).any():
        raise DesignError("Turns until an event are counted from 1.")
    return times, rows[happened].to_numpy(dtype=bool)


def _counts(times: Floats, events: Any) -> tuple[Floats, Floats, Floats]:  # noqa: ANN401 (Booleans or their numbers)
    at = np.unique(times)
    at_risk = np.array([float((times >= time).sum()) for time in at])
    dying = np.array([float(((times == time) & events.astype(bool)).sum()) for time in at])
    return at, at_risk, dying


def _first(at: Floats, share: Any) -> float:  # noqa: ANN401 (an array of numbers)
    """Return the first time by which half are gone."""
    gone = np.flatnonzero(share <= 1 / 2)
    return float(at[gone[0]]) if len(gone) else float("inf")
