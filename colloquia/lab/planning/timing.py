"""How long what is missing will take, at the lanes and the latencies that this folder has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.running.work import totals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.design.forecast import Expectations
    from colloquia.design.trials import Trial
    from colloquia.logbook.entries import LaneChanged
    from colloquia.logbook.keys import Spoken
    from colloquia.running.work import Work

USUAL_AT_ONCE, USUAL_SECONDS = 8, 5.0
"""Calls of a model at once, and seconds for a reply, where nothing is known of them: assumptions, said as such."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How long a run is likely to take."""

    seconds: float
    assumed: tuple[str, ...]
    """Friendly names of the models whose latency is assumed, for want of replies in this folder."""


def timing(
    work: Sequence[Work],
    expectations: Expectations,
    *,
    reply_seconds: Mapping[str, float],
    lanes: Mapping[str, LaneChanged],
    widest: Mapping[str, int],
    open_at_once: int,
) -> Timing:
    """Return how long ``work`` takes: as long as its slowest lane, its longest conversation, or all talks together.

    Args:
        work: What is missing.
        expectations: Tell which turns are asked of whom.
        reply_seconds: Seconds for a reply, by friendly name.
        lanes: How wide and how fast the lane of each slug was last.
        widest: The most calls at once, by slug, where that is bounded.
        open_at_once: Conversations held at the same time, at most.
    """
    calls: dict[str, int] = {}
    busy: dict[str, float] = {}
    longest, assumed = 0.0, dict[str, None]()
    for item in work:
        seconds = 0.0
        for name, slug, number in expectations.asked(item.trial, item.said):
            if name not in reply_seconds:
                assumed[name] = None
            took = reply_seconds.get(name, USUAL_SECONDS) * number
            calls[slug] = calls.get(slug, 0) + number
            busy[slug] = busy.get(slug, 0.0) + took
            seconds += took
        longest = max(longest, seconds)
    by_lane = [_through(lanes.get(slug), widest.get(slug), calls[slug], busy[slug]) for slug in calls]
    together = sum(busy.values()) / open_at_once
    return Timing(seconds=max((*by_lane, longest, together)), assumed=tuple(assumed))


def reply_seconds(trials: Sequence[Trial], spoken: Mapping[str, Mapping[str, Spoken]]) -> dict[str, float]:
    """Return the mean seconds of the replies so far, by friendly name."""
    found = totals(trials, spoken)
    return {name: each.seconds / each.timed for name, each in found.items() if each.timed}


def _through(lane: LaneChanged | None, widest: int | None, calls: int, busy: float) -> float:
    """Return the seconds that a lane needs for so many calls, which take so long one after the other."""
    width = lane.width if lane else USUAL_AT_ONCE
    at_pace = calls / lane.per_second if lane and lane.per_second else 0.0
    return max(busy / min(width, widest or width), at_pace)
