"""Many questions beside the talk at once: each called, journalled and paid like a turn, and written before it counts.

A question that fails is noted in the journal and left for the next run; the others go on. What stops a model stops
its questions, and what stops a run stops all.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from colloquia.errors import CallError, Fault
from colloquia.logbook.entries import Noted
from colloquia.logbook.record import timestamp
from colloquia.running.call import Caller
from colloquia.running.control import CalledOffError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.conversation.participants import Participant
    from colloquia.logbook.entries import AttemptEnded
    from colloquia.running.call import Desk
    from colloquia.running.executors.executor import Models


class Asked(Protocol):
    """What can be asked."""

    @property
    def request(self) -> ChatRequest:
        """What is sent."""

    @property
    def participant(self) -> Participant:
        """To whom."""


Question = TypeVar("Question", bound=Asked)


@dataclass(kw_only=True)
class Asking(Generic[Question]):
    """Questions being asked."""

    desk: Desk
    models: Models
    take: Callable[[Question, Reply, AttemptEnded | None], Awaitable[None]]
    """Writes down what a question brought, with the end of its attempt."""
    failures: dict[str, str] = field(default_factory=dict)
    """Why questions failed, by the key of their occasion."""
    _open: int = 0
    _change: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, questions: Iterable[Question], *, at_once: int) -> None:
        """Ask all questions in this order, at most ``at_once`` at a time, until the run is told to stop.

        Raises:
            StorageError: the disk failed; what was acknowledged is safe.
        """
        async with asyncio.TaskGroup() as group:
            for question in questions:
                while self._open >= at_once and self.desk.control.is_running:
                    self._change.clear()
                    await self._change.wait()
                if not self._may_ask(question):
                    continue
                self._open += 1
                group.create_task(self._ask_one(question))

    def _may_ask(self, question: Question) -> bool:
        control = self.desk.control
        called = (question.participant.slug, question.participant.name)
        return control.is_running and not any(word in control.stopped_models for word in called)

    async def _ask_one(self, question: Question) -> None:
        desk, participant = self.desk, question.participant
        try:
            caller = Caller(model=self.models.model(participant.slug), participant=participant, desk=desk)
            reply = await caller.reply(question.request)
            await self.take(question, reply, desk.ended.pop(question.request.occasion.key, None))
        except CalledOffError:
            pass  # the run or the model was stopped; the next run asks
        except CallError as error:
            await self._failed(question, error)
        finally:
            self._open -= 1
            self._change.set()

    async def _failed(self, question: Question, error: CallError) -> None:
        failure, control = error.failure, self.desk.control
        if failure.fault is Fault.STOP_RUN:
            control.stop("budget" if failure.stage == "budget" else "refused", failure.message)
            await self._note("run", failure.message)
        elif failure.fault is Fault.STOP_MODEL:
            control.stop_model(error.slug or question.participant.slug, failure.message)
            await self._note(question.participant.slug, failure.message)
        else:
            occasion = question.request.occasion
            self.failures[occasion.key] = failure.message
            await self._note(f"{occasion.beside}, conversation {occasion.trial_id}", failure.message)

    async def _note(self, subject: str, message: str) -> None:
        await self.desk.writer.journal(
            Noted(at=timestamp(self.desk.utc()), run_id=self.desk.run_id, subject=subject, message=message)
        )
