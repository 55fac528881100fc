"""What is billed is what was served, to the last token."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from unit.providers.simulator.rehearsing import answers, chat, planned, rehearse, request, tell, until

from colloquia.providers.simulator.catalogue import ALPHA, Endpoint
from colloquia.providers.simulator.plan import Strike
from colloquia.providers.simulator.pricing import cost
from colloquia.providers.simulator.prompt_cache import CACHE_SECONDS
from colloquia.providers.simulator.speech import Tokens

if TYPE_CHECKING:
    from colloquia.providers.simulator.ledger import Served
    from colloquia.providers.simulator.plan import Plan
    from colloquia.providers.simulator.simulator import Simulator

PRICED = Endpoint(
    provider=ALPHA,
    prices={
        "prompt": "0.01",
        "completion": "0.1",
        "request": "1",
        "input_cache_read": "0.001",
        "input_cache_write": "0.02",
    },
)
LONG = "word " * 1200
"""Long enough for the prompt cache."""
UNHURRIED = planned(clock_unit=0.01)
"""The prompt cache then lasts for three real seconds."""
MARKED = {"cache_control": {"type": "ephemeral"}}


@pytest.mark.parametrize(
    ("tokens", "finish", "dollars"),
    [
        (Tokens(prompt=10, completion=2), "stop", "1.3"),
        (Tokens(prompt=10, completion=2, cached=8), "stop", "1.228"),
        (Tokens(prompt=10, completion=2, written=8), "stop", "1.38"),
        (Tokens(prompt=10, completion=2, cached=4, written=4), "stop", "1.304"),
        (Tokens(prompt=10, completion=2, reasoning=2), "length", "1.3"),
        (Tokens(prompt=10, completion=2), None, "1.3"),
        (Tokens(prompt=10, completion=0), "stop", "1.1"),
        (Tokens(prompt=10, completion=0), None, "0"),
        (Tokens(prompt=10, completion=0), "", "0"),
        (Tokens(prompt=10, completion=2), "error", "0"),
    ],
    ids=str,
)
def test_a_reply_costs_what_the_price_texts_say(tokens: Tokens, finish: str | None, dollars: str) -> None:
    """Cached and written tokens are inside the prompt; no completion without a reason is insured."""
    assert cost(PRICED, tokens, finish) == Decimal(dollars)


def test_the_bill_is_the_sum_of_what_was_served() -> None:
    """Whole replies and streams of all models, faults among them; /key and /credits say the same."""
    plan = planned(
        Strike(name="status-503", probability=0.2), Strike(name="finish-error", probability=0.2), generation_misses=0
    )
    slugs = ("sim/plain", "sim/reasoner", "sim/dear", "sim/free:free", "sim/deaf-to-seed")

    async def act(simulator: Simulator) -> tuple[list[Any], Any, Any, Simulator]:
        bodies = [
            chat(f"Number {number}.", model=slug, stream=streamed)
            for number in range(5)
            for slug in slugs
            for streamed in (False, True)
        ]
        told = [await tell(simulator, body=body) for body in bodies]
        return told, await tell(simulator, "/key"), await tell(simulator, "/credits"), simulator

    told, key, credit, simulator = rehearse(act, plan)

    paid = [usage_of(each)["cost"] for each in told if each.status == 200]
    assert {each.status for each in told} == {200, 503}
    assert float(simulator.billed) == pytest.approx(sum(paid))
    assert simulator.billed == sum(each.cost_usd for each in simulator.served)
    assert key.json["data"]["usage"] == credit.json["data"]["total_usage"] == float(simulator.billed)
    assert {paid_by_free(simulator)} == {Decimal(0)}


def usage_of(told: Any) -> dict[str, Any]:
    """Return the usage of a whole reply or of a stream."""
    return told.json["usage"] if told.raw.startswith(b"{") else told.chunks[-1]["usage"]


def paid_by_free(simulator: Simulator) -> Decimal:
    """Return what the free model cost."""
    free = [each for each in simulator.served if each.generation and each.generation.model == "sim/free:free"]
    return sum((each.cost_usd for each in free), Decimal(0))


def test_the_usage_says_how_the_cost_comes_about() -> None:
    """Counts, details, and the cost by the prices of the endpoint that answered."""
    (told,) = answers(chat(provider={"only": ["sim-alpha"]}))

    usage = told.json["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["cost"] == pytest.approx(usage["prompt_tokens"] * 2e-7 + usage["completion_tokens"] * 6e-7)
    assert usage["prompt_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": 0}
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 0
    assert usage["is_byok"] is False


def test_a_long_prompt_is_cached_for_those_that_begin_like_it() -> None:
    """By itself where the endpoint does so; the same tokens then cost less."""
    at_alpha = {"provider": {"only": ["sim-alpha"]}}
    first, longer, other, short = answers(
        chat(LONG, **at_alpha),
        chat(LONG, "Yes.", "No.", **at_alpha),
        chat("Oh. " + LONG, **at_alpha),
        chat(**at_alpha),
        plan=UNHURRIED,
    )

    cached = [each.json["usage"]["prompt_tokens_details"]["cached_tokens"] for each in (first, longer, other, short)]
    usage = longer.json["usage"]
    plain = usage["prompt_tokens"] - cached[1]
    assert cached == [0, first.json["usage"]["prompt_tokens"], 0, 0]
    assert usage["cost"] == pytest.approx(plain * 2e-7 + cached[1] * 5e-8 + usage["completion_tokens"] * 6e-7)


def test_a_prompt_is_written_into_the_cache_where_it_is_marked() -> None:
    """Writing costs more, reading less, and an unmarked prompt does neither."""
    dear = {"model": "sim/dear", "provider": {"only": ["sim-alpha"]}}
    marked_part = {"role": "user", "content": [{"type": "text", "text": LONG, **MARKED}]}
    told = answers(
        chat(LONG, **dear),
        chat(LONG, **dear, **MARKED),
        {**chat(**dear), "messages": [marked_part]},
        chat(LONG, **dear),
    )

    details = [each.json["usage"]["prompt_tokens_details"] for each in told]
    size = told[0].json["usage"]["prompt_tokens"]
    assert [(each["cached_tokens"], each["cache_write_tokens"]) for each in details] == [
        (0, 0),
        (0, size),
        (size, 0),
        (0, 0),
    ]


def test_a_cached_prompt_is_forgotten() -> None:
    """Five simulated minutes after its last use."""
    body = chat(LONG, provider={"only": ["sim-alpha"]})

    async def act(simulator: Simulator) -> Any:
        await tell(simulator, body=body)
        simulator.clock.began -= simulator.clock.real(CACHE_SECONDS)
        return await tell(simulator, body=body)

    assert rehearse(act).json["usage"]["prompt_tokens_details"]["cached_tokens"] == 0


def aborted(plan: Plan | None = None, *, after: bytes, **fields: Any) -> Served:
    """Return what was noted of a request whose client left once it had read ``after``."""

    async def act(simulator: Simulator) -> Served:
        path = simulator.base_url.removeprefix(simulator.url) + "/chat/completions"
        reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
        writer.write(request(simulator, path, chat(**fields)))
        if after:
            await reader.readuntil(after)
        else:
            await until(lambda: simulator.served and simulator.served[0].generation)
        writer.close()
        await until(lambda: simulator.served[0].is_over)
        return simulator.served[0]

    return rehearse(act, plan)


SLOW = planned(clock_unit=0.02)
"""A reply takes long enough to be left in the middle of it."""


def test_an_aborted_stream_is_billed_as_far_as_it_came_where_the_provider_notices() -> None:
    """At SimAlpha."""
    served = aborted(SLOW, after=b"Simulated", stream=True, provider={"only": ["sim-alpha"]})

    assert served.is_aborted
    assert served.generation.is_cancelled
    assert 0 < served.generation.tokens.completion <= 8
    assert served.cost_usd > 0


def test_an_aborted_stream_is_billed_in_full_where_the_provider_does_not_notice() -> None:
    """At SimBeta."""
    (whole,) = answers(chat(provider={"only": ["sim-beta"]}))
    served = aborted(SLOW, after=b"Simulated", stream=True, provider={"only": ["sim-beta"]})

    assert served.is_aborted
    assert float(served.cost_usd) == pytest.approx(whole.json["usage"]["cost"])


def test_an_aborted_whole_reply_is_billed_in_full_everywhere() -> None:
    """Also where the client's patience ends before the answer."""
    body = {"provider": {"only": ["sim-alpha"]}}
    (whole,) = answers(chat(**body))
    served = aborted(planned(Strike(name="late-answer")), after=b"", **body)

    assert (served.is_aborted, served.status) == (True, 0)
    assert float(served.cost_usd) == pytest.approx(whole.json["usage"]["cost"])


