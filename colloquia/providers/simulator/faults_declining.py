"""Faults by status: the request is declined, or pretends not to be."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from colloquia.providers.simulator.declining import Declined
from colloquia.providers.simulator.fault import Declines
from colloquia.providers.simulator.faults_limiting import HINT_SECONDS, OVERLOADED
from colloquia.providers.simulator.script import Answer
from colloquia.providers.simulator.shapes import complaint
from colloquia.providers.simulator.wordings import UPSTREAM, availability, error, said, sent, upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from colloquia.providers.simulator.fault import Scene

HTML = b"<!DOCTYPE html><html><head><title>%d</title></head><body><h1>Simulated gateway: %d</h1></body></html>"
HUGE_BYTES = 5 * 2**20
SERVER_STATUSES = (408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529)


def _huge(status: int, page: bytes) -> Callable[[Scene], Answer]:
    """Return an answer whose body is made only when it is sent."""
    return lambda _scene: Answer(status=status, body=page.ljust(HUGE_BYTES), headers={"content-type": "text/html"})


def _moderated(scene: Scene) -> Answer:
    metadata = {
        "reasons": ["simulated"],
        "flagged_input": "a simulated quotation",
        "provider_name": scene.provider,
        "model_slug": scene.model,
    }
    message = f"{scene.model} requires moderation on {scene.provider}. Your input was flagged."
    return complaint(scene.shape, Declined(status=403, message=message, metadata=metadata))


REQUESTS = (
    Declines(name="status-400", does="A parameter is wrong.", row=7, answer=said(400, "Invalid input (simulated).")),
    Declines(
        name="status-400-provider",
        does="The provider rejects the request, with its own error as JSON in a text.",
        row=7,
        answer=upstream(400, raw=json.dumps({"error": {"message": "simulated rejection", "type": "invalid_request"}})),
    ),
    Declines(
        name="status-400-model",
        does="The model is not known.",
        row=7,
        answer=availability("model_not_found", retryable=False, status=400),
    ),
    Declines(
        name="status-400-context",
        does="The context is too long, with a typed word for it.",
        row=6,
        answer=said(400, "Too long (simulated).", metadata={"error_type": "context_length_exceeded"}),
    ),
    Declines(
        name="status-400-context-untyped",
        does="The context is too long, said in OpenRouter's sentence only.",
        row=6,
        answer=said(
            400,
            "This endpoint's maximum context length is 2048 tokens. However, you requested about 2500 tokens (1476 of "
            "text input, 1024 in the output).",
        ),
    ),
    Declines(
        name="status-400-policy",
        does="The provider's content policy forbids the input.",
        row=12,
        answer=said(400, UPSTREAM, metadata={"error_type": "content_policy_violation"}),
    ),
    Declines(
        name="status-400-policy-raw",
        does="The same, said only inside the provider's own error.",
        row=12,
        answer=upstream(400, raw=json.dumps({"error": {"message": "simulated", "code": "content_policy_violation"}})),
    ),
    Declines(
        name="status-400-refusal",
        does="The model refuses by an error.",
        row=12,
        answer=said(400, UPSTREAM, metadata={"error_type": "refusal"}),
    ),
    Declines(name="status-401", does="The key is refused.", row=4, answer=said(401, "User not found.")),
    Declines(
        name="status-403-moderation", does="A moderation blocks the input and quotes it.", row=5, answer=_moderated
    ),
    Declines(
        name="status-403-guardrail",
        does="A guardrail of the account blocks the request.",
        row=5,
        answer=said(403, "Blocked by a simulated guardrail.", metadata={"patterns": ["simulated"]}),
    ),
    Declines(
        name="status-403-budget",
        does="A budget of the account is used up.",
        row=5,
        answer=said(403, "A simulated budget is used up.", metadata={"limit_source": "guardrail_budget"}),
    ),
    Declines(
        name="status-403-region",
        does="The model may not be used from here.",
        row=5,
        answer=availability("region_restricted", retryable=False, status=403),
    ),
    Declines(
        name="status-404",
        does="No endpoint is left after filtering.",
        row=7,
        answer=availability("constraint_filtered", retryable=False, status=404),
    ),
    Declines(
        name="status-404-deprecated",
        does="The model is gone.",
        row=7,
        answer=availability("model_deprecated", retryable=False, status=404),
    ),
    Declines(
        name="status-404-free",
        does="The free variant has ended.",
        row=7,
        answer=availability("free_variant_ended", retryable=False, status=404),
    ),
    Declines(
        name="status-404-retryable",
        does="No endpoint at the moment, and trying again may help.",
        row=7,
        answer=availability("no_endpoints", retryable=True, status=404),
    ),
    Declines(name="status-413", does="The request is too large.", row=7, answer=said(413, "Too large (simulated).")),
    Declines(
        name="status-422",
        does="The request makes no sense to the server.",
        row=7,
        answer=said(422, "Unprocessable (simulated)."),
    ),
)

ODD_ERRORS = (
    Declines(
        name="status-503-wrong-type",
        does="A JSON error that says it is HTML.",
        row=8,
        answer=sent(503, {"error": {"code": 503, "message": "Simulated."}}, content_type="text/html"),
    ),
    Declines(name="status-503-text", does="The error is a text.", row=8, answer=error(503, "simulated")),
    Declines(
        name="status-503-string-code",
        does="The code of the error is a text.",
        row=16,
        answer=error(503, {"code": "server_error", "message": "Simulated."}),
    ),
    Declines(
        name="status-503-no-code", does="The error has no code.", row=8, answer=error(503, {"message": "Simulated."})
    ),
    Declines(
        name="status-503-null-metadata",
        does="The metadata of the error is null.",
        row=8,
        answer=error(503, {"code": 503, "message": "Simulated.", "metadata": None}),
    ),
    Declines(
        name="status-503-not-retryable",
        does="The server says that trying again does not help.",
        row=7,
        answer=availability("temporarily_unavailable", retryable=False, status=503),
    ),
    Declines(
        name="status-503-hint",
        does="No provider at the moment, with Retry-After.",
        row=8,
        answer=lambda scene: complaint(
            scene.shape,
            Declined(
                status=503,
                message="Simulated overload.",
                headers={"retry-after": scene.clock.written(HINT_SECONDS)},
            ),
        ),
    ),
    Declines(
        name="status-502-raw-json",
        does="The provider's error as JSON in a text.",
        row=8,
        answer=upstream(502, raw=OVERLOADED),
    ),
    Declines(
        name="status-502-raw-plain", does="The provider's error as a text.", row=8, answer=upstream(502, raw="overload")
    ),
    Declines(name="status-502-raw-absent", does="The provider's error is not shown.", row=8, answer=upstream(502)),
    Declines(
        name="status-502-raw-huge",
        does="The provider's error is a megabyte long.",
        row=8,
        answer=upstream(502, raw="overload " * (2**20 // 9)),
    ),
    Declines(
        name="status-503-loading",
        does="A local server is still loading its model.",
        row=8,
        answer=error(503, {"code": 503, "message": "Loading model", "type": "unavailable_error"}),
    ),
)

PRETENDING = (
    Declines(
        name="ok-error",
        does="Status 200, and an error in place of choices.",
        row=9,
        answer=error(200, {"code": 502, "message": "Simulated."}),
    ),
    Declines(
        name="ok-error-rate",
        does="Status 200, and a rate limit in place of choices.",
        row=9,
        answer=error(200, {"code": 429, "message": "Simulated."}),
    ),
    Declines(
        name="ok-error-key",
        does="Status 200, and a refused key in place of choices.",
        row=9,
        answer=error(200, {"code": 401, "message": "Simulated."}),
    ),
    Declines(
        name="ok-error-context",
        does="Status 200, and a context that is too long in place of choices.",
        row=9,
        answer=error(
            200, {"code": 400, "message": "Simulated.", "metadata": {"error_type": "context_length_exceeded"}}
        ),
    ),
    Declines(
        name="ok-error-string-code",
        does="Status 200, and an error whose code is a word.",
        row=16,
        answer=error(200, {"code": "server_error", "message": "Simulated."}),
    ),
    Declines(
        name="ok-error-text", does="Status 200, and an error that is a text.", row=9, answer=error(200, "simulated")
    ),
    Declines(
        name="ok-html",
        does="Status 200, and a web page.",
        row=16,
        answer=sent(200, HTML % (200, 200), content_type="text/html"),
    ),
    Declines(name="ok-empty", does="Status 200, and no body.", row=16, answer=sent(200, b"")),
)


def _server_faults() -> Iterator[Declines]:
    """Yield each server status with each kind of body."""
    for status in SERVER_STATUSES:
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "a gateway's own"
        page = HTML % (status, status)
        kinds: tuple[tuple[str, str, Callable[[Scene], Answer]], ...] = (
            ("", "as JSON", said(status, f"Simulated {status}.")),
            ("-html", "as a web page", sent(status, page, content_type="text/html")),
            ("-empty", "without a body", sent(status, b"")),
            ("-huge", "with 5 MB of web page", _huge(status, page)),
        )
        for suffix, form, answer in kinds:
            does = f"Status {status} ({phrase}), {form}."
            yield Declines(name=f"status-{status}{suffix}", does=does, row=8, answer=answer)


FAULTS = (*REQUESTS, *_server_faults(), *ODD_ERRORS, *PRETENDING)
