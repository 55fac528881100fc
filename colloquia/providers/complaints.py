"""What a server complains of, by status or inside an answer: data about the model, or a failure of the call.

Decided by status and typed fields, in this order:

1. A typed word for context overflow, refusal or content policy, and the lists of a moderated input, are outcomes.
2. The status says how much a failure stops; ``availability.retryable`` is believed over it.
3. Once text had come, a complaint is trouble on the way and not a wrong setting: it stops no model.

Text is read at one place: a 400 whose server has no typed word for context overflow is known by its sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from colloquia.errors import Fault
from colloquia.providers.decoding import MalformedError, decoded, first, mapping, number, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.conversation.chat_model import Outcome, RefusalSource

CONTEXT_WORDS = frozenset(
    {"context_length_exceeded", "exceed_context_size_error", "token_limit_exceeded", "string_too_long"}
)
FILTER_WORDS = frozenset({"content_policy_violation", "content_filter", "responsibleaipolicyviolation"})
REFUSAL_WORDS = frozenset({"refusal"})
REQUEST_WORDS = frozenset({"invalid_prompt", "payload_too_large"})
"""What is wrong with one request only, so that the model's other conversations go on."""
QUOTA_WORDS = frozenset({"insufficient_quota"})

CONTEXT_SENTENCES = ("maximum context length", "context length of only", "exceeds the available context size")
"""OpenRouter's and vLLM's; LM Studio's; older llama.cpp's."""

STATUS_OF_TYPE = {
    "authentication": 401,
    "payment_required": 402,
    "permission_denied": 403,
    "not_found": 404,
    "timeout": 408,
    "payload_too_large": 413,
    "rate_limit_exceeded": 429,
    "server": 500,
    "provider_unavailable": 502,
    "provider_overloaded": 529,
    "invalid_request": 400,
    "invalid_prompt": 400,
    "unprocessable": 422,
    "context_length_exceeded": 400,
    "content_policy_violation": 400,
    "refusal": 400,
}
"""Typed words of OpenRouter that stand in for a status where a complaint inside an answer has none."""


