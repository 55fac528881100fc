"""The simulator's time: one unit scales every delay, time-out and hint, so that hours can be rehearsed in seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(kw_only=True)
class Clock:
    """Simulated seconds since it was made, and what they are on the clocks of this machine."""

    unit: float = 1.0
    """Real seconds that one simulated second takes."""
    monotonic: Callable[[], float] = time.monotonic
    utc: Callable[[], datetime] = lambda: datetime.now(UTC)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.monotonic()

    def now(self) -> float:
        """Return the simulated seconds since the beginning."""
        return (self.monotonic() - self.began) / self.unit

    def real(self, seconds: float) -> float:
        """Return how long so many simulated seconds really take."""
        return seconds * self.unit

    def written(self, seconds: float) -> str:
        """Return so many simulated seconds as a header tells them to a client, who waits in real ones."""
        return f"{round(self.real(seconds), 6):g}" if self.unit != 1 else f"{ceil(seconds)}"

    def date(self, seconds: float = 0, *, skew_seconds: float = 0) -> str:
        """Return the moment so many simulated seconds ahead, as an HTTP date; one ahead is rounded up.

        Args:
            seconds: How far ahead.
            skew_seconds: By how much the clock it is read from is ahead of ours, in real seconds.
        """
        moment = self.utc() + timedelta(seconds=self.real(seconds) + skew_seconds)
        is_between = bool(seconds and moment.microsecond)
        return format_datetime(moment.replace(microsecond=0) + timedelta(seconds=is_between), usegmt=True)

    def epoch_milliseconds(self, seconds: float = 0) -> int:
        """Return the moment so many simulated seconds ahead, in milliseconds since 1970."""
        return ceil((self.utc().timestamp() + self.real(seconds)) * 1000)
