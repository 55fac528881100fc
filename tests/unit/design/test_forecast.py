"""Forecasts: what is still to be said, in tokens and dollars."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from builders import plan, turn
from hypothesis import given
from hypothesis import strategies as st

from colloquia.conversation.steps import End, Speak
from colloquia.conversation.walk import Asked, Walk
from colloquia.design.forecast import LIKELY_REPLY_TOKENS, Expectations, Forecast, Price, total
from colloquia.design.shape import frame, shape

if TYPE_CHECKING:
    from colloquia.design.trials import Trial

PRICE = Price(prompt=0.001, completion=0.01)
"""A tenth of a cent a token in, a cent a token out."""
KICKOFF = {"kickoff": "k" * 40}

forecasts = st.builds(
    Forecast,
    conversations=st.integers(0, 9),
    turns=st.integers(0, 9),
    input_tokens=st.integers(0, 9),
    output_tokens=st.integers(0, 9),
    cost_usd=st.none() | st.integers(0, 9).map(float),
    least_usd=st.none() | st.integers(0, 9).map(float),
    most_usd=st.none() | st.integers(0, 9).map(float),
)


def trial(prompt: str = "x" * 40, **words: object) -> Trial:
    """Return the one conversation of two seats that share a prompt of ten tokens; a kick-off is as long."""
    (only,) = plan(**{"scenarios": {"train": prompt}, **({} if "opening" in words else KICKOFF), **words})
    return only


def expecting(price: Price | None = PRICE, reply_tokens: float | None = None) -> Expectations:
    """Return what is known of the one model."""
    return Expectations(
        prices={} if price is None else {"openai/gpt": price},
        reply_tokens={} if reply_tokens is None else {"gpt": reply_tokens},
    )


def test_each_request_holds_the_prompt_and_all_that_was_said() -> None:
    """So input grows with the square of the length: 20 + 30 + 60 + 70 tokens, the kick-off with the opener's."""
    forecast = expecting(reply_tokens=20).rest_of(trial(num_turns=4))

    assert forecast == Forecast(
        conversations=1,
        turns=4,
        input_tokens=180,
        output_tokens=80,
        cost_usd=pytest.approx(180 * 0.001 + 80 * 0.01),
        least_usd=pytest.approx(120 * 0.001 + 40 * 0.01),
        most_usd=pytest.approx((60 + 6 * 1024) * 0.001 + 4 * 1024 * 0.01),
    )


def test_what_was_said_is_sent_again_and_not_said_again() -> None:
    """A conversation of four turns that has two: 100 + 110 tokens in, 40 out."""
    said = [turn(1, "A", "x" * 100), turn(2, "B", "x" * 220)]

    forecast = expecting(reply_tokens=20).rest_of(trial(num_turns=4), said)

    assert (forecast.turns, forecast.input_tokens, forecast.output_tokens) == (2, 210, 40)


@pytest.mark.parametrize("said", [4, 5])
def test_nothing_is_left_of_a_conversation_of_its_length(said: int) -> None:
    """Nor of a longer one."""
    turns = [turn(number, "A") for number in range(1, said + 1)]

    forecast = expecting().rest_of(trial(num_turns=4), turns)

    assert forecast == Forecast(conversations=1)


def test_a_reply_is_likely_to_be_of_the_usual_length() -> None:
    """Where the model has said nothing yet."""
    assert expecting().rest_of(trial(num_turns=1)).output_tokens == LIKELY_REPLY_TOKENS


def test_a_reply_is_no_longer_than_it_may_be() -> None:
    """`max_tokens` bounds the likely and the most."""
    forecast = expecting(reply_tokens=500).rest_of(trial(num_turns=1, sampling={"max_tokens": 50}))

    assert forecast.output_tokens == 50
    assert forecast.cost_usd == forecast.most_usd == pytest.approx(20 * 0.001 + 50 * 0.01)


def test_an_unknown_price_makes_the_cost_unknown_and_not_zero() -> None:
    """Tokens are known all the same."""
    forecast = expecting(price=None).rest_of(trial())

    assert (forecast.cost_usd, forecast.most_usd) == (None, None)
    assert forecast.output_tokens > 0


