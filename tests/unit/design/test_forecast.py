"""Forecasts: what is still to be said, in tokens and dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from builders import plan
from hypothesis import given
from hypothesis import strategies as st

from colloquia.design.forecast import CHARACTERS_PER_TOKEN, LIKELY_REPLY_TOKENS, Expectations, Forecast, Price, total

if TYPE_CHECKING:
    from colloquia.design.trials import Trial

PRICE = Price(prompt=0.001, completion=0.01)
"""A tenth of a cent a token in, a cent a token out."""

forecasts = st.builds(
    Forecast,
    conversations=st.integers(0, 9),
    turns=st.integers(0, 9),
    input_tokens=st.integers(0, 9),
    output_tokens=st.integers(0, 9),
    cost_usd=st.none() | st.integers(0, 9).map(float),
    most_usd=st.none() | st.integers(0, 9).map(float),
)


def trial(prompt: str = "x" * 40, **words: object) -> Trial:
    """Return the one conversation of two seats that share a prompt of ten tokens."""
    (only,) = plan(scenarios={"train": prompt}, **words)
    return only


def expecting(price: Price | None = PRICE, reply_tokens: float | None = None) -> Expectations:
    """Return what is known of the one model."""
    return Expectations(
        prices={} if price is None else {"openai/gpt": price},
        reply_tokens={} if reply_tokens is None else {"gpt": reply_tokens},
    )


def test_each_request_holds_the_prompt_and_all_that_was_said() -> None:
    """So input grows with the square of the length: 10 + 30 + 50 + 70 tokens."""
    forecast = expecting(reply_tokens=20).rest_of(trial(num_turns=4), 0, 0)

    assert forecast == Forecast(
        conversations=1,
        turns=4,
        input_tokens=160,
        output_tokens=80,
        cost_usd=pytest.approx(160 * 0.001 + 80 * 0.01),
        most_usd=pytest.approx((4 * 10 + 6 * 1024) * 0.001 + 4 * 1024 * 0.01),
    )


def test_what_was_said_is_sent_again_and_not_said_again() -> None:
    """A conversation of four turns that has two: 90 + 110 tokens in, 40 out."""
    said = 80 * CHARACTERS_PER_TOKEN

    forecast = expecting(reply_tokens=20).rest_of(trial(num_turns=4), said, 2)

    assert (forecast.turns, forecast.input_tokens, forecast.output_tokens) == (2, 200, 40)


@pytest.mark.parametrize("said", [4, 5])
def test_nothing_is_left_of_a_conversation_of_its_length(said: int) -> None:
    """Nor of a longer one."""
    forecast = expecting().rest_of(trial(num_turns=4), 1000, said)

    assert forecast == Forecast(conversations=1)


def test_a_reply_is_likely_to_be_of_the_usual_length() -> None:
    """Where the model has said nothing yet."""
    assert expecting().rest_of(trial(num_turns=1), 0, 0).output_tokens == LIKELY_REPLY_TOKENS


def test_a_reply_is_no_longer_than_it_may_be() -> None:
    """`max_tokens` bounds the likely and the most."""
    forecast = expecting(reply_tokens=500).rest_of(trial(num_turns=1, sampling={"max_tokens": 50}), 0, 0)

    assert forecast.output_tokens == 50
    assert forecast.cost_usd == forecast.most_usd == pytest.approx(10 * 0.001 + 50 * 0.01)


def test_an_unknown_price_makes_the_cost_unknown_and_not_zero() -> None:
    """Tokens are known all the same."""
    forecast = expecting(price=None).rest_of(trial(), 0, 0)

    assert (forecast.cost_usd, forecast.most_usd) == (None, None)
    assert forecast.output_tokens > 0


def test_a_price_for_each_call_is_added() -> None:
    """On top of tokens."""
    price = Price(prompt=0, completion=0, request=0.25)

    assert expecting(price).rest_of(trial(num_turns=4), 0, 0).cost_usd == pytest.approx(1.0)


def test_each_model_has_its_own_price_prompt_and_length_of_reply() -> None:
    """In the order in which the roles speak: the tenant opens."""
    models = {"gpt": "openai/gpt", "claude": {"slug": "x/claude", "max_tokens": 30}}
    rent = {"landlord": "x" * 400, "tenant": "x" * 40, "opens": "tenant"}
    (only,) = plan(models=models, scenarios={"rent": rent}, pairing=[["gpt", "claude"]], num_turns=3)
    prices = {"openai/gpt": Price(prompt=1, completion=0), "x/claude": Price(prompt=0, completion=1)}

    forecast = Expectations(prices=prices, reply_tokens={"gpt": 7}).rest_of(only, 0, 0)

    assert forecast.input_tokens == 10 + (100 + 30) + (10 + 30 + 7)
    assert forecast.output_tokens == 30 + 7 + 30
    assert forecast.cost_usd == pytest.approx((100 + 30) + (30 + 30))


def test_a_scripted_opening_is_read_and_not_paid_for() -> None:
    """It is a turn, and nobody is asked for it."""
    opened = trial(num_turns=2, opening="x" * 80)

    forecast = expecting(reply_tokens=20).rest_of(opened, 0, 0)

    assert (forecast.turns, forecast.input_tokens, forecast.output_tokens) == (2, 10 + 20, 20)
    assert forecast.cost_usd == pytest.approx(30 * 0.001 + 20 * 0.01)
    assert expecting(reply_tokens=20).rest_of(opened, 80, 1).cost_usd == forecast.cost_usd


@given(forecasts, forecasts, forecasts)
def test_forecasts_add_up_in_any_order(one: Forecast, two: Forecast, three: Forecast) -> None:
    """And what nobody knows makes a sum that nobody knows."""
    summed = total([one, two, three])

    assert summed == total([three, one, two]) == one + two + three
    assert summed.turns == one.turns + two.turns + three.turns
    assert (summed.cost_usd is None) == (None in (one.cost_usd, two.cost_usd, three.cost_usd))
    assert (summed.most_usd is None) == (None in (one.most_usd, two.most_usd, three.most_usd))


def test_nothing_takes_nothing() -> None:
    """An empty sum is known and zero."""
    assert total([]) == Forecast(cost_usd=0.0, most_usd=0.0)


@given(st.integers(1, 30), st.integers(1, 2000), st.integers(0, 500))
def test_the_likely_is_never_more_than_the_most(num_turns: int, max_tokens: int, reply_tokens: int) -> None:
    """A cap that holds for the most holds for what comes."""
    planned = trial(num_turns=num_turns, sampling={"max_tokens": max_tokens})

    forecast = expecting(reply_tokens=reply_tokens).rest_of(planned, 0, 0)

    assert forecast.cost_usd is not None
    assert forecast.most_usd is not None
    assert forecast.cost_usd <= forecast.most_usd
