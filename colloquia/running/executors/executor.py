"""The seam between a run and where its conversations are held.

A run decides which conversation is opened when, and writes down what it brings. Whoever fulfils :class:`Executor`
holds it: asks its models, and hands each turn to the run, which makes it durable, before the next is asked for.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from colloquia.conversation.converse import converse
from colloquia.running.call import Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from colloquia.conversation.chat_model import ChatModel
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.design.trials import Trial
    from colloquia.running.call import Desk
    from colloquia.running.control import Control
    from colloquia.running.work import Work


class Models(Protocol):
    """Whoever may be asked."""

    def model(self, slug: str) -> ChatModel:
        """Return the model of a slug."""


class Keeper(Protocol):
    """The run whose conversations are held: it keeps what they bring."""

    @property
    def desk(self) -> Desk:
        """What all its calls share."""

    @property
    def models(self) -> Models:
        """Everyone who may be asked."""

    @property
    def control(self) -> Control:
        """Whether it is paused or stopped."""

    async def record(self, trial: Trial, turn: Turn) -> None:
        """Take a turn, which is on disk before the attempt of any call that leaves later."""

    async def record_answer(self, trial: Trial, answer: Answer) -> None:
        """Make the answer to a probe durable."""

    def may_go_on(self, trial: Trial) -> bool:
        """Tell whether the next turn of a conversation may be asked for."""

    def watcher(self, trial: Trial) -> Callable[[str], None] | None:
        """Return what is told the text of a turn while it is generated."""


class Holding(Protocol):
    """What holds conversations while a run goes on."""

    async def converse(self, run: Keeper, item: Work) -> str | None:
        """Hold the rest of one conversation; return how it ended, None where it was left unfinished.

        Raises:
            CallError: a call failed for good; what was said before is recorded.
            CalledOffError: the run or a model was stopped.
        """

    def room(self, slug: str) -> int:
        """Return how many conversations of a model may be open, so that no call finds its lane empty."""


class Executor(Protocol):
    """Where conversations are held."""

    def at_work(self, desk: Desk) -> AbstractAsyncContextManager[Holding]:
        """Start what is needed for the calls of a run, and end it with the block."""


class HoldingHere:
    """This process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def room(self, slug: str) -> int:
        """Return how many conversations of a model may be open."""
        return 2 * self._desk.lane(slug).width + 2

    async def converse(self, run: Keeper, item: Work) -> str | None:
        """Hold the rest of one conversation."""
        trial = item.trial

        async def record(turn: Turn) -> None:
            await run.record(trial, turn)
            await between_turns(trial, turn, run.control)

        async def record_answer(answer: Answer) -> None:
            await run.record_answer(trial, answer)
            await run.control.while_paused()

        try:
            return await converse(
                trial.talk,
                item.said,
                models=callers(trial, run.models, run.desk),
                record=record,
                answers=item.answers,
                record_answer=record_answer,
                may_go_on=lambda: run.may_go_on(trial),
                on_text=run.watcher(trial),
            )
        finally:
            run.desk.leave(trial.trial_id)


class Here:
    """The executor that is this process."""

    @asynccontextmanager
    async def at_work(self, desk: Desk) -> AsyncIterator[HoldingHere]:
        """Start nothing."""
        yield HoldingHere(desk)


def callers(trial: Trial, models: Models, desk: Desk) -> dict[str, ChatModel]:
    """Return who is asked in each seat of a conversation."""
    return {
        seat.role: Caller(model=models.model(seat.participant.slug), participant=seat.participant, desk=desk)
        for seat in trial.asked
    }


async def between_turns(trial: Trial, turn: Turn, control: Control) -> None:
    """Wait while the run is paused, where another turn follows; the moves of a round are kept together."""
    if turn.round is None and turn.ended_by is None and turn.turn_id < trial.num_turns:
        await control.while_paused()


def unreachable(trial: Trial, control: Control) -> str | None:
    """Return what stands in the way of a conversation: a slug or a friendly name that is stopped."""
    if not control.stopped_models:
        return None
    called = (word for seat in trial.asked for word in (seat.participant.slug, seat.participant.name))
    return next((word for word in called if word in control.stopped_models), None)
