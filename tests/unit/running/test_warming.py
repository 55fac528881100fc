"""A long prompt that many conversations begin with is cached by one call before the others leave."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from fakes import failure, reply
from msgspec import structs

from colloquia.conversation.chat_model import Message
from colloquia.conversation.participants import Participant
from colloquia.errors import CallError, Fault
from colloquia.providers.prompt_caching import FEWEST_KEPT_CHARACTERS
from colloquia.running.call import Caller
from colloquia.running.warming import FEWEST_TALKS, Warming

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes import ListWriter

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.design.trials import Trial
    from colloquia.running.call import Desk

    Plan = Callable[..., tuple[Trial, ...]]

LONG = "x" * FEWEST_KEPT_CHARACTERS


class Gate:
    """A model whose replies come when they are let go."""

    def __init__(self, *outcomes: Reply | CallError) -> None:
        self.asked = 0
        self._outcomes = list(outcomes)
        self._gate = asyncio.Event()

    def let_go(self) -> None:
        """Answer all that is asked, from now on."""
        self._gate.set()

    async def reply(self, request: ChatRequest) -> Reply:
        """Wait, then answer."""
        self.asked += 1
        outcome = self._outcomes.pop(0) if self._outcomes else reply()
        await self._gate.wait()
        if isinstance(outcome, CallError):
            raise outcome
        return outcome


async def settled() -> None:
    """Let all that can go on go on."""
    for _ in range(50):
        await asyncio.sleep(0)


def calls(request: ChatRequest, prompt: str = LONG, number: int = 3) -> list[ChatRequest]:
    """Return the first requests of so many conversations with one prompt."""
    messages = (Message(role="system", content=prompt), Message(role="user", content="Hi."))
    return [
        structs.replace(
            request, messages=messages, occasion=structs.replace(request.occasion, trial_id=f"trial-{place}")
        )
        for place in range(number)
    ]


def warming(plan: Plan, *, iterations: int = FEWEST_TALKS, prompt: str = LONG, caches: bool = True) -> Warming:
    """Return what is to be warmed for so many conversations of a model with itself."""
    trials = plan(scenarios={"train": {"A": prompt, "B": "Short."}}, pairing="self", iterations=iterations)
    return Warming(trials, lambda _slug: caches)


@pytest.fixture
def gpt(desk: Desk) -> Callable[[Gate], Caller]:
    """Return a function that puts a model behind the desk."""
    participant = Participant(name="gpt", slug="openai/gpt")
    return lambda model: Caller(model=model, participant=participant, desk=desk)


@pytest.mark.parametrize(
    ("known", "concerns"),
    [
        ({}, True),
        ({"iterations": FEWEST_TALKS - 1}, False),
        ({"prompt": LONG[1:]}, False),
        ({"caches": False}, False),
    ],
    ids=str,
)
def test_a_prompt_is_warmed_where_that_pays(
    plan: Plan, request_of_turn_one: ChatRequest, known: dict[str, object], *, concerns: bool
) -> None:
    """Twenty conversations, a prompt that is long enough to be kept, a model that keeps it."""
    found = warming(plan, **known)  # type: ignore[arg-type]
    (request,) = calls(request_of_turn_one, number=1)

    assert found.concerns(request) is concerns
    assert not found.concerns(structs.replace(request, occasion=structs.replace(request.occasion, own_turns=1)))
    assert not found.concerns(calls(request_of_turn_one, "y" * 5000)[0])


def test_one_call_goes_ahead_and_the_others_follow_together(
    desk: Desk, writer: ListWriter, gpt: Callable[[Gate], Caller], plan: Plan, request_of_turn_one: ChatRequest
) -> None:
    """Once it is back; the journal says which it was and what it cost."""

    async def main() -> tuple[int, int]:
        desk.warming = warming(plan)
        model = Gate()
        async with asyncio.TaskGroup() as group:
            for request in calls(request_of_turn_one):
                group.create_task(gpt(model).reply(request))
            await settled()
            alone = model.asked
            model.let_go()
        return alone, model.asked

    assert asyncio.run(main()) == (1, 3)
    (noted,) = (entry for entry in writer.entries if type(entry).__name__ == "Noted")
    assert noted.subject == "openai/gpt"
    assert (
        "3,072 characters with which 20 conversations begin: turn 1 of conversation trial-0 went ahead" in noted.message
    )
    assert "tokens in" in noted.message
    assert not desk.warming.concerns(calls(request_of_turn_one)[0])


def test_where_the_first_fails_the_next_goes_ahead(
    desk: Desk, gpt: Callable[[Gate], Caller], plan: Plan, request_of_turn_one: ChatRequest
) -> None:
    """A call that did not come back well has warmed nothing."""

    async def main() -> list[str]:
        desk.warming = warming(plan)
        model = Gate(CallError(failure(Fault.STOP_TRIAL)))
        tasks = [asyncio.ensure_future(gpt(model).reply(request)) for request in calls(request_of_turn_one)]
        await settled()
        model.let_go()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        return [type(each).__name__ for each in done]

    assert asyncio.run(main()) == ["CallError", "Reply", "Reply"]


def test_another_prompt_waits_for_nobody(
    desk: Desk, gpt: Callable[[Gate], Caller], plan: Plan, request_of_turn_one: ChatRequest
) -> None:
    """Nor does whoever has spoken before."""

    async def main() -> int:
        desk.warming = warming(plan)
        model = Gate()
        first, other = calls(request_of_turn_one, number=2)
        spoken = structs.replace(other, occasion=structs.replace(other.occasion, own_turns=1))
        async with asyncio.TaskGroup() as group:
            for request in (first, spoken, *calls(request_of_turn_one, "Short.", 1)):
                group.create_task(gpt(model).reply(request))
            await settled()
            asked = model.asked
            model.let_go()
        return asked

    assert asyncio.run(main()) == 3
