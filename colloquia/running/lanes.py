"""Lanes: how many calls of one model are under way at once, and when the next may leave."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

WIDTH = 32
"""Calls of one model under way at once, where its server says nothing else."""


class Lane:
    """The calls of one model: a bounded number at once, all held back while its server asks to wait."""

    def __init__(
        self,
        width: int = WIDTH,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.width = width
        self.in_flight = 0
        self._places = asyncio.Semaphore(width)
        self._now = now
        self._sleep = sleep
        self._closed_until = 0.0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[int]:
        """Hold one of the lane's places; yields how many calls are then under way."""
        async with self._places:
            while (wait := self._closed_until - self._now()) > 0:
                await self._sleep(wait)
            self.in_flight += 1
            try:
                yield self.in_flight
            finally:
                self.in_flight -= 1

    def close_for(self, seconds: float) -> None:
        """Let no call leave for so many seconds; a hint of the server is never shortened."""
        self._closed_until = max(self._closed_until, self._now() + seconds)

    def waits_seconds(self) -> float:
        """Return for how long no call will leave."""
        return max(self._closed_until - self._now(), 0.0)