def test_a_price_for_each_call_is_added() -> None:
    """On top of tokens."""
    price = Price(prompt=0, completion=0, request=0.25)

    assert expecting(price).rest_of(trial(num_turns=4)).cost_usd == pytest.approx(1.0)


def test_each_model_has_its_own_price_prompt_and_length_of_reply() -> None:
    """In the order in which the roles speak: the tenant opens."""
    models = {"gpt": "openai/gpt", "claude": {"slug": "x/claude", "max_tokens": 30}}
    rent = {"landlord": "x" * 400, "tenant": "x" * 40, "opens": "tenant"}
    (only,) = plan(models=models, scenarios={"rent": rent}, pairing=[["gpt", "claude"]], num_turns=3, **KICKOFF)
    prices = {"openai/gpt": Price(prompt=1, completion=0), "x/claude": Price(prompt=0, completion=1)}

    forecast = Expectations(prices=prices, reply_tokens={"gpt": 7}).rest_of(only)

    assert forecast.input_tokens == 20 + (100 + 30) + (20 + 30 + 7)
    assert forecast.output_tokens == 30 + 7 + 30
    assert forecast.cost_usd == pytest.approx((100 + 30) + (30 + 30))


def test_a_scripted_opening_is_read_and_not_paid_for() -> None:
    """It is a turn, and nobody is asked for it."""
    opened = trial(num_turns=2, opening="x" * 80)

    forecast = expecting(reply_tokens=20).rest_of(opened)

    assert (forecast.turns, forecast.input_tokens, forecast.output_tokens) == (2, 10 + 20, 20)
    assert forecast.cost_usd == pytest.approx(30 * 0.001 + 20 * 0.01)
    assert expecting(reply_tokens=20).rest_of(opened, [turn(1, "A", "x" * 80)]).cost_usd == forecast.cost_usd


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

    forecast = expecting(reply_tokens=reply_tokens).rest_of(planned)

    assert forecast.cost_usd is not None
    assert forecast.most_usd is not None
    assert forecast.cost_usd <= forecast.most_usd
    assert forecast.least_usd is not None
    assert forecast.least_usd <= forecast.cost_usd


@given(forecasts, st.integers(0, 5))
def test_so_many_of_the_same_are_their_sum(one: Forecast, times: int) -> None:
    """A cell costs its conversations."""
    found, summed = one * times, total([one] * times)

    assert (found.turns, found.input_tokens) == (summed.turns, summed.input_tokens)
    assert times == 0 or found == summed


def test_a_memory_holds_back_the_growth_of_requests() -> None:
    """With a window of one turn every request is as long as the second."""
    forecast = expecting(reply_tokens=20).rest_of(trial(num_turns=4, memory=1))

    assert forecast.input_tokens == 20 + 30 + 30 + 30


def test_a_group_is_reckoned_with_the_names_under_which_all_are_heard() -> None:
    """Three seats that share a model: everyone reads all, each with its own prompt."""
    roles = {"a": "x" * 40, "b": "x" * 80, "c": "x" * 120}
    (only,) = plan(scenarios={"m": roles}, pairing="self", procedure="group", num_turns=4, **KICKOFF)

    forecast = expecting(reply_tokens=20).rest_of(only)

    asked = 80 + (80 + 83) + (120 + 83 + 2 + 83) + (40 + 40 + 80 + 83 + 2 + 83)
    assert forecast.input_tokens == round(asked / 4)


def test_scripted_seats_cost_nothing_and_are_read() -> None:
    """What they say is as long as it is written, where that is known; a person is not billed either."""
    models = {"gpt": "openai/gpt", "fixed": "scripted:always " + "y" * 40, "me": "human:me"}
    prices = {"openai/gpt": PRICE}
    by = {
        names: Expectations(prices=prices, reply_tokens={"gpt": 20})
        for names in (("gpt", "fixed"), ("fixed", "gpt"), ("fixed", "fixed"), ("me", "fixed"))
    }

    found = {
        names: by[names].rest_of(*plan(models=models, scenarios={"t": "x" * 40}, pairing=[list(names)], **KICKOFF))
        for names in by
    }

    assert (found["gpt", "fixed"].input_tokens, found["gpt", "fixed"].output_tokens) == (20 + (20 + 20 + 10), 40)
    assert (found["fixed", "gpt"].input_tokens, found["fixed", "gpt"].output_tokens) == (20 + (10 + 10 + 20 + 10), 40)
    assert found["fixed", "fixed"] == found["me", "fixed"] == Forecast(conversations=1, turns=4)


