"""Whether anything outside this machine can be reached, found out by one call at a time.

Calls tell what became of them. When nothing but failures to connect has come back, across some time or from every
model that is asked, the network is taken to be gone. From then on calls wait before they leave, except one: it goes as
a probe, after a pause that doubles from ``FIRST_PAUSE_SECONDS`` to ``LONGEST_PAUSE_SECONDS``, and whoever reaches
anything sets all others free. What a probe cannot reach, and the time spent waiting here, is nobody's failed try.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

FAILURES = 5
"""So many failures to connect in a row, over all models, before the network is suspected."""
SPREAD_SECONDS = 2.0
"""The first and the last of them are at least so far apart, unless every model has failed."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


class Network:
    """What the calls of a run know about the network together; of models elsewhere only."""

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._failed_at: deque[float] = deque(maxlen=FAILURES)
        self._failed: set[str] = set()
        """Lanes that have failed to connect since anything was reached."""
        self._lanes: set[str] = set()
        """All lanes that have told of a call."""
        self._offline_since: float | None = None
        self._pause = 0.0
        self._probe_at = 0.0
        self._has_probe = False
        self._waiting = 0
        self._change = asyncio.Event()

    @property
    def is_offline(self) -> bool:
        """True while nothing can be reached."""
        return self._offline_since is not None

    def reached(self, lane: str) -> None:
        """Note that a server answered a call, in whatever way."""
        self._lanes.add(lane)
        self._failed_at.clear()
        self._failed.clear()
        if self.is_offline:
            self._offline_since = None
            self._tell()

    def unreachable(self, lane: str) -> None:
        """Note that a call could not connect."""
        self._lanes.add(lane)
        self._failed.add(lane)
        self._failed_at.append(self._now())
        if not self.is_offline and self._is_suspect():
            self._offline_since = self._failed_at[0]
            self._pause = FIRST_PAUSE_SECONDS
            self._probe_at = self._now() + self._pause

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        """Wait while the network is gone, then hold the block: as anybody, or as the one probe.

        Within the block :meth:`reached` or :meth:`unreachable` is called; where neither is, the next one probes.
        """
        is_probe = await self._let_through()
        try:
            yield
        finally:
            if is_probe:
                self._end_probe()

    def explanation(self) -> str | None:
        """Return in words what is known to be wrong and who waits for it; None while nothing is."""
        if self._offline_since is None:
            return None
        gone = f"the network has been out of reach for {self._now() - self._offline_since:.0f} s"
        until = self._probe_at - self._now()
        trying = f"the next try is in {until:.0f} s" if until > 0 else "a call is trying it"
        return f"{gone}; {trying}; {self._waiting:,} {'call waits' if self._waiting == 1 else 'calls wait'}"

    def _is_suspect(self) -> bool:
        is_long = self._failed_at[-1] - self._failed_at[0] >= SPREAD_SECONDS
        return len(self._failed_at) == FAILURES and (is_long or self._failed >= self._lanes)

    async def _let_through(self) -> bool:
        """Return once a call may leave; True where it is the probe."""
        self._waiting += 1
        try:
            while self.is_offline:
                if self._has_probe:
                    await self._change.wait()
                elif await self._wait_as_probe():
                    return True
            return False
        finally:
            self._waiting -= 1

    async def _wait_as_probe(self) -> bool:
        """Take the probe's place and wait until it is time; False where the network came back meanwhile."""
        self._has_probe = True
        is_time = False
        try:
            while self.is_offline and (wait := self._probe_at - self._now()) > 0:
                await self._pass(wait)
            is_time = self.is_offline
        finally:
            if not is_time:
                self._has_probe = False
                self._tell()
        return is_time

    async def _pass(self, seconds: float) -> None:
        """Return after ``seconds``, or as soon as the network is there."""
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        changing = asyncio.ensure_future(self._change.wait())
        try:
            await asyncio.wait((sleeping, changing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            changing.cancel()

    def _end_probe(self) -> None:
        """Give the probe's place back; where it reached nothing, the next one waits twice as long."""
        self._has_probe = False
        if self.is_offline:
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
            self._probe_at = self._now() + self._pause
        self._tell()

    def _tell(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
