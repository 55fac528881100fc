"""Conversations held by workers: every turn once, limit and cap kept, whoever is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from fakes import ListWriter, failure, reply

from colloquia.design.forecast import Expectations, Price
from colloquia.errors import CallError, Fault, StorageError
from colloquia.logbook.entries import AttemptEnded, AttemptStarted, Noted, TrialFailed
from colloquia.running.budget import Budget
from colloquia.running.call import Desk
from colloquia.running.control import Control
from colloquia.running.executors.fleet import (
    LONGEST_BATCH_SECONDS,
    MOST_LOSSES,
    Fleet,
    WorkerLostError,
    until_all_tell,
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


def test_workers_hold_every_conversation_to_its_length(plan: Plan) -> None:
    """Each turn once and in order, each attempt on disk before its call; the key goes to each worker once."""
    house = held(House(), plan(num_turns=4, iterations=12))

    assert set(house.turns.values()) == {1}
    assert len(house.turns) == 48
    assert house.progress.finished == 12
    assert house.keys == [KEYS] * 4
    assert all(link.is_ended for link in house.links)
    assert all("canary" not in str(told) for link in house.links for told in link.told)
    by_trial: dict[str, list[int]] = {}
    for row in house.writer.rows:
        by_trial.setdefault(row.trial_id, []).append(row.turn_id)
    assert list(by_trial.values()) == [[1, 2, 3, 4]] * 12


def test_the_account_is_that_of_a_run_without_workers(plan: Plan) -> None:
    """Every attempt that began has an end, and what they cost is what was spent."""
    house = held(House(), plan(num_turns=3, iterations=5))

    starts = [entry for entry in house.writer.entries if isinstance(entry, AttemptStarted)]
    ends = [entry for entry in house.writer.entries if isinstance(entry, AttemptEnded)]
    assert len(starts) == len(ends) == 15
    assert (
        house.desk.budget.spent_usd
        == pytest.approx(sum(entry.booked_usd or 0 for entry in ends))
        == pytest.approx(0.015)
    )


@pytest.mark.parametrize("after", [1, 10, 30])
def test_what_a_lost_worker_held_goes_on_from_what_is_on_disk(plan: Plan, after: int) -> None:
    """Every planned turn exactly once; another worker takes its place, and lost calls cost what was reserved."""
    house = House()
    held(house, plan(num_turns=6, iterations=16), lose_one(house, after=after))

    assert set(house.turns.values()) == {1}
    assert len(house.turns) == 96
    assert len(house.links) == 5
    assert any("a worker was lost (killed)" in message for message in house.noted())
    lost = [entry for entry in house.writer.entries if isinstance(entry, AttemptEnded) and entry.stage == "worker"]
    known = [entry.booked_usd or 0.0 for entry in house.writer.entries if isinstance(entry, AttemptEnded)]
    assert all(entry.booked_usd == pytest.approx(0.1024) for entry in lost)
    assert house.desk.budget.spent_usd == pytest.approx(sum(known))


@pytest.mark.parametrize("width", [1, 3, 7])
def test_workers_together_keep_to_one_lane(plan: Plan, width: int) -> None:
    """Also with fewer places than workers, and when one is lost and another comes."""
    house = House(width=width)
    held(house, plan(num_turns=4, iterations=10), lose_one(house, after=5))

    assert house.model.most <= width
    assert len(house.turns) == 40
    assert set(house.turns.values()) == {1}


@pytest.mark.parametrize("cap_usd", [0.05, 0.07, 0.1])
def test_workers_together_keep_to_one_cap(plan: Plan, cap_usd: float) -> None:
    """What does not fit is not asked, and nearly all that fits is."""
    house = House(cap_usd=cap_usd)
    held(house, plan(num_turns=4, iterations=30, sampling={"max_tokens": 100}))

    assert house.control.reason == "budget"
    assert cap_usd / 5 < house.desk.budget.spent_usd <= cap_usd
    assert len(house.turns) == round(house.desk.budget.spent_usd / 0.001) < 120
    assert set(house.turns.values()) == {1}


def test_a_cap_that_carries_all_stops_nothing(plan: Plan) -> None:
    """However the dollars lie with the workers meanwhile."""
    house = House(cap_usd=1.0)
    held(house, plan(num_turns=2, iterations=10, sampling={"max_tokens": 100}))

    assert (house.control.reason, len(house.turns)) == (None, 20)


def test_a_stop_reaches_the_workers(plan: Plan) -> None:
    """Calls under way are finished and kept, no other is made."""
    house = House()

    async def stop() -> None:
        while len(house.writer.rows) < 5:  # noqa: ASYNC110 (nobody tells a test when a turn was written)
            await asyncio.sleep(0.001)
        house.control.stop("stopped", "enough")

    held(house, plan(num_turns=50, iterations=8), stop())

    assert len(house.turns) == len(house.model.asked) < 400
    assert house.progress.finished == 0
    assert not house.progress.failures


def test_a_pause_reaches_the_workers_and_is_taken_back(plan: Plan) -> None:
    """No new turn meanwhile; then all of them."""
    house = House()
    seen: list[int] = []

    async def pause() -> None:
        while len(house.writer.rows) < 5:  # noqa: ASYNC110 (nobody tells a test when a turn was written)
            await asyncio.sleep(0.001)
        house.control.pause()
        await asyncio.sleep(0.4)
        seen.append(len(house.model.asked))
        await asyncio.sleep(0.2)
        seen.append(len(house.model.asked))
        house.control.resume()

    held(house, plan(num_turns=12, iterations=8), pause())

    assert seen[0] == seen[1] < 96
    assert len(house.turns) == 96


def test_failures_of_a_worker_are_those_of_the_run(plan: Plan) -> None:
    """A call that fails for good ends its conversation only; so does code that breaks."""
    house = House()
    trials = plan(num_turns=2, iterations=3)
    fails, breaks = trials[0].trial_id, trials[1].trial_id

    def doing(request: ChatRequest) -> Reply:
        if request.occasion.trial_id == fails:
            raise CallError(failure(Fault.STOP_TRIAL))
        if request.occasion.trial_id == breaks:
            raise KeyError("gone")
        return reply()

    house.model.doing = doing
    held(house, trials)

    found = {entry.trial_id: entry.message for entry in house.writer.entries if isinstance(entry, TrialFailed)}
    assert set(found) == {fails, breaks}
    assert "KeyError" in found[breaks]
    assert len(house.turns) == 2


def test_where_no_worker_can_be_had_the_run_stops(plan: Plan) -> None:
    """And says why."""
    house = held(House(cannot_hire=True), plan(iterations=3))

    assert house.control.reason == "refused"
    assert f"{MOST_LOSSES} were lost at each place. no room" in house.control.message


def test_a_disk_that_fails_ends_the_run(plan: Plan) -> None:
    """As it does without workers."""
    house = House()

    async def full(*_: object) -> None:
        raise StorageError("the disk is full")

    house.writer.turn = full  # type: ignore[method-assign]

    with pytest.raises(ExceptionGroup) as raised:
        held(house, plan(iterations=3))

    assert raised.group_contains(StorageError)


def test_a_person_is_asked_where_the_run_is(plan: Plan) -> None:
    """No worker sees the inbox."""
    house = House()
    trials = plan(models={"gpt": SLUG, "ann": "human:ann"}, pairing=[["ann", "gpt"]])
    held(house, trials)

    assert len(house.turns) == 2
    assert all(not link.told or not any(told.written for told in link.told) for link in house.links)


def test_nothing_is_given_to_a_worker_that_is_not_there_yet(plan: Plan) -> None:
    """Where a cluster has no room for all, those that are there do all the work."""
    house = held(House(are_pending=3), plan(num_turns=2, iterations=6))

    assert len(house.turns) == 12
    assert [len(link.told) for link in house.links[:3]] == [1, 1, 1]
    assert all(link.is_ended for link in house.links)


def test_a_refused_call_makes_no_cost_unknown(plan: Plan) -> None:
    """It was surely not billed; a call of a lost worker may have been."""
    house = House()
    house.model.doing = lambda _request: (_ for _ in ()).throw(CallError(failure(Fault.STOP_TRIAL, status=400)))
    held(house, plan(iterations=2))

    assert not house.desk.budget.has_unknown_cost
    assert house.desk.budget.spent_usd == 0


@pytest.mark.parametrize("step", [0.02, 0.08, 0.1, 2.0])
def test_all_workers_tell_at_the_same_moments(step: float) -> None:
    """Whenever each was last told something: so what they tell is written together. None gathers for too long."""
    waits = {now: until_all_tell(now, step) for now in (70.001, 70.007, 70.013, 70.019)}

    (moment,) = {round(now + seconds, 9) for now, seconds in waits.items()}
    assert moment == round(70 + min(step, LONGEST_BATCH_SECONDS), 9)


@pytest.mark.parametrize("size", [1, 4, 40])
def test_more_workers_are_asked_less_often(plan: Plan, size: int) -> None:
    """So that all together are asked hardly oftener than one; at first each answers as soon as it is there."""
    house = held(House(size=size), plan(num_turns=2, iterations=8))
    told = [[each.seconds for each in link.told] for link in house.links]

    assert [seconds[0] for seconds in told] == [0] * size
    assert all(0 < each <= min(0.005 * size, LONGEST_BATCH_SECONDS) for seconds in told for each in seconds[1:])
    assert len(house.turns) == 16


def test_the_ends_of_lost_calls_wait_for_the_disk_together(plan: Plan) -> None:
    """And not one after the other: nothing of what the worker held goes on before."""
    writer = Grouping()
    house = held(House(writer=writer, size=1, is_first_brief=True), plan(num_turns=2, iterations=3))

    lost = [entry for entry in writer.entries if isinstance(entry, AttemptEnded) and entry.stage == "worker"]
    assert len(lost) > 1
    assert writer.most_waiting == len(lost) + 1  # and what is noted of the loss
    assert house.desk.budget.spent_usd == pytest.approx(len(lost) * 0.1024 + 6 * 0.001)
    assert len(house.turns) == 6
