"""Many conversations at once: each is held to its end, each turn is on disk before the next is asked for."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from colloquia.conversation.converse import converse
from colloquia.errors import CallError, Fault, StorageError
from colloquia.logbook.record import Noted, TrialFailed, experiment_id, timestamp, turn_row
from colloquia.running.call import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from colloquia.conversation.chat_model import ChatModel
    from colloquia.conversation.transcript import Turn
    from colloquia.design.trials import Trial
    from colloquia.running.call import Desk
    from colloquia.running.control import Control
    from colloquia.running.progress import Progress
    from colloquia.running.work import Work

FIRST_TURNS = 20
"""So many turns of a model are looked at before it is trusted with the rest of the money."""
TOLERATED_CUT = 4
"""More cut or empty turns than this among the first, a fifth of them, and the model waits for its researcher."""


class Models(Protocol):
    """Whoever may be asked."""

    def model(self, slug: str) -> ChatModel:
        """Return the model of a slug."""


@dataclass(kw_only=True)
class Run:
    """One run of a study: who answers, who writes, what was done."""

    folder_id: str
    desk: Desk
    models: Models
    control: Control
    progress: Progress
    on_text: Callable[[str, str], None] | None = None
    """Called with a trial id and the text of its turn so far."""
    turns_of: dict[str, int] = field(default_factory=dict)
    """Live turns of each model in this folder, earlier runs included; by friendly name."""
    _cut_of: dict[str, int] = field(default_factory=dict)
    _change: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self, work: Iterable[Work], *, at_once: int) -> None:
        """Hold all conversations, ``at_once`` of them at a time, until they end or the run is told to stop.

        Raises:
            StorageError: the disk failed; what was acknowledged is safe.
        """
        queue = deque(work)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(queue))):
                group.create_task(self._hold_from(queue))

    async def _hold_from(self, queue: deque[Work]) -> None:
        while self.control.is_running and queue:
            if not self._may_open(queue[0]):
                await self._wait_for_room()
                continue
            item = queue.popleft()
            if self._unreachable(item.trial) is None:
                await self._hold_one(item)

    def _may_open(self, item: Work) -> bool:
        """Tell whether the next conversation is likely to fit under the cap."""
        return self.desk.budget.has_room_for(item.forecast)

    async def _wait_for_room(self) -> None:
        """Wait until a conversation closes; with none open there will never be room, and the run stops."""
        if not self.progress.open_conversations:
            self._stop_at_cap()
            return
        self._change.clear()
        await self._change.wait()

    async def _hold_one(self, item: Work) -> None:
        trial = item.trial
        self.desk.budget.open(trial.trial_id, item.forecast)
        self.progress.opened(trial)
        ended_by = None
        try:
            ended_by = await converse(
                trial.talk,
                item.said,
                models=self._callers(trial),
                record=lambda turn: self._record(trial, turn),
                may_go_on=lambda: self._may_go_on(trial),
                on_text=self._watcher(trial),
            )
        except CallError as error:
            await self._failed(trial, error)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 (a broken conversation is data; the others go on)
            await self._record_failure(trial, Fault.STOP_TRIAL, "code", f"{type(error).__name__}: {error}")
        finally:
            self.desk.budget.close(trial.trial_id)
            self.progress.closed(trial, ended_by)
            self._change.set()

    def _callers(self, trial: Trial) -> dict[str, ChatModel]:
        return {
            seat.role: Caller(
                model=self.models.model(seat.participant.slug), participant=seat.participant, desk=self.desk
            )
            for seat in trial.talk.seats
        }

    def _may_go_on(self, trial: Trial) -> bool:
        if self.desk.budget.is_spent:
            self._stop_at_cap()
        return self.control.is_running and self._unreachable(trial) is None

    def _unreachable(self, trial: Trial) -> str | None:
        slugs = (seat.participant.slug for seat in trial.talk.seats)
        return next((slug for slug in slugs if slug in self.control.stopped_models), None)

    def _stop_at_cap(self) -> None:
        budget = self.desk.budget
        self.control.stop(
            "budget",
            f"${budget.spent_usd:.4f} of the ${budget.cap_usd} in max_cost are spent and what is left is likely to "
            "cost more than that leaves; raise max_cost and run again to go on.",
        )

    async def _record(self, trial: Trial, turn: Turn) -> None:
        row = turn_row(
            trial, turn, experiment_id=experiment_id(self.folder_id, trial.trial_id), run_id=self.desk.run_id
        )
        await self.desk.writer.turn(self.desk.ended.pop(trial.trial_id, None), row)
        self.progress.said(trial, turn)
        await self._watch_for_cuts(trial, turn)

    async def _watch_for_cuts(self, trial: Trial, turn: Turn) -> None:
        """Stop a paid model most of whose first turns are cut or empty, before the money is gone."""
        if turn.reply.source != "live":
            return
        participant = next(seat.participant for seat in trial.talk.seats if seat.role == turn.role)
        name = participant.name
        self.turns_of[name] = self.turns_of.get(name, 0) + 1
        is_cut = turn.reply.finish_reason == "length" or turn.reply.outcome in ("empty", "no_answer")
        if self.turns_of[name] > FIRST_TURNS or not is_cut:
            return
        self._cut_of[name] = self._cut_of.get(name, 0) + 1
        if self._cut_of[name] == TOLERATED_CUT + 1:
            message = (
                f"{name}: {self._cut_of[name]} of its first {self.turns_of[name]} turns are cut or empty. Its "
                "conversations wait: raise max_tokens in the study, or run again to go on as it is."
            )
            await self._stop_model(participant.slug, message)

    async def _failed(self, trial: Trial, error: CallError) -> None:
        failure = error.failure
        if failure.fault is Fault.STOP_RUN:
            self.control.stop("refused", failure.message)
            await self._note("run", failure.message)
            return
        if failure.fault is Fault.STOP_MODEL:
            await self._stop_model(error.slug, failure.message)
        await self._record_failure(trial, failure.fault, failure.stage, failure.message)

    async def _record_failure(self, trial: Trial, fault: Fault, stage: str, message: str) -> None:
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

    async def _stop_model(self, slug: str, message: str) -> None:
        self.control.stop_model(slug, message)
        await self._note(slug, message)

    async def _note(self, subject: str, message: str) -> None:
        await self.desk.writer.journal(
            Noted(at=timestamp(self.desk.utc()), run_id=self.desk.run_id, subject=subject, message=message)
        )

    def _watcher(self, trial: Trial) -> Callable[[str], None] | None:
        on_text = self.on_text
        return None if on_text is None else lambda text: on_text(trial.trial_id, text)
