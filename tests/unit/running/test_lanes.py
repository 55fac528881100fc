"""Lanes: how wide, how fast, how long closed, who first; and what they say of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import virtual_time
from fakes import Clock, place

from colloquia.running.lanes import FIRST_WIDTH, REST_SECONDS, STUMBLES, Lane, in_words
from colloquia.running.pace import Departure

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(kw_only=True)
class Served:
    """Calls through a lane to a server that takes a fixed time, and refuses what is too many for it at once."""

    lane: Lane
    seconds: float = 1.0
    carries: float = float("inf")
    under_way: int = 0
    refused: int = 0
    left_at: list[float] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)

    async def call(self) -> None:
        """Make one call, and tell the lane what became of it."""
        async with place(self.lane) as left:
            self.left_at.append(asyncio.get_running_loop().time())
            self.widths.append(left.in_flight)
            if self.under_way >= self.carries:
                self.refused += 1
                await asyncio.sleep(0.1)
                self.lane.refused(left)
                return
            self.under_way += 1
            await asyncio.sleep(self.seconds)
            self.under_way -= 1
            self.lane.succeeded(left)


def served(
    calls: int, *, widest: int = 64, before: Callable[[Lane], object] = lambda _: None, **known: float
) -> Served:
    """Return what became of so many calls that all want to leave at once."""

    async def crowd() -> Served:
        lane = Lane(widest, now=asyncio.get_running_loop().time)
        before(lane)
        found = Served(lane=lane, **known)  # type: ignore[arg-type]
        await asyncio.gather(*(found.call() for _ in range(calls)))
        return found

    return virtual_time.run(crowd())


def lane_at(clock: Clock, widest: int = 64) -> Lane:
    """Return a lane on a clock that only moves when told."""
    return Lane(widest, now=clock.now, sleep=clock.sleep)


async def went(lane: Lane, clock: Clock, seconds: float = 1.0, *, times: int = 1) -> None:
    """Let calls come back well, one after another."""
    for _ in range(times):
        async with place(lane) as left:
            clock.seconds += seconds
            lane.succeeded(left)


def test_a_lane_begins_with_few_calls_and_doubles_with_each_round() -> None:
    """Four, eight, sixteen ... as long as all goes well."""
    found = served(200)

    in_second = [sum(second <= at < second + 1 for at in found.left_at) for second in range(4)]
    assert in_second == [FIRST_WIDTH, 2 * FIRST_WIDTH, 4 * FIRST_WIDTH, 8 * FIRST_WIDTH]


def test_a_lane_is_never_wider_than_it_may_be() -> None:
    """However well all goes."""
    assert max(served(200, widest=7).widths) == 7


def test_a_lane_that_may_be_wide_begins_wider() -> None:
    """Thousands at once are reached within a few rounds, as dozens are."""
    assert [lane_at(Clock(), widest).width for widest in (64, 128, 2000)] == [4, 8, 125]


def test_slow_replies_to_calls_that_left_before_a_cut_narrow_no_further() -> None:
    """A hundred calls that were all held up by the same thing are one sign and not five."""
    clock = Clock()
    lane = lane_at(clock, 1600)
    first = [Departure(at=clock.seconds, number=number, in_flight=100) for number in range(300)]
    for left in first[:20]:
        lane.succeeded(left, 1.0)
    clock.seconds += 1
    for left in first[20:40]:
        lane.succeeded(left, 4.0)
    cut = lane.width

    for left in first[40:]:
        lane.succeeded(left, 8.0)

    assert cut == 50
    assert lane.width == cut


def test_a_lane_of_two_begins_with_two() -> None:
    """An embedded model has no use for more."""
    assert lane_at(Clock(), 2).width == 2


def test_a_lane_that_is_not_fully_used_does_not_grow() -> None:
    """One call at a time tells nothing about two."""
    clock = Clock()
    lane = lane_at(clock)

    asyncio.run(went(lane, clock, times=50))

    assert lane.width == FIRST_WIDTH


def test_who_comes_first_leaves_first() -> None:
    """Calls wait in one line."""
    left: list[int] = []

    async def call(lane: Lane, number: int) -> None:
        async with place(lane):
            left.append(number)
            await asyncio.sleep(1)

    async def crowd() -> None:
        lane = Lane(3, now=asyncio.get_running_loop().time)
        await asyncio.gather(*(call(lane, number) for number in range(20)))

    virtual_time.run(crowd())

    assert left == list(range(20))


def test_a_server_that_carries_ten_calls_at_once_is_soon_asked_for_no_more() -> None:
    """Of two thousand calls few are refused, and the lane comes to rest near what is carried."""
    found = served(2000, carries=10)

    assert found.refused < 0.02 * 2000
    assert 8 <= max(found.widths[-200:]) <= 11


def test_refusals_of_calls_that_left_before_the_cut_are_one_episode() -> None:
    """Two hundred calls are refused at once, and the pace is cut once."""
    clock = Clock()
    lane = lane_at(clock)

    async def crowd() -> list[float | None]:
        departures = []
        for _ in range(200):
            async with place(lane) as left:
                departures.append(left)
            clock.seconds += 0.01
        paces = []
        for left in departures:
            lane.refused(left)
            paces.append(lane.pace.per_second)
        return paces

    paces = asyncio.run(crowd())

    assert len(set(paces)) == 1


def test_after_a_hint_calls_leave_at_the_pace_and_not_as_a_burst() -> None:
    """Nobody leaves before the time, and then one after another."""

    async def crowd() -> list[float]:
        loop = asyncio.get_running_loop()
        lane, left_at = Lane(64, now=loop.time), []

        async def call() -> None:
            async with place(lane) as left:
                left_at.append(left.at)
                await asyncio.sleep(0.5)

        async with place(lane) as left:
            await asyncio.sleep(1)
        lane.refused(left, 30.0)
        await asyncio.gather(*(call() for _ in range(5)))
        return left_at

    left_at = virtual_time.run(crowd())

    assert left_at[0] >= 31.0
    gaps = [later - earlier for earlier, later in pairwise(left_at)]
    assert min(gaps) > 0.5


def test_a_shorter_hint_changes_nothing() -> None:
    """What a server asks to wait is never shortened."""
    clock = Clock()
    lane = lane_at(clock)

    lane.close_for(60)
    lane.close_for(5)

    assert lane.waits_seconds() == 60


def test_a_failure_that_is_no_refusal_pauses_growth_and_cuts_nothing() -> None:
    """Within ten seconds after it nothing grows; afterwards in small steps."""
    found = served(60, before=lambda lane: lane.stumbled())

    early = [width for at, width in zip(found.left_at, found.widths, strict=True) if at < REST_SECONDS]
    assert max(early) == FIRST_WIDTH
    assert FIRST_WIDTH < max(found.widths) < 2 * FIRST_WIDTH


def test_many_failures_in_a_row_halve_the_lane() -> None:
    """A success in between begins the count anew."""
    clock = Clock()
    lane = lane_at(clock)

    for _ in range(STUMBLES - 1):
        lane.stumbled()
    asyncio.run(went(lane, clock))
    for _ in range(STUMBLES - 1):
        lane.stumbled()
    before = lane.width
    lane.stumbled()

    assert (before, lane.width) == (FIRST_WIDTH, FIRST_WIDTH // 2)


def test_a_server_that_gets_slower_the_more_it_is_asked_is_not_asked_for_ever_more() -> None:
    """A queue behind eight places: the lane stops growing long before its bound, and nothing is refused."""

    async def crowd() -> Lane:
        lane = Lane(64, now=asyncio.get_running_loop().time)
        places = asyncio.Semaphore(8)

        async def call() -> None:
            async with place(lane) as left:
                async with places:
                    await asyncio.sleep(1)
                lane.succeeded(left, (asyncio.get_running_loop().time() - left.at) / 100)

        await asyncio.gather(*(call() for _ in range(2000)))
        return lane

    lane = virtual_time.run(crowd())

    assert 8 <= lane.width <= 40


def test_a_cancelled_call_gives_its_place_in_the_line_back() -> None:
    """Those behind it go on."""

    async def crowd() -> int:
        lane = Lane(1, now=asyncio.get_running_loop().time)

        async def call() -> None:
            async with place(lane):
                await asyncio.sleep(1)

        tasks = [asyncio.create_task(call()) for _ in range(4)]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert (lane.in_flight, lane.waiting) == (0, 0)
        return sum(result is None for result in done)

    assert virtual_time.run(crowd()) == 3


def test_calls_that_were_held_up_with_their_places_do_not_leave_all_at_once() -> None:
    """Whoever comes out of an outage together leaves at the lane's pace."""

    async def crowd() -> list[float]:
        loop = asyncio.get_running_loop()
        lane = Lane(8, now=loop.time)
        async with place(lane) as left:
            await asyncio.sleep(0.1)
        lane.refused(left)
        return [departure.at for departure in await asyncio.gather(*(lane.depart_again() for _ in range(4)))]

    left_at = sorted(virtual_time.run(crowd()))

    assert all(later - earlier > 0.5 for earlier, later in pairwise(left_at))


