"""A server of OpenAI's shape on this machine that signs nothing, so that its turns count as live and paid."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from reliability.loopback import listening

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(kw_only=True)
class Unsigned:
    """Where it listens and what it was asked."""

    base_url: str = ""
    asked: list[object] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    server_of: Unsigned

    def do_POST(self) -> None:
        """Answer with a text made of the request."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server_of.asked.append(body)
        text = f"{body['model']} says {sha256(json.dumps(body['messages']).encode()).hexdigest()[:12]}."
        if body.get("stream"):
            self._send("text/event-stream", b"".join(_events(text)))
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            self._send("application/json", json.dumps({**_frame(), "choices": [choice], "usage": USAGE}).encode())

    def _send(self, kind: str, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def _frame() -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": "served"}


def _events(text: str) -> Iterator[bytes]:
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": USAGE},
    ]
    for chunk in chunks:
        yield b"data: %b\n\n" % json.dumps({**_frame(), **chunk}).encode()
    yield b"data: [DONE]\n\n"


@contextmanager
def serving() -> Iterator[Unsigned]:
    """Serve on a free port while the block runs."""
    unsigned = Unsigned()
    with listening(_Handler, server_of=unsigned) as url:
        unsigned.base_url = f"{url}/v1"
        yield unsigned
