"""Which provider answers."""

from __future__ import annotations

from typing import Any

import pytest
from unit.providers.simulator.rehearsing import answers, chat, planned

from colloquia.providers.simulator.catalogue import StandIn
from colloquia.providers.simulator.plan import Strike


def providers(*wishes: dict[str, Any], **fields: Any) -> list[str | int]:
    """Return who answers under each ``provider`` object; the status where nobody does."""
    told = answers(*(chat(provider=wish, **fields) for wish in wishes))
    return [each.json["provider"] if each.status == 200 else each.status for each in told]


@pytest.mark.parametrize(
    ("wish", "provider"),
    [
        ({"only": ["sim-beta"]}, "SimBeta"),
        ({"only": ["sim-beta/fp8"]}, "SimBeta"),
        ({"order": ["sim-beta", "sim-alpha"]}, "SimBeta"),
        ({"order": ["sim-alpha"]}, "SimAlpha"),
        ({"order": ["sim-alpha"], "allow_fallbacks": False}, "SimAlpha"),
        ({"ignore": ["sim-beta"]}, "SimAlpha"),
        ({"quantizations": ["fp8"]}, "SimBeta"),
        ({"quantizations": ["bf16", "fp32"]}, "SimAlpha"),
        ({"max_price": {"prompt": 0.16}}, "SimBeta"),
        ({"max_price": {"prompt": 0.2, "completion": 0.45}}, "SimBeta"),
        ({"sort": "price"}, "SimBeta"),
        ({"sort": "latency"}, "SimAlpha"),
        ({"sort": "throughput"}, "SimBeta"),
        ({"sort": {"by": "latency", "partition": "none"}}, "SimAlpha"),
    ],
    ids=str,
)
def test_a_wish_is_heeded(wish: dict[str, Any], provider: str) -> None:
    """By name, by price, by precision, by order."""
    assert providers(wish) == [provider]


@pytest.mark.parametrize(
    "wish",
    [
        {"only": ["sim-gamma"]},
        {"ignore": ["sim-alpha", "sim-beta"]},
        {"order": ["sim-gamma"], "allow_fallbacks": False},
        {"quantizations": ["int4"]},
        {"max_price": {"prompt": 0.01}},
    ],
    ids=str,
)
def test_where_nobody_is_left_the_request_is_declined(wish: dict[str, Any]) -> None:
    """With status 404 and a typed word."""
    (told,) = answers(chat(provider=wish))

    assert told.status == 404
    assert told.json["error"]["availability"]["code"] == "constraint_filtered"


@pytest.mark.parametrize(
    ("model", "field"), [("sim/no-seed", {"seed": 1}), ("sim/no-temperature", {"temperature": 0.5})], ids=str
)
def test_a_field_that_no_endpoint_takes_is_dropped_or_declined(model: str, field: dict[str, Any]) -> None:
    """As ``require_parameters`` says."""
    dropped, declined = answers(
        chat(model=model, **field), chat(model=model, provider={"require_parameters": True}, **field)
    )

    assert (dropped.status, declined.status) == (200, 404)
    assert "requested parameters" in declined.json["error"]["message"]


def test_required_parameters_choose_the_endpoint_that_takes_them() -> None:
    """SimBeta takes no ``top_a``."""
    assert set(providers(*[{"require_parameters": True}] * 5, top_a=0.5)) == {"SimAlpha"}


def test_a_session_stays_where_it_is() -> None:
    """Sessions spread over the providers, the cheaper one more often; each always meets the same."""
    sessions = [f"session {number}" for number in range(60)]
    told = answers(*(chat(text, session_id=session) for session in sessions for text in ("One.", "Two.")))

    served = [each.json["provider"] for each in told]
    assert served[::2] == served[1::2]
    assert 30 < served[::2].count("SimBeta") < 55


def test_a_provider_that_is_down_is_passed_over() -> None:
    """The router turns to the next one in silence, unless it may not."""
    down = planned(Strike(name="status-503", provider="sim-beta"))
    first_beta = {"order": ["sim-beta"]}

    over, stuck = answers(chat(provider=first_beta), chat(provider={**first_beta, "allow_fallbacks": False}), plan=down)

    assert over.json["provider"] == "SimAlpha"
    assert stuck.status == 503


def test_a_wrong_request_is_not_passed_on() -> None:
    """Only failures are."""
    (told,) = answers(
        chat(provider={"order": ["sim-beta"]}), plan=planned(Strike(name="status-400", provider="sim-beta"))
    )

    assert told.status == 400


def test_suffixes_that_route_find_the_model() -> None:
    """``:floor`` sorts by price and ``:nitro`` by speed."""
    told = answers(chat(model="sim/dear:floor"), chat(model="sim/dear:nitro"), chat(model="sim/dear:nothing"))

    assert [each.status for each in told] == [200, 200, 400]
    assert [each.json["provider"] for each in told[:2]] == ["SimAlpha", "SimBeta"]


def test_other_slugs_can_be_served_by_a_stand_in() -> None:
    """So that a study can be rehearsed as it is written."""
    plan = planned(models={"openai/gpt-4.1-mini": "sim/plain"})

    (told,) = answers(chat(model="openai/gpt-4.1-mini"), plan=plan)

    assert told.json["model"] == "openai/gpt-4.1-mini"


def test_a_stand_in_is_served_where_and_for_what_is_said() -> None:
    """By the providers that a study's routing names, and at a price; by nobody else."""
    plan = planned(models={"acme/m": StandIn(at=("deepinfra/bf16", "other/fp8"), price=("0.000001", "0.000005"))})
    pinned = {"only": ["deepinfra"], "quantizations": ["bf16"]}

    told, elsewhere = answers(
        chat(model="acme/m", provider=pinned), chat(model="acme/m", provider={"only": ["sim-alpha"]}), plan=plan
    )

    assert (told.status, elsewhere.status) == (200, 404)
    assert told.json["provider"] == "Simulated deepinfra"
    usage = told.json["usage"]
    assert usage["cost"] == pytest.approx(usage["prompt_tokens"] * 1e-6 + usage["completion_tokens"] * 5e-6)