def test_an_announcement_and_a_changed_prompt_are_part_of_what_is_sent() -> None:
    """From their turn on; an edit is as long as it is written."""
    plain = expecting(reply_tokens=20).rest_of(trial(num_turns=4))

    def longer(**happening: object) -> int:
        schedule = [{"after": 2, **happening}]
        return expecting(reply_tokens=20).rest_of(trial(num_turns=4, schedule=schedule)).input_tokens

    assert longer(announce="n" * 38) == plain.input_tokens + 2 * 10
    assert longer(prompt="p" * 80, role="A") == plain.input_tokens + 10
    assert longer(edit="e" * 40) == plain.input_tokens - 10


def test_calls_are_what_is_asked_of_models() -> None:
    """Scripted lines and seats are none; what was said is none any more."""
    models = {"gpt": "openai/gpt", "fixed": "scripted:echo"}
    (only,) = plan(models=models, scenarios={"t": "x"}, pairing=[["gpt", "fixed"]], opening="Hello.", num_turns=6)

    assert expecting().asked(only) == (("gpt", "openai/gpt", 2),)
    assert expecting().asked(only, [turn(number, "AB"[number % 2]) for number in (1, 2, 3)]) == (
        ("gpt", "openai/gpt", 1),
    )


def test_a_context_that_is_too_small_is_found_with_its_turn() -> None:
    """The first turn of each model whose request and reply together no longer fit."""
    models = {"small": "x/small", "large": "x/large", "dark": "x/dark"}
    words = {"models": models, "scenarios": {"t": "x" * 40}, "num_turns": 6, **KICKOFF}
    expectations = Expectations(
        prices={}, reply_tokens=dict.fromkeys(models, 20), contexts={"x/small": 85, "x/large": 1000}
    )

    def found(*names: str) -> list[tuple[str, int, int]]:
        (only,) = plan(pairing=[list(names)], **words)
        return [(each.model, each.turn, each.tokens) for each in expectations.overflows(only)]

    assert found("small", "large") == [("small", 5, 20 + 80 + 20)]
    assert found("small", "small") == [("small", 4, 10 + 60 + 20)]
    assert found("large", "dark") == []


def test_cells_that_differ_in_anything_but_their_iteration_are_reckoned_apart() -> None:
    """One forecast for each cell, however often it is repeated."""
    expectations = expecting(reply_tokens=20)
    trials = plan(
        scenarios={"t": {"a": "{f}", "b": "x", "opens": "both"}}, factors={"f": ["x" * 40, "x" * 80]}, iterations=3
    )

    found = {(trial.cell, expectations.rest_of(trial)) for trial in trials}

    assert len(trials) == 12
    assert len(found) == len({cell for cell, _ in found}) == 4
    assert len({forecast for _, forecast in found}) == 2 * 2


def test_the_same_expectations_may_be_asked_of_several_studies() -> None:
    """A cell of one is not taken for a cell of another that is called the same."""
    expectations = expecting(reply_tokens=20)

    turns = [expectations.rest_of(trial(num_turns=length)).turns for length in (4, 2)]
    tokens = [expectations.rest_of(trial(prompt="x" * length)).input_tokens for length in (40, 80)]

    assert turns == [4, 2]
    assert tokens[1] == tokens[0] + 4 * 10


ITEMS = {"items": {"topic": ["tax", "war", "weather"]}, "num_turns": 5, "pairing": "self"}
"""Two prompts of one length, and one that is longer."""


