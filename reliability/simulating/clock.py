"""The clocks of a simulated machine: one that never jumps, and one on the wall that sleeps and jumps change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

EPOCH = datetime(2026, 11, 24, tzinfo=UTC)


class Clock:
    """Time on a simulated machine.

    Args:
        seconds: The clock that never jumps, such as that of an event loop.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self.now = seconds
        self._ahead = timedelta()

    def utc(self) -> datetime:
        """Return what the wall shows."""
        return EPOCH + timedelta(seconds=self.now()) + self._ahead

    def jump(self, seconds: float) -> None:
        """Let the wall clock be ahead by so much more: the machine slept, or somebody set the clock."""
        self._ahead += timedelta(seconds=seconds)


def drawn_uuid(draws: random.Random) -> UUID:
    """Return a random UUID that the same draws make again."""
    return UUID(int=draws.getrandbits(128), version=4)
