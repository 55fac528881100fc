"""What the tests of the room ``running`` share."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from fakes import Clock, FakeModel, ListWriter

from colloquia.conversation.chat_model import ChatRequest, Message, Occasion
from colloquia.conversation.participants import Participant
from colloquia.design.forecast import Price
from colloquia.design.study import Experiment
from colloquia.design.trials import trials
from colloquia.running.budget import Budget
from colloquia.running.call import Caller, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.design.trials import Trial


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands at 0."""
    return Clock()


@pytest.fixture
def writer() -> ListWriter:
    """Return a writer that keeps everything."""
    return ListWriter()


@pytest.fixture
def desk(clock: Clock, writer: ListWriter) -> Desk:
    """Return a desk with a fake clock, a fake writer and no cap."""
    return Desk(
        run_id="run-1",
        writer=writer,  # type: ignore[arg-type]
        budget=Budget(cap_usd=None, prices={"openai/gpt": Price(prompt=1e-6, completion=1e-4)}),
        now=clock.now,
        sleep=clock.sleep,
        utc=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        chance=random.Random(1),
    )


@pytest.fixture
def caller(desk: Desk) -> Callable[[FakeModel], Caller]:
    """Return a function that puts a model behind the desk."""
    participant = Participant(name="gpt", slug="openai/gpt")
    return lambda model: Caller(model=model, participant=participant, desk=desk)


@pytest.fixture
def request_of_turn_one() -> ChatRequest:
    """Return a request for the first turn of a conversation."""
    return ChatRequest(
        slug="openai/gpt",
        routing={},
        sampling={"max_tokens": 10},
        messages=(Message(role="user", content="Hi"),),
        messages_json=b'[{"content":"Hi","role":"user"}]',
        sha256="0" * 64,
        occasion=Occasion(trial_id="trial-1", turn_id=1, role="A", seat=0, draw=7),
    )


@pytest.fixture
def plan() -> Callable[..., tuple[Trial, ...]]:
    """Return a function that expands a small study; keywords are words of the study."""

    def expand(**words: Any) -> tuple[Trial, ...]:
        study = {"models": {"gpt": "openai/gpt"}, "scenarios": {"train": "You sit on a train."}, "num_turns": 2}
        return trials(Experiment(**{**study, **words}), lambda slug: "flip")

    return expand
