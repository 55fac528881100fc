"""Many questions at once: each once, within the lanes and the budget; what fails is noted and the others go on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from fakes import failure, reply

from colloquia.conversation.chat_model import ChatRequest, Message, Occasion, Usage
from colloquia.conversation.participants import Participant
from colloquia.errors import CallError, Fault, StorageError
from colloquia.logbook.entries import Noted
from colloquia.running.asking import Asking
from colloquia.running.budget import Budget
from colloquia.running.call import Desk

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import Reply
    from colloquia.logbook.entries import AttemptEnded


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question."""

    number: int
    slug: str = "a/b"

    @property
    def participant(self) -> Participant:
        return Participant(name=f"judge by {self.slug}", slug=self.slug)

    @property
    def request(self) -> ChatRequest:
        return ChatRequest(
            slug=self.slug, routing={}, sampling={"max_tokens": 10}, messages=(Message(role="user", content="?"),),
            messages_json=b"[]", sha256=f"{self.number:064}",
            occasion=Occasion(
                trial_id=f"t{self.number}", turn_id=0, role="judge", seat=0, draw=1,
                beside=f"judge success by {self.slug}",
            ),
        )  # fmt: skip


@dataclass(kw_only=True)
class Answerer:
    """A model that answers, or fails where it is told to."""

    failing: dict[str, Exception] = field(default_factory=dict)
    open: int = 0
    most: int = 0
    asked: list[str] = field(default_factory=list)

    def model(self, slug: str) -> Answerer:
        return self

    async def reply(self, request: ChatRequest) -> Reply:
        self.asked.append(request.occasion.trial_id)
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(0)
        self.open -= 1
        if error := self.failing.get(request.occasion.trial_id) or self.failing.get(request.slug):
            raise error
        return reply("yes", usage=Usage(cost_usd=0.4))


class Book:
    """A writer that remembers."""

    def __init__(self) -> None:
        self.entries: list[Any] = []

    async def journal(self, entry: Any) -> None:
        self.entries.append(entry)


def asked(
    questions: list[Question], answerer: Answerer, *, at_once: int = 200, budget: Budget | None = None, take: Any = None
) -> tuple[Asking[Question], list[tuple[int, AttemptEnded | None]], Book]:
    """Ask questions, and return how it went, what was taken and what was journalled."""
    book, taken = Book(), []

    async def keep(question: Question, _reply: Reply, ended: AttemptEnded | None) -> None:
        taken.append((question.number, ended))

    async def run() -> Asking[Question]:
        desk = Desk(run_id="r", writer=book, budget=budget or Budget(cap_usd=None), is_remote=lambda _: False)  # type: ignore[arg-type] # a fake
        asking = Asking(desk=desk, models=answerer, take=take or keep)
        await asking.ask(questions, at_once=at_once)
        return asking

    return asyncio.run(run()), taken, book


def test_every_question_is_asked_once_and_its_attempt_goes_with_its_answer() -> None:
    """So that both are written together; nothing is left on the desk."""
    answerer = Answerer()
    asking, taken, _ = asked([Question(number=number) for number in range(50)], answerer)

    assert sorted(number for number, _ in taken) == list(range(50))
    assert all(ended is not None and ended.beside == "judge success by a/b" for _, ended in taken)
    assert len(answerer.asked) == 50
    assert (asking.failures, asking.desk.ended, asking.desk.in_flight) == ({}, {}, 0)


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_are_open_than_may_be(at_once: int) -> None:
    """However many wait."""
    answerer = Answerer()
    asked([Question(number=number) for number in range(20)], answerer, at_once=at_once)

    assert answerer.most <= at_once


def test_a_question_that_fails_is_noted_and_the_others_go_on() -> None:
    """The next run asks it again."""
    broken = CallError(failure(Fault.STOP_TRIAL, message="No."))
    asking, taken, book = asked([Question(number=number) for number in range(5)], Answerer(failing={"t2": broken}))

    assert sorted(number for number, _ in taken) == [0, 1, 3, 4]
    assert list(asking.failures.values()) == ["No."]
    assert [entry.subject for entry in book.entries if isinstance(entry, Noted)] == [
        "judge success by a/b, conversation t2"
    ]


def test_a_model_that_cannot_be_asked_stops_its_questions_only() -> None:
    """Those of others are answered."""
    questions = [Question(number=number, slug="a/b" if number % 2 else "c/d") for number in range(40)]
    gone = CallError(failure(Fault.STOP_MODEL, message="Gone."))
    answerer = Answerer(failing={"a/b": gone})
    asking, taken, _ = asked(questions, answerer, at_once=2)

    assert sorted(number for number, _ in taken) == list(range(0, 40, 2))
    assert set(asking.desk.control.stopped_models) == {"a/b"}
    assert len(answerer.asked) < 40


def test_what_no_call_can_get_over_stops_all() -> None:
    """A refused key, credit that is used up."""
    refused = CallError(failure(Fault.STOP_RUN, message="No credit."))
    answerer = Answerer(failing={"t0": refused})
    asking, taken, _ = asked([Question(number=number) for number in range(40)], answerer, at_once=1)

    assert (asking.desk.control.reason, asking.desk.control.message) == ("refused", "No credit.")
    assert (taken, len(answerer.asked)) == ([], 1)


def test_the_cap_stops_before_it_is_passed() -> None:
    """Nothing leaves that it might not carry."""
    from colloquia.design.forecast import Price

    budget = Budget(cap_usd=1.0, prices={"a/b": Price(prompt=0.0, completion=0.0, request=0.4)})
    asking, taken, _ = asked([Question(number=number) for number in range(10)], Answerer(), at_once=1, budget=budget)

    assert asking.desk.control.reason == "budget"
    assert len(taken) == 2
    assert budget.spent_usd == pytest.approx(0.8)


def test_a_failing_disk_ends_it() -> None:
    """Nobody pays for what cannot be kept."""

    async def broken(*_: Any) -> None:
        raise StorageError("full")

    answerer = Answerer()
    with pytest.raises(ExceptionGroup) as group:
        asked([Question(number=number) for number in range(100)], answerer, at_once=1, take=broken)

    assert group.group_contains(StorageError)
    assert len(answerer.asked) < 5
