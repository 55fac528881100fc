"""Rounds of hidden moves: asked for at once, written in seat order, seen by no partner before all are made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from builders import seat, talk, turn
from fakes import FakeModel, failure, reply
from msgspec import structs

from colloquia.conversation.converse import converse
from colloquia.conversation.moves import OneOf
from colloquia.conversation.steps import Announce, End, Move, Speak
from colloquia.conversation.stopping import PhraseRule
from colloquia.conversation.transcript import Announcement, turns
from colloquia.conversation.walk import Walk, is_over, replay
from colloquia.errors import CallError, DamagedLogError, Fault, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.chat_model import ChatModel, ChatRequest, Reply
    from colloquia.conversation.steps import Step
    from colloquia.conversation.transcript import Event, Turn

LETTERS = OneOf(words=("J", "F"))


@dataclass(frozen=True)
class Rounds:
    """So many rounds of hidden moves, each announced when it is complete; the end where both say F."""

    num_turns: int = 4
    step: Move = field(default_factory=lambda: Move(roles=("A", "B"), round=0, options=LETTERS))

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return the next round, or what the last one came to."""
        said = turns(events)
        if not said or isinstance(events[-1], Announcement):
            moves = [move.move for move in said[-2:]]
            if moves == ["F", "F"]:
                return End(reason="war")
            if len(said) >= self.num_turns:
                return End(reason="length")
            return structs.replace(self.step, round=len(said) // 2 + 1)
        return Announce(text=f"You said {said[-2].move} and {said[-1].move}.")


def game(step: Move | None = None, **known: object):  # noqa: ANN201 (a talk)
    """Return a talk of two rounds."""
    procedure = Rounds() if step is None else Rounds(step=step)
    return talk(seat("A"), seat("B"), **{"procedure": procedure, **known})


def hold(
    a: ChatModel, b: ChatModel, stored: Sequence[Turn] = (), recorded: list[Turn] | None = None, **known: object
) -> tuple[str | None, list[Turn]]:
    """Hold a game and return how it ended, and what was recorded."""
    kept: list[Turn] = [] if recorded is None else recorded

    async def record(taken: Turn) -> None:
        await asyncio.sleep(0)
        kept.append(taken)

    ended = asyncio.run(converse(game(**known), stored, models={"A": a, "B": b}, record=record))
    return ended, kept


def says(*lines: str) -> FakeModel:
    """Return a model that says these lines, and keeps what it was asked."""
    return FakeModel(doings=[reply(line) for line in lines])


def texts(model: FakeModel) -> list[str]:
    """Return all that a model was sent, request by request."""
    return ["\n".join(message.content for message in request.messages) for request in model.asked]


def test_each_move_is_a_turn_in_seat_order_with_its_round() -> None:
    """The row says which round it belongs to and which move was read in it."""
    ended, kept = hold(says("J", "I take F."), says("J", "J"))

    assert ended == "length"
    assert [(each.turn_id, each.role, each.round, each.move) for each in kept] == [
        (1, "A", 1, "J"),
        (2, "B", 1, "J"),
        (3, "A", 2, "F"),
        (4, "B", 2, "J"),
    ]
    assert {each.ended_by for each in kept} == {None}


def test_a_partner_learns_of_a_move_by_announcement_only() -> None:
    """What was said beside the move is heard by nobody else."""
    a, b = says("I trust you, so J.", "J"), says("F, since I do not trust you.", "J")

    hold(a, b)

    assert "trust" not in texts(a)[0] + texts(b)[0] + texts(b)[1].replace("F, since I do not trust you.", "")
    assert "You said J and F." in texts(a)[1]
    assert texts(b)[1].count("You said J and F.") == 1


def test_the_moves_of_a_round_are_asked_for_at_once() -> None:
    """Each waits for the other to be asked: one after the other they would wait for ever."""
    both = asyncio.Barrier(2)

    class Together(FakeModel):
        async def reply(self, request: ChatRequest) -> Reply:
            async with asyncio.timeout(5):
                await both.wait()
            return reply("J")

    ended, kept = hold(Together(doings=[]), Together(doings=[]))

    assert (ended, len(kept)) == ("length", 4)


def test_rows_are_written_in_seat_order_whoever_answers_first() -> None:
    """The first seat's row is on disk before the second's."""
    answered = asyncio.Event()

    class Slow(FakeModel):
        async def reply(self, request: ChatRequest) -> Reply:
            await answered.wait()
            return reply("J")

    class Quick(FakeModel):
        async def reply(self, request: ChatRequest) -> Reply:
            answered.set()
            return reply("F")

    _, kept = hold(Slow(doings=[]), Quick(doings=[]))

    assert [(each.turn_id, each.role) for each in kept[:2]] == [(1, "A"), (2, "B")]


@pytest.mark.parametrize("done", range(5))
def test_half_a_round_asks_for_the_missing_moves_only(done: int) -> None:
    """A game resumes at any move with the requests that it would have sent."""
    a, b = says("J", "J"), says("F", "J")
    _, whole = hold(a, b)
    again_a, again_b = says("J", "J"), says("F", "J")
    again_a.doings = again_a.doings[(done + 1) // 2 :] or [reply("J")]
    again_b.doings = again_b.doings[done // 2 :] or [reply("J")]

    ended, rest = hold(again_a, again_b, stored=whole[:done])

    assert ended == "length"
    assert rest == whole[done:]
    assert [request.sha256 for request in again_a.asked] == [request.sha256 for request in a.asked[(done + 1) // 2 :]]
    assert [request.sha256 for request in again_b.asked] == [request.sha256 for request in b.asked[done // 2 :]]


def test_a_reply_that_makes_no_move_is_not_asked_again_and_ends_the_game() -> None:
    """The round is completed: its last row has the reason, and so has the one that makes no move."""
    a, b = says("I would rather not."), says("J")

    ended, kept = hold(a, b)

    assert ended == "invalid_move"
    assert [(each.move, each.ended_by) for each in kept] == [(None, "invalid_move"), ("J", "invalid_move")]
    assert len(a.asked) == 1


def test_only_the_last_row_has_the_reason_where_the_last_move_is_none() -> None:
    """The first player made a move like any other."""
    ended, kept = hold(says("J"), says("Both."))

    assert ended == "invalid_move"
    assert [(each.move, each.ended_by) for each in kept] == [("J", None), (None, "invalid_move")]


def test_a_procedure_may_let_an_unreadable_move_pass() -> None:
    """The row has no move, and the game goes on."""
    step = Move(roles=("A", "B"), round=0, options=LETTERS, invalid_ends=False)

    ended, kept = hold(says("What?", "J"), says("J", "J"), step=step)

    assert ended == "length"
    assert [each.move for each in kept] == [None, "J", "J", "J"]


def test_the_outcome_of_one_move_is_the_reason_of_its_round() -> None:
    """A refusal by the provider is no unreadable move."""
    refused = FakeModel(doings=[reply(None, outcome="refusal", refusal_source="provider")])

    ended, kept = hold(refused, says("J"))

    assert ended == "refusal"
    assert [(each.is_refusal, each.ended_by) for each in kept] == [(True, "refusal"), (False, "refusal")]


def test_a_stop_rule_looks_at_every_move_of_a_round() -> None:
    """The round is completed before it ends the game."""
    ended, kept = hold(says("J, and I am off."), says("J"), stop=(PhraseRule(phrase="I am off"),))

    assert ended == "phrase"
    assert [each.ended_by for each in kept] == [None, "phrase"]


def test_the_last_row_says_how_the_procedure_ended_it() -> None:
    """So the game stays ended, and an announcement after it changes nothing."""
    ended, kept = hold(says("F"), says("F"))

    assert ended == "war"
    assert [each.ended_by for each in kept] == [None, "war"]


def test_a_move_that_failed_leaves_the_moves_before_it_on_disk() -> None:
    """What the first seat was paid for is kept; the second is asked again by the next run."""
    kept: list[Turn] = []
    broken = FakeModel(doings=[failure(Fault.STOP_TRIAL)])

    with pytest.raises(CallError):
        hold(says("J"), broken, recorded=kept)

    assert [(each.role, each.move) for each in kept] == [("A", "J")]


def test_a_call_under_way_is_waited_for_where_another_fails() -> None:
    """It may have been paid: what it cost is known before the conversation is given up."""
    done: list[str] = []

    class Slow(FakeModel):
        async def reply(self, request: ChatRequest) -> Reply:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            done.append("answered")
            return reply("J")

    with pytest.raises(CallError):
        hold(FakeModel(doings=[failure(Fault.STOP_TRIAL)]), Slow(doings=[]))

    assert done == ["answered"]


def test_a_broken_disk_calls_off_the_other_moves() -> None:
    """Nothing more can be kept, so nobody waits for it."""

    class Endless(FakeModel):
        async def reply(self, request: ChatRequest) -> Reply:
            await asyncio.Event().wait()
            return reply("J")

    async def record(taken: Turn) -> None:
        raise StorageError("full")

    with pytest.raises(StorageError):
        asyncio.run(converse(game(), (), models={"A": says("J"), "B": Endless(doings=[])}, record=record))


@pytest.mark.parametrize(
    "stored",
    [
        turn(1, "A", "J", round=2, move="J"),
        turn(1, "A", "J", round=1, move="X"),
        turn(1, "B", "J", round=1, move="J"),
        turn(1, "A", "J"),
    ],
)
def test_a_stored_move_that_does_not_fit_is_damage(stored: Turn) -> None:
    """The wrong round, a move that there is not, another role, or a turn that is no move."""
    with pytest.raises(DamagedLogError, match=r"where turn 1 by 'A' in round 1 comes next"):
        Walk(game()).take(stored)


def test_a_stored_move_where_a_turn_is_asked_for_is_damage() -> None:
    """A dialogue has no moves."""
    with pytest.raises(DamagedLogError, match=r"turn 1 by 'A' in round 1, with the move 'J',"):
        Walk(talk()).take(turn(1, "A", "J", round=1, move="J"))


def test_a_replay_rebuilds_every_request_of_a_game() -> None:
    """Hash for hash, and with who hears what."""
    _, kept = hold(says("J"), says("F"))

    replayed = list(replay(game(), kept))

    assert [asked.sha256 for asked, _ in replayed] == [each.request_sha256 for each in kept]
    assert [again for _, again in replayed] == kept
    assert {each.heard for each in kept} == {""}


def test_a_round_that_is_heard_is_heard_once_it_is_complete() -> None:
    """A procedure may let the others hear what was said; not before all have moved."""
    a, b = says("J, I promise.", "J"), says("F, I am sorry.", "J")

    hold(a, b, step=Move(roles=("A", "B"), round=0, options=LETTERS, heard=str))

    assert "promise" not in texts(b)[0]
    assert "J, I promise." in texts(b)[1]
    assert "F, I am sorry." in texts(a)[1]


def test_a_half_heard_round_resumes_with_the_same_requests() -> None:
    """The second player is asked what it would have been asked, though the first row is there."""
    step = Move(roles=("A", "B"), round=0, options=LETTERS, heard=str)
    b = says("F", "J")
    _, whole = hold(says("J", "J"), b, step=step)

    again = says("F", "J")
    hold(says("J"), again, stored=whole[:1], step=step)

    assert [request.sha256 for request in again.asked] == [request.sha256 for request in b.asked]


def test_scripted_moves_ask_nobody() -> None:
    """A line stands in place of the model, and is read like any reply."""
    silent = FakeModel(doings=[])
    step = Move(roles=("A", "B"), round=0, options=LETTERS, lines={"B": "F"})

    _, kept = hold(says("J", "J"), silent, step=step)

    assert [each.move for each in kept if each.role == "B"] == ["F", "F"]
    assert silent.asked == []
    assert kept[1].reply.source == "scripted"


def test_only_the_audience_hears_of_a_turn() -> None:
    """A turn to one seat is no turn to the other."""

    @dataclass(frozen=True)
    class Whispered:
        num_turns: int = 2

        def next_step(self, events: Sequence[Event]) -> Step:
            return Speak(role="ABC"[len(events)], audience=("A", "B")) if len(events) < 2 else Speak(role="C")

    walk = Walk(talk(seat("A"), seat("B"), seat("C"), procedure=Whispered()))
    walk.take(turn(1, "A", "Between us."))
    walk.take(turn(2, "B", "Of course."))

    assert list(walk.talk.heard_by(turns(walk.events)[0])) == ["gpt"]
    step = walk.next()
    assert not isinstance(step, End)
    assert step.request is not None
    assert [message.content for message in step.request.messages] == ["[The conversation begins. You speak first.]"]


def test_a_game_is_over_when_its_last_round_is_complete() -> None:
    """A kill between two rows of the last round leaves a move to ask for."""
    _, kept = hold(says("No."), says("J"))

    assert is_over(game(), kept)
    assert not is_over(game(), kept[:1])
    assert not is_over(game(), [])
    assert is_over(talk(), [turn(1, "A", ended_by="phrase")])


def test_a_killed_last_round_ends_like_the_whole_one() -> None:
    """The second player is asked, and its row has the reason."""
    _, whole = hold(says("No."), says("J"))

    ended, rest = hold(FakeModel(doings=[]), says("J"), stored=whole[:1])

    assert ended == "invalid_move"
    assert rest == whole[1:]


def test_a_log_that_does_not_fit_is_over_where_it_says_so() -> None:
    """What is damaged is told elsewhere; looking at the plan never fails for it."""
    assert is_over(game(), [turn(7, "A", "J", round=9, move="J", ended_by="war")])
