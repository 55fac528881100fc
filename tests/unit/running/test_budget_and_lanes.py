"""Money and places: what fits under a cap, and how many calls of a model leave at once."""

from __future__ import annotations

import asyncio

import pytest
from fakes import Clock, place, reply

from colloquia.conversation.chat_model import ChatRequest, Occasion, Usage
from colloquia.design.forecast import Forecast
from colloquia.running.budget import Budget
from colloquia.running.lanes import Lane


def costs(dollars: float | None) -> Forecast:
    """Return the forecast of one conversation at a price."""
    return Forecast(conversations=1, turns=2, cost_usd=dollars)


def settle(budget: Budget, trial_id: str, cost_usd: float) -> None:
    """Book a reply that was billed."""
    budget.settle_reply(request_of(trial_id), reply(usage=Usage(cost_usd=cost_usd)))


def request_of(trial_id: str) -> ChatRequest:
    """Return a request of one conversation."""
    return ChatRequest(
        slug="openai/gpt",
        routing={},
        sampling={"max_tokens": 10},
        messages=(),
        messages_json=b"[]",
        sha256="0" * 64,
        occasion=Occasion(trial_id=trial_id, turn_id=1, role="A", seat=0, draw=7),
    )


def test_without_a_cap_everything_fits() -> None:
    """A study that names no cap is never stopped for money."""
    assert Budget(cap_usd=None, spent_usd=1e6).has_room_for(costs(1e6))


def test_no_conversation_is_opened_that_is_likely_to_pass_the_cap() -> None:
    """What the open conversations still need is set aside first."""
    budget = Budget(cap_usd=1.0, spent_usd=0.2)

    budget.open("a", costs(0.5))

    assert budget.has_room_for(costs(0.3))
    assert not budget.has_room_for(costs(0.31))


def test_money_that_is_spent_is_no_longer_set_aside() -> None:
    """A conversation's cost counts once: as forecast before, as spent after."""
    budget = Budget(cap_usd=1.0)
    budget.open("a", costs(0.5))

    settle(budget, "a", 0.4)

    assert budget.has_room_for(costs(0.5))
    assert not budget.has_room_for(costs(0.51))


def test_a_closed_conversation_gives_back_what_it_did_not_use() -> None:
    """A talk that ended early leaves room for another."""
    budget = Budget(cap_usd=1.0)
    budget.open("a", costs(0.9))

    budget.close("a")

    assert budget.has_room_for(costs(1.0))


def test_the_cap_is_reached_when_it_is_spent() -> None:
    """At the cap nothing more is asked."""
    budget = Budget(cap_usd=0.5)

    settle(budget, "a", 0.5)

    assert budget.is_spent


def test_reservations_of_calls_under_way_are_never_more_than_is_left() -> None:
    """A hundred calls at once under a cap that carries ten: each waits until there is room, and none overspends."""

    async def crowd() -> tuple[float, float]:
        budget, most = Budget(cap_usd=1.0), 0.0

        async def call(number: int) -> None:
            nonlocal most
            if not await budget.reserve(f"{number} 1", 0.1):
                return
            most = max(most, budget.spent_usd + budget.reserved_usd)
            await asyncio.sleep(0)
            settle(budget, f"{number}", 0.03)

        await asyncio.gather(*(call(number) for number in range(100)))
        return most, budget.spent_usd

    most, spent = asyncio.run(crowd())

    assert most <= 1.0 + 1e-9
    assert 0.9 < spent <= 1.0


def test_an_unknown_price_fits_under_no_cap() -> None:
    """What may cost anything is not asked."""
    assert not asyncio.run(Budget(cap_usd=1.0).reserve("a 1", None))
    assert asyncio.run(Budget(cap_usd=None).reserve("a 1", None))


def test_a_cap_of_nothing_lets_free_models_talk() -> None:
    """What costs nothing fits under any cap that is not passed."""
    assert Budget(cap_usd=1.0, spent_usd=0.9999).has_room_for(costs(0.0))


def test_a_lane_holds_no_more_calls_than_it_is_wide() -> None:
    """Ten calls of a lane of three are never more than three at once."""

    async def crowd() -> int:
        lane = Lane(3, now=lambda: 0.0)
        most = 0

        async def call() -> None:
            nonlocal most
            async with place(lane) as left:
                most = max(most, left.in_flight)
                await asyncio.sleep(0)

        await asyncio.gather(*(call() for _ in range(10)))
        return most

    assert asyncio.run(crowd()) == 3


def test_a_closed_lane_lets_nobody_leave_before_its_time() -> None:
    """A later, longer hint wins; a shorter one changes nothing."""
    clock = Clock()
    lane = Lane(1, now=clock.now, sleep=clock.sleep)

    async def call() -> None:
        async with place(lane):
            pass

    lane.close_for(10)
    lane.close_for(3)
    waits = lane.waits_seconds()
    asyncio.run(call())

    assert waits == pytest.approx(10)
    assert clock.seconds == pytest.approx(10)
