"""What a call may cost at most, and what is booked for it in the end, to the cent."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from fakes import failure, reply
from msgspec import structs

from colloquia.conversation.chat_model import ChatRequest, Message, Occasion, Usage
from colloquia.design.forecast import Forecast, Price
from colloquia.errors import Failure, Fault
from colloquia.running.budget import FREE, Budget

PRICE = Price(prompt=0.001, completion=0.01, request=0.5)
QUESTION = ChatRequest(
    slug="openai/gpt",
    routing={},
    sampling={"max_tokens": 10},
    messages=(Message(role="system", content="You."), Message(role="user", content="Hi")),
    messages_json=b"x" * 100,
    sha256="0" * 64,
    occasion=Occasion(trial_id="a", turn_id=1, role="A", seat=0, draw=7),
)
UNLIMITED = structs.replace(QUESTION, sampling={})


def costs(dollars: float | None) -> Forecast:
    """Return the forecast of one conversation at a price."""
    return Forecast(conversations=1, turns=2, cost_usd=dollars)


def priced(cap_usd: float | None = None, price: Price | None = PRICE, *, reserved: float | None = None) -> Budget:
    """Return a budget with a call under way, where something is reserved for it."""
    budget = Budget(cap_usd=cap_usd, prices={} if price is None else {"openai/gpt": price})
    if reserved is not None:
        asyncio.run(budget.reserve("a 1", reserved))
    return budget


def refused(status: int | None, *, was_sent: bool = True) -> Failure:
    """Return a failure with a status."""
    return failure(Fault.TRANSIENT, status=status, was_sent=was_sent)


def test_the_worst_case_is_every_byte_a_token_sixteen_for_each_message_the_whole_length_and_the_call() -> None:
    """100 bytes and two messages are 132 tokens at the prompt's price; ten are written; the call itself costs."""
    assert priced().worst_usd(QUESTION) == pytest.approx(132 * 0.001 + 10 * 0.01 + 0.5)


def test_hidden_reasoning_is_part_of_the_worst_case() -> None:
    """What a model may think beside its answer is billed like it."""
    budget = Budget(cap_usd=None, prices={"openai/gpt": PRICE}, headroom={"openai/gpt": 7, "other": 1000})

    assert budget.worst_usd(QUESTION) == pytest.approx(132 * 0.001 + 17 * 0.01 + 0.5)


def test_either_name_of_the_length_counts() -> None:
    """Some services call it ``max_completion_tokens``; where no length is written none is added."""
    named = structs.replace(QUESTION, sampling={"max_completion_tokens": 20})

    assert priced().worst_usd(named) == pytest.approx(132 * 0.001 + 20 * 0.01 + 0.5)
    assert priced().worst_usd(UNLIMITED) == pytest.approx(132 * 0.001 + 0.5)


def test_no_price_is_no_worst_case() -> None:
    """It is unknown, not nothing."""
    assert priced(price=None).worst_usd(QUESTION) is None


def test_a_call_may_use_the_cap_up_to_the_cent_and_not_pass_it() -> None:
    """Exactly what is left fits; more does not, and nobody waits where nothing is under way."""
    assert asyncio.run(priced(1.0).reserve("a 1", 1.0))
    assert not asyncio.run(priced(1.0).reserve("a 1", 1.0001))


def test_a_free_call_fits_even_under_a_cap_that_was_passed() -> None:
    """A cap that was lowered below what was spent does not stop models that cost nothing."""
    budget = Budget(cap_usd=1.0, spent_usd=1.5)

    assert not asyncio.run(budget.reserve("a 1", 0.25))
    assert asyncio.run(budget.reserve("b 1", 0.0))
    assert budget.has_room_for(costs(0.0))
    assert budget.has_room_for(costs(None))


def test_a_cap_of_nothing_carries_no_paid_call() -> None:
    """Nought is a cap like any other."""
    assert not asyncio.run(priced(0.0).reserve("a 1", 0.25))
    assert priced(0.0).is_spent


def test_what_is_reserved_is_what_the_calls_under_way_may_cost() -> None:
    """Together, until each has settled; one without a price adds nothing that could be counted."""
    budget = priced(reserved=0.25)
    asyncio.run(budget.reserve("b 1", 0.5))
    asyncio.run(budget.reserve("c 1", None))

    assert budget.reserved_usd == pytest.approx(0.75)

    budget.settle_reply(QUESTION, reply())
    assert budget.reserved_usd == pytest.approx(0.5)


def test_a_call_that_does_not_fit_yet_waits_for_one_that_is_under_way() -> None:
    """It leaves when that one has cost less than was reserved, and not before."""

    async def second_call() -> tuple[bool, bool]:
        budget = Budget(cap_usd=1.0, prices={"openai/gpt": PRICE})
        await budget.reserve("a 1", 0.9)
        second = asyncio.create_task(budget.reserve("b 1", 0.5))
        await asyncio.sleep(0)
        waited = not second.done()
        budget.settle_reply(QUESTION, reply(usage=Usage(cost_usd=0.1)))
        return waited, await asyncio.wait_for(second, 5)

    assert asyncio.run(second_call()) == (True, True)


def test_a_reply_costs_what_was_billed() -> None:
    """Whatever was reserved, and whatever its tokens would come to."""
    budget = priced(reserved=0.9)

    assert budget.settle_reply(QUESTION, reply(usage=Usage(input_tokens=10, output_tokens=5, cost_usd=0.03))) == 0.03
    assert budget.spent_usd == pytest.approx(0.03)
    assert not budget.has_unknown_cost


