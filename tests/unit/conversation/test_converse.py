"""The loop of one conversation: ask, record, go on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from builders import seat, talk, turn
from fakes import FakeModel, failure, reply

from colloquia.conversation.converse import converse
from colloquia.conversation.stopping import PhraseRule, RefusalRule
from colloquia.errors import CallError, DamagedLogError, Fault, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colloquia.conversation.chat_model import ChatModel, ChatRequest, Reply
    from colloquia.conversation.talk import Talk
    from colloquia.conversation.transcript import Turn

SEEDED = talk(seat("A", sampling={"seed": "auto"}), seat("B", "You are Ben."))


@dataclass
class Held:
    """A conversation that is held with two fake models, and what came of it."""

    talk: Talk = field(default_factory=talk)
    recorded: list[Turn] = field(default_factory=list)
    ended_by: str | None = None

    def with_models(
        self, a: ChatModel, b: ChatModel | None = None, *, stored: Iterable[Turn] = (), **known: object
    ) -> Held:
        """Hold it, B by the same model where no other is given."""
        coroutine = converse(self.talk, stored, models={"A": a, "B": b or a}, **{"record": self.record, **known})
        self.ended_by = asyncio.run(coroutine)
        return self

    async def record(self, taken: Turn) -> None:
        """Keep a turn."""
        self.recorded.append(taken)


class Echo:
    """A model that answers with the number of the turn and keeps its requests."""

    def __init__(self) -> None:
        self.asked: list[ChatRequest] = []

    async def reply(self, request: ChatRequest) -> Reply:
        """Return the number of the turn."""
        self.asked.append(request)
        return reply(f"Turn {request.occasion.turn_id}.")


def said(held: Held) -> list[str | None]:
    """Return what was said."""
    return [taken.content for taken in held.recorded]


def test_a_conversation_is_held_to_its_length() -> None:
    """Roles alternate, turns count from 1, and the last one says nothing of an end."""
    held = Held().with_models(FakeModel(doings=[reply("Hi.")]), FakeModel(doings=[reply("Hello.")]))

    assert held.ended_by == "length"
    assert said(held) == ["Hi.", "Hello.", "Hi.", "Hello."]
    assert [(taken.turn_id, taken.role) for taken in held.recorded] == [(1, "A"), (2, "B"), (3, "A"), (4, "B")]
    assert {taken.ended_by for taken in held.recorded} == {None}


def test_a_turn_is_durable_before_the_next_one_is_asked_for() -> None:
    """What is paid for is kept first."""
    order: list[str] = []

    class Ordered(Echo):
        async def reply(self, request: ChatRequest) -> Reply:
            order.append(f"ask {request.occasion.turn_id}")
            return await super().reply(request)

    async def record(taken: Turn) -> None:
        await asyncio.sleep(0)
        order.append(f"kept {taken.turn_id}")

    Held(talk(num_turns=3)).with_models(Ordered(), record=record)

    assert order == ["ask 1", "kept 1", "ask 2", "kept 2", "ask 3", "kept 3"]


def test_each_turn_holds_the_hash_and_the_seed_of_its_request() -> None:
    """The seed where one was sent."""
    echo = Echo()

    held = Held(SEEDED).with_models(echo)

    assert [taken.request_sha256 for taken in held.recorded] == [request.sha256 for request in echo.asked]
    assert [taken.seed for taken in held.recorded] == [
        echo.asked[0].occasion.draw,
        None,
        echo.asked[2].occasion.draw,
        None,
    ]


@pytest.mark.parametrize("done", range(5))
def test_a_resumed_conversation_asks_what_it_would_have_asked(done: int) -> None:
    """Wherever it was cut, only the rest is asked, byte for byte the same."""
    whole = Held(SEEDED).with_models(uncut := Echo())

    rest = Held(SEEDED).with_models(resumed := Echo(), stored=whole.recorded[:done])

    assert rest.recorded == whole.recorded[done:]
    assert resumed.asked == uncut.asked[done:]
    assert rest.ended_by == "length"


def test_a_finished_conversation_asks_nobody() -> None:
    """Neither one of its length nor one that ended by itself."""
    silent = FakeModel(doings=[])

    by_length = Held(talk(num_turns=1)).with_models(silent, stored=[turn(1, "A")])
    by_rule = Held(talk(num_turns=9)).with_models(silent, stored=[turn(1, "A", ended_by="refusal")])

    assert (by_length.ended_by, by_rule.ended_by) == ("length", "refusal")
    assert silent.asked == []


def test_a_longer_plan_goes_on_where_the_conversation_stopped() -> None:
    """One that ended by length ends later when the length grows."""
    short = Held(talk(num_turns=2)).with_models(Echo())

    longer = Held(talk(num_turns=5)).with_models(Echo(), stored=short.recorded)

    assert [taken.turn_id for taken in longer.recorded] == [3, 4, 5]


def test_a_conversation_that_may_not_go_on_is_left_as_it_is() -> None:
    """Asked before each turn; an unfinished conversation has no ending."""
    leave = iter([True, True, False])
    echo = Echo()

    held = Held().with_models(echo, may_go_on=lambda: next(leave))

    assert held.ended_by is None
    assert len(held.recorded) == len(echo.asked) == 2


@pytest.mark.parametrize("outcome", ["empty", "no_answer", "refusal", "input_blocked", "context_overflow"])
def test_what_cannot_be_sent_on_ends_the_conversation_and_is_recorded(outcome: str) -> None:
    """An outcome is data: it has a row, also without text."""
    held = Held().with_models(FakeModel(doings=[reply(None, outcome=outcome)]))

    assert held.ended_by == outcome
    assert [(taken.content, taken.ended_by) for taken in held.recorded] == [(None, outcome)]


def test_a_stop_rule_ends_the_conversation_with_the_turn_that_meets_it() -> None:
    """That turn is kept and says why."""
    ended = talk(num_turns=9, stop=(PhraseRule(phrase="bye", by="B"),))

    held = Held(ended).with_models(FakeModel(doings=[reply("Good bye!")]))

    assert held.ended_by == "phrase"
    assert [taken.ended_by for taken in held.recorded] == [None, "phrase"]


def test_a_rule_that_is_met_by_the_last_planned_turn_is_the_reason() -> None:
    """So that the conversation stays ended when the length grows."""
    ended = talk(num_turns=2, stop=(PhraseRule(phrase="bye", by="B"),))

    held = Held(ended).with_models(FakeModel(doings=[reply("bye")]))

    assert held.ended_by == "phrase"


def test_an_outcome_comes_before_a_stop_rule() -> None:
    """What the server says weighs more than what a text holds."""
    ended = talk(stop=(RefusalRule(),))
    blocked = reply(None, outcome="input_blocked", refusal_source="filter")

    assert Held(ended).with_models(FakeModel(doings=[blocked])).ended_by == "input_blocked"


def test_a_refusal_is_noted_and_stops_nothing() -> None:
    """Unless a rule says so."""
    refused = FakeModel(doings=[reply("Let us change the subject.", refusal_source="provider")])

    free = Held().with_models(refused)
    ruled = Held(talk(stop=(RefusalRule(),))).with_models(refused)

    assert free.ended_by == "length"
    assert {taken.refusal_source for taken in free.recorded} == {"provider"}
    assert ruled.ended_by == "refusal"
    assert len(ruled.recorded) == 1


def test_an_ordinary_turn_is_no_refusal() -> None:
    """Nor is an in-role no."""
    held = Held().with_models(FakeModel(doings=[reply("No, I will not pay 2,400.")]))

    assert not any(taken.is_refusal for taken in held.recorded)


def test_a_cut_turn_stays_and_the_conversation_goes_on() -> None:
    """It is flagged by its finish reason."""
    held = Held().with_models(FakeModel(doings=[reply("And then", finish_reason="length"), reply()]))

    assert held.ended_by == "length"
    assert held.recorded[0].reply.finish_reason == "length"


def test_an_opening_is_recorded_as_a_scripted_turn() -> None:
    """Nobody was asked for it, so it has no hash, no seed, and is nobody's refusal."""
    opened = replace(SEEDED, procedure=talk(opening="I can't assist with that request.").procedure)

    held = Held(opened).with_models(echo := Echo())

    first = held.recorded[0]
    assert (first.content, first.reply.source) == ("I can't assist with that request.", "scripted")
    assert (first.request_sha256, first.seed, first.refusal_source) == (None, None, None)
    assert [request.occasion.turn_id for request in echo.asked] == [2, 3, 4]


