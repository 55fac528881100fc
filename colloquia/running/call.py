"""One call of one model, in this order and only here: lane, journal, wire, classify, settle, journal, retry.

An attempt is in the journal, on disk, before its call leaves. A call that fails for a passing reason is tried again
after a pause, at most ``TRIES`` times within ``PATIENCE_SECONDS``; the same failing answer three times in a row is
taken for the server's last word. What a server asks to wait is never shortened; where that is longer than the
patience, the call fails. Outcomes (refusals, empty answers, overflows) are replies and are never tried again.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import structs

from colloquia.design.models import prefix
from colloquia.errors import CallError, Failure, Fault
from colloquia.logbook.entries import AttemptEnded, AttemptStarted, Noted
from colloquia.logbook.record import timestamp
from colloquia.running.control import CalledOffError, Control
from colloquia.running.lag import Lag
from colloquia.running.lanes import WIDEST, Lane
from colloquia.running.network import Network
from colloquia.running.sources import Sources
from colloquia.running.turnstile import Turnstile
from colloquia.running.warming import Warming

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

    from colloquia.conversation.chat_model import ChatModel, ChatRequest, Reply
    from colloquia.conversation.participants import Participant
    from colloquia.logbook.jsonl import Writer
    from colloquia.running.budget import Budget
    from colloquia.running.pace import Departure

TRIES = 6
PATIENCE_SECONDS = 900.0
SAME_FAILURES = 3
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
QUICK_FIRST_SECONDS = 0.1
QUICK_TOKEN_SECONDS = 0.001
"""No server is found to be slow that answers so quickly: to the first token, and for each."""
BEHIND_SHARE = 0.1
"""Where this machine was behind for more than this share of a call, what the call took says nothing of its server."""


@dataclass(kw_only=True)
class Desk:
    """What all calls of a run share."""

    run_id: str
    writer: Writer
    budget: Budget
    now: Callable[[], float] = time.monotonic
    """Seconds on a clock that never jumps."""
    utc: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: random.Random = field(default_factory=random.Random)
    """Spreads pauses, so that calls that failed together do not come back together."""
    lane_width: Callable[[str], int] = lambda slug: WIDEST  # noqa: ARG005 (the same for all by default)
    """Calls of a slug under way at once, at most."""
    lanes: dict[str, Lane] = field(default_factory=dict)
    """By slug; a lane that is missing is made on first use."""
    in_flight: int = 0
    is_retrying: int = 0
    """Calls that wait for another try."""
    control: Control = field(default_factory=Control)
    """Calls off whoever waits to call once the run is stopped, and holds them while it is paused."""
    network: Network = field(default_factory=Network)
    """Holds calls while nothing outside this machine can be reached."""
    is_remote: Callable[[str], bool] = lambda slug: prefix(slug) not in ("embedded", "scripted", "human")
    """Tells whether a slug is asked over a network that can be lost."""
    lag: Lag = field(default_factory=Lag)
    """How far behind this machine is, which is no server's doing."""
    has_slept_since: Callable[[float], bool] = lambda began: False  # noqa: ARG005 (nothing slept, by default)
    """Tells whether the machine was suspended after a time on the clock ``now``."""
    sources: Sources = field(default_factory=Sources)
    """Where the folder's turns come from; live ones and simulated ones are never mixed."""
    turnstile: Turnstile = field(default_factory=Turnstile)
    """Lets replies in that come together, some at a time."""
    warming: Warming = field(default_factory=Warming)
    """Lets one call go ahead with a prompt that many conversations begin with."""
    ended: dict[str, AttemptEnded] = field(default_factory=dict)
    """The successful attempt of each call, until what it brought is written beside it; by the occasion's key."""

    def lane(self, slug: str) -> Lane:
        """Return the lane of a model."""
        if slug not in self.lanes:
            self.lanes[slug] = Lane(self.lane_width(slug), now=self.now, sleep=self.sleep)
        return self.lanes[slug]

    def leave(self, trial_id: str) -> None:
        """Write down how calls of a conversation ended that are paid and brought nothing: their round was never whole.

        Raises:
            StorageError: the disk failed earlier.
        """
        for key in [key for key in self.ended if key.startswith(f"{trial_id} ")]:
            self.writer.entry(self.ended.pop(key))


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A participant's model as a run asks it: patiently, and with every attempt in the journal."""

    model: ChatModel
    participant: Participant
    desk: Desk

    async def reply(self, request: ChatRequest) -> Reply:
        """Return the model's reply, trying again where that may help.

        Raises:
            CallError: the last failure, when trying again does not help.
        """
        began: float | None = None
        reserved = self.desk.budget.worst_usd(request)
        number = 0
        failures: list[Failure] = []
        while True:
            left_at = self.desk.now()
            try:
                async with AsyncExitStack() as held:
                    left, waited = await self._may_leave(request, held, reserved)
                    left_at = left.at
                    began = left_at if began is None else began + waited
                    number += 1
                    return await self._attempt(request, number, left, reserved)
            except CallError as error:
                if self._is_forgiven(error.failure, left_at):
                    continue
                failures.append(error.failure)
                pause = self._pause_seconds(failures, left_at if began is None else began)
                if pause is None:
                    raise self._given_up(error.failure) from error
                await self._wait(error.failure, pause)

    async def _may_leave(
        self, request: ChatRequest, held: AsyncExitStack, reserved: float | None
    ) -> tuple[Departure, float]:
        """Wait for a place, the end of a pause, the network and room under the cap.

        Returns:
            When the call leaves, and for how long it was held up by what no patience is spent on.

        Raises:
            CalledOffError: the run or the model was stopped.
            CallError: the cap leaves no room.
        """
        desk, slug = self.desk, self.participant.slug
        with desk.control.waiting(slug, self.participant.name):
            if not desk.sources.knows(slug):
                await held.enter_async_context(desk.sources.introduction(slug))
            if desk.warming.concerns(request):
                await held.enter_async_context(desk.warming.alone(request))
            lane, waited = desk.lane(slug), 0.0
            left = await lane.enter()
            held.callback(lane.leave)
            is_cut_off = desk.network.is_offline and desk.is_remote(slug)
            if desk.control.is_paused or is_cut_off:
                if is_cut_off:
                    await held.enter_async_context(desk.network.passage())
                await desk.control.while_paused()
                waited = desk.now() - left.at
                left = await lane.depart_again()  # with others held up here, and not all of them at once
            if not await desk.budget.reserve(request.occasion.key, reserved):
                raise CallError(_no_room(desk.budget.cap_usd))
        return left, waited

    def _is_forgiven(self, failure: Failure, left_at: float) -> bool:
        """Tell whether a failed attempt is no try: the network was gone, or the machine slept meanwhile."""
        if failure.fault is not Fault.TRANSIENT:
            return False
        return (self.desk.network.is_offline and _is_unreachable(failure)) or self.desk.has_slept_since(left_at)

    async def _attempt(self, request: ChatRequest, number: int, left: Departure, reserved: float | None) -> Reply:
        self.desk.in_flight += 1
        try:
            return await self._journalled(request, number, left, reserved)
        finally:
            self.desk.in_flight -= 1

    async def _journalled(self, request: ChatRequest, number: int, left: Departure, reserved: float | None) -> Reply:
        desk = self.desk
        await desk.writer.journal(self._started(request, number, reserved))
        sent_at = desk.now()
        in_flight, lag_before = desk.in_flight, desk.lag.total_seconds
        try:
            with self._may_be_called_off():
                reply = await self.model.reply(request)
            await desk.turnstile.enter()
        except CalledOffError:
            booked = desk.budget.settle_failure(request, _UNANSWERED)
            await desk.writer.journal(self._failed(request, number, _UNANSWERED, booked, sent_at))
            raise
        except CallError as error:
            self._tell_lane(error.failure, left)
            booked = desk.budget.settle_failure(request, error.failure)
            await desk.writer.journal(self._failed(request, number, error.failure, booked, sent_at))
            raise
        except BaseException:
            desk.budget.settle_failure(request, None)
            raise
        self._tell_network(None)
        desk.lane(self.participant.slug).succeeded(left, seconds_per_token(reply, desk.lag.total_seconds - lag_before))
        booked = desk.budget.settle_reply(request, reply)
        if mixture := desk.sources.objection(self.participant.slug, self.participant.name, reply):
            await desk.writer.journal(self._failed(request, number, mixture, booked, sent_at))
            raise CallError(mixture)
        if desk.warming.concerns(request):
            await self._warmed(request, reply)
        at = desk.utc()
        desk.ended[request.occasion.key] = self._succeeded(request, number, reply, booked, at)
        return structs.replace(reply, attempts=number, timestamp=at, in_flight=in_flight)

    async def _warmed(self, request: ChatRequest, reply: Reply) -> None:
        cost = "" if reply.usage.cost_usd is None else f", ${reply.usage.cost_usd:.6f}"
        tokens = f"; {reply.usage.input_tokens} tokens in, {reply.usage.cached_tokens} of them cached before{cost}"
        message = f"warm-up: {self.desk.warming.warmed(request)}{tokens}"
        noted = Noted(at=timestamp(self.desk.utc()), run_id=self.desk.run_id, subject=request.slug, message=message)
        await self.desk.writer.journal(noted)

    def _may_be_called_off(self) -> AbstractContextManager[None]:
        """Return what ends the wait for a person once the run is stopped; a server is waited for."""
        participant = self.participant
        if prefix(participant.slug) == "human":
            return self.desk.control.waiting(participant.slug, participant.name)
        return nullcontext()

    def _pause_seconds(self, failures: list[Failure], began: float) -> float | None:
        """Return how long to wait before the next try, or None where there is to be none."""
        last = failures[-1]
        if last.fault not in (Fault.RATE, Fault.TRANSIENT) or len(failures) >= TRIES or _is_stuck(failures):
            return None
        pause = self.backoff_seconds(len(failures), last)
        return pause if self.desk.now() + pause - began <= PATIENCE_SECONDS else None

    def _given_up(self, failure: Failure) -> CallError:
        """Return the last failure as the conversation gets it: a wait beyond all patience is the model's, not its."""
        if failure.fault is Fault.RATE and (failure.retry_after_seconds or 0.0) > PATIENCE_SECONDS:
            later = f"{failure.message} It asks to wait {failure.retry_after_seconds:.0f} s: run again after that."
            failure = replace(failure, fault=Fault.STOP_MODEL, message=later)
        error = CallError(failure)
        error.slug = self.participant.slug
        return error

    def backoff_seconds(self, failed: int, failure: Failure) -> float:
        """Return a random pause that doubles with each failure, and is never shorter than the server's hint."""
        ceiling = min(FIRST_PAUSE_SECONDS * 2.0 ** (failed - 1), LONGEST_PAUSE_SECONDS)
        return max(failure.retry_after_seconds or 0.0, self.desk.chance.uniform(0, ceiling))

    async def _wait(self, failure: Failure, pause: float) -> None:
        if failure.fault is Fault.RATE:
            return  # its lane knows, and holds it back
        self.desk.is_retrying += 1
        try:
            with self.desk.control.waiting(self.participant.slug, self.participant.name):
                await self.desk.sleep(pause)
        finally:
            self.desk.is_retrying -= 1

    def _tell_lane(self, failure: Failure, left: Departure) -> None:
        """Tell what a failure says of the server, or of the network where it never got there."""
        self._tell_network(failure)
        if failure.fault is Fault.RATE:
            self.desk.lane(self.participant.slug).refused(left, failure.retry_after_seconds)
        elif failure.fault is Fault.TRANSIENT and not self.desk.network.is_offline:
            self.desk.lane(self.participant.slug).stumbled()

    def _tell_network(self, failure: Failure | None) -> None:
        if not self.desk.is_remote(self.participant.slug):
            return
        if failure is not None and _is_unreachable(failure):
            self.desk.network.unreachable(self.participant.slug)
        else:
            self.desk.network.reached(self.participant.slug)

    def _started(self, request: ChatRequest, number: int, reserved: float | None) -> AttemptStarted:
        return AttemptStarted(
            at=timestamp(self.desk.utc()),
            run_id=self.desk.run_id,
            trial_id=request.occasion.trial_id,
            turn_id=request.occasion.turn_id,
            attempt=number,
            beside=request.occasion.beside,
            speaker_model=self.participant.name,
            speaker_slug=self.participant.slug,
            request_sha256=request.sha256,
            reserved_usd=reserved,
        )

    def _failed(
        self, request: ChatRequest, number: int, failure: Failure, booked: float | None, left_at: float
    ) -> AttemptEnded:
        return AttemptEnded(
            at=timestamp(self.desk.utc()),
            run_id=self.desk.run_id,
            trial_id=request.occasion.trial_id,
            turn_id=request.occasion.turn_id,
            attempt=number,
            beside=request.occasion.beside,
            is_ok=False,
            fault=failure.fault.value,
            stage=failure.stage,
            message=failure.message,
            status=failure.status,
            error_type=failure.error_type,
            body=failure.body,
            retry_after_seconds=failure.retry_after_seconds,
            was_sent=failure.was_sent,
            generation_id=failure.generation_id,
            partial_text=failure.partial_text,
            cost_usd=failure.cost_usd,
            booked_usd=booked,
            latency_ms=round((self.desk.now() - left_at) * 1000, 3),
        )

    def _succeeded(
        self, request: ChatRequest, number: int, reply: Reply, booked: float | None, at: datetime
    ) -> AttemptEnded:
        return AttemptEnded(
            at=timestamp(at),
            run_id=self.desk.run_id,
            trial_id=request.occasion.trial_id,
            turn_id=request.occasion.turn_id,
            attempt=number,
            beside=request.occasion.beside,
            is_ok=True,
            content_sha256=content_sha256(reply.content),
            original_json=reply.original_json,
            input_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
            cached_tokens=reply.usage.cached_tokens,
            reasoning_tokens=reply.usage.reasoning_tokens,
            cost_usd=reply.usage.cost_usd,
            booked_usd=booked,
            generation_id=reply.generation_id,
            latency_ms=reply.latency_ms,
        )


