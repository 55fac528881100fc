"""One call of one model: journal, retries, waits, and what is never tried again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from fakes import FakeModel, failure, reply

from colloquia.conversation.chat_model import Usage
from colloquia.errors import CallError, Fault
from colloquia.logbook.entries import AttemptEnded, AttemptStarted
from colloquia.running.call import PATIENCE_SECONDS, TRIES
from colloquia.running.turnstile import Turnstile

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes import Clock, ListWriter

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.running.call import Caller, Desk

    Behind = Callable[[FakeModel], Caller]


def test_an_attempt_is_in_the_journal_before_its_call_leaves(
    caller: Behind, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """Whatever happens to the call, the journal knows that it was made."""
    seen: list[int] = []

    class Watching(FakeModel):
        async def reply(self, request: ChatRequest) -> object:  # type: ignore[override]
            seen.append(len(writer.entries))
            return await super().reply(request)

    asyncio.run(caller(Watching(doings=[reply()])).reply(request_of_turn_one))

    assert seen == [1]
    assert isinstance(writer.entries[0], AttemptStarted)
    assert writer.entries[0].request_sha256 == request_of_turn_one.sha256


def test_a_passing_failure_is_tried_again_and_the_reply_counts_its_attempts(
    caller: Behind, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """Two failures and a reply are three attempts, each with its end in the journal."""
    model = FakeModel(doings=[failure(Fault.TRANSIENT, body="a"), failure(Fault.TRANSIENT, body="b"), reply()])

    answer = asyncio.run(caller(model).reply(request_of_turn_one))

    assert answer.attempts == 3
    assert [entry.attempt for entry in writer.entries if isinstance(entry, AttemptStarted)] == [1, 2, 3]
    assert [entry.is_ok for entry in writer.entries if isinstance(entry, AttemptEnded)] == [False, False]


def test_the_successful_attempt_waits_to_be_written_beside_its_turn(
    caller: Behind, desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """Its end reaches the journal together with the turn, so that neither stands alone for long."""
    asyncio.run(caller(FakeModel(doings=[reply()])).reply(request_of_turn_one))

    assert desk.ended["trial-1 1"].is_ok
    assert desk.ended["trial-1 1"].content_sha256 is not None


def test_an_outcome_is_a_reply_and_never_tried_again(caller: Behind, request_of_turn_one: ChatRequest) -> None:
    """An empty answer is data about the model: asking again would select the sample."""
    model = FakeModel(doings=[reply(None, outcome="empty"), reply()])

    answer = asyncio.run(caller(model).reply(request_of_turn_one))

    assert answer.outcome == "empty"
    assert len(model.asked) == 1


@pytest.mark.parametrize("fault", [Fault.STOP_TRIAL, Fault.STOP_MODEL, Fault.STOP_RUN])
def test_a_lasting_failure_is_not_tried_again(caller: Behind, request_of_turn_one: ChatRequest, fault: Fault) -> None:
    """What cannot succeed is asked once."""
    model = FakeModel(doings=[failure(fault), reply()])

    with pytest.raises(CallError) as caught:
        asyncio.run(caller(model).reply(request_of_turn_one))

    assert len(model.asked) == 1
    assert caught.value.slug == "openai/gpt"


def test_a_call_is_tried_six_times_at_most(caller: Behind, request_of_turn_one: ChatRequest) -> None:
    """A server that fails a little differently each time is given up all the same."""
    model = FakeModel(doings=[failure(Fault.TRANSIENT, body=str(number)) for number in range(20)])

    with pytest.raises(CallError):
        asyncio.run(caller(model).reply(request_of_turn_one))

    assert len(model.asked) == TRIES


def test_the_same_failing_answer_three_times_in_a_row_is_the_last_word(
    caller: Behind, request_of_turn_one: ChatRequest
) -> None:
    """A server that always says the same will say it again."""
    model = FakeModel(doings=[failure(Fault.TRANSIENT, body="broken")])

    with pytest.raises(CallError):
        asyncio.run(caller(model).reply(request_of_turn_one))

    assert len(model.asked) == 3


def test_connections_that_fail_alike_are_not_a_servers_word(caller: Behind, request_of_turn_one: ChatRequest) -> None:
    """Without a status nobody answered: such a call gets all its tries."""
    model = FakeModel(doings=[failure(Fault.TRANSIENT, status=None)])

    with pytest.raises(CallError):
        asyncio.run(caller(model).reply(request_of_turn_one))

    assert len(model.asked) == TRIES


def test_a_servers_hint_is_never_shortened(caller: Behind, clock: Clock, request_of_turn_one: ChatRequest) -> None:
    """A server that asks for two minutes gets two minutes."""
    model = FakeModel(doings=[failure(Fault.RATE, status=429, retry_after_seconds=120.0), reply()])

    asyncio.run(caller(model).reply(request_of_turn_one))

    assert clock.seconds >= 120.0


def test_a_rate_limit_holds_back_every_call_of_the_model(
    caller: Behind, clock: Clock, desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """What one call is told counts for the lane."""
    slow = FakeModel(doings=[failure(Fault.RATE, status=429, retry_after_seconds=30.0), reply()])

    asyncio.run(caller(slow).reply(request_of_turn_one))
    waited = clock.seconds
    desk.lane("openai/gpt").close_for(5)
    asyncio.run(caller(FakeModel(doings=[reply()])).reply(request_of_turn_one))

    assert waited >= 30.0
    assert clock.seconds >= waited + 5


def test_a_hint_beyond_all_patience_fails_the_call_at_once(
    caller: Behind, clock: Clock, request_of_turn_one: ChatRequest
) -> None:
    """Waiting longer than the patience allows is left to the next run, and is the model's, not the conversation's."""
    too_long = failure(Fault.RATE, status=429, retry_after_seconds=PATIENCE_SECONDS + 1)

    with pytest.raises(CallError) as caught:
        asyncio.run(caller(FakeModel(doings=[too_long, reply()])).reply(request_of_turn_one))

    assert clock.seconds == 0
    assert caught.value.failure.fault is Fault.STOP_MODEL
    assert "run again after that" in caught.value.failure.message


def test_pauses_grow_and_are_spread_by_chance(caller: Behind, clock: Clock, request_of_turn_one: ChatRequest) -> None:
    """Calls that failed together do not come back together."""
    model = FakeModel(doings=[failure(Fault.TRANSIENT, body=str(number)) for number in range(20)])

    with pytest.raises(CallError):
        asyncio.run(caller(model).reply(request_of_turn_one))

    ceilings = [1, 2, 4, 8, 16]
    assert len(clock.slept) == 5
    assert all(0 <= pause <= ceiling for pause, ceiling in zip(clock.slept, ceilings, strict=True))


def test_a_replys_cost_is_booked_and_journalled(caller: Behind, desk: Desk, request_of_turn_one: ChatRequest) -> None:
    """Money is spent when the reply is there, turn or no turn."""
    asyncio.run(caller(FakeModel(doings=[reply()])).reply(request_of_turn_one))

    assert desk.budget.spent_usd == pytest.approx(0.001)
    assert desk.ended["trial-1 1"].booked_usd == pytest.approx(0.001)
    assert not desk.budget.has_unknown_cost


def test_a_reply_that_names_no_cost_is_reckoned_from_its_tokens(
    caller: Behind, desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """Ten tokens in and five out, at the prices that are known; the sum is said to be no bill."""
    unbilled = reply(usage=Usage(input_tokens=10, output_tokens=5))

    asyncio.run(caller(FakeModel(doings=[unbilled])).reply(request_of_turn_one))

    assert desk.budget.spent_usd == pytest.approx(10 * 1e-6 + 5 * 1e-4)
    assert desk.budget.has_unknown_cost


def test_the_most_that_a_call_can_cost_is_in_the_journal_before_it_leaves(
    caller: Behind, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """Every byte of the messages a token, 16 more for each message, and the whole length."""
    asyncio.run(caller(FakeModel(doings=[reply()])).reply(request_of_turn_one))

    worst = (len(request_of_turn_one.messages_json) + 16) * 1e-6 + 10 * 1e-4
    assert writer.entries[0].reserved_usd == pytest.approx(worst)


@pytest.mark.parametrize(
    ("known", "share"),
    [({"status": None, "was_sent": False}, 0), ({"status": 503}, 0), ({"status": None}, 1), ({"status": 200}, 1)],
    ids=["never sent", "refused with a status", "lost after sending", "broke off"],
)
def test_a_failed_call_costs_nothing_only_where_that_is_sure(
    caller: Behind, desk: Desk, request_of_turn_one: ChatRequest, known: dict[str, object], share: int
) -> None:
    """What may have been billed stays spent with all that was reserved."""
    lost = failure(Fault.STOP_TRIAL, **known)

    with pytest.raises(CallError):
        asyncio.run(caller(FakeModel(doings=[lost])).reply(request_of_turn_one))

    assert desk.budget.spent_usd == pytest.approx(share * (desk.budget.worst_usd(request_of_turn_one) or 0))
    assert desk.budget.reserved_usd == 0


def test_a_call_that_does_not_fit_under_the_cap_is_not_made(
    caller: Behind, desk: Desk, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """Nothing is asked, and nothing stands in the journal."""
    desk.budget.cap_usd = 0.0001
    model = FakeModel(doings=[reply()])

    with pytest.raises(CallError) as caught:
        asyncio.run(caller(model).reply(request_of_turn_one))

    assert (caught.value.failure.fault, caught.value.failure.stage) == (Fault.STOP_RUN, "budget")
    assert model.asked == []
    assert writer.entries == []


def test_a_cancelled_call_leaves_its_start_in_the_journal(
    caller: Behind, desk: Desk, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """An attempt without an end is an orphan that `check` lists; nobody pretends to know how it went."""

    class Hanging:
        async def reply(self, request: ChatRequest) -> object:
            await asyncio.Event().wait()

    async def cancel_it() -> None:
        task = asyncio.create_task(caller(Hanging()).reply(request_of_turn_one))  # type: ignore[arg-type]
        while not desk.in_flight:  # noqa: ASYNC110 (the desk has no event to wait for)
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_it())

    assert [type(entry) for entry in writer.entries] == [AttemptStarted]
    assert desk.in_flight == 0
    assert desk.budget.spent_usd == pytest.approx(desk.budget.worst_usd(request_of_turn_one) or 0)


def test_a_reply_that_is_cancelled_before_it_is_taken_up_is_booked_as_an_abandoned_call(
    caller: Behind, desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """It came, but nothing of it is on disk."""
    desk.turnstile = Turnstile(0)  # lets nobody in
    model = FakeModel(doings=[reply()])

    async def cancel_it() -> None:
        task = asyncio.create_task(caller(model).reply(request_of_turn_one))
        for _ in range(100):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_it())

    assert len(model.asked) == 1
    assert desk.in_flight == 0
    assert desk.ended == {}
    assert desk.budget.reserved_usd == 0
    assert desk.budget.spent_usd == pytest.approx(desk.budget.worst_usd(request_of_turn_one) or 0)
