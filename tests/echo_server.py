"""A loopback server that repeats the key it is shown, in every place where a server can put a text.

The model that is asked decides the place: ``lab/in-a-message`` repeats the key in the message of an error. What is
asked for with GET comes from another server, with the key written into every label.
"""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from reliability.loopback import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LABELS = ("name", "label", "description", "provider_name", "tag", "display_name")
EVENTS = {"Content-Type": "text/event-stream"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server sends."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_cut: bool = False
    """Says that more would come, and breaks off."""


def whole(text: str = "Fine.", **labels: Any) -> dict[str, Any]:
    """Return a reply; labels replace its fields."""
    finish = labels.pop("finish_reason", "stop")
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11, "cost": 0.00001}
    return {"id": "gen-1", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage, **labels}


def error(message: str, code: Any = 400, **metadata: Any) -> dict[str, Any]:
    """Return an error in the shape of OpenRouter and OpenAI."""
    return {"error": {"message": message, "code": code, "type": "odd", "metadata": metadata}}


def as_json(body: Any, status: int = 200, **headers: str) -> Answer:
    """Return an answer in JSON."""
    return Answer(status=status, headers=headers, body=json.dumps(body).encode())


def as_stream(*chunks: Any, tail: bytes = b"data: [DONE]\n\n") -> Answer:
    """Return an answer that streams."""
    body = b"".join(b"data: %b\n\n" % json.dumps(chunk).encode() for chunk in chunks)
    return Answer(headers=EVENTS, body=body + tail)


def delta(text: str, finish: str | None = None, **labels: Any) -> dict[str, Any]:
    """Return one piece of a stream."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return {"id": "gen-1", "model": "m", "choices": [choice], **labels}


def escaped(key: str) -> str:
    """Return a key as JSON may also write it: each character by its number."""
    return "".join(f"\\u{ord(character):04x}" for character in key)


PLACES: Mapping[str, Callable[[str], Answer]] = {
    "in-a-message": lambda key: as_json(error(f"Wrong key {key}."), 400),
    "in-the-code": lambda key: as_json(error("no", code=key), 400),
    "in-the-metadata": lambda key: as_json(error("no", raw=f"Bearer {key}", provider_name=key, error_type=key), 422),
    "in-moderation": lambda key: as_json(error("no", reasons=[key], flagged_input=key), 403),
    "forbidden": lambda key: as_json(error(f"{key} may not do this"), 403),
    "not-found": lambda key: as_json(error(f"No endpoints for {key}"), 404),
    "too-many": lambda key: as_json(error(f"{key} asks too often"), 429, **{"Retry-After": key}),
    "in-html": lambda key: Answer(status=502, body=f"<pre>Authorization: Bearer {key}</pre>".encode()),
    "in-an-answer-of-200": lambda key: as_json(error(f"{key} is over its limit", code=500)),
    "in-headers": lambda key: as_json(whole(), **{"X-Generation-Id": key, "Set-Cookie": key, "Server": key}),
    "in-a-redirect": lambda key: Answer(status=307, headers={"Location": f"https://{key}@example.org/?key={key}"}),
    "in-an-encoded-redirect": lambda key: Answer(status=302, headers={"Location": f"/?key={quote(key, safe='')}"}),
    "in-the-id": lambda key: as_json(whole(id=f"gen-{key}")),
    "in-the-model": lambda key: as_json(whole(model=f"lab/{key}", provider=f"Acme {key}", system_fingerprint=key)),
    "in-the-finish-reason": lambda key: as_json(whole(finish_reason=key, native_finish_reason=key)),
    "in-the-usage": lambda key: as_json(whole(usage={"prompt_tokens": key, "completion_tokens": key, "cost": key})),
    "in-broken-json": lambda key: Answer(body=json.dumps(whole(id=key)).encode()[:-9]),
    "in-escapes": lambda key: Answer(status=500, body=b'{"error": {"message": "%b"}}' % escaped(key).encode()),
    "in-no-choices": lambda key: as_json({"id": key, "choices": [], "provider": key}),
    "in-a-stream-event": lambda key: as_stream(delta("Fi"), error(f"{key} expired", code=502)),
    "in-labels-of-a-stream": lambda key: as_stream(delta("Fine.", "stop", id=key, model=key, provider=key)),
    "in-a-comment-of-a-stream": lambda key: Answer(headers=EVENTS, body=f": {key}\n\nevent: {key}\n\n".encode()),
    "in-a-cut-stream": lambda key: Answer(headers=EVENTS, body=f"data: {{{key}\n\n".encode(), is_cut=True),
    "in-the-length": lambda key: Answer(headers={"Content-Encoding": key}, body=b"zip"),
}
"""What each model answers, given the key."""
DISGUISES: Mapping[str, Callable[[str], Answer]] = {
    "in-escapes-of-broken-json": lambda key: Answer(status=500, body=b'{"error": "%b' % escaped(key).encode()),
    "in-percent-signs": lambda key: Answer(status=500, body=f"GET /?key={quote(key, safe='')}".encode()),
    "in-base64": lambda key: Answer(status=500, body=b"Authorization: Basic " + b64encode(f":{key}".encode())),
}
"""The same, with the key in another form."""


class _Handler(BaseHTTPRequestHandler):
    upstream: str
    answer: Callable[[str, str], Answer]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(self.answer(str(body["model"]).rpartition("/")[2], self._key))

    def do_GET(self) -> None:
        if not self.upstream:
            self._send(as_json(error(f"{self._key} is at the wrong address"), 404))
            return
        asked = Request(self.upstream.removesuffix("/api/v1") + self.path, headers=dict(self.headers))  # noqa: S310 (a loopback server of this test)
        with urlopen(asked) as found:  # noqa: S310 (the same)
            self._send(as_json(_labelled(json.loads(found.read()), self._key)))

    @property
    def _key(self) -> str:
        return (self.headers.get("Authorization") or "Bearer nobody").removeprefix("Bearer ")

    def _send(self, told: Answer) -> None:
        self.send_response(told.status)
        length = len(told.body) + (100 if told.is_cut else 0)
        headers = {"Content-Type": "application/json", **told.headers, "Content-Length": str(length)}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(told.body)
        self.close_connection |= told.is_cut


def _placed(place: str, key: str) -> Answer:
    return {**PLACES, **DISGUISES}[place](key)


@contextmanager
def echoing(upstream: str = "", answer: Callable[[str, str], Answer] = _placed) -> Iterator[str]:
    """Serve on a free loopback port while the block runs; yields the base URL.

    Args:
        upstream: The base URL from which comes what is asked for with GET; without it nothing is found.
        answer: What to answer, from the model that is asked and the key; by default what ``PLACES`` says.
    """
    with listening(_Handler, upstream=upstream, answer=staticmethod(answer)) as url:
        yield f"{url}/api/v1"


def _labelled(body: Any, key: str) -> Any:
    if isinstance(body, dict):
        return {
            name: f"{value} {key}" if name in LABELS and isinstance(value, str) else _labelled(value, key)
            for name, value in body.items()
        }
    return [_labelled(part, key) for part in body] if isinstance(body, list) else body
