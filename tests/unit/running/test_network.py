"""A network that goes and comes back: who waits, who probes, and what is taken for the network at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import virtual_time

from colloquia.running.network import FAILURES, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Network

if TYPE_CHECKING:
    from collections.abc import Coroutine


@dataclass
class World:
    """A network that is there, or is not, and what calls did on it."""

    network: Network = field(init=False)
    is_there: bool = False
    takes_seconds: float = 0.1
    left_at: list[float] = field(default_factory=list)
    """When each call left."""
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.network = Network(now=self.now)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def attempt(self, lane: str = "a") -> bool:
        """Make one attempt, and tell the network what became of it."""
        async with self.network.passage():
            self.left_at.append(self.now())
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            await asyncio.sleep(self.takes_seconds)
            self.at_once -= 1
            if self.is_there:
                self.network.reached(lane)
            else:
                self.network.unreachable(lane)
            return self.is_there

    async def call(self, lane: str = "a") -> float:
        """Attempt until something is reached, and return when."""
        while not await self.attempt(lane):
            pass
        return self.now()

    def lose(self) -> None:
        """Let the network be found gone, by failures of the only lane."""
        for _ in range(FAILURES):
            self.network.unreachable("a")
        assert self.network.is_offline
        self.left_at.clear()


def played(play: Coroutine[Any, Any, Any]) -> Any:
    """Return what happens on a virtual clock."""
    return virtual_time.run(play)


def test_a_network_that_answers_lets_everybody_through_at_once() -> None:
    """Nobody waits for anybody while all is well."""

    async def play() -> tuple[int, float]:
        world = World(is_there=True)
        await asyncio.gather(*(world.attempt() for _ in range(50)))
        return world.most_at_once, world.now()

    assert played(play()) == (50, pytest.approx(0.1))


@pytest.mark.parametrize("failures", range(FAILURES))
def test_a_few_failures_are_no_outage(failures: int) -> None:
    """Any server refuses a connection now and then."""

    async def play() -> bool:
        network = World().network
        for _ in range(failures):
            network.unreachable("a")
            await asyncio.sleep(10)
        return network.is_offline

    assert not played(play())


def test_failures_of_all_lanes_are_an_outage_at_once() -> None:
    """Where every model that was asked cannot be reached, nobody waits for proof."""

    async def play() -> list[bool]:
        network = World().network
        network.reached("a")
        network.reached("b")
        found = []
        for lane in ("a", "a", "a", "a", "a", "b"):
            network.unreachable(lane)
            found.append(network.is_offline)
        return found

    assert played(play()) == [False] * 5 + [True]


def test_failures_of_one_lane_among_many_must_last() -> None:
    """Two seconds without any answer at all are the network; a burst is one server."""

    async def play(pause: float) -> bool:
        network = World().network
        network.reached("b")
        for _ in range(FAILURES):
            network.unreachable("a")
            await asyncio.sleep(pause)
        return network.is_offline

    assert not played(play(0.4))
    assert played(play(0.5))


def test_an_answer_in_between_is_a_network() -> None:
    """Whatever it says: a refusal arrived over it."""

    async def play() -> bool:
        network = World().network
        for _ in range(3):
            for _ in range(FAILURES - 1):
                network.unreachable("a")
                await asyncio.sleep(1)
            network.reached("b")
        return network.is_offline

    assert not played(play())


def test_while_the_network_is_gone_one_call_at_a_time_tries_it() -> None:
    """A hundred calls do not knock together."""

    async def play() -> World:
        world = World()
        world.lose()
        calls = [asyncio.create_task(world.call()) for _ in range(100)]
        await asyncio.sleep(300)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        return world

    world = played(play())

    assert world.most_at_once == 1
    assert len(world.left_at) < 20


def test_the_pauses_between_tries_double_up_to_half_a_minute() -> None:
    """Quick at first, patient later; the next try is at most 30 s away, however long the outage."""

    async def play() -> list[float]:
        world = World(takes_seconds=0)
        world.lose()
        calls = [asyncio.create_task(world.call()) for _ in range(3)]
        await asyncio.sleep(200)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        return world.left_at

    left = played(play())

    pauses = [later - earlier for earlier, later in zip([0.0, *left], left, strict=False)]
    assert pauses == pytest.approx([FIRST_PAUSE_SECONDS, 2, 4, 8, 16, *[LONGEST_PAUSE_SECONDS] * 5])


def test_everybody_goes_on_as_soon_as_one_call_gets_through() -> None:
    """The probe's answer sets the others free; none of them has failed."""

    async def play() -> tuple[list[float], list[float]]:
        world = World()
        world.lose()
        asyncio.get_running_loop().call_later(100, setattr, world, "is_there", True)
        done = await asyncio.gather(*(world.call() for _ in range(30)))
        return done, world.left_at

    done, left = played(play())

    assert max(done) - min(done) <= 0.1 + 1e-6
    assert max(done) <= 100 + LONGEST_PAUSE_SECONDS + 0.2
    failed = len(left) - len(done)
    assert failed < 10


