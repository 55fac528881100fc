"""A call and who answers it: a provider that nobody knows, a reply that may not be kept, a person who never answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from fakes import FakeModel, failure, reply
from msgspec import structs

from colloquia.conversation.participants import Participant
from colloquia.errors import CallError, Fault
from colloquia.logbook.entries import AttemptEnded, AttemptStarted
from colloquia.running.call import Caller
from colloquia.running.control import CalledOffError
from colloquia.running.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes import Clock, ListWriter

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.running.call import Desk

    Behind = Callable[[FakeModel], Caller]


class Hanging(FakeModel):
    """A model that answers once it is told to."""

    def __init__(self) -> None:
        super().__init__(doings=[reply()])
        self.may_answer = asyncio.Event()

    async def reply(self, request: ChatRequest) -> Reply:
        found = await super().reply(request)
        await self.may_answer.wait()
        return found


async def soon() -> None:
    """Let everybody go as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_provider_that_nobody_knows_is_asked_once_before_it_is_asked_again(
    caller: Behind, desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """In a folder that holds turns: what is wrong with its replies stops the run after one call, not after many."""

    async def asked() -> list[int]:
        desk.sources = Sources({"live"}, strangers=["openai/gpt"])
        model = Hanging()
        calls = [asyncio.create_task(caller(model).reply(request_of_turn_one)) for _ in range(3)]
        await soon()
        before = len(model.asked)
        model.may_answer.set()
        await asyncio.gather(*calls)
        return [before, len(model.asked)]

    assert asyncio.run(asked()) == [1, 3]


def test_a_reply_that_may_not_be_kept_stops_the_run_and_is_paid(
    caller: Behind, desk: Desk, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """It is no turn; the journal has the attempt with what it cost and why it failed."""
    desk.sources = Sources({"simulated"})

    with pytest.raises(CallError) as caught:
        asyncio.run(caller(FakeModel(doings=[reply(source="live")])).reply(request_of_turn_one))

    start, end = writer.entries
    assert caught.value.failure.fault is Fault.STOP_RUN
    assert isinstance(start, AttemptStarted)
    assert isinstance(end, AttemptEnded)
    assert (end.is_ok, end.was_sent, end.message) == (False, True, caught.value.failure.message)
    assert end.booked_usd == pytest.approx(0.001)
    assert desk.budget.spent_usd == pytest.approx(0.001)
    assert desk.ended == {}


def test_nobody_waits_for_a_person_once_the_run_is_stopped(
    desk: Desk, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """The attempt has an end that says so: it is no orphan, and asked again by the next run."""

    async def stopped() -> None:
        person = Participant(name="ann", slug="human:ann")
        call = Caller(model=Hanging(), participant=person, desk=desk).reply(
            structs.replace(request_of_turn_one, slug="human:ann")
        )
        waiting = asyncio.create_task(call)
        await soon()
        desk.control.stop("stopped")
        with pytest.raises(CalledOffError):
            await waiting

    asyncio.run(stopped())

    start, end = writer.entries
    assert isinstance(start, AttemptStarted)
    assert isinstance(end, AttemptEnded)
    assert (end.is_ok, end.was_sent) == (False, False)
    assert end.message == "Nobody had answered when the run was stopped."
    assert desk.in_flight == 0


def test_patience_is_counted_from_when_the_call_began(
    caller: Behind, clock: Clock, request_of_turn_one: ChatRequest
) -> None:
    """Whatever the clock showed then: a run of many hours is as patient as one that has just begun."""
    clock.seconds = 50_000.0
    model = FakeModel(doings=[failure(Fault.TRANSIENT), reply()])

    asyncio.run(caller(model).reply(request_of_turn_one))

    assert len(model.asked) == 2