def test_a_lane_says_in_words_what_its_calls_wait_for() -> None:
    """Nothing while all is well; the server's wish; the pace once it is known."""
    clock = Clock()
    lane = lane_at(clock)
    at_first = lane.explanation()

    async def refuse() -> None:
        async with place(lane) as left:
            lane.refused(left, 12.0)

    asyncio.run(refuse())
    closed = lane.explanation()
    clock.seconds += 12
    nobody_waits = lane.explanation()
    lane.waiting = 1

    assert at_first is None
    assert closed == "its server asks to wait 12 s"
    assert nobody_waits is None
    assert lane.explanation() == "0 of at most 1 calls at once, one every 1.0 s, since its server refused more"


def test_the_history_tells_of_a_cut_a_closing_and_the_opening() -> None:
    """Ten seconds apart at least; of what came in between the last."""
    clock = Clock()
    lane = lane_at(clock)

    async def refuse() -> None:
        async with place(lane) as left:
            lane.refused(left)

    asyncio.run(refuse())
    told = [change.kind for change in lane.take_changes()]
    lane.close_for(15)
    told += [change.kind for change in lane.take_changes()]
    clock.seconds += 11
    told += [change.kind for change in lane.take_changes()]
    clock.seconds += 11
    told += [change.kind for change in lane.take_changes()]

    assert told == ["refused", "closed", "opened"]


def test_a_lane_that_changes_all_the_time_tells_at_most_every_ten_seconds() -> None:
    """A thousand refusals in a hundred seconds are ten records or so."""
    clock = Clock()
    lane = lane_at(clock)
    told = 0

    async def refuse() -> None:
        async with place(lane) as left:
            lane.refused(left)

    for _ in range(100):
        asyncio.run(refuse())
        told += len(lane.take_changes())

    assert told <= clock.seconds / 10 + 1


@pytest.mark.parametrize(("per_second", "said"), [(2.5, "2.5 a second"), (0.25, "one every 4.0 s")])
def test_a_pace_is_said_as_people_say_it(per_second: float, said: str) -> None:
    """Calls a second, or seconds a call."""
    assert in_words(per_second) == said
