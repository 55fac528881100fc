"""Conversations with probes: a question, a model that answers it, and what came of holding one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fakes import reply

from colloquia.conversation.converse import converse
from colloquia.conversation.probes import AskedProbe, Probe, Scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.conversation.talk import Talk
    from colloquia.conversation.transcript import Answer, Turn


def probe(name: str = "mood", **known: object) -> Probe:
    """Return a probe of B on a scale, after each turn."""
    return Probe(
        **{
            "name": name,
            "ask": ("B",),
            "when": ("start", "each turn"),
            "question": f"How is your {name}?",
            "answers": Scale(low=0, high=100),
            **known,
        }
    )


@dataclass
class Seat:
    """A model that says which turn it is, or answers a probe with a number that grows with its turns."""

    asked: list[ChatRequest] = field(default_factory=list)

    async def reply(self, request: ChatRequest) -> Reply:
        """Return its line or its answer."""
        self.asked.append(request)
        occasion = request.occasion
        return reply(f"{50 + 10 * occasion.own_turns}" if occasion.beside else f"Turn {occasion.turn_id}.")


@dataclass
class Held:
    """What came of a conversation."""

    turns: list[Turn] = field(default_factory=list)
    answers: dict[AskedProbe, Answer] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    ended_by: str | None = None
    requests: list[ChatRequest] = field(default_factory=list)

    @property
    def beside(self) -> list[ChatRequest]:
        """Requests of probes."""
        return [request for request in self.requests if request.occasion.beside]

    @property
    def of_turns(self) -> list[ChatRequest]:
        """Requests of turns."""
        return [request for request in self.requests if not request.occasion.beside]


def hold(
    held_talk: Talk,
    stored: Sequence[Turn] = (),
    answers: Mapping[AskedProbe, Answer] | None = None,
    *,
    most: int = 10_000,
) -> Held:
    """Hold a conversation of which some is on file, and stop after so many new turns and answers."""
    held, model = Held(turns=list(stored), answers=dict(answers or {})), Seat()

    async def record(taken: Turn) -> None:
        held.turns.append(taken)
        held.order.append(f"{taken.turn_id} {taken.role}")

    async def record_answer(answer: Answer) -> None:
        held.answers[answer.asked] = answer
        held.order.append(f"{answer.asked.probe} of {answer.role} after {answer.asked.after_turn}")

    held.ended_by = asyncio.run(
        converse(
            held_talk,
            stored,
            models={each.role: model for each in held_talk.seats},
            record=record,
            answers=answers or {},
            record_answer=record_answer,
            may_go_on=lambda: len(held.order) < most,
        )
    )
    held.requests = model.asked
    return held