def test_a_stop_rule_looks_at_an_opening_too() -> None:
    """It is a turn like others."""
    ended = talk(opening="Goodbye.", stop=(PhraseRule(phrase="Goodbye"),))

    assert Held(ended).with_models(FakeModel(doings=[])).ended_by == "phrase"


def test_a_failed_call_leaves_what_was_said_before_recorded() -> None:
    """The failure is whoever runs many conversations to deal with."""
    held = Held()
    model = FakeModel(doings=[reply(), reply(), failure(Fault.STOP_TRIAL)])

    with pytest.raises(CallError):
        held.with_models(model)

    assert len(held.recorded) == 2


def test_a_turn_that_cannot_be_kept_is_the_last_that_is_asked_for() -> None:
    """A broken disk costs one call."""
    echo = Echo()

    async def record(taken: Turn) -> None:
        raise StorageError("the disk is full")

    with pytest.raises(StorageError):
        Held().with_models(echo, record=record)

    assert len(echo.asked) == 1


def test_a_cancelled_conversation_records_nothing_more() -> None:
    """Cancellation is never swallowed."""
    held = Held()

    class Cancelled(Echo):
        async def reply(self, request: ChatRequest) -> Reply:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        held.with_models(Cancelled())

    assert held.recorded == []


def test_who_watches_is_handed_to_the_model() -> None:
    """Text is shown while it is generated."""
    watch = [].append

    Held().with_models(echo := Echo(), on_text=watch)

    assert {request.on_text for request in echo.asked} == {watch}


def test_a_stored_turn_that_does_not_fit_is_damage_and_asks_nobody() -> None:
    """Nothing is built on a log that cannot be."""
    silent = FakeModel(doings=[])

    with pytest.raises(DamagedLogError):
        Held().with_models(silent, stored=[turn(1, "B")])

    assert silent.asked == []
