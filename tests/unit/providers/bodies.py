"""Answers as servers send them, and what is made of them: the golden bodies of the provider tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from colloquia.conversation.chat_model import ChatRequest, Message, Occasion
from colloquia.errors import CallError
from colloquia.providers.assembly import Assembly
from colloquia.providers.origin import Origin
from colloquia.providers.replies import classify
from colloquia.providers.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from colloquia.conversation.chat_model import Reply
    from colloquia.errors import Failure

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OPENROUTER = Origin(provider="openrouter", says_cost=True, key_variable="OPENROUTER_API_KEY")
OWN_SERVER = Origin(provider="lab", served_by="lab")

USAGE = {"prompt_tokens": 310, "completion_tokens": 82, "total_tokens": 392, "cost": 0.000121}
FULL_USAGE = {
    **USAGE,
    "is_byok": False,
    "prompt_tokens_details": {"cached_tokens": 256, "cache_write_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 60},
    "cost_details": {"upstream_inference_cost": 0.000121},
}
NO_TOKENS = {"prompt_tokens": 310, "completion_tokens": 0, "total_tokens": 310, "cost": 0}


def completion(
    content: object = "Yes", *, usage: object = USAGE, finish: object = "stop", **message: object
) -> dict[str, Any]:
    """Return a chat completion; keywords belong to its message."""
    return {
        "id": "gen-1768414327-abc",
        "object": "chat.completion",
        "created": 1768414327,
        "model": "acme/m-70b",
        "provider": "DeepInfra",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "native_finish_reason": "STOP",
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": usage,
    }


def in_choice(**fields: object) -> dict[str, Any]:
    """Return a completion with other fields in its choice."""
    body = completion()
    body["choices"][0] |= fields
    return body


def error(code: object, message: str = "Provider returned error", /, **metadata: object) -> dict[str, Any]:
    """Return OpenRouter's envelope of an error."""
    return {"error": {"code": code, "message": message, **({"metadata": metadata} if metadata else {})}}


def available(code: str, *, retryable: bool, **more: object) -> dict[str, Any]:
    """Return an error whose availability says whether trying again helps; it has no code of its own."""
    availability = {"code": code, "retryable": retryable, "requested_models": ["acme/m"], **more}
    return {"error": {"message": "not now", "error_type": "not_found", "availability": availability}}


def event(data: object) -> bytes:
    """Return one event of a stream."""
    return b"data: " + (data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()) + b"\n\n"


def delta(*, finish: object = None, native: object = None, **fields: object) -> bytes:
    """Return one event with a delta."""
    choice = {"index": 0, "delta": fields, "finish_reason": finish, "native_finish_reason": native}
    known = {"id": "gen-7", "object": "chat.completion.chunk", "model": "acme/m-70b", "provider": "DeepInfra"}
    return event({**known, "choices": [choice]})


USAGE_EVENT = event({"id": "gen-7", "model": "acme/m-70b", "choices": [], "usage": FULL_USAGE})
DONE = event(b"[DONE]")
COMMENT = b": OPENROUTER PROCESSING\n\n"

GOOD_STREAM = b"".join(
    [
        COMMENT,
        delta(role="assistant", content=""),
        delta(reasoning="Hm. "),
        COMMENT,
        delta(content="Žlutý kůň 🐎 says: "),
        delta(content="«yes».\nReally.", finish=""),
        delta(content="", finish="stop", native="STOP"),
        USAGE_EVENT,
        DONE,
    ]
)
GOOD_TEXT = "Žlutý kůň 🐎 says: «yes».\nReally."


def read(
    body: bytes | str | dict[str, Any] | list[Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    origin: Origin = OPENROUTER,
    broken: Failure | None = None,
    pieces: list[bytes] | None = None,
    on_text: Callable[[str], None] | None = None,
) -> Reply:
    """Return what is made of an answer, arriving in ``pieces`` where they are given."""
    if isinstance(body, dict | list):
        body = json.dumps(body)
    data = body.encode() if isinstance(body, str) else body
    assembly = Assembly(on_text)
    for piece in [data] if pieces is None else pieces:
        assembly.take(piece)
    assembly.end()
    answer = Answer(status=status, headers=headers or {}, complete_at=AT, latency_ms=12.5, broken=broken)
    return classify(answer, assembly, origin)


def failing(body: object, status: int = 200, headers: Mapping[str, str] | None = None, **known: object) -> Failure:
    """Return the failure that is made of an answer."""
    with pytest.raises(CallError) as failed:
        read(body, status, headers, **known)
    return failed.value.failure


def asked(*messages: tuple[str, str], **known: object) -> ChatRequest:
    """Return a request with these messages, each a role and a text."""
    said = tuple(Message(role=role, content=content) for role, content in messages or [("user", "Hi, Žofie")])
    sent = [{"content": message.content, "role": message.role} for message in said]
    fields = {
        "slug": "acme/m-70b",
        "routing": {},
        "sampling": {"max_tokens": 100},
        "messages": said,
        "messages_json": json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode(),
        "sha256": "0" * 64,
        "occasion": occasion(),
    }
    return ChatRequest(**{**fields, **known})


def occasion(**known: object) -> Occasion:
    """Return the first call of a conversation."""
    return Occasion(**{"trial_id": "trial-1", "turn_id": 1, "role": "Ben", "seat": 1, "draw": 7, **known})
