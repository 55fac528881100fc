"""What whole answers are taken for: golden bodies of what models do, and what is kept of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from unit.providers.bodies import (
    AT,
    FULL_USAGE,
    NO_TOKENS,
    OPENROUTER,
    OWN_SERVER,
    USAGE,
    completion,
    failing,
    in_choice,
    read,
)

from colloquia.conversation.chat_model import Usage
from colloquia.design.forecast import Price
from colloquia.errors import Failure, Fault
from colloquia.providers.replies import SIMULATOR_HEADER

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import Outcome, RefusalSource


def test_a_whole_answer_is_kept_whole() -> None:
    """Text, reasons, tokens, cost, who served what under which id, and when."""
    found = read(completion("Yes.\n", reasoning="Hm.", usage=FULL_USAGE), headers={"x-generation-id": "gen-9"})

    assert found.content == "Yes.\n"
    assert found.reasoning == "Hm."
    assert (found.finish_reason, found.native_finish_reason) == ("stop", "STOP")
    assert (found.outcome, found.refusal_source, found.is_repaired) == (None, None, False)
    assert found.usage == Usage(
        input_tokens=310, output_tokens=82, cached_tokens=256, written_tokens=0, reasoning_tokens=60, cost_usd=0.000121
    )
    assert (found.served_by, found.served_model, found.generation_id) == ("DeepInfra", "acme/m-70b", "gen-9")
    assert (found.latency_ms, found.source, found.timestamp) == (12.5, "live", AT)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("NA", "NA"),
        ("  spaced \r\n", "  spaced \r\n"),
        ("a\u2028b\x00c\u0085", "a\u2028b\x00c\u0085"),
        ([{"type": "text", "text": "One, "}, {"type": "text", "text": "two."}], "One, two."),
        (["One, ", {"type": "output_text", "text": "two."}], "One, two."),
        ([{"type": "thinking", "text": "Hm."}, {"type": "text", "text": "Two."}], "Two."),
        ("{{prompt}} {x}", "{{prompt}} {x}"),
    ],
)
def test_text_survives_as_it_came(content: object, text: str) -> None:
    """Also in parts; hidden thoughts among them are none of it."""
    assert read(completion(content)).content == text


def test_a_lone_surrogate_is_repaired_and_its_original_kept() -> None:
    """The row says so, and the journal can tell what came."""
    found = read(json.dumps(completion("half \ud83d of it")).encode())

    assert found.content == "half \ufffd of it"
    assert found.is_repaired
    assert json.loads(found.original_json or "") == "half \ud83d of it"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("stop", "stop"),
        ("STOP", "stop"),
        ("end_turn", "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("content_filter", "content_filter"),
        ("tool_calls", "tool_calls"),
        ("Something-New", "something-new"),
        (None, None),
        ("", None),
        (5, None),
    ],
)
def test_finish_reasons_have_one_word_each(told: object, reason: str | None) -> None:
    """A new word stays what it is, none stays unknown, and the text stands in every case."""
    found = read(completion("Yes", finish=told))

    assert found.finish_reason == reason
    assert found.content == "Yes"
    assert found.outcome is None


@pytest.mark.parametrize(
    ("body", "content", "outcome", "source"),
    [
        (completion(None, refusal="I can't."), "I can't.", None, "provider"),
        (completion("", refusal="I can't."), "I can't.", None, "provider"),
        (completion([{"type": "refusal", "refusal": "I can't."}]), "I can't.", None, "provider"),
        (completion("Well,", refusal="I can't."), "Well,", None, "provider"),
        (completion(None, finish="content_filter"), None, "refusal", "filter"),
        (completion("So far", finish="content_filter"), "So far", None, "filter"),
        (completion(None, finish="SAFETY"), None, "refusal", "filter"),
        (in_choice(native_finish_reason="refusal"), "Yes", None, "provider"),
        (in_choice(native_finish_reason="refusal", finish_reason="content_filter"), "Yes", None, "provider"),
        (in_choice(native_finish_reason="refusal", message={"content": ""}), None, "refusal", "provider"),
    ],
)
def test_a_refusal_is_what_the_model_did(
    body: dict[str, Any], content: str | None, outcome: Outcome | None, source: RefusalSource
) -> None:
    """With a text it goes on, without one it ends; who says that it is a refusal is kept."""
    found = read(body)

    assert (found.content, found.outcome, found.refusal_source) == (content, outcome, source)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (completion(None), "empty"),
        (completion(""), "empty"),
        (completion("", usage=NO_TOKENS), "empty"),
        (completion("", finish=None), "empty"),
        (completion(None, finish="tool_calls"), "empty"),
        (completion([]), "empty"),
        (completion(None, reasoning="Hm.", finish="length"), "no_answer"),
        (completion(None, reasoning_content="Hm."), "no_answer"),
        (completion(None, reasoning_details=[{"type": "reasoning.summary", "summary": "Hm."}]), "no_answer"),
        (completion("", usage=FULL_USAGE, finish="length"), "no_answer"),
    ],
)
def test_an_answer_without_text_is_an_outcome(body: dict[str, Any], outcome: Outcome) -> None:
    """Wherever the model gave a reason or used tokens it did this itself; it is never asked again."""
    found = read(body)

    assert found.outcome == outcome
    assert found.content is None
    assert found.refusal_source is None


def test_white_space_is_kept_and_is_no_answer() -> None:
    """It cannot be sent on, and it is what the model said."""
    found = read(completion(" \n"))

    assert (found.content, found.outcome) == (" \n", "empty")


@pytest.mark.parametrize(
    "body",
    [
        completion("", finish=None, usage=NO_TOKENS),
        completion(None, finish=None, usage=None),
        completion("", finish="error", usage=NO_TOKENS),
        completion(None, finish="", usage={}),
    ],
)
def test_nothing_for_no_reason_and_no_tokens_is_trouble_of_the_server(body: dict[str, Any]) -> None:
    """A cold start; it costs nothing and is tried again."""
    assert failing(body).fault is Fault.TRANSIENT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"not found",
        b"[]",
        b"null",
        b"5",
        b'{"choices": [{"message": {"content": "Ye',
        b'{"choices": [{"message": {"content": "Yes"}, "logprobs": NaN}]}',
        b'{"choices": [{"message": {"content": "\xff"}}]}',
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [None]},
        {"choices": ["Yes"]},
        {"choices": "Yes"},
        {"choices": [{}]},
        {"choices": [{"finish_reason": "stop"}]},
        {"choices": [{"message": None, "finish_reason": None}]},
        {"choices": [{"message": {"content": 42}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": {"text": "Yes"}}, "finish_reason": "stop"}]},
        dict.fromkeys(completion()),
    ],
    ids=repr,
)
def test_a_good_status_with_no_reply_in_it_is_trouble_of_the_server(body: bytes | dict[str, Any]) -> None:
    """A page, a cut, a wrong type, nothing at all: tried again, with the beginning kept."""
    found = failing(body)

    assert (found.fault, found.stage, found.status) == (Fault.TRANSIENT, "reply", 200)
    assert found.was_sent


def test_padding_before_the_body_is_no_damage() -> None:
    """Servers that keep a connection alive send white space first."""
    assert read("\n\n   \n" + json.dumps(completion())).content == "Yes"


def test_a_completion_that_a_gateway_left_inside_provider_is_found() -> None:
    """The whole completion stands where the provider's name should."""
    assert read({"id": None, "choices": None, "provider": completion("Found.")}).content == "Found."


