"""A worker: holds whole conversations for a run that another process writes down.

It asks models as a run does (lanes, retries, a journal of every attempt), with three things lent to it: what it writes
is sent to the one process that writes, and counts once that says that it is on disk; the places of its lanes and the
dollars of its budget are leased. So an attempt is on disk before its call leaves, wherever it leaves from, and with it
all that was told before, the turn that it follows included.

It is asked for what it has to tell again and again: it answers once it has ``FULL`` events, or when as many seconds
have passed as it was told.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.conversation.chat_model import call_key
from colloquia.conversation.converse import converse
from colloquia.errors import CallError
from colloquia.running.budget import Budget
from colloquia.running.call import Desk
from colloquia.running.control import CalledOffError, Control
from colloquia.running.executors.executor import between_turns, callers, unreachable
from colloquia.running.executors.messages import Batch, End, Event
from colloquia.running.heartbeat import changes
from colloquia.running.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.design.forecast import Price
    from colloquia.design.trials import Trial
    from colloquia.logbook.entries import AttemptEnded, AttemptStarted, LaneChanged, Noted
    from colloquia.running.executors.executor import Models
    from colloquia.running.executors.messages import Told
    from colloquia.running.work import Work

FULL = 64
LANES_SECONDS = 1.0
"""So often it is told what became of the lanes."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a worker has to know of a run; no key."""

    run_id: str
    models: Callable[[Mapping[str, str]], Models]
    """Makes everyone who may be asked, of the keys."""
    prices: Mapping[str, Price]
    headroom: Mapping[str, int]
    cap_usd: float | None
    remote: frozenset[str]
    """Slugs that are asked over a network that can be lost."""
    sources: frozenset[str]
    """Where the folder's turns come from."""
    strangers: frozenset[str]
    """Slugs of whose providers nobody knows yet whether they are simulators."""


@dataclass(kw_only=True)
class LeasedBudget(Budget):
    """The budget of a worker: what it was lent, against the cap that all share."""

    lease_usd: float = 0.0
    """Dollars that it may spend in all."""
    is_denied: bool = False
    """True where no more will be lent."""
    _short: dict[str, float] = field(default_factory=dict)
    """Calls that wait for dollars, by the key of their occasion."""

    @property
    def is_spent(self) -> bool:
        """False: whoever lends knows."""
        return False

    @property
    def free_usd(self) -> float:
        """What is neither spent nor reserved."""
        return self.lease_usd - self.spent_usd - self.reserved_usd

    @property
    def short_usd(self) -> float:
        """What is lacking for the cheapest call that waits; 0 where none does."""
        return max(min(self._short.values()) - self.free_usd, 1e-12) if self._short else 0.0

    async def reserve(self, key: str, worst_usd: float | None) -> bool:
        """Reserve the most that a call can cost, waiting for the lease to grow; False where it will not."""
        try:
            while self.cap_usd is not None and not self._fits(worst_usd):
                if worst_usd is None or (self.is_denied and not self._reserved):
                    return False
                self._short[key] = worst_usd
                self._settled.clear()
                await self._settled.wait()
        finally:
            self._short.pop(key, None)
        self._reserved[key] = worst_usd or 0.0
        return True

    def lend(self, dollars: float, *, is_denied: bool) -> None:
        """Take in what the lease grew by, and whether more can be hoped for."""
        self.lease_usd += dollars
        self.is_denied = is_denied
        if dollars or is_denied:
            self._settled.set()

    def give_back(self) -> float:
        """Return what is not needed now, which the lease is smaller by from now on."""
        dollars = max(self.free_usd, 0.0)
        self.lease_usd -= dollars
        return dollars

    def _fits(self, worst_usd: float | None) -> bool:
        return worst_usd is not None and (worst_usd <= self.free_usd or worst_usd == 0)


@dataclass(kw_only=True)
class _Sender:
    """A writer whose disk is another process."""

    full: asyncio.Event = field(default_factory=asyncio.Event)
    events: list[Event] = field(default_factory=list)
    _sent: int = 0
    _awaited: dict[int, asyncio.Future[None]] = field(default_factory=dict)

    async def journal(self, entry: AttemptStarted | AttemptEnded | LaneChanged | Noted) -> None:
        """Return when ``entry`` is on disk."""
        await self.acknowledged(trial_id=getattr(entry, "trial_id", None), entry=entry)

    def entry(self, entry: AttemptEnded) -> None:
        """Tell an entry that nobody waits for."""
        self.send(trial_id=entry.trial_id, entry=entry)

    async def acknowledged(
        self,
        *,
        trial_id: str | None,
        entry: AttemptStarted | AttemptEnded | LaneChanged | Noted | None = None,
        answer: Answer | None = None,
    ) -> None:
        """Return when it is on disk."""
        done = asyncio.get_running_loop().create_future()
        self._awaited[self._sent + 1] = done
        self.send(trial_id=trial_id, entry=entry, answer=answer)
        await done

    def send(
        self,
        *,
        trial_id: str | None,
        entry: AttemptStarted | AttemptEnded | LaneChanged | Noted | None = None,
        turn: Turn | None = None,
        answer: Answer | None = None,
        end: End | None = None,
    ) -> None:
        """Tell something."""
        self._sent += 1
        event = Event(number=self._sent, trial_id=trial_id, entry=entry, turn=turn, answer=answer, end=end)
        self.events.append(event)
        if len(self.events) == FULL:
            self.full.set()

    def are_written(self, numbers: list[int]) -> None:
        """Take in what is on disk."""
        for number in numbers:
            done = self._awaited.pop(number, None)
            if done is not None and not done.done():
                done.set_result(None)


