"""A fake model that is asked for a move makes one that can be read, in every procedure that ships."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from colloquia.conversation.chat_model import Reply
from colloquia.conversation.converse import converse
from colloquia.design.procedures import KINDS
from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.providers.simulator.moving import move

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.conversation.transcript import Turn

PAYOFFS = {"K": {"K": [8, 8], "F": [0, 10]}, "F": {"K": [10, 0], "F": [5, 5]}}
GAMES: dict[str, dict[str, Any]] = {
    "game": {"rounds": 6, "payoffs": PAYOFFS, "order": "shuffled"},
    "public goods": {"rounds": 4},
    "ultimatum": {"rounds": 6},
    "trust": {"rounds": 6},
    "commons": {"rounds": 2, "talk": 0, "collapse": 0},
    "population": {"rounds": 12, "agents": 4, "names": ["Q", "M", "long name"]},
    "bargain": {"cost": 40, "value": 60},
}
WITHOUT = {"dialogue", "group", "interview", "questionnaire"}
"""Procedures that ask for no move, or for one whose form the researcher writes."""


class Fake:
    """Says what the simulator would."""

    async def reply(self, request: ChatRequest) -> Reply:
        """Return a drawn move, or that nobody asked for one."""
        messages = [(message.role, message.content) for message in request.messages]
        return Reply(content=move(messages, request.occasion.draw) or "Nobody asked.", source="simulated")


def held(kind: str, seed: int) -> list[Turn]:
    """Return the turns of a conversation that the simulator plays with itself."""
    length = {"num_turns": 10} if kind == "bargain" else {}
    prompt = "You trade in lamps; yours cost {cost}. {moves}" if kind == "bargain" else "You play a game."
    study = Experiment(
        models={"m": "scripted:echo"}, scenarios={"s": prompt}, pairing="self", seed=seed,
        procedure={"kind": kind, **GAMES[kind]}, **length,
    )  # fmt: skip
    (trial,) = trials(study, lambda _slug: "flip")
    kept: list[Turn] = []

    async def record(turn: Turn) -> None:
        kept.append(turn)

    asyncio.run(converse(trial.talk, [], models={seat.role: Fake() for seat in trial.talk.seats}, record=record))
    return kept


def test_every_procedure_is_played_or_asks_for_no_move() -> None:
    """A new one has its game in this file."""
    assert set(KINDS) == {*GAMES, *WITHOUT}


@pytest.mark.parametrize("kind", GAMES)
def test_every_move_of_a_rehearsed_game_can_be_read(kind: str) -> None:
    """Of twenty games none ends for a move that is none, and not all moves are the same."""
    played = [turn for seed in range(20) for turn in held(kind, seed)]

    assert [turn.reply.content for turn in played if turn.move is None] == []
    assert len({turn.move for turn in played}) > 1


def test_a_bargain_comes_to_a_deal_in_some_rehearsals_and_not_in_others() -> None:
    """So that tables have both; prices lie within what the bargainers were told."""
    ends = [held("bargain", seed) for seed in range(20)]

    assert {turns[-1].move == "accept" for turns in ends} == {True, False}
    prices = [float(turn.move.removeprefix("propose ")) for turns in ends for turn in turns if turn.move != "accept"]  # type: ignore[union-attr]  # each can be read
    assert [price for price in prices if not 1 <= price <= 40] == []
    assert len(set(prices)) > 10


@pytest.mark.parametrize(
    "said", ["How are you?", "How many people came?", "I have two options: stay or go. Let us see.", ""]
)
def test_what_asks_for_no_move_is_answered_in_sentences(said: str) -> None:
    """A talk is rehearsed as a talk."""
    assert move([("system", "You propose a toast."), ("user", said)], 1) is None
    assert move([], 1) is None
