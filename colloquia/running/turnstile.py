"""So many replies are taken up in one round of the event loop, the others after them.

Where a thousand replies come together, an event loop takes one step of each, then the next step of each: nobody's next
request leaves before everybody's last turn is on disk, and then a thousand wait together for the next replies, with
nothing to do meanwhile. Taken up in groups, the first are asked for again while the last are still written. And the
loop comes round soon, so that what it reads meanwhile it reads in time.
"""

from __future__ import annotations

import asyncio
from collections import deque

A_ROUND = 25
"""Replies that are taken up in one round."""


class Turnstile:
    """Lets in ``a_round`` in each round of the event loop, in the order in which they come."""

    def __init__(self, a_round: int = A_ROUND) -> None:
        self._a_round = a_round
        self._let_in = 0
        """In this round."""
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Return in this round, or in one that has room."""
        loop = asyncio.get_running_loop()
        if self._let_in == 0:
            loop.call_soon(self._come_round)
        if self._let_in < self._a_round:
            self._let_in += 1
            return
        place = loop.create_future()
        self._waiting.append(place)
        await place

    def _come_round(self) -> None:
        self._let_in = 0
        while self._waiting and self._let_in < self._a_round:
            place = self._waiting.popleft()
            if not place.done():  # nobody waits any more where it was called off
                place.set_result(None)
                self._let_in += 1
        if self._let_in:
            asyncio.get_running_loop().call_soon(self._come_round)
