"""The bounds of one call, to the number: tries, patience, pauses, and what each attempt says of itself."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeModel, failure, reply
from msgspec import structs

from colloquia.conversation.chat_model import Usage
from colloquia.conversation.participants import Participant
from colloquia.errors import CallError, Failure, Fault
from colloquia.logbook.entries import AttemptEnded
from colloquia.running.call import PATIENCE_SECONDS, TRIES, Caller, content_sha256, seconds_per_token
from colloquia.running.network import Network

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fakes import Clock, ListWriter

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.running.call import Desk

    Behind = Callable[[FakeModel], Caller]

UNREACHABLE = failure(Fault.TRANSIENT, stage="connect", status=None, was_sent=False, retry_after_seconds=9e9)
"""With a hint that no patience lasts for, so that it is tried once."""


def passing(number: int = 0, **known: Any) -> Failure:
    """Return a failure that may pass, and that is like no other."""
    return failure(Fault.TRANSIENT, **{"body": str(number), **known})


def ends(writer: ListWriter) -> list[AttemptEnded]:
    """Return how the failed attempts ended."""
    return [entry for entry in writer.entries if isinstance(entry, AttemptEnded)]


def given_up(caller: Caller, request: ChatRequest) -> Failure:
    """Return the failure that a call ends with."""
    with pytest.raises(CallError) as caught:
        asyncio.run(caller.reply(request))
    return caught.value.failure


class Longest:
    """A chance that always draws the upper end."""

    def uniform(self, _low: float, high: float) -> float:
        return high


def test_the_bounds_are_those_that_are_promised() -> None:
    """Six tries, fifteen minutes."""
    assert (TRIES, PATIENCE_SECONDS) == (6, 900.0)


def test_pauses_double_from_one_second_and_end_at_a_minute(caller: Behind, desk: Desk) -> None:
    """And are never shorter than the server's hint, however long that is."""
    desk.chance = Longest()  # type: ignore[assignment]
    asked = caller(FakeModel(doings=[reply()]))

    pauses = [asked.backoff_seconds(failed, passing()) for failed in range(1, 10)]

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert asked.backoff_seconds(1, passing(retry_after_seconds=70.0)) == 70.0
    assert asked.backoff_seconds(3, passing(retry_after_seconds=0.5)) == 4
    assert asked.backoff_seconds(3, passing(retry_after_seconds=None)) == 4


def test_a_pause_may_be_as_short_as_nothing(caller: Behind, desk: Desk) -> None:
    """The whole of it is chance, so that calls that failed together come back one by one."""

    class Shortest:
        def uniform(self, low: float, _high: float) -> float:
            return low

    desk.chance = Shortest()  # type: ignore[assignment]

    assert caller(FakeModel(doings=[reply()])).backoff_seconds(4, passing()) == 0


def test_patience_ends_after_the_last_pause_that_fits_into_it(
    caller: Behind, clock: Clock, request_of_turn_one: ChatRequest
) -> None:
    """A pause that ends exactly with the patience is still made; one that is longer is not."""
    fits = FakeModel(doings=[passing(retry_after_seconds=PATIENCE_SECONDS), reply()])
    asyncio.run(caller(fits).reply(request_of_turn_one))
    assert len(fits.asked) == 2

    clock.seconds = 0.0
    too_long = FakeModel(doings=[passing(retry_after_seconds=PATIENCE_SECONDS + 0.001), reply()])
    found = given_up(caller(too_long), request_of_turn_one)
    assert len(too_long.asked) == 1
    assert found.fault is Fault.TRANSIENT


def test_time_that_calls_themselves_take_is_part_of_the_patience(
    caller: Behind, clock: Clock, request_of_turn_one: ChatRequest
) -> None:
    """Three calls of five minutes are all the patience there is."""
    slow = FakeModel(doings=[passing(number) for number in range(9)], clock=clock, takes_seconds=300.0)

    given_up(caller(slow), request_of_turn_one)

    assert len(slow.asked) == 3


