"""How late this process comes to what is due: a loop that is behind measures itself, and takes it for its servers.

Every ``PERIOD_SECONDS`` a tick is due; how late it comes is how long everything else waits as well, be it for a busy
core, a stopped process or a disk that holds up the loop.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

PERIOD_SECONDS = 0.05
MATTERS_SECONDS = 0.25
"""From here on latencies are not those of the servers any more, and it is said."""


class Lag:
    """How far behind a run's event loop is, and was."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._due_at: float | None = None
        """When the next tick is due; None while nobody looks."""
        self._total = 0.0
        self._worst = 0.0
        """The latest tick since it was last asked for."""
        self._worsts: list[float] = []

    @property
    def total_seconds(self) -> float:
        """All that ticks were late by, the one that is due included: what grew between two times was no server's."""
        return self._total + self._late()

    def take_worst(self) -> float:
        """Return by how much the latest tick was late since this was last asked."""
        worst, self._worst = max(self._worst, self._late()), 0.0
        self._worsts.append(worst)
        return worst

    def counts(self) -> dict[str, float]:
        """Return in milliseconds how far behind the loop was: at most, and in all but the worst twentieth."""
        worsts = sorted(self._worsts) or [0.0]
        usual = worsts[(len(worsts) - 1) * 19 // 20]
        return {"loop_lag_ms_p95": round(usual * 1000, 1), "loop_lag_ms_most": round(worsts[-1] * 1000, 1)}

    def tick(self) -> None:
        """Note how late this tick is, and when the next is due."""
        late = self._late()
        self._total += late
        self._worst = max(self._worst, late)
        self._due_at = self._now() + PERIOD_SECONDS

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Tick while the block runs."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            self._due_at = None

    async def _watch(self) -> None:
        while True:
            self.tick()
            await self._sleep(PERIOD_SECONDS)

    def _late(self) -> float:
        return 0.0 if self._due_at is None else max(self._now() - self._due_at, 0.0)


def in_words(seconds: float) -> str | None:
    """Return what is to be said of a loop that is so far behind; None where it does not matter."""
    if seconds < MATTERS_SECONDS:
        return None
    return (
        f"this machine is {seconds:.1f} s behind, and latencies include it: hold fewer conversations at once "
        "(--at-once), or leave it more of the processor"
    )
