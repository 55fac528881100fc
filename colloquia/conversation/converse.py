"""The loop of one conversation: ask the probes that are due, ask for the next turn, record it, go on.

Where several can be asked at once (the hidden moves of a round) they are; each is recorded as soon as those before it
are. The turns that the log already has are walked through first, so that a conversation resumes exactly where it
stopped.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from colloquia.conversation.chat_model import Reply
from colloquia.conversation.refusals import refusal_source
from colloquia.conversation.steps import End, Move
from colloquia.conversation.stopping import first_met
from colloquia.conversation.transcript import Answer, Turn
from colloquia.conversation.walk import Walk
from colloquia.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

    from colloquia.conversation.chat_model import ChatModel
    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.talk import Talk
    from colloquia.conversation.walk import Asked, Question

INVALID_MOVE = "invalid_move"
"""How a conversation ends in which a move was asked for and the reply makes none."""


async def converse(
    talk: Talk,
    stored: Iterable[Turn],
    *,
    models: Mapping[str, ChatModel],
    record: Callable[[Turn], Awaitable[None]],
    answers: Mapping[AskedProbe, Answer] | None = None,
    record_answer: Callable[[Answer], Awaitable[None]] | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
    on_text: Callable[[str], None] | None = None,
) -> str | None:
    """Hold the rest of one conversation.

    Args:
        talk: What decides it.
        stored: The turns that the log has, in order.
        models: Who answers, by role.
        record: Keeps a turn; the next one is asked for only afterwards.
        answers: The answers to probes that are on file.
        record_answer: Makes the answer to a probe durable; without it no probe is asked.
        may_go_on: Asked before each turn and probe; False leaves the conversation where it is.
        on_text: Called with the text of the turn so far, as it is generated.

    Returns:
        How the conversation ended (``length``, ``phrase`` ...), or None where it was left unfinished.

    Raises:
        CallError: a call failed for good; what was said before is recorded.
        DamagedLogError: a stored turn is not the one that the procedure asks for.
    """
    walk = Walk(talk, None if record_answer is None else answers or {})
    for turn in stored:
        if not await _all_answered(walk, models, record_answer, may_go_on, before_turn=True):
            return None
        walk.take(turn)
    while await _all_answered(walk, models, record_answer, may_go_on):
        due = walk.due(on_text)
        if isinstance(due, End):
            return due.reason
        if not may_go_on():
            return None
        if len(due) == 1:  # nearly always: no task of its own is needed
            await _take(walk, due[0], await _reply(due[0], models), record)
            continue
        async with _replies(due, models) as replies:
            for asked, reply in zip(due, replies, strict=True):
                await _take(walk, asked, await reply, record)
    return None


async def _take(walk: Walk, asked: Asked, reply: Reply, record: Callable[[Turn], Awaitable[None]]) -> None:
    turn = _finished(walk, asked, reply)
    await record(turn)
    walk.add(turn)


async def _all_answered(
    walk: Walk,
    models: Mapping[str, ChatModel],
    record: Callable[[Answer], Awaitable[None]] | None,
    may_go_on: Callable[[], bool],
    *,
    before_turn: bool = False,
) -> bool:
    """Ask the probes that are due, one after another; return whether the conversation may go on.

    Before a turn that was already said only those are asked that nobody remembers; the walk finds that others lack.
    """
    while record is not None and (question := walk.probe()) is not None:
        if before_turn and question.probe.shown != "never":
            return True
        if not may_go_on():
            return False
        answer = _answered(question, await models[question.asked.role].reply(question.request))
        await record(answer)
        walk.answer(answer)
    return True


def _answered(question: Question, reply: Reply) -> Answer:
    return Answer(
        asked=question.asked,
        question=question.text,
        reply=reply,
        value=question.probe.answers.read(reply.content or ""),
        request_sha256=question.request.sha256,
        seed=question.request.sampling.get("seed"),
        refusal_source=refusal_source(reply),
    )


@asynccontextmanager
async def _replies(due: Sequence[Asked], models: Mapping[str, ChatModel]) -> AsyncIterator[list[asyncio.Task[Reply]]]:
    """Ask for everything that is due at once.

    Where one call fails, the others are waited for: they may have been paid, and what they cost is to be known.
    """
    tasks = [asyncio.create_task(_reply(asked, models)) for asked in due]
    try:
        yield tasks
    except (asyncio.CancelledError, StorageError):
        for task in tasks:
            task.cancel()
        raise
    finally:
        await asyncio.gather(*tasks, return_exceptions=True)


async def _reply(asked: Asked, models: Mapping[str, ChatModel]) -> Reply:
    if asked.request is None:
        return Reply(content=asked.line, source="scripted")
    return await models[asked.role].reply(asked.request)


def _finished(walk: Walk, asked: Asked, reply: Reply) -> Turn:
    """Return the turn that ``reply`` makes, with its move, its refusal and its ending decided."""
    request = asked.request
    turn = Turn(
        turn_id=asked.turn_id,
        role=asked.role,
        reply=reply,
        request_sha256=asked.sha256,
        seed=request.sampling.get("seed") if request else None,
        refusal_source=refusal_source(reply) if request else None,
    )
    turn = asked.heard(asked.read(turn))
    ended_by = _ending(walk, asked, turn)
    return replace(turn, ended_by=ended_by) if ended_by else turn


def _ending(walk: Walk, asked: Asked, turn: Turn) -> str | None:
    """Return why the conversation ends with this turn.

    A round that is begun is completed. So its last move has the reason of the whole round, the first that there is in
    seat order; a move before it has one only where it is itself what ends the conversation.
    """
    is_invalid = isinstance(asked.step, Move) and asked.step.invalid_ends and turn.move is None
    own = turn.reply.outcome or (INVALID_MOVE if is_invalid else None)
    if not walk.is_last_of_round(asked):
        return own
    earlier = next((move.ended_by for move in walk.round if move.ended_by), None)
    return earlier or own or _rule_met(walk, turn) or walk.ending(turn)


def _rule_met(walk: Walk, turn: Turn) -> str | None:
    """Return the first rule by which the conversation ends with this turn, or with one before it in its round."""
    if not walk.talk.stop:
        return None
    said, first = [*walk.turns, turn], len(walk.round)
    met = (first_met(walk.talk.stop, said[:end]) for end in range(len(said) - first, len(said) + 1))
    return next(filter(None, met), None)