_FAULTS = {
    401: Fault.STOP_RUN,
    402: Fault.STOP_RUN,
    408: Fault.TRANSIENT,
    413: Fault.STOP_TRIAL,
    425: Fault.TRANSIENT,
    429: Fault.RATE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """An error as a server reports it."""

    status: int | None
    error: Mapping[str, Any]
    words: frozenset[str]
    """Every typed word in it, in lower case."""
    has_begun: bool = False
    """True where text had come before it."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What OpenRouter says besides."""
        return mapping(self.error.get("metadata"))

    @property
    def availability(self) -> Mapping[str, Any]:
        """OpenRouter's typed word on whether and where the model can be had."""
        return mapping(self.error.get("availability") or self.metadata.get("availability"))

    @property
    def error_type(self) -> str | None:
        """The most telling of its typed words."""
        candidates = (
            self.metadata.get("error_type"),
            self.error.get("error_type"),
            self.availability.get("code"),
            self.metadata.get("provider_error_code"),
            self.metadata.get("provider_code"),
            self.metadata.get("limit_source"),
            self.error.get("type"),
            self.error.get("code"),
        )
        return next((found for candidate in candidates if (found := word(candidate))), None)

    @property
    def text(self) -> str:
        """What it says to a person."""
        raw = mapping(_unpacked(self.metadata.get("raw")))
        said = (mapping(raw.get("error")).get("message"), raw.get("message"), self.error.get("message"))
        return next((text for part in said if (text := word(part))), None) or self.error_type or "no reason given"


def complaint(envelope: object, status: int | None, *, has_begun: bool = False) -> Complaint:
    """Return the complaint that ``envelope`` (a body, or the ``error`` in it) holds.

    Args:
        envelope: Any JSON.
        status: Of the HTTP answer, where that is an error; None where the answer pretends to be well.
        has_begun: Whether text had come before.
    """
    error = mapping(envelope).get("error", envelope)
    fields = {"message": error} if isinstance(error, str) else mapping(error)
    return Complaint(
        status=status or _status_inside(fields),
        error=fields,
        words=frozenset(found.lower() for found in _typed(fields)),
        has_begun=has_begun,
    )


def outcome(told: Complaint) -> tuple[Outcome, RefusalSource | None] | None:
    """Return which outcome the complaint is and who says that it is a refusal, or None where it is a failure."""
    if told.status is not None and (told.status >= 500 or told.status in (401, 402, 408, 429)):  # noqa: PLR2004
        return None
    if told.words & CONTEXT_WORDS or _says_overflow(told):
        return "context_overflow", None
    if isinstance(told.metadata.get("reasons"), list) or told.metadata.get("flagged_input"):
        return "input_blocked", "filter"
    if told.words & FILTER_WORDS:
        return "refusal", "filter"
    return ("refusal", "provider") if told.words & REFUSAL_WORDS else None


def fault(told: Complaint, wait_seconds: float | None) -> Fault:
    """Return how much the complaint stops, where it is no outcome."""
    found = _fault_of_status(told, wait_seconds)
    retryable = told.availability.get("retryable")
    if retryable is True and found is Fault.STOP_MODEL:
        found = Fault.TRANSIENT
    elif retryable is False and found in (Fault.TRANSIENT, Fault.RATE):
        found = Fault.STOP_MODEL
    return Fault.TRANSIENT if told.has_begun and found in (Fault.STOP_MODEL, Fault.STOP_TRIAL) else found


def _fault_of_status(told: Complaint, wait_seconds: float | None) -> Fault:
    is_passing = told.status == HTTPStatus.PAYMENT_REQUIRED and wait_seconds is not None
    if is_passing and told.metadata.get("limit_source") == "openrouter_in_flight_budget":
        return Fault.RATE
    if told.words & QUOTA_WORDS or _is_guarded(told):
        return Fault.STOP_RUN
    if told.status in _FAULTS:
        return _FAULTS[told.status]
    if told.status is None or not 300 <= told.status < 500:  # noqa: PLR2004 (redirects and requests that are wrong)
        return Fault.TRANSIENT
    return Fault.STOP_TRIAL if told.words & REQUEST_WORDS else Fault.STOP_MODEL


def _is_guarded(told: Complaint) -> bool:
    """Tell whether a guardrail or a budget of the account stands in the way, as it would for every call."""
    is_forbidden = told.status == HTTPStatus.FORBIDDEN
    return is_forbidden and bool(told.metadata.get("patterns") or told.metadata.get("limit_source"))


def _says_overflow(told: Complaint) -> bool:
    """Tell whether a server without a typed word for it says that the context is too long."""
    if told.status not in (400, 413) or told.metadata.get("error_type") or told.availability:
        return False
    text = f"{told.error.get('message')} {told.metadata.get('raw')}".lower()
    return any(sentence in text for sentence in CONTEXT_SENTENCES)


def _status_inside(error: Mapping[str, Any]) -> int | None:
    for name in ("code", "http_status", "status"):
        status = number(error.get(name))
        if status is not None and 300 <= status < 1000:  # noqa: PLR2004 (what can be a status of an error)
            return int(status)
    types = (mapping(error.get("metadata")).get("error_type"), error.get("error_type"), error.get("type"))
    return next((STATUS_OF_TYPE[found] for kind in types if (found := word(kind)) in STATUS_OF_TYPE), None)


def _typed(error: Mapping[str, Any]) -> list[str]:
    """Return every typed word of an error, those of the provider behind OpenRouter included."""
    metadata = mapping(error.get("metadata"))
    raw = mapping(_unpacked(metadata.get("raw")))
    inner = mapping(raw.get("error"))
    values = (
        *(error.get(name) for name in ("error_type", "type", "code")),
        *(metadata.get(name) for name in ("error_type", "provider_error_code", "provider_code")),
        mapping(error.get("availability")).get("code"),
        *(inner.get(name) for name in ("type", "code")),
        mapping(inner.get("innererror")).get("code"),
        *(raw.get(name) for name in ("type", "code")),
    )
    return [found for value in values if (found := word(value))]


def _unpacked(raw: object) -> object:
    """Return the JSON that OpenRouter's ``raw`` holds as a text; None where it is none."""
    if not isinstance(raw, str):
        return raw
    try:
        value = decoded(raw.encode("utf-8", "replace"))
    except MalformedError:
        return None
    return first(value) or value
