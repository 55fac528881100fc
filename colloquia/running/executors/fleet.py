"""Workers that hold the conversations of a run, seen from the one process that writes.

Whole conversations go to a worker; what it wants written comes back in batches, is made durable by the run as if it
had happened here, and is acknowledged with the next exchange. Nothing is sent twice and nothing is asked of a worker
that was lost: what it had under way is taken to have cost what was reserved for it, its conversations go on from what
is on disk at another worker, and another is hired in its place.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from colloquia.conversation.chat_model import call_key
from colloquia.design.models import prefix
from colloquia.errors import CallError, Failure, Fault, StorageError
from colloquia.logbook.attempts import key_of
from colloquia.logbook.entries import AttemptEnded, AttemptStarted, Noted
from colloquia.logbook.record import timestamp
from colloquia.running.control import CalledOffError
from colloquia.running.executors.executor import HoldingHere
from colloquia.running.executors.leases import Lease, Leases, together
from colloquia.running.executors.messages import Told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.logbook.attempts import Key
    from colloquia.running.call import Desk
    from colloquia.running.executors.executor import Keeper
    from colloquia.running.executors.messages import Batch, End, Event
    from colloquia.running.work import Work

BATCH_SECONDS = 0.02
"""For so long a worker that is alone gathers what it tells, and for so much longer with each further one: an exchange
takes the same of the run, however little it brings."""
LONGEST_BATCH_SECONDS = 0.1
"""Never longer than that, since the call whose attempt is told waits for it."""
WRITING_SECONDS = 0.02
"""So long the next exchange is held back for what is being written, so that it can be acknowledged with it."""
FIRST = Told(written=[], places={}, waits={}, seconds=0)
"""What a worker is told first: it answers once it is there."""
MOST_LOSSES = 5
"""A place at which so many workers were lost is not filled again."""


class WorkerLostError(Exception):
    """A worker does not answer any more."""


class Link(Protocol):
    """The way to one worker."""

    async def exchange(self, told: Told, items: list[Work]) -> Batch:
        """Tell a worker something, and return what it has to tell.

        Raises:
            WorkerLostError: it is gone.
        """

    async def end(self) -> None:
        """End the worker, where it is still there."""


@dataclass(kw_only=True, eq=False)
class _Held:
    """A conversation that a worker holds."""

    run: Keeper
    item: Work
    over: asyncio.Future[str | None]
    said: list[Turn] = field(default_factory=list)
    """Turns that came since it was given to its worker and were handed to the writer."""
    answers: dict[AskedProbe, Answer] = field(default_factory=dict)
    is_broken: bool = False
    """True once something of it could not be kept: nothing of it is acknowledged any more, so that it asks no more."""

    def rest(self) -> Work:
        """Return what is left of it."""
        return replace(self.item, said=(*self.item.said, *self.said), answers={**self.item.answers, **self.answers})


@dataclass(kw_only=True, eq=False)
class _Hand:
    """A worker."""

    link: Link
    lease: Lease = field(default_factory=Lease)
    held: dict[str, _Held] = field(default_factory=dict)
    """By trial id."""
    unsent: list[Work] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    """Events that are on disk, which it has not been told yet; nobody waits for a turn."""
    writing: set[asyncio.Task[None]] = field(default_factory=set)
    under_way: dict[Key, AttemptStarted] = field(default_factory=dict)
    waits: Mapping[str, float] = field(default_factory=dict)


class Fleet:
    """The workers of a run.

    Args:
        hire: Starts a worker.
        size: How many are to be there.
        desk: The run's own: its writer, budget and control.
        leases: What workers may do.
        batch_seconds: For how long a worker gathers what it tells, for each worker there is.
    """

    def __init__(
        self,
        *,
        hire: Callable[[], Awaitable[Link]],
        size: int,
        desk: Desk,
        leases: Leases,
        batch_seconds: float = BATCH_SECONDS,
    ) -> None:
        self._hire = hire
        self._size = size
        self._desk = desk
        self._leases = leases
        self._batch_seconds = batch_seconds
        self._hands: list[_Hand] = []
        self._staffed = 0
        self._why_lost = ""
        self._news = asyncio.Event()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Fleet]:
        """Keep the workers at work while the block runs."""
        self._staffed = self._size
        async with asyncio.TaskGroup() as group:
            places = [group.create_task(self._staff()) for _ in range(self._size)]
            try:
                yield self
            finally:
                for place in places:
                    place.cancel()

    async def converse(self, run: Keeper, item: Work) -> str | None:
        """Hold the rest of one conversation at a worker, and at another where that is lost; people are asked here."""
        if any(prefix(seat.participant.slug) == "human" for seat in item.trial.asked):
            return await HoldingHere(self._desk).converse(run, item)
        while True:
            with self._desk.control.waiting(*_called(item)):
                hand = await self._free(item)
            held = _Held(run=run, item=item, over=asyncio.get_running_loop().create_future())
            hand.held[item.trial.trial_id] = held
            hand.unsent.append(item)
            try:
                return await held.over
            except WorkerLostError:
                item = held.rest()
            finally:
                hand.held.pop(item.trial.trial_id, None)

    def room(self, slug: str) -> int:
        """Return how many conversations of a model may be open: of all workers' lanes together."""
        return sum(2 * hand.lease.widths.get(slug, 0) + 2 for hand in self._hands) + 2

    async def _free(self, item: Work) -> _Hand:
        """Return the worker with the fewest conversations that has places for all models of this one.

        Raises:
            CallError: no worker is left, and none will come.
        """
        slugs = item.trial.slugs
        while True:
            able = [hand for hand in self._hands if all(self._leases.share(hand.lease, slug) for slug in slugs)]
            if able:
                return min(able, key=lambda hand: len(hand.held))
            if not self._staffed:
                message = f"No worker is left: {MOST_LOSSES} were lost at each place. {self._why_lost}"
                raise CallError(Failure(fault=Fault.STOP_RUN, stage="worker", message=message, was_sent=False))
            self._news.clear()
            await self._news.wait()

    async def _staff(self) -> None:
        """Have a worker at one place, and another one when it is lost."""
        try:
            for _ in range(MOST_LOSSES):
                try:
                    link = await self._hire()
                    await self._employ(_Hand(link=link))
                except WorkerLostError as error:
                    self._why_lost = str(error)
        finally:
            self._staffed -= 1
            self._news.set()

    async def _employ(self, hand: _Hand) -> None:
        try:
            await hand.link.exchange(FIRST, [])
            self._hands.append(hand)
            self._leases.workers.append(hand.lease)
            self._news.set()
            while True:
                self._take(hand, await hand.link.exchange(*self._tell(hand)))
                if hand.writing:
                    await asyncio.wait(hand.writing, timeout=WRITING_SECONDS)
        except WorkerLostError as error:
            if hand in self._hands:
                await self._lost(hand, str(error))
            raise
        finally:
            await hand.link.end()

    def _tell(self, hand: _Hand) -> tuple[Told, list[Work]]:
        control, lease = self._desk.control, hand.lease
        lease_usd, is_denied = self._leases.dollars(lease)
        told = Told(
            written=hand.written,
            places=self._leases.places(lease),
            waits=together(each.waits for each in self._hands if each is not hand),
            seconds=until_all_tell(asyncio.get_running_loop().time(), self._batch_seconds * len(self._hands)),
            lease_usd=lease_usd,
            is_denied=is_denied,
            is_recalled=lease.is_recalled,
            is_paused=control.is_paused,
            stop=None if control.reason is None else (control.reason, control.message),
            stopped_models=dict(control.stopped_models),
        )
        items, hand.unsent, hand.written, lease.is_recalled = hand.unsent, [], [], False
        return told, items

    def _take(self, hand: _Hand, batch: Batch) -> None:
        """Take in what a worker tells; what is to be written is, one conversation's beside another's."""
        self._leases.told(hand.lease, batch)
        hand.waits = batch.waits
        for event in batch.events:
            self._count(hand, event.entry)
            task = asyncio.create_task(self._write(hand, event))
            hand.writing.add(task)
            task.add_done_callback(hand.writing.discard)
        self._desk.in_flight = sum(sum(each.lease.in_flight.values()) for each in self._hands)

    def _count(self, hand: _Hand, entry: object) -> None:
        """Keep the account of a worker's calls, before anything waits for the disk."""
        if isinstance(entry, AttemptStarted):
            hand.under_way[key_of(entry)] = entry
        elif isinstance(entry, AttemptEnded):
            hand.under_way.pop(key_of(entry), None)
            self._leases.spent(hand.lease, entry.booked_usd or 0.0)
            self._desk.budget.spend(entry.trial_id, entry.booked_usd)
            self._desk.budget.has_unknown_cost |= entry.cost_usd is None and entry.booked_usd != 0

    async def _write(self, hand: _Hand, event: Event) -> None:
        held = hand.held.get(event.trial_id or "")
        if event.trial_id is not None and (held is None or held.is_broken):
            return
        if event.end is not None:
            self._end(hand, event, event.end)
            return
        try:
            await self._keep(event, held)
        except StorageError as error:
            self._fail(hand, error)
        except Exception as error:  # noqa: BLE001 (a broken conversation is data; the others go on)
            if held is not None and not held.over.done():
                held.is_broken = True
                held.over.set_exception(error)
        else:
            if event.turn is None:
                hand.written.append(event.number)

    async def _keep(self, event: Event, held: _Held | None) -> None:
        """Make durable what a worker tells: as the run's own, where it belongs to a conversation."""
        if event.turn is not None and held is not None:
            self._remember(event.entry, call_key(held.item.trial.trial_id, event.turn.turn_id))
            held.said.append(event.turn)  # first, since to note that its model is stopped takes its time
            await held.run.record(held.item.trial, event.turn)
        elif event.answer is not None and held is not None:
            asked = event.answer.asked
            self._remember(event.entry, call_key(held.item.trial.trial_id, asked.after_turn, asked.beside))
            await held.run.record_answer(held.item.trial, event.answer)
            held.answers[asked] = event.answer
        elif event.entry is not None:
            await self._desk.writer.journal(event.entry)

    def _remember(self, entry: object, key: str) -> None:
        """Keep the end of an attempt until what it brought is written beside it."""
        if isinstance(entry, AttemptEnded):
            self._desk.ended[key] = entry

    def _end(self, hand: _Hand, event: Event, end: End) -> None:
        held = hand.held.get(event.trial_id or "")
        if held is None or held.over.done():
            return
        if end.is_called_off:
            held.over.set_exception(CalledOffError())
        elif end.failure is not None:
            error = CallError(end.failure)
            error.slug = end.slug
            held.over.set_exception(error)
        elif end.error is not None:
            held.over.set_exception(RuntimeError(end.error))
        else:
            held.over.set_result(end.ended_by)

    def _fail(self, hand: _Hand, error: Exception) -> None:
        for held in hand.held.values():
            if not held.over.done():
                held.over.set_exception(error)

    async def _lost(self, hand: _Hand, why: str) -> None:
        """Take in that a worker is gone: its calls may have been paid for, its conversations go on elsewhere."""
        self._hands.remove(hand)
        await asyncio.gather(*hand.writing)
        self._leases.workers.remove(hand.lease)
        try:
            ends = [self._never_came_back(start) for start in hand.under_way.values()]
            for end in ends:
                self._desk.budget.spend(end.trial_id, end.booked_usd)
            message = (
                f"a worker was lost ({why}); {len(hand.held)} conversations go on at another, {len(ends)} "
                "calls may have been paid for"
            )
            noted = Noted(at=self._at(), run_id=self._desk.run_id, subject="worker", message=message)
            await asyncio.gather(*map(self._desk.writer.journal, ends), self._desk.writer.journal(noted))
        except StorageError as error:
            self._fail(hand, error)
        self._fail(hand, WorkerLostError(why))

    def _never_came_back(self, start: AttemptStarted) -> AttemptEnded:
        return AttemptEnded(
            at=self._at(),
            run_id=start.run_id,
            trial_id=start.trial_id,
            turn_id=start.turn_id,
            attempt=start.attempt,
            beside=start.beside,
            is_ok=False,
            fault=Fault.TRANSIENT.value,
            stage="worker",
            message="The worker that asked was lost.",
            booked_usd=start.reserved_usd,
        )

    def _at(self) -> str:
        return timestamp(self._desk.utc())


def until_all_tell(now: float, step: float) -> float:
    """Return the seconds from ``now`` to the next moment at which all workers tell: one in each step of the clock."""
    step = min(step, LONGEST_BATCH_SECONDS)
    return step - now % step


def _called(item: Work) -> list[str]:
    """Return whom a conversation asks, by slug and by friendly name."""
    return [word for seat in item.trial.asked for word in (seat.participant.slug, seat.participant.name)]
