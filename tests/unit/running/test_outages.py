"""Hours on a virtual clock: a lost network, a pause and a stop while a full queue waits."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import virtual_time
from fakes import ListWriter, failure, reply

from colloquia.design.forecast import Expectations
from colloquia.errors import CallError, Fault
from colloquia.running.budget import Budget
from colloquia.running.call import Desk
from colloquia.running.control import Control
from colloquia.running.network import Network
from colloquia.running.progress import Progress
from colloquia.running.run import Run
from colloquia.running.work import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.design.trials import Trial

REPLY_SECONDS = 3.0
WIDTH = 4
TURNS = 200
HOUR = (10.0, 3610.0)
NEVER = (0.0, 0.0)


@dataclass(kw_only=True)
class World:
    """Servers behind a network that is gone for a while."""

    gone: tuple[float, float]
    asked: int = 0

    async def reply(self, request: Any) -> Any:
        self.asked += 1
        if self.gone[0] <= asyncio.get_running_loop().time() < self.gone[1]:
            await asyncio.sleep(0.1)
            raise CallError(failure(Fault.TRANSIENT, stage="connect", was_sent=False, status=None))
        await asyncio.sleep(REPLY_SECONDS)
        return reply()

    def model(self, slug: str) -> Any:
        return self


def held(
    world: World, trials: Sequence[Trial], acts: Sequence[tuple[float, Callable[[Run], object]]] = ()
) -> tuple[Run, ListWriter, float]:
    """Return a run after it held all trials, with its writer and the seconds it took; acts happen at their times."""

    async def hold() -> tuple[Run, ListWriter, float]:
        loop, writer, control = asyncio.get_running_loop(), ListWriter(), Control()
        desk = Desk(
            run_id="run-1",
            writer=writer,  # type: ignore[arg-type]
            budget=Budget(cap_usd=None),
            now=loop.time,
            utc=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            chance=random.Random(1),
            control=control,
            network=Network(now=loop.time),
            lane_width=lambda slug: WIDTH,
        )
        run = Run(
            folder_id="00000000-0000-4000-8000-000000000000",
            desk=desk,
            models=world,
            control=control,
            progress=Progress(),
        )
        work = difference(trials, {}, expectations=Expectations(prices={}, reply_tokens={})).work
        run.progress.set_out(work)
        for at, act in acts:
            loop.call_later(at, act, run)
        await run.hold(work, at_once=200)
        return run, writer, loop.time()

    return virtual_time.run(hold())


@pytest.fixture
def talks(plan: Callable[..., tuple[Trial, ...]]) -> tuple[Trial, ...]:
    """Return twenty conversations of ten turns."""
    return plan(num_turns=10, iterations=20)


def test_an_hour_without_a_network_fails_no_conversation(talks: tuple[Trial, ...]) -> None:
    """Nobody spends a try or a patience on it, few calls probe, and the rest is done soon after."""
    world = World(gone=HOUR)

    run, _, took = held(world, talks)

    assert run.progress.failures == {}
    assert run.progress.finished == 20
    assert world.asked < TURNS + 150
    assert took < HOUR[1] + 30 + TURNS / WIDTH * REPLY_SECONDS + 10


def test_a_stop_during_an_outage_is_obeyed_at_once(talks: tuple[Trial, ...]) -> None:
    """Whoever waits for the network is called off, and no conversation counts as failed."""
    run, _, took = held(World(gone=HOUR), talks, [(500.0, lambda run: run.control.stop("SIGINT"))])

    assert run.progress.failures == {}
    assert took <= 500.2


def test_a_pause_holds_every_call_that_waits_for_its_place(talks: tuple[Trial, ...]) -> None:
    """Turns in flight are finished; hours later the run goes on and ends whole."""
    world, seen = World(gone=NEVER), []

    run, _, _ = held(
        world,
        talks,
        [
            (4.0, lambda run: run.control.pause()),
            (7.5, lambda run: seen.append(world.asked)),
            (5000.0, lambda run: seen.append(world.asked)),
            (5000.0, lambda run: run.control.resume()),
        ],
    )

    assert seen == [8, 8]
    assert run.progress.finished == 20
    assert world.asked == TURNS


def test_a_stop_lets_nobody_leave_who_waited_for_a_place(talks: tuple[Trial, ...]) -> None:
    """What was under way is recorded, and that is all."""
    world = World(gone=NEVER)

    _, writer, took = held(world, talks, [(4.0, lambda run: run.control.stop("SIGINT"))])

    assert took == pytest.approx(6)
    assert world.asked == 8 == len(writer.rows)