@pytest.mark.parametrize(
    ("seconds", "fault"), [(PATIENCE_SECONDS, Fault.RATE), (PATIENCE_SECONDS + 1, Fault.STOP_MODEL)]
)
def test_only_a_wait_beyond_all_patience_is_the_models(
    caller: Behind, clock: Clock, request_of_turn_one: ChatRequest, seconds: float, fault: Fault
) -> None:
    """A wait that would fit, had the call not been at it for so long, is its own."""
    told = failure(Fault.RATE, status=429, retry_after_seconds=seconds)
    model = FakeModel(doings=[told], clock=clock, takes_seconds=1.0)

    found = given_up(caller(model), request_of_turn_one)

    assert found.fault is fault
    assert ("run again after that" in found.message) == (fault is Fault.STOP_MODEL)
    assert len(model.asked) == 1


def test_a_rate_limit_without_a_hint_is_no_word_for_ever(caller: Behind, request_of_turn_one: ChatRequest) -> None:
    """It is tried as often as anything else, and stays what it is; alike answers are not stuck."""
    model = FakeModel(doings=[failure(Fault.RATE, status=429, body="slow down")])

    found = given_up(caller(model), request_of_turn_one)

    assert len(model.asked) == TRIES
    assert found.fault is Fault.RATE


@pytest.mark.parametrize(
    ("doings", "asked"),
    [
        ([passing(1), passing(1), passing(2), passing(1), passing(1), passing(1)], 6),
        ([passing(1), passing(1), passing(1, status=502), passing(3), passing(4), passing(5)], 6),
        ([passing(1), passing(2), passing(2), passing(2), reply()], 4),
        ([failure(Fault.RATE, body="1"), passing(1), passing(1), passing(2), reply()], 5),
    ],
    ids=["another answer between", "another status", "the last three", "a rate limit among them"],
)
def test_only_the_same_answer_three_times_in_a_row_is_the_last_word(
    caller: Behind, request_of_turn_one: ChatRequest, doings: list[Reply | Failure], asked: int
) -> None:
    """Status and body, one after the other."""
    model = FakeModel(doings=doings)

    with suppress(CallError):
        asyncio.run(caller(model).reply(request_of_turn_one))

    assert len(model.asked) == asked


def test_a_failed_attempt_is_in_the_journal_with_all_that_is_known_of_it(
    caller: Behind, clock: Clock, writer: ListWriter, request_of_turn_one: ChatRequest
) -> None:
    """Field by field; its latency is that of the call, in milliseconds."""
    told = failure(
        Fault.STOP_TRIAL, stage="stream", status=200, error_type="odd", body="b", retry_after_seconds=2.0,
        generation_id="gen-1", partial_text="Hel",
    )  # fmt: skip
    model = FakeModel(doings=[told], clock=clock, takes_seconds=1.2345678)

    given_up(caller(model), request_of_turn_one)

    (end,) = ends(writer)
    assert (end.fault, end.stage, end.message, end.status, end.error_type, end.body) == (
        "stop_trial", "stream", told.message, 200, "odd", "b",
    )  # fmt: skip
    assert (end.retry_after_seconds, end.generation_id, end.partial_text, end.was_sent) == (2.0, "gen-1", "Hel", True)
    assert (end.is_ok, end.attempt, end.trial_id, end.turn_id, end.run_id) == (False, 1, "trial-1", 1, "run-1")
    assert end.latency_ms == 1234.568
    assert end.booked_usd is not None
    assert end.booked_usd > 0
    assert end.at == "2026-01-01T00:00:00.000Z"