def test_a_broken_connection_after_whole_json_does_no_harm() -> None:
    """Done means that the JSON is whole."""
    broken = Failure(fault=Fault.TRANSIENT, stage="body", message="h: the answer broke off.", status=200)

    assert read(completion(), broken=broken).content == "Yes"


def test_a_broken_connection_inside_json_keeps_its_reason() -> None:
    """How it broke, the status, and what had come."""
    broken = Failure(fault=Fault.TRANSIENT, stage="body", message="h: the answer broke off.", status=200)

    found = failing(b'{"id": "gen-1", "cho', broken=broken, headers={"x-generation-id": "gen-1"})

    assert (found.fault, found.stage, found.status) == (Fault.TRANSIENT, "body", 200)
    assert "broke off" in found.message
    assert found.body == '{"id": "gen-1", "cho'
    assert found.generation_id == "gen-1"


def test_no_more_than_the_beginning_of_a_body_is_kept() -> None:
    """Two kilobytes are enough to see what it was."""
    assert len(failing(b"x" * 100_000).body or "") == 2048


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (USAGE, 0.000121),
        ({**USAGE, "cost": "0.5"}, 0.5),
        ({**USAGE, "cost": 6e-7}, 6e-7),
        ({**USAGE, "cost": 0}, 0.0),
        ({**USAGE, "cost": None}, None),
        ({**USAGE, "cost": -1}, None),
        ({**FULL_USAGE, "is_byok": True, "cost": 0.01, "cost_details": {"upstream_inference_cost": 0.2}}, 0.21),
        ({**FULL_USAGE, "is_byok": True, "cost": 0, "cost_details": {"upstream_inference_cost": 0.2}}, 0.2),
        ({**FULL_USAGE, "is_byok": True, "cost": 0.01, "cost_details": None}, None),
        ({**FULL_USAGE, "is_byok": True, "cost": None}, None),
        ({}, None),
        (None, None),
        ("none", None),
    ],
)
def test_the_cost_is_what_openrouter_charged(usage: object, cost: float | None) -> None:
    """With a key of one's own at the provider, both bills; unknown is never zero."""
    assert read(completion(usage=usage)).usage.cost_usd == (None if cost is None else pytest.approx(cost))


