"""Fakes that several tests share: a clock that only moves when told, a writer that keeps lists, a model by list."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from colloquia.conversation.chat_model import Reply, Usage
from colloquia.errors import CallError, Failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.errors import Fault
    from colloquia.running.lanes import Lane
    from colloquia.running.pace import Departure


@dataclass(kw_only=True)
class Clock:
    """Time that passes only while somebody sleeps."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass(kw_only=True)
class ListWriter:
    """A writer whose disk is two lists."""

    entries: list[Any] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)

    async def journal(self, entry: Any) -> None:
        self.entries.append(entry)

    def entry(self, entry: Any) -> None:
        self.entries.append(entry)

    def turn(self, ended: Any, row: Any, on_disk: Callable[[], None]) -> None:
        if ended is not None:
            self.entries.append(ended)
        self.rows.append(row)
        on_disk()

    async def written(self) -> None:
        """Return at once."""


@dataclass(kw_only=True)
class FakeModel:
    """A model that does what a list says, then repeats the last."""

    doings: list[Reply | Failure]
    asked: list[ChatRequest] = field(default_factory=list)
    clock: Clock | None = None
    takes_seconds: float = 0.0

    async def reply(self, request: ChatRequest) -> Reply:
        self.asked.append(request)
        if self.clock is not None:
            self.clock.seconds += self.takes_seconds
        doing = self.doings[min(len(self.asked), len(self.doings)) - 1]
        if isinstance(doing, Failure):
            raise CallError(doing)
        return doing


def failure(fault: Fault, **known: Any) -> Failure:
    """Return a failure of one kind."""
    return Failure(**{"fault": fault, "stage": "status", "message": f"a {fault} failure", "status": 500, **known})


def reply(content: str | None = "Hello.", **known: Any) -> Reply:
    """Return a live reply that cost a tenth of a cent."""
    usage = Usage(input_tokens=10, output_tokens=5, cost_usd=0.001)
    return Reply(**{"content": content, "source": "live", "finish_reason": "stop", "usage": usage, **known})


@asynccontextmanager
async def place(lane: Lane) -> AsyncIterator[Departure]:
    """Hold one of a lane's places for a block, as a call does."""
    left = await lane.enter()
    try:
        yield left
    finally:
        lane.leave()