def test_an_answered_attempt_is_kept_with_all_that_is_known_of_it(
    caller: Behind, desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """Field by field, until its turn is written beside it."""
    usage = Usage(input_tokens=10, output_tokens=5, cached_tokens=3, reasoning_tokens=2, cost_usd=0.001)
    said = reply("Hëllo.", usage=usage, generation_id="gen-1", latency_ms=12.5, original_json='"x"')

    answer = asyncio.run(caller(FakeModel(doings=[said])).reply(request_of_turn_one))

    end = desk.ended["trial-1 1"]
    assert (end.is_ok, end.attempt, end.trial_id, end.turn_id, end.run_id) == (True, 1, "trial-1", 1, "run-1")
    assert (end.input_tokens, end.output_tokens, end.cached_tokens, end.reasoning_tokens) == (10, 5, 3, 2)
    assert (end.generation_id, end.latency_ms, end.original_json, end.cost_usd) == ("gen-1", 12.5, '"x"', 0.001)
    assert end.content_sha256 == hashlib.sha256("Hëllo.".encode()).hexdigest()
    assert (answer.attempts, answer.in_flight) == (1, 1)
    assert answer.timestamp == datetime(2026, 1, 1, tzinfo=UTC)
    assert desk.in_flight == 0


def test_a_turn_without_text_has_no_hash() -> None:
    """An empty text has one."""
    assert content_sha256(None) is None
    assert content_sha256("") == hashlib.sha256(b"").hexdigest()


def test_calls_under_way_are_counted_while_they_are(desk: Desk, request_of_turn_one: ChatRequest) -> None:
    """Each reply says how many there were, itself included; failed ones are no longer among them."""

    async def three() -> list[int]:
        everybody = asyncio.Event()

        class Waiting:
            async def reply(self, request: ChatRequest) -> Reply:
                if desk.in_flight == 3:
                    everybody.set()
                await everybody.wait()
                return reply()

        async def call(number: int) -> int:
            occasion = structs.replace(request_of_turn_one.occasion, trial_id=f"trial-{number}")
            participant = Participant(name=f"m{number}", slug=f"openai/m{number}")
            caller = Caller(model=Waiting(), participant=participant, desk=desk)
            return (await caller.reply(structs.replace(request_of_turn_one, occasion=occasion))).in_flight

        return await asyncio.wait_for(asyncio.gather(*map(call, range(3))), 5)

    assert sorted(asyncio.run(three())) == [1, 2, 3]
    assert desk.in_flight == 0


def test_whoever_waits_for_another_try_is_counted_and_can_be_called_off(
    caller: Behind, desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """While it waits it is retrying, and afterwards not."""
    counts: list[int] = []

    async def watched(_seconds: float) -> None:
        counts.append(desk.is_retrying)

    desk.sleep = watched
    asyncio.run(caller(FakeModel(doings=[passing(1), passing(2), reply()])).reply(request_of_turn_one))

    assert counts == [1, 1]
    assert desk.is_retrying == 0


@pytest.mark.parametrize(
    ("slug", "told", "is_offline_known"),
    [
        ("openai/gpt", UNREACHABLE, True),
        ("scripted:echo", UNREACHABLE, False),
        ("embedded:smol", UNREACHABLE, False),
        ("openai/gpt", replace(UNREACHABLE, was_sent=True), False),
        ("openai/gpt", replace(UNREACHABLE, stage="status"), False),
        ("openai/gpt", replace(UNREACHABLE, fault=Fault.STOP_TRIAL), False),
    ],
    ids=["no connection", "scripted", "embedded", "was sent", "another stage", "lasting"],
)
def test_only_a_remote_model_that_cannot_be_reached_tells_of_the_network(
    desk: Desk, request_of_turn_one: ChatRequest, slug: str, told: Failure, *, is_offline_known: bool
) -> None:
    """Whoever answered, in whatever way, was reached; what runs here says nothing of the network."""
    heard: list[tuple[str, str]] = []

    class Listening:
        is_offline = False

        def unreachable(self, slug: str) -> None:
            heard.append(("unreachable", slug))

        def reached(self, slug: str) -> None:
            heard.append(("reached", slug))

        def passage(self) -> Any:
            return asyncio.Lock()

    desk.network = Listening()  # type: ignore[assignment]
    participant = Participant(name="one", slug=slug)
    for doing in (told, reply()):
        caller = Caller(model=FakeModel(doings=[doing]), participant=participant, desk=desk)
        with suppress(CallError):
            asyncio.run(caller.reply(structs.replace(request_of_turn_one, slug=slug)))

    is_remote = slug.startswith("openai")
    first = [("unreachable" if is_offline_known else "reached", slug)] if is_remote else []
    assert heard == [*first, *([("reached", slug)] if is_remote else [])]


def test_a_failure_while_the_machine_slept_is_no_try(
    caller: Behind, desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """It is in the journal, and neither counts nor makes anybody wait; one that lasts counts all the same."""
    slept = iter([True] * 10)
    desk.has_slept_since = lambda _began: next(slept, False)
    model = FakeModel(doings=[passing(7)] * 14)

    found = given_up(caller(model), request_of_turn_one)
    assert len(model.asked) == 10 + 3
    assert found.body == "7"

    desk.has_slept_since = lambda _began: True
    lasting = FakeModel(doings=[failure(Fault.STOP_TRIAL), reply()])
    given_up(caller(lasting), request_of_turn_one)
    assert len(lasting.asked) == 1


def test_the_machine_is_asked_about_the_time_since_the_call_left(
    caller: Behind, desk: Desk, clock: Clock, request_of_turn_one: ChatRequest
) -> None:
    """Not since the first try, and not since now."""
    asked: list[float] = []

    def has_slept(began: float) -> bool:
        asked.append(began)
        return False

    desk.has_slept_since = has_slept
    model = FakeModel(doings=[passing(1, retry_after_seconds=100.0), reply()], clock=clock, takes_seconds=10.0)
    asyncio.run(caller(model).reply(request_of_turn_one))

    assert asked == [0.0]


@pytest.mark.parametrize(
    ("known", "seconds"),
    [
        ({"time_to_first_token_ms": 500.0, "latency_ms": 9000.0}, 0.5),
        ({"latency_ms": 1000.0}, 0.2),
        ({"latency_ms": None}, None),
        ({"latency_ms": 1000.0, "usage": Usage(output_tokens=0)}, None),
        ({"latency_ms": 1000.0, "usage": Usage()}, None),
    ],
    ids=["streamed", "whole", "not timed", "said nothing", "not counted"],
)
def test_how_fast_a_server_is(known: dict[str, Any], seconds: float | None) -> None:
    """To the first token where it streams, by the token where not; unknown is not fast."""
    assert seconds_per_token(reply(**known)) == (None if seconds is None else pytest.approx(seconds))


def test_a_call_without_room_under_the_cap_says_what_is_to_be_done(
    caller: Behind, desk: Desk, request_of_turn_one: ChatRequest
) -> None:
    """Which cap, and that nothing was sent."""
    desk.budget.cap_usd = 0.0001

    found = given_up(caller(FakeModel(doings=[reply()])), request_of_turn_one)

    assert "$0.0001 in max_cost" in found.message
    assert found.was_sent is False


@pytest.mark.parametrize(("held_up", "tries"), [(850.0, 3), (0.0, 2)], ids=["network lost", "server slow"])
def test_no_patience_is_spent_on_waiting_for_the_network(
    caller: Behind, desk: Desk, clock: Clock, request_of_turn_one: ChatRequest, held_up: float, tries: int
) -> None:
    """Of 950 seconds 850 were spent offline: another try is worth a pause; spent on the server, they are too many."""
    passages = iter([0.0, held_up])

    class Held(Network):
        @property
        def is_offline(self) -> bool:
            return True

        @asynccontextmanager
        async def passage(self) -> AsyncIterator[None]:
            clock.seconds += next(passages, 0.0)
            yield

    class Slow(FakeModel):
        async def reply(self, request: ChatRequest) -> Reply:
            clock.seconds += 850.0 if len(self.asked) == 1 and not held_up else 0.0
            return await super().reply(request)

    desk.network = Held()
    model = Slow(doings=[passing(1, retry_after_seconds=100.0), passing(2, retry_after_seconds=50.0), reply()])

    with suppress(CallError):
        asyncio.run(caller(model).reply(request_of_turn_one))

    assert len(model.asked) == tries
