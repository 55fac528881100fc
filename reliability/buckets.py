"""A server with a hidden limit: a bucket of calls that fills at a rate nobody is told, and that changes."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.conversation.chat_model import Reply, Usage
from colloquia.errors import CallError, Failure, Fault

if TYPE_CHECKING:
    import random

    from colloquia.conversation.chat_model import ChatRequest

EPOCH_SECONDS = 120.0
"""So often the rate changes."""
FACTOR = 2.0
"""By so much at most, up or down."""
FURTHEST = 2.0
"""The rate stays within this factor of where it began."""
TOKENS = 60
"""Median length of a reply."""
OVERHEAD = 0.25
"""The share of a usual reply's seconds that does not depend on its length."""
NEVER = (math.inf, math.inf)


@dataclass(kw_only=True)
class Bucket:
    """Holds at most ``burst`` calls and fills at a rate that changes every ``EPOCH_SECONDS``."""

    rates: list[float]
    """Calls a second, in each epoch."""
    burst: float
    level: float = field(init=False)
    _seen_at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.burst

    def rate(self, at: float) -> float:
        """Return the calls a second that flow in at a time."""
        return self.rates[min(int(at / EPOCH_SECONDS), len(self.rates) - 1)]

    def takes(self, now: float) -> bool:
        """Tell whether a call is let in, and let it in."""
        self.level = min(self.level + self.allowed(self._seen_at, now), self.burst)
        self._seen_at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True

    def wait_seconds(self) -> float:
        """Return in how long the next call would be let in."""
        return (1 - self.level) / self.rate(self._seen_at)

    def allowed(self, begin: float, end: float) -> float:
        """Return how many calls flow in between two times."""
        flowed, at = 0.0, begin
        while at < end:
            until = min(end, (int(at / EPOCH_SECONDS) + 1) * EPOCH_SECONDS)
            flowed += self.rate(at) * (until - at)
            at = until
        return flowed


def bucket(draws: random.Random, *, per_second: float, epochs: int) -> Bucket:
    """Return a bucket whose rate begins at ``per_second`` and wanders."""
    rates = [per_second]
    while len(rates) < epochs:
        rate = rates[-1] * FACTOR ** draws.uniform(-1, 1)
        rates.append(min(max(rate, per_second / FURTHEST), per_second * FURTHEST))
    return Bucket(rates=rates, burst=max(2.0, per_second * draws.uniform(0.5, 5.0)))


@dataclass(kw_only=True)
class Server:
    """Answers every model of a run: refuses what its bucket does not take, and is out of reach for a while."""

    bucket: Bucket
    seconds: float
    """How long a usual reply takes."""
    draws: random.Random
    hints: bool = False
    """True where a refusal says in whole seconds how long to wait."""
    gone: tuple[float, float] = NEVER
    """From when to when nothing can be reached."""
    most_at_once: float = math.inf
    """More calls than this at once are refused as well."""
    under_way: int = 0
    accepted_at: list[float] = field(default_factory=list)
    refused_at: list[float] = field(default_factory=list)
    too_early: int = 0
    """Calls that came although a hint that had been read asked to wait."""
    _closed: tuple[float, float] = NEVER
    """From when to when, as the last hint was read and as it said, no call should come."""

    def model(self, slug: str) -> Server:
        """Return who answers for a slug."""
        del slug
        return self

    async def reply(self, request: ChatRequest) -> Reply:
        """Answer after a while, or refuse at once."""
        del request
        loop = asyncio.get_running_loop()
        if self.gone[0] <= loop.time() < self.gone[1]:
            await asyncio.sleep(self.draws.uniform(0.05, 0.2))
            raise CallError(_unreachable())
        left_at = loop.time()
        await asyncio.sleep(self.draws.uniform(0.01, 0.05))
        self.too_early += self._closed[0] < left_at < self._closed[1]
        if self.under_way >= self.most_at_once or not self.bucket.takes(loop.time()):
            self.refused_at.append(loop.time())
            hint = math.ceil(self.bucket.wait_seconds()) if self.hints else None
            await asyncio.sleep(self.draws.uniform(0.02, 0.15))
            if hint is not None:
                self._closed = (loop.time(), max(loop.time() + hint, self._closed[1] if self._closed != NEVER else 0))
            raise CallError(_refused(hint))
        self.accepted_at.append(loop.time())
        return await self._answered()

    async def _answered(self) -> Reply:
        tokens = max(1, round(TOKENS * self.draws.lognormvariate(0, 0.5)))
        speed = self.draws.lognormvariate(0, 0.2)
        seconds = self.seconds * speed * (OVERHEAD + (1 - OVERHEAD) * tokens / TOKENS)
        self.under_way += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self.under_way -= 1
        usage = Usage(input_tokens=10, output_tokens=tokens, cost_usd=0.0)
        return Reply(content="Yes.", source="live", finish_reason="stop", usage=usage, latency_ms=seconds * 1000)


def _refused(hint: float | None) -> Failure:
    return Failure(fault=Fault.RATE, stage="status", message="busy", status=429, retry_after_seconds=hint)


def _unreachable() -> Failure:
    return Failure(fault=Fault.TRANSIENT, stage="connect", message="no route", was_sent=False)