def test_an_answer_to_a_call_that_was_under_way_ends_the_outage() -> None:
    """Also while the probe still waits for its time: it leaves with the others."""

    async def play() -> tuple[list[float], bool]:
        world = World()
        world.lose()
        for _ in range(6):
            await world.attempt()
        world.left_at.clear()
        began = world.now()
        world.is_there = True
        asyncio.get_running_loop().call_later(5, world.network.reached, "b")
        await asyncio.gather(*(world.call() for _ in range(3)))
        return [at - began for at in world.left_at], world.network.is_offline

    left, is_offline = played(play())

    assert left == pytest.approx([5, 5, 5])
    assert not is_offline


def test_a_probe_that_is_cancelled_gives_its_place_to_the_next() -> None:
    """While it waits for its time, and while it is out."""

    async def play(after: float) -> float:
        world = World(takes_seconds=1)
        world.lose()
        first = asyncio.create_task(world.call())
        await asyncio.sleep(0)
        second = asyncio.create_task(world.call())
        await asyncio.sleep(after)
        world.is_there = True
        first.cancel()
        await asyncio.wait([first])
        return await second

    assert played(play(0.5)) == pytest.approx(FIRST_PAUSE_SECONDS + 1)
    assert played(play(1.5)) == pytest.approx(1.5 + 2 * FIRST_PAUSE_SECONDS + 1)


def test_a_probe_that_brings_no_news_gives_its_place_to_the_next() -> None:
    """A call that was called off before it left tells nothing about the network."""

    async def play() -> tuple[bool, float]:
        world = World(takes_seconds=0)
        world.lose()
        async with world.network.passage():
            pass
        is_offline = world.network.is_offline
        world.is_there = True
        return is_offline, await world.call()

    assert played(play()) == (True, pytest.approx(FIRST_PAUSE_SECONDS * 3))


def test_a_second_outage_begins_anew() -> None:
    """With short pauses, and only after as many failures as the first."""

    async def play() -> tuple[bool, list[float]]:
        world = World(takes_seconds=0)
        world.lose()
        for _ in range(6):
            await world.attempt()
        world.is_there = True
        await world.call()
        world.is_there = False
        for _ in range(FAILURES - 1):
            await world.attempt()
        is_early = world.network.is_offline
        world.lose()
        began = world.now()
        await world.attempt()
        return is_early, [at - began for at in world.left_at]

    assert played(play()) == (False, [pytest.approx(FIRST_PAUSE_SECONDS)])


def test_what_everybody_waits_for_is_said_in_words() -> None:
    """Since when, until when, how many; nothing while all is well."""

    async def play() -> tuple[str | None, ...]:
        world = World(takes_seconds=5)
        before = world.network.explanation()
        world.lose()
        calls = [asyncio.create_task(world.call()) for _ in range(4)]
        await asyncio.sleep(0.5)
        waiting = world.network.explanation()
        await asyncio.sleep(2)
        trying = world.network.explanation()
        world.is_there = True
        await asyncio.gather(*calls)
        return before, waiting, trying, world.network.explanation()

    before, waiting, trying, after = played(play())

    assert before is None
    assert waiting == "the network has been out of reach for 0 s; the next try is in 0 s; 4 calls wait"
    assert trying == "the network has been out of reach for 2 s; a call is trying it; 3 calls wait"
    assert after is None
