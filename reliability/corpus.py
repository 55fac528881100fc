"""Answers as servers send them, to begin from: bodies, streams, and streams whose whole text is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

USAGE = {
    "prompt_tokens": 310,
    "completion_tokens": 82,
    "total_tokens": 392,
    "cost": 0.000121,
    "is_byok": False,
    "prompt_tokens_details": {"cached_tokens": 256, "cache_write_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 60},
    "cost_details": {"upstream_inference_cost": 0.000121},
}
FRAME = {"id": "gen-1768414327-abc", "created": 1768414327, "model": "acme/m-70b", "provider": "DeepInfra"}
DONE = b"data: [DONE]\n\n"
COMMENT = b": OPENROUTER PROCESSING\n\n"


def completion(content: object = "Yes, «Žofie» 🐎.", *, finish: object = "stop", **message: object) -> dict[str, Any]:
    """Return a chat completion; keywords belong to its message."""
    said = {"role": "assistant", "content": content, **message}
    choice = {"index": 0, "finish_reason": finish, "native_finish_reason": "STOP", "message": said}
    return {**FRAME, "object": "chat.completion", "choices": [choice], "usage": USAGE}


def error(code: object, message: str = "Provider returned error", /, **metadata: object) -> dict[str, Any]:
    """Return OpenRouter's envelope of an error."""
    return {"error": {"code": code, "message": message, "metadata": metadata}}


def event(data: object) -> bytes:
    """Return one event of a stream."""
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def delta(*, finish: object = None, **fields: object) -> bytes:
    """Return one event with a delta."""
    choice = {"index": 0, "delta": fields, "finish_reason": finish, "native_finish_reason": finish}
    return event({**FRAME, "object": "chat.completion.chunk", "choices": [choice]})


BODIES: tuple[dict[str, Any], ...] = (
    completion(),
    completion(reasoning="Hm.", reasoning_details=[{"type": "reasoning.text", "text": "Hm."}]),
    completion(None, refusal="I can't."),
    completion([{"type": "text", "text": "Ye"}, {"type": "text", "text": "s."}]),
    completion("", finish="length", reasoning_content="I think"),
    completion("So far", finish="error"),
    {**completion(), "choices": [{"index": 0, "finish_reason": "stop", "text": "Yes."}]},
    {**completion(), "choices": []},
    {**completion(), "choices": None},
    {"provider": completion(), "choices": None},
    error(401, "No auth credentials found"),
    error(402, "Insufficient credits", limit_source="openrouter_in_flight_budget"),
    error(403, "Flagged", reasons=["violence"], flagged_input="some words", provider_name="acme"),
    error(429, "slow down", raw='{"error": {"code": "rate_limited", "message": "slow"}}', provider_name="acme"),
    error(502, "Provider disconnected", error_type="provider_unavailable"),
    error(400, "This endpoint's maximum context length is 8192 tokens."),
    {"error": "a text"},
    {"error": {"message": "gone", "availability": {"code": "model_deprecated", "retryable": False}}},
    {"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}]},
    {"object": "error", "message": "max_tokens must be at least 1", "type": "BadRequestError", "code": 400},
)
STREAMS: tuple[bytes, ...] = (
    COMMENT
    + delta(role="assistant", content="")
    + delta(reasoning="Hm. ")
    + COMMENT
    + delta(content="Žlutý kůň 🐎 ")
    + delta(content="says: «yes».\nReally.")
    + delta(content="", finish="stop")
    + event({**FRAME, "choices": [], "usage": USAGE})
    + DONE,
    delta(content="So far") + event({"error": {"code": 502, "message": "lost"}, "choices": []}) + DONE,
    delta(refusal="I ") + delta(refusal="can't.") + delta(finish="content_filter") + DONE,
    event({"choices": [{"text": "Ye", "index": 0}]})
    + event({"choices": [{"text": "s.", "index": 0, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3}}),
    delta(reasoning_details=[{"type": "reasoning.summary", "summary": "Hm."}]) + delta(finish="length") + DONE,
)
OTHERS = (
    b"",
    b"<html><body>502 Bad Gateway</body></html>",
    b"upstream connect error",
    b"null",
    b"[]",
    b"data:",
    b"\x00",
)
GOLDEN: tuple[bytes, ...] = (*(json.dumps(body).encode() for body in BODIES), *STREAMS, *OTHERS)


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """A stream, and the text that it spells out."""

    events: tuple[bytes, ...]
    """Each ends a line."""
    text: str

    @property
    def data(self) -> bytes:
        """All of it."""
        return b"".join(self.events)


LETTERS = 'abc XYZ.,!?\n\t"\\/{}[]:žů«»—…中文🐎👩🏽‍🚀é\u2028\u0085\x00\x1b'


def spelled(draws: random.Random) -> Spelled:
    """Return a stream of some shape, with a random text in random pieces."""
    text = "".join(draws.choices(LETTERS, k=draws.randint(1, 60))).strip() or "Yes"
    pieces, rest = list[str](), text
    while rest:
        size = draws.randint(1, 12)
        pieces.append(rest[:size])
        rest = rest[size:]
    events = [delta(role="assistant", content=""), *(delta(content=piece) for piece in pieces)]
    if draws.random() < 0.5:
        events.insert(1, delta(reasoning="Hm. "))
    if draws.random() < 0.5:
        events[-1] = delta(content=pieces[-1], finish="stop")
    else:
        events.append(delta(content="", finish="stop"))
    events += draws.choice(([], [event({**FRAME, "choices": [], "usage": USAGE})]))
    events += draws.choice(([], [DONE]))
    for _ in range(draws.randrange(3)):
        events.insert(draws.randrange(len(events)), COMMENT)
    ending = draws.choice((b"\n\n", b"\r\n\r\n", b"\n"))
    return Spelled(events=tuple(part.replace(b"\n\n", ending) for part in events), text=text)