def test_usage_with_odd_numbers_is_as_good_as_it_can_be() -> None:
    """Texts and floats count, nonsense is unknown."""
    odd = {"prompt_tokens": "12", "completion_tokens": 3.0, "prompt_tokens_details": [], "completion_tokens_details": 1}

    assert read(completion(usage=odd)).usage == Usage(input_tokens=12, output_tokens=3)


@pytest.mark.parametrize(
    ("price", "usage", "cost"),
    [
        (None, USAGE, None),
        (Price(prompt=0, completion=0), USAGE, 0.0),
        (Price(prompt=0, completion=0), None, 0.0),
        (Price(prompt=1e-6, completion=2e-6), USAGE, 310e-6 + 164e-6),
        (Price(prompt=1e-6, completion=2e-6), None, None),
    ],
)
def test_the_cost_at_a_server_of_ones_own_is_tokens_times_price(
    price: Price | None, usage: object, cost: float | None
) -> None:
    """What such a server says of cost is not believed; without a price it is unknown."""
    found = read(completion(usage=usage), origin=replace(OWN_SERVER, price=price))

    assert found.usage.cost_usd == (None if cost is None else pytest.approx(cost))


def test_a_server_of_ones_own_is_named_by_the_study() -> None:
    """It says neither who it is nor why it ended."""
    bare = {"choices": [{"message": {"content": "Yes"}, "finish_reason": "stop"}], "model": "llama"}

    found = read(bare, origin=OWN_SERVER)

    assert (found.served_by, found.served_model, found.generation_id) == ("lab", "llama", None)
    assert found.usage == Usage()


def test_a_completed_text_counts_like_a_message() -> None:
    """The form that answers a script."""
    found = read({"choices": [{"text": " Yes.", "finish_reason": "length"}]}, origin=OWN_SERVER)

    assert (found.content, found.finish_reason) == (" Yes.", "length")


def test_a_reply_out_of_openrouters_cache_is_marked() -> None:
    """It cost nothing, took no time, and is no new sample."""
    zero = {"prompt_tokens": 0, "completion_tokens": 0, "cost": 0}

    found = read(completion(usage=zero), headers={"x-openrouter-cache-status": "HIT"})

    assert found.usage == Usage(cost_usd=0.0)
    assert found.latency_ms is None
    assert found.served_by == "openrouter's cache"


def test_what_a_simulator_says_is_never_live() -> None:
    """Its signature in the headers is enough, and nothing else in the study is touched by it."""
    signed = {SIMULATOR_HEADER: "1"}

    assert read(completion(), headers=signed).source == "simulated"
    assert read(completion(), headers=signed, origin=replace(OPENROUTER, source="embedded")).source == "embedded"
