"""Limits on how much may be asked: hidden token buckets, a cap on requests at once, and those of free models.

They are pure in time: whoever asks says what time it is, so that they serve a virtual clock as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field

DAY_SECONDS = 86_400
MINUTE_SECONDS = 60
_ROUNDING = 1e-9
"""Of a token, so that sums of small flows come to whole ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """How much a bucket gives from one moment on."""

    at: float = 0.0
    """Simulated seconds since the beginning."""
    per_minute: float
    burst: float | None = None
    """Requests that a full bucket holds; those of a minute where it is None."""

    @property
    def size(self) -> float:
        """Return what a full bucket holds."""
        return max(self.per_minute if self.burst is None else self.burst, 1.0)

    @property
    def per_second(self) -> float:
        """Return what flows in."""
        return self.per_minute / MINUTE_SECONDS


@dataclass(kw_only=True)
class Bucket:
    """A token bucket whose size and inflow may change over time; full at the beginning."""

    stages: tuple[Stage, ...]
    """By time; the first holds from the beginning."""
    level: float = field(init=False)
    seconds: float = 0.0
    """Up to when it is filled."""

    def __post_init__(self) -> None:
        self.level = self.stages[0].size

    def take(self, now: float) -> float | None:
        """Take one token and return None; or return how many seconds there will be none."""
        self._fill(now)
        if self.level >= 1 - _ROUNDING:
            self.level -= 1
            return None
        return (1 - self.level) / self._stage(now).per_second

    def _stage(self, now: float) -> Stage:
        return next((stage for stage in reversed(self.stages) if stage.at <= now), self.stages[0])

    def _fill(self, now: float) -> None:
        changes = [stage.at for stage in self.stages if self.seconds < stage.at < now]
        for until in [*changes, max(now, self.seconds)]:
            stage = self._stage(self.seconds)
            self.level = min(self.level + (until - self.seconds) * stage.per_second, stage.size)
            self.seconds = until
        self.level = min(self.level, self._stage(now).size)


@dataclass(kw_only=True)
class FreeLimits:
    """Counters of free models: so many a minute, so many a day, whatever became of them."""

    per_minute: int
    per_day: int
    _used: dict[tuple[int, int], int] = field(default_factory=dict)

    def take(self, now: float) -> tuple[str, int, float] | None:
        """Count one request and return None; or return which limit it breaks, its size and when it is reset."""
        for window, limit, name in (
            (DAY_SECONDS, self.per_day, "free-models-per-day"),
            (MINUTE_SECONDS, self.per_minute, "free-models-per-min"),
        ):
            if self._used.get((window, int(now // window)), 0) >= limit:
                return name, limit, window - now % window
        self._used = {place: used for place, used in self._used.items() if place[1] == int(now // place[0])}
        for window in (DAY_SECONDS, MINUTE_SECONDS):
            place = (window, int(now // window))
            self._used[place] = self._used.get(place, 0) + 1
        return None

    def used_today(self, now: float) -> int:
        """Return how many requests counted today."""
        return self._used.get((DAY_SECONDS, int(now // DAY_SECONDS)), 0)