@pytest.mark.parametrize(
    "words",
    [
        {"scenarios": {"t": {"a": "About {topic}.", "b": ""}}},
        {"scenarios": {"t": {"a": "About {topic}.", "b": "Listen."}}, "memory": 2},
        {"scenarios": {"t": {"a": "About {topic}.", "b": "Go.", "c": "Yes."}}, "procedure": "group"},
        {"scenarios": {"t": "About {topic}."}, "kickoff": "What of {topic}?"},
    ],
)
def test_what_is_found_of_one_conversation_holds_for_those_alike(words: dict[str, object]) -> None:
    """Items change the words of prompts and their lengths: each conversation has the forecast it has by itself."""
    trials = plan(**{**ITEMS, **words})
    together = expecting()

    assert [together.rest_of(each) for each in trials] == [expecting().rest_of(each) for each in trials]
    assert len({each.identity["item"] for each in trials}) == 3


def test_a_conversation_of_which_nothing_is_known_is_walked_by_itself() -> None:
    """Without an identity nothing says what two conversations have in common."""
    known = trial(num_turns=3)
    stranger = replace(known, identity={})

    assert frame(stranger) is None
    assert expecting().rest_of(stranger) == expecting().rest_of(known)


PAYOFFS = {"J": {"J": [8, 8], "F": [0, 10]}, "F": {"J": [10, 0], "F": [5, 5]}}


def procedure(kind: str, roles: dict[str, str] | str, **settings: object) -> Trial:
    """Return the one conversation of a procedure."""
    words = {"num_turns": settings.pop("num_turns", None), "pairing": "self", "scenarios": {"g": roles}}
    (only,) = plan(**words, procedure={"kind": kind, **settings}, sampling={"max_tokens": 16})
    return only


def test_a_game_is_reckoned_move_by_move_without_what_stays_hidden() -> None:
    """Every player reads its own moves and what it is told of the other's, never the other's reply itself."""
    game = procedure("game", "Choose. {payoffs}", rounds=3, payoffs=PAYOFFS)

    calls = shape(game)

    assert [(call.role, call.spans) for call in calls] == [
        ("A", ()), ("B", ()), ("A", ((1, 1),)), ("B", ((2, 2),)), ("A", ((1, 1), (3, 3))), ("B", ((2, 2), (4, 4))),
    ]  # fmt: skip
    assert calls[2].characters > calls[0].characters + len("Round 1: you chose J, the other player chose J.")
    assert expecting().rest_of(game).output_tokens == 6 * 16


@pytest.mark.parametrize(
    ("kind", "roles", "settings", "turns"),
    [
        ("bargain", {"seller": "Sell.", "buyer": "Buy."}, {"num_turns": 6}, 6),
        ("ultimatum", {"proposer": "P.", "responder": "R."}, {}, 2),
        ("public goods", {"a": "A.", "b": "B.", "c": "C."}, {}, 3),
        ("population", "Play.", {"names": ["x", "y"], "agents": 4, "rounds": 5}, 10),
        ("group", {"a": "A.", "b": "B.", "c": "C."}, {"num_turns": 5}, 5),
    ],
)
def test_every_procedure_is_walked_to_its_planned_length(
    kind: str, roles: dict[str, str] | str, settings: dict[str, object], turns: int
) -> None:
    """A reply is stood in for by a move that there is, so no forecast ends at the first."""
    held = procedure(kind, roles, **settings)
    walk = Walk(held.talk)
    for _ in range(turns):
        asked = walk.next()
        assert isinstance(asked, Asked)
        walk.add(asked.stand_in("Something."))

    assert len(shape(held)) == held.num_turns == turns
    assert isinstance(walk.next(), End)


def test_a_procedure_that_makes_nothing_of_stand_ins_is_reckoned_as_seats_in_turn() -> None:
    """Then every seat is taken to read all that was said."""

    class Short:
        num_turns = 4
        opening = None

        def next_step(self, events: list[object]) -> Speak | End:
            return End(reason="over") if events else Speak(role="B")

    held = trial(num_turns=4)
    short = replace(held, talk=replace(held.talk, procedure=Short()))

    assert [(call.role, call.spans) for call in shape(short)] == [
        ("B", ()), ("B", ((1, 1),)), ("A", ((1, 2),)), ("B", ((1, 3),)),
    ]  # fmt: skip
