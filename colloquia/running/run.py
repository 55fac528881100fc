"""Many conversations at once: each is held to its end, each turn is on disk before the next is asked for."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING

from colloquia.conversation.chat_model import call_key
from colloquia.conversation.recorded import DONOR_FAILED
from colloquia.errors import CallError, Fault, StorageError
from colloquia.logbook.answers import answer_row
from colloquia.logbook.entries import Noted, TrialFailed
from colloquia.logbook.keys import is_cut
from colloquia.logbook.record import experiment_id, parent_of, timestamp
from colloquia.logbook.turn_rows import turn_row
from colloquia.running.control import CalledOffError
from colloquia.running.donors import Donors
from colloquia.running.executors.executor import HoldingHere, unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.design.trials import Trial
    from colloquia.running.call import Desk
    from colloquia.running.control import Control
    from colloquia.running.executors.executor import Holding, Models
    from colloquia.running.progress import Progress
    from colloquia.running.work import Work

FIRST_TURNS = 20
"""So many turns of a model are looked at before it is trusted with the rest of the money."""
TOLERATED_CUT = 4
"""More cut or empty turns than this among the first, a fifth of them, and the model waits for its researcher."""


class Queue:
    """The conversations that are still to be opened, in the order of the plan, and how many are open.

    A conversation waits while a model of it has as many open as its lane can use; others are opened before it, so
    that a slow model does not hold the places of all. Conversations of the same models wait in one line, and lines
    that wait for a model are set aside until it has room: finding the next costs no walk through all of them.
    """

    def __init__(self, work: Iterable[Work], *, room: Callable[[str], int]) -> None:
        self.open = 0
        self._room = room
        """How many conversations of a slug may be open."""
        self._open: Counter[str] = Counter()
        self._lines: dict[tuple[str, ...], deque[tuple[int, Work]]] = {}
        self._places = 0
        for place, item in enumerate(work):
            self._lines.setdefault(item.trial.slugs, deque()).append((place, item))
            self._places = place
        self._ready = [(line[0][0], slugs) for slugs, line in self._lines.items()]
        heapify(self._ready)
        self._aside: dict[str, list[tuple[str, ...]]] = {}
        """Lines that wait, by the slug that has no room."""

    @property
    def is_left(self) -> bool:
        """True while conversations are to be opened."""
        return bool(self._lines)

    def first(self) -> Work | None:
        """Return the first conversation whose models all have room; None where there is none."""
        for slug in [slug for slug in self._aside if not self._is_full(slug)]:
            for slugs in self._aside.pop(slug):
                heappush(self._ready, (self._lines[slugs][0][0], slugs))
        while self._ready:
            slugs = self._ready[0][1]
            full = next(filter(self._is_full, slugs), None)
            if full is None:
                return self._lines[slugs][0][1]
            heappop(self._ready)
            self._aside.setdefault(full, []).append(slugs)
        return None

    def add(self, item: Work) -> None:
        """Put a conversation that was not to be opened before at the end."""
        self._places += 1
        slugs = item.trial.slugs
        if slugs not in self._lines:
            heappush(self._ready, (self._places, slugs))
        self._lines.setdefault(slugs, deque()).append((self._places, item))

    def take(self) -> Work:
        """Open what :meth:`first` returned."""
        item = self.drop()
        self.open += 1
        for slug in item.trial.slugs:
            self._open[slug] += 1
        return item

    def drop(self) -> Work:
        """Leave out what :meth:`first` returned."""
        slugs = self._ready[0][1]
        line = self._lines[slugs]
        _, item = line.popleft()
        if line:
            heapreplace(self._ready, (line[0][0], slugs))
        else:
            heappop(self._ready)
            del self._lines[slugs]
        return item

    def close(self, item: Work) -> None:
        """Give the places of an open conversation back."""
        self.open -= 1
        for slug in item.trial.slugs:
            self._open[slug] -= 1

    def _is_full(self, slug: str) -> bool:
        return self._open[slug] >= self._room(slug)


@dataclass(kw_only=True)
class Run:
    """One run of a study: who answers, who writes, what was done."""

    folder_id: str
    desk: Desk
    models: Models
    control: Control
    progress: Progress
    holding: Holding | None = None
    """Holds the conversations that are opened here; this process does where None."""
    on_text: Callable[[str, str], None] | None = None
    """Called with a trial id and the text of its turn so far, and with an empty one once nothing is being generated."""
    earlier: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Live turns that each model has in this folder, and how many of them are cut or empty; by friendly name."""
    _change: asyncio.Event = field(default_factory=asyncio.Event)
    _donors: Donors = field(default_factory=lambda: Donors(()))

    @property
    def _holding(self) -> Holding:
        return self.holding or HoldingHere(self.desk)

    async def hold(self, work: Sequence[Work], *, at_once: int) -> None:
        """Hold all conversations, at most ``at_once`` of them at a time, until they end or the run is told to stop.

        Raises:
            StorageError: the disk failed; what was acknowledged is safe.
        """
        self._donors = Donors(work)
        for item in self._donors.forsaken:
            await self._forsake(item, "no run goes on from it")
        queue = Queue(self._donors.ready, room=self._holding.room)
        async with asyncio.TaskGroup() as group:
            while await self._may_open(queue, at_once):
                item = queue.take()
                self.desk.budget.open(item.trial.trial_id, item.forecast)
                self.progress.opened(item.trial)
                group.create_task(self._hold_one(item, queue))

    async def _may_open(self, queue: Queue, at_once: int) -> bool:
        """Return True once the first of the queue may be opened, False where no more are to be."""
        while (queue.is_left or self._donors.are_awaited) and self.control.is_running:
            await self.control.while_paused()
            first = queue.first() if queue.open < at_once else None
            if first and unreachable(first.trial, self.control) is not None:
                queue.drop()
            elif first and self.desk.budget.has_room_for(first.forecast):
                return self.control.is_running
            elif not queue.open and not queue.is_left:
                return False  # what is left waits for conversations that did not come to their end
            elif not queue.open:
                self._stop_at_cap(first.forecast.cost_usd if first else None)
            else:
                self._change.clear()
                await self._change.wait()
        return False

    async def _hold_one(self, item: Work, queue: Queue) -> None:
        trial = item.trial
        ended_by = None
        try:
            await self.control.while_paused()
            found = await self._holding.converse(self, item)
            await self.desk.writer.written()
            ended_by = found  # only now: what is not on disk is not done
        except CalledOffError:
            pass  # the run or the model was stopped; the conversation stays where it is
        except CallError as error:
            await self._failed(trial, error)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 (a broken conversation is data; the others go on)
            await self._record_failure(trial, Fault.STOP_TRIAL, "code", f"{type(error).__name__}: {error}")
        finally:
            self.desk.budget.close(trial.trial_id)
            self.progress.closed(trial, ended_by)
            await self._release(trial, queue, has_ended=ended_by is not None)
            self._silent(trial)
            queue.close(item)
            self._change.set()

    async def _release(self, trial: Trial, queue: Queue, *, has_ended: bool) -> None:
        """Open what waited for a conversation, with its lines; or say that it cannot be held, since this one failed."""
        if has_ended:
            for item in self._donors.released(trial.trial_id):
                queue.add(item)
        elif trial.trial_id in self.progress.failures:
            for item in self._donors.given_up(trial.trial_id):
                await self._forsake(item, self.progress.failures[trial.trial_id])

    async def _forsake(self, item: Work, why: str) -> None:
        message = f"{DONOR_FAILED}: its partner's lines come from conversation {item.trial.donor}, and {why}"
        await self._record_failure(item.trial, Fault.STOP_TRIAL, "donor", message)

    def may_go_on(self, trial: Trial) -> bool:
        """Tell whether the next turn of a conversation may be asked for."""
        if self.desk.budget.is_spent:
            self._stop_at_cap()
        return self.control.is_running and unreachable(trial, self.control) is None

    def _stop_at_cap(self, next_usd: float | None = None) -> None:
        budget = self.desk.budget
        likely = f", and the next conversation is likely to cost ${next_usd:.4f}" if next_usd else ""
        self.control.stop(
            "budget",
            f"${budget.spent_usd:.4f} of the ${budget.cap_usd} in max_cost are spent{likely}; raise it and run again.",
        )

    async def record(self, trial: Trial, turn: Turn) -> None:
        """Hand a turn to the writer; it is on disk before any attempt that is handed over after it."""
        row = turn_row(
            trial,
            turn,
            experiment_id=experiment_id(self.folder_id, trial.trial_id),
            run_id=self.desk.run_id,
            parent_id=parent_of(self.folder_id, trial),
        )
        ended = self.desk.ended.pop(call_key(trial.trial_id, turn.turn_id), None)
        self.desk.writer.turn(ended, row, lambda: self._said(trial, turn))
        await self._watch_for_cuts(trial, turn)

    def _said(self, trial: Trial, turn: Turn) -> None:
        """Take in that a turn is on disk."""
        self.progress.said(trial, turn)
        self._donors.heard(trial.trial_id, turn)
        self._silent(trial)
        self._change.set()

    async def record_answer(self, trial: Trial, answer: Answer) -> None:
        """Make the answer to a probe durable."""
        asked = answer.asked
        row = answer_row(
            trial, answer, experiment_id=experiment_id(self.folder_id, trial.trial_id), run_id=self.desk.run_id
        )
        ended = self.desk.ended.pop(call_key(trial.trial_id, asked.after_turn, asked.beside), None)
        await self.desk.writer.probe(ended, row)
        self.progress.answered(answer)
        self._change.set()

    async def _watch_for_cuts(self, trial: Trial, turn: Turn) -> None:
        """Stop a paid model most of whose first turns are cut or empty, before the money is gone."""
        if turn.reply.source != "live":
            return
        name = trial.talk.seat_of[turn.role].participant.name
        said, cut = self.earlier.get(name, (0, 0))
        is_another = is_cut(turn.reply.finish_reason, turn.ended_by, turn.move)
        said, cut = self.earlier[name] = (said + 1, cut + is_another)
        if said <= FIRST_TURNS and is_another and cut == TOLERATED_CUT + 1:
            message = (
                f"{name}: {cut} of its first {said} turns are cut or empty. Its conversations wait: raise max_tokens "
                "in the study, or run again to go on as it is."
            )
            await self._stop_model(name, message)

    async def _failed(self, trial: Trial, error: CallError) -> None:
        failure = error.failure
        if failure.fault is Fault.STOP_RUN:
            self.control.stop("budget" if failure.stage == "budget" else "refused", failure.message)
            await self._note("run", failure.message)
            return
        if failure.fault is Fault.STOP_MODEL:
            await self._stop_model(error.slug, failure.message)
            if failure.retry_after_seconds:
                return  # nothing is wrong with the conversation: it waits
        await self._record_failure(trial, failure.fault, failure.stage, failure.message)

    async def _record_failure(self, trial: Trial, fault: Fault, stage: str, message: str) -> None:
        await self.desk.writer.written()  # a turn that is not on disk yet is not counted yet
        self.progress.failed(trial, message)
        await self.desk.writer.journal(
            TrialFailed(
                at=timestamp(self.desk.utc()),
                run_id=self.desk.run_id,
                trial_id=trial.trial_id,
                turn_id=self.progress.turns_of(trial) + 1,
                fault=fault.value,
                stage=stage,
                message=message,
            )
        )

    async def _stop_model(self, called: str, message: str) -> None:
        self.control.stop_model(called, message)
        await self._note(called, message)

    async def _note(self, subject: str, message: str) -> None:
        await self.desk.writer.journal(
            Noted(at=timestamp(self.desk.utc()), run_id=self.desk.run_id, subject=subject, message=message)
        )

    def watcher(self, trial: Trial) -> Callable[[str], None] | None:
        """Return what is told the text of a conversation's turn while it is generated."""
        on_text = self.on_text
        return None if on_text is None else lambda text: on_text(trial.trial_id, text)

    def _silent(self, trial: Trial) -> None:
        """Say that nothing of a conversation is being generated now."""
        if self.on_text is not None:
            self.on_text(trial.trial_id, "")
