"""What errors are taken for: golden bodies of every kind of complaint, by status and inside good answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from unit.providers.bodies import (
    DONE,
    OWN_SERVER,
    available,
    completion,
    delta,
    error,
    event,
    failing,
    in_choice,
    read,
)

from colloquia.conversation.chat_model import Usage
from colloquia.errors import Fault

IN_FLIGHT = error(402, "wait", limit_source="openrouter_in_flight_budget")
NO_CREDITS = error(402, "This request requires more credits", limit_source="openrouter_credits")
UPSTREAM = error(429, raw="busy", provider_name="DeepInfra", limit_source="upstream_provider_shared_pool")
LONG = "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens"
MODERATED = error(403, "flagged", reasons=["violence"], flagged_input="my secret pla...n", provider_name="OpenAI")
AZURE = json.dumps({"error": {"code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}})
ANTHROPIC = json.dumps({"type": "error", "error": {"type": "refusal", "message": "no"}})
OPENAI_LONG = json.dumps({"error": {"code": "context_length_exceeded", "type": "invalid_request_error"}})

FAULTS: list[tuple[int, object, Fault]] = [
    (301, b"", Fault.STOP_MODEL),
    (307, b"<html>moved</html>", Fault.STOP_MODEL),
    (400, error(400, "acme/x is not a valid model ID"), Fault.STOP_MODEL),
    (400, error(400, raw="too long"), Fault.STOP_MODEL),
    (400, {"error": "model not loaded"}, Fault.STOP_MODEL),
    (400, {"error": {"message": "bad", "type": "BadRequestError", "code": 400}}, Fault.STOP_MODEL),
    (400, error(400, "no", error_type="max_tokens_exceeded"), Fault.STOP_MODEL),
    (400, error(400, "no", error_type="invalid_prompt"), Fault.STOP_TRIAL),
    (401, error(401, "User not found"), Fault.STOP_RUN),
    (401, b"", Fault.STOP_RUN),
    (402, NO_CREDITS, Fault.STOP_RUN),
    (402, b"", Fault.STOP_RUN),
    (402, IN_FLIGHT, Fault.STOP_RUN),
    (403, error(403, "blocked", patterns=["ssn"]), Fault.STOP_RUN),
    (403, error(403, "spent", limit_source="guardrail_budget"), Fault.STOP_RUN),
    (403, available("region_restricted", retryable=False), Fault.STOP_MODEL),
    (403, error(403, "no permission"), Fault.STOP_MODEL),
    (403, b"<html>Cloudflare</html>", Fault.STOP_MODEL),
    (404, available("no_endpoints", retryable=False), Fault.STOP_MODEL),
    (404, available("model_deprecated", retryable=False), Fault.STOP_MODEL),
    (404, available("constraint_filtered", retryable=False), Fault.STOP_MODEL),
    (404, available("free_variant_ended", retryable=False), Fault.STOP_MODEL),
    (404, available("model_unavailable_upstream", retryable=True), Fault.TRANSIENT),
    (404, error(404, "No endpoints found matching your data policy"), Fault.STOP_MODEL),
    (404, {"error": {"message": "no such model", "type": "api_error", "param": None, "code": None}}, Fault.STOP_MODEL),
    (408, b"", Fault.TRANSIENT),
    (413, error(413, "too large"), Fault.STOP_TRIAL),
    (422, error(422, "no", error_type="unprocessable"), Fault.STOP_MODEL),
    (429, UPSTREAM, Fault.RATE),
    (429, b"slow down", Fault.RATE),
    (429, available("capacity_exhausted", retryable=True), Fault.RATE),
    (429, available("capacity_exhausted", retryable=False), Fault.STOP_MODEL),
    (429, {"error": {"message": "no", "type": "insufficient_quota", "code": "insufficient_quota"}}, Fault.STOP_RUN),
    (503, available("temporarily_unavailable", retryable=True), Fault.TRANSIENT),
    (503, available("temporarily_unavailable", retryable=False), Fault.STOP_MODEL),
    (999, b"", Fault.TRANSIENT),
    *((status, b"", Fault.TRANSIENT) for status in (500, 502, 503, 504, 520, 521, 522, 523, 524, 529)),
    *((status, b"<html>bad gateway</html>", Fault.TRANSIENT) for status in (500, 502, 503, 504, 520, 524, 529)),
    *((status, error(status, "busy"), Fault.TRANSIENT) for status in (500, 502, 503, 504, 520, 524, 529)),
    (502, b"x" * 5_000_000, Fault.TRANSIENT),
    (502, {"error": None}, Fault.TRANSIENT),
    (502, {"error": []}, Fault.TRANSIENT),
    (502, [1], Fault.TRANSIENT),
    (502, error(502, metadata=None), Fault.TRANSIENT),
    (502, error("server_error", raw="x" * 1_000_000), Fault.TRANSIENT),
]


@pytest.mark.parametrize(("status", "body", "fault"), FAULTS, ids=lambda value: repr(value)[:40])
def test_a_status_says_how_much_a_failure_stops(status: int, body: object, fault: Fault) -> None:
    """The call, the conversation, the model or the run; what the server sent is kept, within bounds."""
    found = failing(body, status)

    assert found.fault is fault
    assert (found.status, found.stage, found.was_sent) == (status, "status", True)
    assert found.message.startswith("openrouter: ")
    assert len(found.body or "") <= 2048
    assert len(found.message) < 400


OUTCOMES = [
    (400, error(400, LONG), "context_overflow", None),
    (400, error(400, "no", error_type="context_length_exceeded"), "context_overflow", None),
    (400, error(400, raw=OPENAI_LONG), "context_overflow", None),
    (400, {"error": {"message": LONG, "type": "BadRequestError", "code": 400}}, "context_overflow", None),
    (400, {"error": {"code": 400, "message": "", "type": "exceed_context_size_error"}}, "context_overflow", None),
    (403, MODERATED, "input_blocked", "filter"),
    (403, error(403, "flagged", flagged_input="my secret"), "input_blocked", "filter"),
    (403, error(403, "flagged", reasons=[]), "input_blocked", "filter"),
    (400, error(400, "no", error_type="content_policy_violation"), "refusal", "filter"),
    (400, error(400, raw=AZURE), "refusal", "filter"),
    (400, error(400, "no", error_type="refusal"), "refusal", "provider"),
    (400, error(400, raw=ANTHROPIC), "refusal", "provider"),
    (400, {"error": {"message": "no", "code": "content_policy_violation"}}, "refusal", "filter"),
]


@pytest.mark.parametrize(("status", "body", "outcome", "source"), OUTCOMES, ids=lambda value: repr(value)[:40])
def test_a_typed_complaint_about_the_conversation_is_an_outcome(
    status: int, body: dict[str, Any], outcome: str, source: str | None
) -> None:
    """It is data about the model, and never tried again; a request that was refused cost nothing."""
    found = read(body, status, {"x-generation-id": "gen-1"})

    assert (found.outcome, found.refusal_source, found.content) == (outcome, source, None)
    assert found.usage == Usage(cost_usd=0.0)
    assert found.generation_id == "gen-1"
    assert found.finish_reason is None


@pytest.mark.parametrize(("status", "body", "outcome", "source"), OUTCOMES, ids=lambda value: repr(value)[:40])
def test_an_outcome_inside_a_good_answer_is_the_same(
    status: int, body: dict[str, Any], outcome: str, source: str | None
) -> None:
    """Errors that arise while the model runs come with status 200."""
    inside = {**body, "error": {"code": status, **body["error"]}}
    found = read(inside)

    assert (found.outcome, found.refusal_source) == (outcome, source)
    assert found.usage == Usage()


def test_an_outcome_at_a_server_without_a_price_has_no_known_cost() -> None:
    """Unknown stays unknown."""
    found = read(error(400, "no", error_type="context_length_exceeded"), 400, origin=OWN_SERVER)

    assert found.usage.cost_usd is None


def test_a_sentence_never_outvotes_a_typed_word() -> None:
    """A server that has typed words for its errors is believed on them alone."""
    assert failing(error(400, LONG, error_type="invalid_request"), 400).fault is Fault.STOP_MODEL


def test_a_limit_of_calls_in_flight_is_waited_out() -> None:
    """The one payment error that passes by itself; it says when."""
    found = failing(IN_FLIGHT, 402, {"retry-after": "3"})

    assert (found.fault, found.retry_after_seconds) == (Fault.RATE, 3.0)
    assert "top up" not in found.message


@pytest.mark.parametrize(
    ("code", "fault", "status"),
    [
        (401, Fault.STOP_RUN, 401),
        (402, Fault.STOP_RUN, 402),
        (404, Fault.STOP_MODEL, 404),
        (429, Fault.RATE, 429),
        ("429", Fault.RATE, 429),
        (502, Fault.TRANSIENT, 502),
        ("server_error", Fault.TRANSIENT, 200),
        (None, Fault.TRANSIENT, 200),
        (0, Fault.TRANSIENT, 200),
        (True, Fault.TRANSIENT, 200),
        ([], Fault.TRANSIENT, 200),
    ],
)
def test_an_error_with_a_good_status_counts_by_its_code(code: object, fault: Fault, status: int) -> None:
    """As if the code had been the status; a word that is no number is trouble of the server."""
    for body in (error(code), {**error(code), "choices": []}, in_choice(error=error(code)["error"], message=None)):
        found = failing(body)

        assert (found.fault, found.status) == (fault, status)
        assert found.stage == "reply"


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("rate_limit_exceeded", Fault.RATE),
        ("provider_overloaded", Fault.TRANSIENT),
        ("authentication", Fault.STOP_RUN),
        ("payment_required", Fault.STOP_RUN),
        ("not_found", Fault.STOP_MODEL),
        ("unmapped", Fault.TRANSIENT),
    ],
)
def test_an_error_without_a_code_counts_by_its_type(kind: str, fault: Fault) -> None:
    """The typed word stands in."""
    assert failing({"error": {"message": "x", "metadata": {"error_type": kind}}}).fault is fault
    assert failing({"error": {"message": "x", "error_type": kind}}).fault is fault


def test_an_error_as_a_text_is_an_error() -> None:
    """Some servers send no object."""
    found = failing({"error": "the model crashed"})

    assert found.fault is Fault.TRANSIENT
    assert "the model crashed" in found.message


@pytest.mark.parametrize(
    "body",
    [
        completion("So far", finish="error"),
        in_choice(finish_reason="error", error={"code": 502, "message": "lost"}, message={"content": "So far"}),
        in_choice(finish_reason="error", error={"code": 404, "message": "lost"}, message={"content": "So far"}),
        {**completion("So far"), "error": {"code": "server_error", "message": "lost"}},
    ],
)
def test_text_that_broke_off_is_tried_again_and_kept_apart(body: dict[str, Any]) -> None:
    """Once text had come nothing is wrong with the model; what had come is no turn."""
    found = failing(body)

    assert found.fault is Fault.TRANSIENT
    assert found.partial_text == "So far"


def test_a_refusal_in_the_middle_keeps_what_was_said() -> None:
    """The provider cut its model off: the text stands, and the row says who cut it."""
    stream = delta(content="Well, ") + event({"error": {"code": 400, "metadata": {"error_type": "refusal"}}}) + DONE

    found = read(stream)

    assert (found.content, found.outcome, found.refusal_source) == ("Well, ", None, "provider")


def test_input_that_a_moderation_quotes_is_not_kept() -> None:
    """Neither in a failure nor where the quote hides in a text."""
    quoted = error(500, "failed", flagged_input="my secret", raw='{"flagged_input": "my secret"}')

    assert "my secret" not in (failing(quoted, 500).body or "")
    assert "left out" in (failing(quoted, 500).body or "")
    assert "my secret" not in str(failing(b'{"flagged_input": "my secret', 500))
    assert "my secret" not in repr(read(MODERATED, 403))


def test_messages_say_what_to_do() -> None:
    """The variable of a key, never the key; the way out of an empty account; the address that moved."""
    assert "OPENROUTER_API_KEY" in failing(error(401), 401).message
    assert "LAB_API_KEY" in failing(error(401), 401, origin=OWN_SERVER).message
    assert "top up, then run again" in failing(NO_CREDITS, 402).message
    assert "base_url" in failing(b"", 308).message


def test_the_words_of_the_provider_behind_are_preferred() -> None:
    """OpenRouter's own message says nothing."""
    raw = json.dumps({"error": {"message": "engine is overloaded", "code": "engine_overloaded"}})

    found = failing(error(502, raw=raw, provider_error_code="engine_overloaded"), 502)

    assert "engine is overloaded" in found.message
    assert found.error_type == "engine_overloaded"


def test_a_status_survives_a_body_that_broke_off() -> None:
    """It decides; the body is a bonus."""
    found = failing(b'{"error": {"mess', 429, {"retry-after": "7"})

    assert (found.fault, found.retry_after_seconds, found.body) == (Fault.RATE, 7.0, '{"error": {"mess')