_UNANSWERED = Failure(
    fault=Fault.STOP_MODEL, stage="reply", message="Nobody had answered when the run was stopped.", was_sent=False
)


def _no_room(cap_usd: float | None) -> Failure:
    message = f"What is left of the ${cap_usd} in max_cost does not carry another call; raise it and run again."
    return Failure(fault=Fault.STOP_RUN, stage="budget", message=message, was_sent=False)


def content_sha256(content: str | None) -> str | None:
    """Return the hexadecimal SHA-256 of a turn's text, by which the journal vouches for the log."""
    return None if content is None else sha256(content.encode()).hexdigest()


def seconds_per_token(reply: Reply, behind_seconds: float = 0.0) -> float | None:
    """Return how long a server took for what it said: to the first token where it streamed, else by its tokens.

    None where that cannot be known, as where this machine was behind meanwhile for ``behind_seconds``: what part of the
    time was its own cannot be told so exactly that the rest could be held against the server, or taken for its usual.
    What is quicker than ``QUICK_...`` is as good as at once: what differs there is chance.
    """
    first_ms, whole_ms, tokens = reply.time_to_first_token_ms, reply.latency_ms, reply.usage.output_tokens
    if whole_ms is None or behind_seconds * 1000 > BEHIND_SHARE * whole_ms:
        return None
    if first_ms is not None:
        return max(first_ms / 1000, QUICK_FIRST_SECONDS)
    return max(whole_ms / 1000 / tokens, QUICK_TOKEN_SECONDS) if tokens else None


def _is_unreachable(failure: Failure) -> bool:
    return failure.stage == "connect" and not failure.was_sent and failure.fault is Fault.TRANSIENT


def _is_stuck(failures: list[Failure]) -> bool:
    """Tell whether the server gave the same failing answer too often in a row to expect another."""
    recent = failures[-SAME_FAILURES:]
    if len(recent) < SAME_FAILURES or any(failure.fault is not Fault.TRANSIENT for failure in recent):
        return False
    answers = {(failure.status, failure.body) for failure in recent}
    return len(answers) == 1 and recent[-1].status is not None