def test_a_stream_that_is_left_before_its_first_token_is_free() -> None:
    """By the insurance, where the provider notices."""
    body = {"stream": True, "provider": {"only": ["sim-alpha"]}}

    assert aborted(planned(Strike(name="never-answer")), after=b"", **body).cost_usd == 0


@pytest.mark.parametrize("status", [408, 499, 504, 520, 522, 524])
def test_a_gateway_may_give_up_on_a_reply_that_is_billed(status: int) -> None:
    """It answers with a status of its own, and the ledger knows better."""

    async def act(simulator: Simulator) -> tuple[int, Decimal]:
        told = await tell(simulator, body=chat())
        return told.status, simulator.billed

    told, billed = rehearse(act, planned(Strike(name=f"status-{status}-billed")))

    assert told == status
    assert billed > 0


def test_an_error_may_end_a_stream_that_is_billed() -> None:
    """It says nothing of a cost; the same error is free by another name."""

    async def act(simulator: Simulator) -> Decimal:
        await tell(simulator, body=chat(stream=True))
        return simulator.billed

    assert rehearse(act, planned(Strike(name="stream-error-billed"))) > 0
    assert rehearse(act, planned(Strike(name="stream-error-bare"))) == 0


def test_the_response_cache_gives_a_reply_again_for_nothing() -> None:
    """To the same bytes only, with a new id, and only to those who ask for it."""
    body = chat("Once.")

    async def act(simulator: Simulator) -> tuple[list[Any], Decimal, Decimal]:
        wanted = {"X_OpenRouter_Cache": "true", "X_OpenRouter_Cache_TTL": "50000"}
        first = await tell(simulator, body=body, **wanted)
        billed = simulator.billed
        again = await tell(simulator, body=body, **wanted)
        free = simulator.billed - billed
        cleared = await tell(simulator, body=body, **wanted, X_OpenRouter_Cache_Clear="true")
        unasked = await tell(simulator, body=body, X_OpenRouter_Cache="false")
        simulator.clock.began -= simulator.clock.real(50_000)
        late = await tell(simulator, body=body, **wanted)
        return [first, again, cleared, unasked, late], billed, free

    told, billed, free = rehearse(act)

    first, again = told[:2]
    assert [each.headers.get("x-openrouter-cache-status") for each in told] == ["MISS", "HIT", "MISS", None, "MISS"]
    assert first.text == again.text
    assert again.json["usage"]["total_tokens"] == again.json["usage"]["cost"] == 0
    assert again.headers["x-openrouter-cache-source-id"] == first.headers["x-generation-id"]
    assert again.headers["x-generation-id"] != first.headers["x-generation-id"]
    assert (billed > 0, free) == (True, 0)


def test_an_id_may_come_twice() -> None:
    """Under the fault ``same-id``."""
    told = answers(chat("One."), chat("Two."), plan=planned(Strike(name="same-id")))

    assert len({each.json["id"] for each in told}) == 1
