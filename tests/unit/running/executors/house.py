"""A run with workers in this process, and all that can be seen of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fakes import ListWriter, reply

from colloquia.design.forecast import Expectations, Price
from colloquia.logbook.entries import AttemptStarted, Noted
from colloquia.running.budget import Budget
from colloquia.running.call import Desk
from colloquia.running.control import Control
from colloquia.running.executors.fleet import (
    Fleet,
    WorkerLostError,
)
from colloquia.running.executors.leases import Leases
from colloquia.running.executors.worker import Order, Worker
from colloquia.running.progress import Progress
from colloquia.running.run import Run
from colloquia.running.work import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.design.trials import Trial
    from colloquia.running.executors.messages import Batch, Told
    from colloquia.running.work import Work

    Plan = Callable[..., tuple[Trial, ...]]

SLUG = "openai/gpt"
PRICE = {SLUG: Price(prompt=0.0, completion=1e-4)}
FOLDER_ID = "00000000-0000-4000-8000-000000000000"
KEYS = {"OPENROUTER_API_KEY": "sk-or-canary"}


@dataclass
class Model:
    """A model that looks whether its attempt is on disk, and counts how many ask it at once."""

    writer: ListWriter
    doing: Callable[[ChatRequest], Reply] = lambda _request: reply()
    under_way: int = 0
    most: int = 0
    asked: list[str] = field(default_factory=list)

    def model(self, _slug: str) -> Model:
        return self

    async def reply(self, request: ChatRequest) -> Reply:
        occasion = request.occasion
        keys = {(each.trial_id, each.turn_id) for each in self.writer.entries if isinstance(each, AttemptStarted)}
        assert (occasion.trial_id, occasion.turn_id) in keys
        self.asked.append(occasion.key)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0.002)  # calls overlap only if they take time
            return self.doing(request)
        finally:
            self.under_way -= 1


@dataclass
class Near:
    """The way to a worker in this process, which can be lost."""

    worker: Worker
    told: list[Told] = field(default_factory=list)
    is_lost: bool = False
    is_ended: bool = False

    async def exchange(self, told: Told, items: list[Work]) -> Batch:
        self.told.append(told)
        batch = await self.worker.exchange(told, items)
        if self.is_lost:
            raise WorkerLostError("killed")
        return batch

    async def end(self) -> None:
        self.is_ended = True


class Never(Near):
    """The way to a worker that never begins."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    async def exchange(self, told: Told, items: list[Work]) -> Batch:
        assert not items
        self.told.append(told)
        return await asyncio.get_running_loop().create_future()


class Brief(Near):
    """The way to a worker that is lost once it has told of calls."""

    has_told: bool = False

    async def exchange(self, told: Told, items: list[Work]) -> Batch:
        if self.has_told:
            raise WorkerLostError("gone")
        batch = await super().exchange(told, items)
        self.has_told = any(isinstance(event.entry, AttemptStarted) for event in batch.events)
        return batch


@dataclass
class Grouping(ListWriter):
    """A writer that sees how many entries wait for the disk together."""

    waiting: int = 0
    most_waiting: int = 0

    async def journal(self, entry: Any) -> None:
        self.waiting += 1
        await asyncio.sleep(0)
        self.most_waiting = max(self.most_waiting, self.waiting)
        self.waiting -= 1
        self.entries.append(entry)


@dataclass(kw_only=True)
class House:
    """A run with workers, and all that can be seen of it."""

    writer: ListWriter = field(default_factory=ListWriter)
    model: Model = field(init=False)
    links: list[Near] = field(default_factory=list)
    keys: list[Mapping[str, str]] = field(default_factory=list)
    control: Control = field(default_factory=Control)
    progress: Progress = field(default_factory=Progress)
    cap_usd: float | None = None
    width: int = 64
    size: int = 4
    desk: Desk = field(init=False)
    cannot_hire: bool = False
    are_pending: int = 0
    """Workers for which there is no room yet."""
    is_first_brief: bool = False

    def __post_init__(self) -> None:
        self.model = Model(self.writer)
        self.desk = Desk(
            run_id="run-1",
            writer=self.writer,  # type: ignore[arg-type]
            budget=Budget(cap_usd=self.cap_usd, prices=PRICE),
            control=self.control,
        )

    async def hire(self) -> Near:
        if self.cannot_hire:
            raise WorkerLostError("no room")
        order = Order(
            run_id="run-1",
            models=self._models,
            prices=PRICE,
            headroom={},
            cap_usd=self.cap_usd,
            remote=frozenset({SLUG}),
            sources=frozenset(),
            strangers=frozenset(),
        )
        kind = Brief if self.is_first_brief and not self.links else Near
        is_pending = len(self.links) < self.are_pending
        self.links.append(Never() if is_pending else kind(Worker(order, KEYS)))
        return self.links[-1]

    def _models(self, keys: Mapping[str, str]) -> Model:
        self.keys.append(keys)
        return self.model

    async def hold(self, trials: tuple[Trial, ...], *, at_once: int = 20) -> None:
        work = difference(trials, {}, expectations=Expectations(prices=PRICE, reply_tokens={})).work
        self.progress.set_out(work)
        leases = Leases(
            width=lambda _slug: self.width, is_shared=lambda _slug: True, slugs=(SLUG,), budget=self.desk.budget
        )
        workers = Fleet(hire=self.hire, size=self.size, desk=self.desk, leases=leases, batch_seconds=0.005)
        async with workers.at_work() as fleet:
            run = Run(
                folder_id=FOLDER_ID,
                desk=self.desk,
                models=self.model,
                control=self.control,
                progress=self.progress,
                holding=fleet,
            )
            await run.hold(work, at_once=at_once)

    @property
    def turns(self) -> Counter[tuple[str, int]]:
        """How often each turn was written."""
        return Counter((row.trial_id, row.turn_id) for row in self.writer.rows)

    def noted(self) -> list[str]:
        """Return what was noted in the journal."""
        return [entry.message for entry in self.writer.entries if isinstance(entry, Noted)]


def held(house: House, trials: tuple[Trial, ...], *also: Any, at_once: int = 20) -> House:
    """Return the house after its run; what is done beside it is done by coroutines."""

    async def main() -> None:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for each in also:
                group.create_task(each)
            await house.hold(trials, at_once=at_once)

    asyncio.run(main())
    return house


async def lose_one(house: House, *, after: int) -> None:
    """Lose a worker that holds something, once so many turns are written."""
    while len(house.writer.rows) < after:  # noqa: ASYNC110 (nobody tells a test when a turn was written)
        await asyncio.sleep(0.001)
    house.links[0].is_lost = True
