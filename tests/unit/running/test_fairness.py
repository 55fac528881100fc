"""Lanes of a run: one model that is limited does not hold up another, and what a call tells its lane."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import virtual_time
from fakes import FakeModel, failure, reply

from colloquia.conversation.chat_model import Usage
from colloquia.design.forecast import Expectations
from colloquia.errors import CallError, Fault
from colloquia.logbook.entries import AttemptStarted
from colloquia.running.call import seconds_per_token
from colloquia.running.control import Control
from colloquia.running.easing import WINDOW
from colloquia.running.lanes import FIRST_SHARE, Lane
from colloquia.running.progress import Progress
from colloquia.running.run import Run
from colloquia.running.work import difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes import Clock, ListWriter

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.design.trials import Trial
    from colloquia.running.call import Caller, Desk

LIMITED, FREE = "x/limited", "x/free"


@dataclass(kw_only=True)
class Limited:
    """A model that takes a second for a reply, and refuses what comes sooner than a call every ``apart`` seconds."""

    apart: float
    let_in_at: list[float] = field(default_factory=list)

    async def reply(self, request: Any) -> Any:
        now = asyncio.get_running_loop().time()
        if self.let_in_at and now - self.let_in_at[-1] < self.apart:
            await asyncio.sleep(0.05)
            raise CallError(failure(Fault.RATE, status=429))
        self.let_in_at.append(now)
        await asyncio.sleep(1.0)
        return reply()


@dataclass(kw_only=True)
class Models:
    """Two models, by slug."""

    by_slug: dict[str, Limited]

    def model(self, slug: str) -> Any:
        return self.by_slug[slug]


def held(desk: Desk, trials: tuple[Trial, ...], models: dict[str, Limited], seconds: float) -> None:
    """Hold conversations for so long on a virtual clock."""
    work = difference(trials, {}, expectations=Expectations(prices={}, reply_tokens={})).work

    async def hold() -> None:
        loop, control = asyncio.get_running_loop(), Control()
        desk.now, desk.sleep, desk.control = loop.time, asyncio.sleep, control
        desk.network._now = loop.time
        run = Run(
            folder_id="00000000-0000-4000-8000-000000000000",
            desk=desk,
            models=Models(by_slug=models),
            control=control,
            progress=Progress(),
        )
        run.progress.set_out(work)
        loop.call_at(seconds, control.stop, "over")
        await run.hold(work, at_once=40)

    virtual_time.run(hold())


def test_a_model_limited_to_a_tenth_takes_nothing_from_the_other(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk
) -> None:
    """Its conversations come first in the plan; the other has all but as many replies as if it were alone."""
    words = {"pairing": "self", "iterations": 400, "num_turns": 4}
    alone = {FREE: Limited(apart=0.1)}
    held(desk, plan(models={"free": FREE}, **words), alone, 300)
    desk.lanes.clear()
    both = {LIMITED: Limited(apart=1.0), FREE: Limited(apart=0.1)}
    trials = plan(models={"limited": LIMITED, "free": FREE}, **words)
    limited_first = tuple(sorted(trials, key=lambda trial: trial.talk.seats[0].participant.name, reverse=True))

    held(desk, limited_first, both, 300)

    assert len(both[FREE].let_in_at) >= 0.9 * len(alone[FREE].let_in_at)
    assert len(both[LIMITED].let_in_at) >= 0.7 * 300


def test_a_call_counts_as_in_flight_before_its_attempt_is_written(
    caller: Callable[[FakeModel], Caller], desk: Desk, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """Whoever sees nothing in flight finds no attempt begun since."""
    seen: list[int] = []
    journal = writer.journal

    async def watched(entry: Any) -> None:
        if isinstance(entry, AttemptStarted):
            seen.append(desk.in_flight)
        await journal(entry)

    writer.journal = watched  # type: ignore[method-assign]
    asyncio.run(caller(FakeModel(doings=[reply()])).reply(request_of_turn_one))

    assert seen == [1]
    assert desk.in_flight == 0


def test_a_refusal_sets_the_pace_of_the_lane_and_an_error_does_not(
    caller: Callable[[FakeModel], Caller], desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """Errors of a server say nothing of its limits."""
    lane = desk.lane("openai/gpt")

    asyncio.run(caller(FakeModel(doings=[failure(Fault.TRANSIENT), reply()])).reply(request_of_turn_one))
    after_error = lane.pace.per_second
    asyncio.run(caller(FakeModel(doings=[failure(Fault.RATE, status=429), reply()])).reply(request_of_turn_one))

    assert after_error is None
    assert lane.pace.per_second is not None


def test_seconds_are_counted_to_the_first_token_or_by_the_token() -> None:
    """A long reply is no slow server; a reply without tokens or times tells nothing."""
    streamed = reply(time_to_first_token_ms=500.0, latency_ms=9000.0)
    whole = reply(latency_ms=9000.0, usage=Usage(output_tokens=300))

    assert seconds_per_token(streamed) == 0.5
    assert seconds_per_token(whole) == 0.03
    assert seconds_per_token(reply(latency_ms=None)) is None
    assert seconds_per_token(reply(latency_ms=100.0, usage=Usage(output_tokens=0))) is None


def test_what_is_quick_is_as_good_as_at_once() -> None:
    """A server that answers within milliseconds is not slow because the next answer takes twice as many."""
    quick = [reply(time_to_first_token_ms=ms, latency_ms=900.0) for ms in (1.0, 50.0)]
    quick += [reply(latency_ms=ms, usage=Usage(output_tokens=100)) for ms in (1.0, 50.0)]

    assert [seconds_per_token(each) for each in quick] == [0.1, 0.1, 0.001, 0.001]


def test_while_this_machine_is_behind_nothing_is_learnt_of_the_server() -> None:
    """A loop that comes late to its answers makes no server slow; nor is what is left of their time its usual."""
    streamed = reply(time_to_first_token_ms=900.0, latency_ms=2500.0)
    whole = reply(latency_ms=2500.0, usage=Usage(output_tokens=100))

    assert [seconds_per_token(each, 0.2) for each in (streamed, whole)] == [0.9, 0.025]
    assert [seconds_per_token(each, 0.3) for each in (streamed, whole)] == [None, None]


def test_a_machine_that_falls_behind_and_catches_up_again_narrows_no_lane(clock: Clock) -> None:
    """All answers take the server half a second; some are read late, and what is read in time then is no slowness."""
    lane = Lane(1000, now=clock.now)
    whole, late = (reply(latency_ms=ms, usage=Usage(output_tokens=80)) for ms in (500.0, 600.0))

    for answer, behind in [(late, 0.45)] * WINDOW + [(whole, 0.0)] * WINDOW:
        left = asyncio.run(lane.enter())
        lane.leave()
        lane.succeeded(left, seconds_per_token(answer, behind))

    assert lane.explanation() is None
    assert lane.width >= 1000 // FIRST_SHARE