class Worker:
    """Conversations being held, in a process that writes nothing.

    Args:
        order: What the run is.
        keys: The keys of its providers, by variable.
    """

    def __init__(self, order: Order, keys: Mapping[str, str]) -> None:
        self._order = order
        self._models = order.models(keys)
        self._sender = _Sender()
        self._places: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._control = Control()
        self._looked_at = float("-inf")
        """When the lanes were last looked at."""
        self._budget = LeasedBudget(cap_usd=order.cap_usd, prices=order.prices, headroom=order.headroom)
        self._desk = Desk(
            run_id=order.run_id,
            writer=self._sender,  # type: ignore[arg-type]  # what a call needs of a writer
            budget=self._budget,
            lane_width=lambda slug: self._places.get(slug, 0),
            control=self._control,
            is_remote=order.remote.__contains__,
            sources=Sources(order.sources, order.strangers),
        )

    async def exchange(self, told: Told, items: list[Work]) -> Batch:
        """Take in what it is told and the conversations it is given; return what it has to tell.

        It answers when as many seconds have passed as it was told, with or without anything to tell, or when a batch
        is full.
        """
        self._sender.are_written(told.written)
        self._obey(told.is_paused, told.stop, told.stopped_models)
        self._take_lease(told.places, told.waits)
        self._budget.lend(told.lease_usd, is_denied=told.is_denied)
        returned = self._budget.give_back() if told.is_recalled else 0.0
        for item in items:
            task = asyncio.create_task(self._hold(item))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await self._something_to_tell(told.seconds)
        return self._batch(returned)

    async def _something_to_tell(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._sender.full.wait()

    def _batch(self, returned: float) -> Batch:
        if self._desk.now() - self._looked_at >= LANES_SECONDS:
            self._looked_at = self._desk.now()
            for entry in changes(self._desk):
                self._sender.send(trial_id=None, entry=entry)
        events, self._sender.events = self._sender.events, []
        self._sender.full.clear()
        lanes = self._desk.lanes.items()
        return Batch(
            events=events,
            in_flight={slug: lane.in_flight for slug, lane in lanes},
            widths={slug: lane.width for slug, lane in lanes},
            waits={slug: seconds for slug, lane in lanes if (seconds := lane.waits_seconds()) > 0},
            short_usd=self._budget.short_usd,
            reserved_usd=self._budget.reserved_usd,
            returned_usd=returned,
        )

    def _obey(self, is_paused: bool, stop: tuple[str, str] | None, stopped_models: Mapping[str, str]) -> None:  # noqa: FBT001 (as it is told)
        for called, message in stopped_models.items():
            if called not in self._control.stopped_models:
                self._control.stop_model(called, message)
        if stop:
            self._control.stop(*stop)
        elif is_paused:
            self._control.pause()
        else:
            self._control.resume()

    def _take_lease(self, places: dict[str, int], waits: Mapping[str, float]) -> None:
        self._places = places
        for slug, lane in self._desk.lanes.items():
            lane.allow(places.get(slug, 0))
        for slug, seconds in waits.items():
            lane = self._desk.lane(slug)
            if seconds > lane.waits_seconds() + 1:
                lane.close_for(seconds)

    async def _hold(self, item: Work) -> None:
        end = await self._held(item)
        self._desk.leave(item.trial.trial_id)
        self._sender.send(trial_id=item.trial.trial_id, end=end)

    async def _held(self, item: Work) -> End:
        trial = item.trial
        try:
            ended_by = await converse(
                trial.talk,
                item.said,
                models=callers(trial, self._models, self._desk),
                record=lambda turn: self._record(trial, turn),
                answers=item.answers,
                record_answer=lambda answer: self._record_answer(trial, answer),
                may_go_on=lambda: self._control.is_running and unreachable(trial, self._control) is None,
            )
            return End(ended_by=ended_by)
        except CalledOffError:
            return End(is_called_off=True)
        except CallError as error:
            return End(failure=error.failure, slug=error.slug)
        except Exception as error:  # noqa: BLE001 (a broken conversation is data; the others go on)
            return End(error=f"{type(error).__name__}: {error}")

    async def _record(self, trial: Trial, turn: Turn) -> None:
        ended = self._desk.ended.pop(call_key(trial.trial_id, turn.turn_id), None)
        self._sender.send(trial_id=trial.trial_id, entry=ended, turn=turn)
        await between_turns(trial, turn, self._control)

    async def _record_answer(self, trial: Trial, answer: Answer) -> None:
        asked = answer.asked
        ended = self._desk.ended.pop(call_key(trial.trial_id, asked.after_turn, asked.beside), None)
        await self._sender.acknowledged(trial_id=trial.trial_id, entry=ended, answer=answer)
        await self._control.while_paused()
