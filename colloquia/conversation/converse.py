"""The loop of one conversation: ask for the next turn, record it, go on.

The turns that the log already has are walked through first, so that a conversation resumes exactly where it stopped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.conversation.chat_model import Reply
from colloquia.conversation.refusals import refusal_source
from colloquia.conversation.steps import End
from colloquia.conversation.stopping import first_met
from colloquia.conversation.transcript import Turn, turns
from colloquia.conversation.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from colloquia.conversation.chat_model import ChatModel
    from colloquia.conversation.walk import Asked, Talk


async def converse(
    talk: Talk,
    stored: Iterable[Turn],
    *,
    models: Mapping[str, ChatModel],
    record: Callable[[Turn], Awaitable[None]],
    may_go_on: Callable[[], bool] = lambda: True,
    on_text: Callable[[str], None] | None = None,
) -> str | None:
    """Hold the rest of one conversation.

    Args:
        talk: What decides it.
        stored: The turns that the log has, in order.
        models: Who answers, by role.
        record: Makes a turn durable; the next one is asked for only afterwards.
        may_go_on: Asked before each turn; False leaves the conversation where it is.
        on_text: Called with the text of the turn so far, as it is generated.

    Returns:
        How the conversation ended (``length``, ``phrase`` ...), or None where it was left unfinished.

    Raises:
        CallError: a call failed for good; what was said before is recorded.
        DamagedLogError: a stored turn is not the one that the procedure asks for.
    """
    walk = Walk(talk)
    for turn in stored:
        walk.take(turn)
    while True:
        asked = walk.next(on_text)
        if isinstance(asked, End):
            return asked.reason
        if not may_go_on():
            return None
        reply = await _answer(asked, models)
        turn = _finished(walk, asked, reply)
        await record(turn)
        walk.add(turn)


def _finished(walk: Walk, asked: Asked, reply: Reply) -> Turn:
    """Return the turn that ``reply`` makes, with its refusal and its ending decided."""
    request = asked.request
    turn = Turn(
        turn_id=asked.turn_id,
        role=asked.role,
        reply=reply,
        request_sha256=request.sha256 if request else None,
        seed=request.sampling.get("seed") if request else None,
        refusal_source=refusal_source(reply) if request else None,
    )
    ended_by = reply.outcome or first_met(walk.talk.stop, [*turns(walk.events), turn])
    return replace(turn, ended_by=ended_by)


async def _answer(asked: Asked, models: Mapping[str, ChatModel]) -> Reply:
    if asked.request is None:
        return Reply(content=asked.line, source="scripted")
    return await models[asked.role].reply(asked.request)
