"""What a call tells its lane, and when it has to leave it once more."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from fakes import FakeModel, failure, reply
from msgspec import structs

from colloquia.conversation.participants import Participant
from colloquia.errors import CallError, Failure, Fault
from colloquia.logbook.entries import AttemptEnded
from colloquia.running.call import Caller
from colloquia.running.lanes import Lane
from colloquia.running.network import Network

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fakes import Clock, ListWriter

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.running.call import Desk
    from colloquia.running.pace import Departure

    Behind = Callable[[FakeModel], Caller]


class Noting(Lane):
    """A lane that notes what it is told."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(now=clock.now, sleep=clock.sleep)
        self.heard: list[object] = []

    async def depart_again(self) -> Departure:
        self.heard.append("again")
        return await super().depart_again()

    def stumbled(self) -> None:
        self.heard.append("stumbled")
        super().stumbled()

    def refused(self, left: Departure, hint_seconds: float | None = None) -> None:
        self.heard.append(("refused", hint_seconds))
        super().refused(left, hint_seconds)

    def succeeded(self, left: Departure, seconds_per_token: float | None = None) -> None:
        self.heard.append(("succeeded", seconds_per_token))
        super().succeeded(left, seconds_per_token)


class Reachable(Network):
    """A network whose state is said, and that holds nobody."""

    def __init__(self, *, is_lost: bool) -> None:
        super().__init__()
        self.is_lost = is_lost

    @property
    def is_offline(self) -> bool:
        return self.is_lost

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        yield

    def unreachable(self, slug: str) -> None:
        """Take no notice."""

    def reached(self, slug: str) -> None:
        """Take no notice."""


@pytest.fixture
def lane(desk: Desk, clock: Clock) -> Noting:
    """Return the lane of every model that the tests ask."""
    lane = Noting(clock)
    desk.lanes = dict.fromkeys(("openai/gpt", "scripted:echo"), lane)
    return lane


def heard(caller: Caller, lane: Noting, request: ChatRequest) -> list[object]:
    """Make one call, and return what its lane was told."""
    with suppress(CallError):
        asyncio.run(caller.reply(request))
    return lane.heard


@pytest.mark.parametrize(
    ("told", "is_lost", "expected"),
    [
        (failure(Fault.TRANSIENT, retry_after_seconds=9e9), False, ["stumbled"]),
        (failure(Fault.TRANSIENT, retry_after_seconds=9e9), True, []),
        (failure(Fault.RATE, status=429, retry_after_seconds=9e9), False, [("refused", 9e9)]),
        (failure(Fault.STOP_TRIAL), False, []),
        (failure(Fault.STOP_MODEL), True, []),
    ],
    ids=["a server in trouble", "no network", "a rate limit", "a lasting failure", "both"],
)
def test_a_lane_hears_of_a_servers_trouble_and_of_nothing_else(
    caller: Behind, desk: Desk, lane: Noting, request_of_turn_one: ChatRequest, told: Failure,
    expected: list[object], *, is_lost: bool,
) -> None:  # fmt: skip
    """A lost network is no server's trouble, and what lasts says nothing of how much may be asked."""
    desk.network = Reachable(is_lost=is_lost)

    assert [
        one for one in heard(caller(FakeModel(doings=[told])), lane, request_of_turn_one) if one != "again"
    ] == expected


def test_a_lane_hears_how_fast_a_reply_came(caller: Behind, lane: Noting, request_of_turn_one: ChatRequest) -> None:
    """By the token where it was not streamed."""
    model = FakeModel(doings=[reply(latency_ms=1000.0)])

    assert heard(caller(model), lane, request_of_turn_one) == [("succeeded", pytest.approx(0.2))]


@pytest.mark.parametrize(
    ("slug", "is_paused", "is_lost", "leaves_again"),
    [
        ("openai/gpt", False, False, False),
        ("openai/gpt", True, False, True),
        ("openai/gpt", False, True, True),
        ("scripted:echo", False, True, False),
        ("scripted:echo", True, False, True),
    ],
    ids=["nothing", "a pause", "the network", "a network that is not needed", "a pause of a scripted one"],
)
def test_a_call_that_was_held_up_leaves_at_a_new_time(
    desk: Desk, lane: Noting, request_of_turn_one: ChatRequest, slug: str, *, is_paused: bool, is_lost: bool,
    leaves_again: bool,
) -> None:  # fmt: skip
    """Else all that waited together would leave together."""
    desk.network = Reachable(is_lost=is_lost)
    caller = Caller(model=FakeModel(doings=[reply()]), participant=Participant(name="one", slug=slug), desk=desk)

    async def run() -> None:
        if is_paused:
            desk.control.pause()
        call = asyncio.create_task(caller.reply(structs.replace(request_of_turn_one, slug=slug)))
        for _ in range(20):
            await asyncio.sleep(0)
        desk.control.resume()
        await asyncio.wait_for(call, 5)

    asyncio.run(run())

    assert ("again" in lane.heard) == leaves_again


def test_a_refused_call_waits_in_its_lane_and_not_beside_it(
    caller: Behind, desk: Desk, clock: Clock, request_of_turn_one: ChatRequest
) -> None:
    """It is not among those that retry, since the whole lane waits."""
    retrying: list[int] = []

    async def sleep(seconds: float) -> None:
        retrying.append(desk.is_retrying)
        await clock.sleep(seconds)

    desk.sleep = sleep
    model = FakeModel(doings=[failure(Fault.RATE, status=429, retry_after_seconds=30.0), reply()])
    asyncio.run(caller(model).reply(request_of_turn_one))

    assert retrying
    assert set(retrying) == {0}
    assert clock.seconds >= 30.0


def test_a_lasting_failure_ends_a_call_that_had_a_passing_one(caller: Behind, request_of_turn_one: ChatRequest) -> None:
    """The last failure decides, not the first."""
    model = FakeModel(doings=[failure(Fault.TRANSIENT), failure(Fault.STOP_TRIAL), reply()])

    with pytest.raises(CallError) as caught:
        asyncio.run(caller(model).reply(request_of_turn_one))

    assert caught.value.failure.fault is Fault.STOP_TRIAL
    assert len(model.asked) == 2


def test_a_failed_attempt_took_from_when_it_left_to_when_it_failed(
    caller: Behind, clock: Clock, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """Whatever the clock showed when it began."""
    clock.seconds = 5000.0
    model = FakeModel(doings=[failure(Fault.STOP_TRIAL)], clock=clock, takes_seconds=2.5)

    with pytest.raises(CallError):
        asyncio.run(caller(model).reply(request_of_turn_one))

    (end,) = [entry for entry in writer.entries if isinstance(entry, AttemptEnded)]
    assert end.latency_ms == 2500.0


def test_a_pause_is_drawn_from_nothing_upwards(caller: Behind, desk: Desk) -> None:
    """Not from below, where all that fall short would come back at once."""

    class Quarter:
        def uniform(self, low: float, _high: float) -> float:
            return low + 0.25

    desk.chance = Quarter()  # type: ignore[assignment]

    assert caller(FakeModel(doings=[reply()])).backoff_seconds(3, failure(Fault.TRANSIENT)) == 0.25
