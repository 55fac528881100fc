"""A loopback server of the OpenAI shape that records what it is asked and answers as a pure function of it."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import TYPE_CHECKING, Any

from reliability.loopback import listening

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(kw_only=True)
class Served:
    """What a server was asked, and how it is to behave."""

    url: str = ""
    delay_seconds: float = 0.0
    holds_after: int | None = None
    """So many requests are answered; later ones are held until :meth:`let_go`."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Bodies, in the order of arrival."""
    headers: list[dict[str, str]] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)
    """Answers to give first: status and body."""
    reasoning: str | None = None
    served_model: str = "served"
    """The model that whole replies say they come from."""
    texts: dict[str, str] = field(default_factory=dict)
    """What to say, by model; a text made of the request where a model is missing."""
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _is_free: threading.Event = field(default_factory=threading.Event)

    def let_go(self) -> None:
        """Hold no request any longer."""
        self._is_free.set()

    def take_time(self) -> None:
        """Return when one more request may be answered."""
        if self.holds_after is not None and next(self._numbers) > self.holds_after:
            self._is_free.wait()
        time.sleep(self.delay_seconds)


def answer(body: dict[str, Any]) -> str:
    """Return what the server says to a request: the same for the same model and messages."""
    heard = json.dumps([body.get("model"), body.get("messages") or body.get("prompt")]).encode()
    return f"{body.get('model')} says {sha256(heard).hexdigest()[:12]}."


class _Handler(BaseHTTPRequestHandler):
    served: Served

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        served = self.served
        served.requests.append(body)
        served.headers.append({name.lower(): value for name, value in self.headers.items()})
        served.take_time()
        if served.failures:
            status, text = served.failures.pop(0)
            self._send(status, "application/json", text.encode())
            return
        text = served.texts.get(body["model"], answer(body))
        if body.get("stream"):
            self._send(200, "text/event-stream", _stream(text, served.reasoning))
        else:
            self._send(
                200,
                "application/json",
                json.dumps(_whole(text, served.reasoning) | {"model": served.served_model}).encode(),
            )

    def do_GET(self) -> None:
        self._send(404, "application/json", b'{"error": {"message": "no such thing"}}')

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        with suppress(ConnectionError):  # whoever asked may have left meanwhile
            self.end_headers()
            self.wfile.write(data)


def _usage(text: str) -> dict[str, int]:
    return {"prompt_tokens": 10, "completion_tokens": len(text.split()), "total_tokens": 10 + len(text.split())}


def _whole(text: str, reasoning: str | None) -> dict[str, Any]:
    message = {"role": "assistant", "content": text} | ({"reasoning": reasoning} if reasoning else {})
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "served",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _usage(text),
    }


def _stream(text: str, reasoning: str | None) -> bytes:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning": reasoning}] if reasoning else []
    deltas += [{"content": text[:5]}, {"content": text[5:]}]
    chunks: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": _usage(text)})
    lines = [f"data: {json.dumps({'id': 'chatcmpl-1', 'model': 'served', **chunk})}\n\n" for chunk in chunks]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


@contextmanager
def running(**behaviour: Any) -> Iterator[Served]:
    """Serve on a free loopback port while the block runs."""
    served = Served(**behaviour)
    with listening(_Handler, served=served) as url:
        served.url = f"{url}/v1"
        try:
            yield served
        finally:
            served.let_go()
