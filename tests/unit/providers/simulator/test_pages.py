"""Models, endpoints, key, credit, generations: what is asked for without asking a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from unit.providers.simulator.rehearsing import answers, chat, planned, rehearse, tell

from colloquia.providers.cards import card_of, fields_not_taken
from colloquia.providers.openrouter import catalogue
from colloquia.providers.simulator.catalogue import MODELS
from colloquia.providers.simulator.plan import Strike
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from colloquia.providers.simulator.simulator import Simulator


def page(path: str, plan: Any = None, **options: Any) -> Any:
    """Return a page of a simulator."""

    async def act(simulator: Simulator) -> Any:
        return await tell(simulator, path)

    return rehearse(act, plan, **options)


def test_the_package_reads_the_catalogue() -> None:
    """Prices, context, the fields that are taken, and who reasons."""

    async def act(simulator: Simulator) -> Any:
        wire = Wire()
        try:
            return await catalogue(wire, base_url=simulator.base_url)
        finally:
            await wire.close()

    cards = {card.slug: card for card in rehearse(act, planned(models={"acme/m": "sim/plain"}))}

    assert set(cards) == {*(model.slug for model in MODELS), "acme/m"}
    assert fields_not_taken(cards["sim/no-seed"], ["seed", "temperature"]) == ("seed",)
    assert fields_not_taken(cards["sim/no-temperature"], ["seed", "temperature"]) == ("temperature",)
    assert cards["sim/reasoner"].is_reasoning
    assert not cards["sim/plain"].is_reasoning
    assert cards["sim/small-context"].context_length == 2048
    assert (cards["sim/dear"].prompt_price, cards["sim/dear"].request_price) == (0.000015, 0.01)
    assert card_of("sim/plain:nitro", cards) is cards["sim/plain"]


def test_the_catalogue_is_public() -> None:
    """It needs no key, and is signed like everything else."""

    async def act(simulator: Simulator) -> Any:
        return await tell(simulator, "/models", Authorization="")

    told = rehearse(act)

    assert told.status == 200
    assert told.json["total_count"] == len(MODELS)
    assert told.json["colloquia_simulated"] is True


def test_endpoints_have_prices_precision_and_parameters() -> None:
    """By provider; a model that is not there has none."""
    told, missing = page("/models/sim/plain/endpoints"), page("/models/sim/nothing/endpoints")

    endpoints = told.json["data"]["endpoints"]
    assert [each["tag"] for each in endpoints] == ["sim-alpha", "sim-beta/fp8"]
    assert [each["quantization"] for each in endpoints] == ["bf16", "fp8"]
    assert "top_a" in endpoints[0]["supported_parameters"]
    assert "top_a" not in endpoints[1]["supported_parameters"]
    assert endpoints[0]["pricing"]["prompt"] == "0.0000002"
    assert missing.status == 404


def test_the_key_knows_its_limits() -> None:
    """And how many free requests were made today."""

    async def act(simulator: Simulator) -> Any:
        await tell(simulator, body=chat(model="sim/free:free"))
        return await tell(simulator, "/key")

    data = rehearse(act, planned(free_per_day=50, credit=5)).json["data"]

    assert data["free_model_daily_requests"] == {"limit": 50, "remaining": 49, "used": 1}
    assert (data["limit"], data["limit_remaining"]) == (5, 5)


def test_a_generation_is_found_only_after_a_while() -> None:
    """It says what was billed, under the id of the header."""

    async def act(simulator: Simulator) -> Any:
        told = await tell(simulator, body=chat(session_id="one"))
        path = f"/generation?id={told.headers['x-generation-id']}"
        return told, [await tell(simulator, path) for _ in range(3)], await tell(simulator, "/generation?id=nothing")

    told, looked, nothing = rehearse(act, planned(generation_misses=2))

    data = looked[2].json["data"]
    assert [each.status for each in looked] == [404, 404, 200]
    assert nothing.status == 404
    assert data["total_cost"] == told.json["usage"]["cost"]
    assert data["native_tokens_completion"] == told.json["usage"]["completion_tokens"]
    assert (data["session_id"], data["cancelled"], data["streamed"]) == ("one", False, False)


def test_a_session_may_be_named_in_a_header() -> None:
    """The body beats it."""

    async def act(simulator: Simulator) -> Any:
        await tell(simulator, body=chat(), x_session_id="header")
        await tell(simulator, body=chat(session_id="body"), x_session_id="header")
        return [each.generation.session_id for each in simulator.served]

    assert rehearse(act) == ["header", "body"]


@pytest.mark.parametrize("name", ["status-401", "status-503-html", "close-unanswered"])
def test_a_page_may_fail_as_well(name: str) -> None:
    """Where a fault names its path; replies go on."""
    plan = planned(Strike(name=name, path="/key", attempts=(1,)))

    async def act(simulator: Simulator) -> Any:
        first = await asyncio.gather(tell(simulator, "/key"), return_exceptions=True)
        return first[0], await tell(simulator, "/key"), await tell(simulator, body=chat()), simulator.served[0].fault

    first, second, reply, fault = rehearse(act, plan)

    assert isinstance(first, IndexError) if name == "close-unanswered" else first.status in (401, 503)
    assert (second.status, reply.status, fault) == (200, 200, name)


def test_success_shows_no_limits() -> None:
    """Only a limit that is reached does."""
    (told,) = answers(chat(model="sim/free:free"))

    assert not [name for name in told.headers if "ratelimit" in name or name == "retry-after"]