def test_a_reply_without_a_bill_costs_what_its_tokens_come_to() -> None:
    """Prompt, completion and the call itself; and it is remembered that nobody billed it."""
    budget = priced(reserved=0.9)

    booked = budget.settle_reply(QUESTION, reply(usage=Usage(input_tokens=10, output_tokens=5)))

    assert booked == pytest.approx(10 * 0.001 + 5 * 0.01 + 0.5)
    assert budget.spent_usd == pytest.approx(booked)
    assert budget.has_unknown_cost


@pytest.mark.parametrize("usage", [Usage(input_tokens=10), Usage(output_tokens=5), Usage()])
def test_a_reply_that_nobody_can_reckon_costs_all_that_was_reserved(usage: Usage) -> None:
    """Half of its tokens are no bill."""
    budget = priced(reserved=0.9)

    assert budget.settle_reply(QUESTION, reply(usage=usage)) == pytest.approx(0.9)
    assert budget.spent_usd == pytest.approx(0.9)


def test_a_reply_without_price_and_bill_costs_nobody_knows_what() -> None:
    """None is booked, and said to be unknown; what was spent stays a number."""
    budget = priced(price=None, reserved=0.9)

    assert budget.settle_reply(QUESTION, reply(usage=Usage(input_tokens=10, output_tokens=5))) is None
    assert budget.spent_usd == pytest.approx(0.0)
    assert budget.has_unknown_cost


def test_a_model_that_costs_nothing_is_booked_with_nothing() -> None:
    """Nobody bills it, and there is nothing unknown about that."""
    budget = priced(price=FREE, reserved=0.0)

    assert budget.worst_usd(QUESTION) == pytest.approx(0.0)
    assert budget.settle_reply(QUESTION, reply(usage=Usage())) == pytest.approx(0.0)
    assert budget.settle_failure(QUESTION, None) == pytest.approx(0.0)
    assert budget.spent_usd == pytest.approx(0.0)
    assert not budget.has_unknown_cost


@pytest.mark.parametrize("status", [408, 499, 504, 520, 522, 524])
def test_a_call_whose_answer_somebody_gave_up_waiting_for_stays_spent(status: int) -> None:
    """The model behind a gateway may go on and bill: all that was reserved is booked, as for a lost reply."""
    budget = priced(cap_usd=10.0, reserved=2.0)

    assert budget.settle_failure(QUESTION, refused(status)) == pytest.approx(2.0)
    assert budget.spent_usd == pytest.approx(2.0)
    assert budget.has_unknown_cost


@pytest.mark.parametrize("status", [400, 401, 429, 500, 502, 503, 529])
def test_a_call_that_was_answered_with_an_error_costs_nothing(status: int) -> None:
    """No service bills an error status."""
    budget = priced(reserved=0.9)

    assert budget.settle_failure(QUESTION, refused(status)) == pytest.approx(0.0)
    assert not budget.has_unknown_cost


def test_a_call_that_never_left_costs_nothing() -> None:
    """What was not sent cannot be billed, whatever became of it."""
    budget = priced(reserved=0.9)

    assert budget.settle_failure(QUESTION, refused(None, was_sent=False)) == pytest.approx(0.0)
    assert budget.spent_usd == pytest.approx(0.0)
    assert budget.reserved_usd == pytest.approx(0.0)


@pytest.mark.parametrize("lost", [refused(None), refused(200), refused(399), None])
def test_a_call_that_was_lost_after_it_left_costs_all_that_was_reserved(lost: Failure | None) -> None:
    """A reply that never arrived, or an abandoned call, may have been billed whole."""
    budget = priced(reserved=0.9)

    assert budget.settle_failure(QUESTION, lost) == pytest.approx(0.9)
    assert budget.spent_usd == pytest.approx(0.9)
    assert budget.has_unknown_cost


@pytest.mark.parametrize(("told_usd", "status"), [(0.0, 200), (0.25, 200), (0.25, 503), (0.25, None)])
def test_a_failed_call_costs_what_the_server_says(told_usd: float, status: int | None) -> None:
    """Its own word on the bill goes before any rule, and nothing about it is unknown."""
    budget = priced(reserved=0.9)

    assert budget.settle_failure(QUESTION, replace(refused(status), cost_usd=told_usd)) == pytest.approx(told_usd)
    assert budget.spent_usd == pytest.approx(told_usd)
    assert not budget.has_unknown_cost


def test_a_conversation_that_costs_more_than_its_forecast_takes_nothing_from_the_others() -> None:
    """What is set aside for it never falls below nothing."""
    budget = priced(2.0, reserved=0.9)
    budget.open("a", costs(0.1))
    budget.open("b", costs(0.5))

    budget.settle_reply(QUESTION, reply(usage=Usage(cost_usd=0.9)))

    assert budget.has_room_for(costs(0.6))
    assert not budget.has_room_for(costs(0.61))


def test_a_conversation_of_unknown_cost_sets_nothing_aside() -> None:
    """Neither when it is opened, nor when a call of it is booked without a price."""
    budget = priced(1.0, price=None)
    budget.open("a", costs(None))
    assert not budget.has_room_for(costs(1.01))

    budget.settle_reply(QUESTION, reply(usage=Usage()))

    assert budget.has_room_for(costs(1.0))
    assert not budget.has_room_for(costs(1.01))


def test_a_booking_without_a_price_leaves_the_forecast_as_it_was() -> None:
    """Nothing known was spent, so nothing is given back."""
    budget = priced(1.0, price=None)
    budget.open("a", costs(0.5))

    budget.settle_reply(QUESTION, reply(usage=Usage()))

    assert budget.has_room_for(costs(0.5))
    assert not budget.has_room_for(costs(0.51))
