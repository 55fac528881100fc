"""What a worker is lent, and how it tells what it has."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import virtual_time
from fakes import reply

from colloquia.design.forecast import Forecast, Price
from colloquia.logbook.entries import AttemptStarted
from colloquia.running.executors.messages import Told
from colloquia.running.executors.worker import FULL, LeasedBudget, Order, Worker
from colloquia.running.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.design.trials import Trial
    from colloquia.running.executors.messages import Batch

    Plan = Callable[..., tuple[Trial, ...]]

SLUG = "openai/gpt"


class Model:
    """A model that answers at once."""

    def __init__(self) -> None:
        self.asked = 0

    def model(self, _slug: str) -> Model:
        return self

    async def reply(self, request: ChatRequest) -> Reply:
        self.asked += 1
        return reply()


def worker(model: Model, *, cap_usd: float | None = None) -> Worker:
    """Return a worker of a run."""

    def models(_keys: Mapping[str, str]) -> Model:
        return model

    order = Order(
        run_id="run-1",
        models=models,
        prices={SLUG: Price(prompt=0.0, completion=1e-3)},
        headroom={},
        cap_usd=cap_usd,
        remote=frozenset(),
        sources=frozenset(),
        strangers=frozenset(),
    )
    return Worker(order, {})


def told(*written: int, places: int = 10, **known: object) -> Told:
    """Return what a worker is told."""
    return Told(**{"written": list(written), "places": {SLUG: places}, "waits": {}, "seconds": 0.02, **known})  # type: ignore[arg-type]


def items(plan: Plan, number: int) -> list[Work]:
    """Return so many conversations that have not begun."""
    return [Work(trial=trial, said=(), forecast=Forecast()) for trial in plan(iterations=number)]


def numbers(batch: Batch) -> list[int]:
    """Return the numbers of a batch's events."""
    return [event.number for event in batch.events]


def test_no_call_leaves_before_its_attempt_is_on_disk_and_a_turn_is_told_with_the_attempt_that_follows(
    plan: Plan,
) -> None:
    """However often the worker is asked meanwhile; so each turn waits for one acknowledgement."""

    async def main() -> list[int]:
        model = Model()
        there = worker(model)
        first = await there.exchange(told(), items(plan, 2))
        asked = [model.asked]
        assert all(isinstance(event.entry, AttemptStarted) for event in first.events)
        await there.exchange(told(), [])
        asked.append(model.asked)
        second = await there.exchange(told(*numbers(first)), [])
        asked.append(model.asked)
        assert [event.turn.turn_id for event in second.events if event.turn] == [1, 1]
        assert [event.entry.turn_id for event in second.events if isinstance(event.entry, AttemptStarted)] == [2, 2]
        await there.exchange(told(), [])
        return [*asked, model.asked]

    assert asyncio.run(main()) == [0, 0, 2, 2]


def test_many_events_are_told_at_once(plan: Plan) -> None:
    """As soon as a batch is full, for however long the worker was to gather."""

    async def main() -> tuple[int, float]:
        there = worker(Model())
        batch = await there.exchange(told(places=2000, seconds=3600), items(plan, 200))
        return len(batch.events), asyncio.get_running_loop().time()

    events, seconds = virtual_time.run(main())
    assert events >= FULL
    assert seconds == 0


@pytest.mark.parametrize("number", [0, 3])
def test_few_are_gathered_for_as_long_as_the_worker_was_told(plan: Plan, number: int) -> None:
    """No longer where there is nothing, no shorter where there is something."""

    async def main() -> tuple[int, float]:
        there = worker(Model())
        batch = await there.exchange(told(seconds=0.08), items(plan, number) if number else [])
        return len(batch.events), asyncio.get_running_loop().time()

    assert virtual_time.run(main()) == (number, pytest.approx(0.08))


def test_without_places_nothing_is_begun(plan: Plan) -> None:
    """Until some are lent; how many calls are under way is told."""

    async def main() -> tuple[int, int, dict[str, int]]:
        there = worker(Model())
        none = await there.exchange(told(places=0), items(plan, 5))
        some = await there.exchange(told(places=3), [])
        return len(none.events), len(some.events), some.in_flight

    assert asyncio.run(main()) == (0, 3, {SLUG: 3})


def test_a_worker_says_what_it_lacks_and_gives_back_what_it_does_not_need(plan: Plan) -> None:
    """A call that does not fit waits; what is free is returned when it is called back."""

    async def main() -> list[float]:
        there = worker(Model(), cap_usd=100.0)
        short = await there.exchange(told(), items(plan, 1))
        begun = await there.exchange(told(lease_usd=2.0), [])
        back = await there.exchange(told(is_recalled=True), [])
        return [short.short_usd, begun.short_usd, begun.reserved_usd, back.returned_usd]

    assert asyncio.run(main()) == pytest.approx([1.024, 0.0, 1.024, 0.976])


def test_a_worker_that_is_denied_ends_its_conversation(plan: Plan) -> None:
    """With the same words as a run at its cap."""

    async def main() -> str:
        there = worker(Model(), cap_usd=1.0)
        await there.exchange(told(), items(plan, 1))
        batch = await there.exchange(told(is_denied=True), [])
        (event,) = batch.events
        assert event.end is not None
        assert event.end.failure is not None
        return event.end.failure.message

    assert "What is left of the $1.0 in max_cost does not carry another call" in asyncio.run(main())


def test_a_wait_that_a_server_asks_another_worker_for_holds_here_too(plan: Plan) -> None:
    """No call leaves meanwhile, and it is told on."""

    async def main() -> tuple[int, float]:
        there = worker(Model())
        batch = await there.exchange(told(waits={SLUG: 30.0}), items(plan, 2))
        return sum(isinstance(event.entry, AttemptStarted) for event in batch.events), batch.waits[SLUG]

    events, seconds = asyncio.run(main())
    assert events == 0
    assert 25 < seconds <= 30


def test_a_lease_carries_what_is_free_and_no_more() -> None:
    """Spent and reserved dollars are not lent twice."""
    budget = LeasedBudget(cap_usd=10.0)
    budget.lend(3.0, is_denied=False)

    assert asyncio.run(budget.reserve("one", 2.0))
    assert (budget.free_usd, budget.is_spent, budget.short_usd) == (1.0, False, 0.0)
    assert budget.give_back() == 1.0
    assert (budget.free_usd, budget.lease_usd) == (0.0, 2.0)
