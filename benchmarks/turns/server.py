"""A server that answers at once, or after a while, in a process of its own: ``python -m benchmarks.turns.server``.

It speaks as much of OpenAI's chat API as the contestants need, whole or streamed in sixty chunks, and counts what it
was asked. It prints its address, and ends when its input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

from benchmarks.turns.cores import keep_to
from benchmarks.turns.work import said

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_USAGE = {"prompt_tokens": 400, "completion_tokens": 80, "total_tokens": 480}
_ABOUT = {"id": "gen-1", "object": "chat.completion", "created": 0, "model": "model-a"}


@dataclass(kw_only=True)
class Count:
    """What was asked."""

    requests: int = 0
    repeated: int = 0
    latency_seconds: float = 0.0
    most_under_way: int = 0
    """Requests to one model that were not answered yet, at most."""
    seen: set[bytes] = field(default_factory=set)
    under_way: Counter[bytes] = field(default_factory=Counter)

    def take(self, body: bytes) -> bytes:
        """Note a request; return which model it is for."""
        self.requests += 1
        model = body.partition(b'"model":"')[2].partition(b'"')[0]
        self.under_way[model] += 1
        self.most_under_way = max(self.most_under_way, self.under_way[model])
        mark = blake2b(body, digest_size=8).digest()
        self.repeated += mark in self.seen
        self.seen.add(mark)
        return model


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._data = bytearray()
        self._asked: bytes | None = None
        """The model that is to answer."""

    def connection_lost(self, _error: Exception | None) -> None:
        """Take in that nobody waits for the answer any more."""
        self._over()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer once a request is whole."""
        self._data += data
        head, mark, rest = self._data.partition(b"\r\n\r\n")
        if not mark:
            return
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0)
        if len(rest) < length:
            return
        target, body = bytes(head.split(b" ", 2)[1]), bytes(rest[:length])
        self._data = bytearray(rest[length:])
        if target.startswith(b"/v1/"):
            self._asked = self._count.take(body)
            seconds = self._count.latency_seconds
            loop = asyncio.get_running_loop()
            loop.call_later(seconds, self._write, body) if seconds else self._write(body)
        else:
            self._tell(target)

    def _over(self) -> None:
        if self._asked is not None:
            self._count.under_way[self._asked] -= 1
            self._asked = None

    def _write(self, body: bytes) -> None:
        if self._transport.is_closing():
            return
        self._over()
        if b'"stream":true' not in body:
            self._transport.write(whole(said(body)))
            return
        self._transport.write(_STREAM)
        for chunk in streamed(said(body)):
            self._transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self._transport.write(b"0\r\n\r\n")

    def _tell(self, target: bytes) -> None:
        count = self._count
        if target.startswith(b"/reset/"):
            count.requests, count.repeated, count.seen, count.most_under_way = 0, 0, set(), 0
            count.latency_seconds = int(target.rpartition(b"/")[2]) / 1000
        told = {name: getattr(count, name) for name in ("requests", "repeated", "most_under_way")}
        answer = json.dumps(told).encode()
        self._transport.write(_HEAD % len(answer) + answer)


def whole(words: list[str]) -> bytes:
    """Return an answer in one piece."""
    choice = {"index": 0, "message": {"role": "assistant", "content": " ".join(words)}, "finish_reason": "stop"}
    answer = json.dumps({**_ABOUT, "choices": [choice], "usage": _USAGE}).encode()
    return _HEAD % len(answer) + answer


def streamed(words: list[str]) -> Iterator[bytes]:
    """Yield the events of a stream, one a word."""
    about = {**_ABOUT, "object": "chat.completion.chunk"}
    for place, word in enumerate(words):
        choice = {"index": 0, "delta": {"content": f" {word}" if place else word}, "finish_reason": None}
        yield b"data: %b\n\n" % json.dumps({**about, "choices": [choice]}).encode()
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield b"data: %b\n\n" % json.dumps({**about, "choices": [last]}).encode()
    yield b"data: %b\n\n" % json.dumps({**about, "choices": [], "usage": _USAGE}).encode()
    yield b"data: [DONE]\n\n"


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    count = Count()
    server = await loop.create_server(lambda: Connection(count), "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    import uvloop

    keep_to(core=1)
    uvloop.run(_serve())
