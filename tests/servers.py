"""A loopback server that sends exactly the bytes it is told to, breaks off where it is told to, and counts.

It speaks no HTTP of its own, so that answers can be wrong in every way. Each request takes the next act from a list,
the last one repeating; an act is a sequence of bytes to send and of :class:`Step`.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

LONGEST_SECONDS = 10.0
"""No connection lives longer, so that no test can hang."""


class Step(Enum):
    """What a server does besides sending."""

    BREATHE = "let the other side read"
    HANG = "send nothing more until the other side goes"
    RESET = "break the connection off"
    KEEP = "keep the connection for the next request"
    BABBLE = "send comments until the other side goes"


Act = "Sequence[bytes | Step]"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, decoded."""
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded


@dataclass(kw_only=True)
class RawServer:
    """What was heard, and what is said."""

    acts: list[Sequence[bytes | Step]]
    address: str = ""
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    was_left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the other side closed a connection while it was being served."""
    has_heard: asyncio.Event = field(default_factory=asyncio.Event)
    open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = field(default_factory=dict)
    """The task of each connection."""

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.address}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes over one connection."""
        self.connections += 1
        self.open[writer] = asyncio.current_task()
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(LONGEST_SECONDS):
                    while await self._answer(reader, writer):
                        pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.heard.append(await _request(reader))
        self.has_heard.set()
        act = self.acts[min(len(self.heard), len(self.acts)) - 1]
        for step in act:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif step is Step.BREATHE:
                await asyncio.sleep(0.01)
            elif step is Step.RESET:
                writer.transport.abort()
            elif step is Step.HANG:
                await reader.read()
                self.was_left.set()
            elif step is Step.BABBLE:
                await self._babble(writer)
        return bool(act) and act[-1] is Step.KEEP

    async def _babble(self, writer: asyncio.StreamWriter) -> None:
        while not writer.transport.is_closing():
            writer.write(chunk(b": busy\n\n"))
            await asyncio.sleep(0.005)
        self.was_left.set()


async def _request(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Heard(method=method, path=path, headers=headers, body=body)


@asynccontextmanager
async def serving(*acts: Sequence[bytes | Step]) -> AsyncIterator[RawServer]:
    """Serve ``acts`` on a free loopback port while the block runs."""
    raw = RawServer(acts=list(acts))
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0, limit=2**20)
    host, port = server.sockets[0].getsockname()
    raw.address = f"{host}:{port}"
    try:
        yield raw
    finally:
        server.close()
        for writer in raw.open:
            writer.transport.abort()
        await asyncio.gather(*(task for task in raw.open.values() if task))


def http(
    body: bytes | str | dict[str, Any] | list[Any] = b"",
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    length: int | None = None,
) -> bytes:
    """Return a whole HTTP answer; ``length`` lies about its length."""
    if isinstance(body, dict | list):
        body = json.dumps(body)
    data = body.encode() if isinstance(body, str) else body
    known = {
        "Content-Type": "application/json",
        "Content-Length": str(len(data) if length is None else length),
        **(headers or {}),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in known.items())
    return f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + data


STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
STREAM_END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """Return ``data`` as one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def stream(data: bytes, *, size: int | None = None) -> list[bytes]:
    """Return the steps that send ``data`` as a chunked stream, in pieces of ``size`` bytes."""
    step = size or max(len(data), 1)
    pieces = [chunk(data[start : start + step]) for start in range(0, len(data), step)]
    return [STREAM_HEAD, *pieces, STREAM_END]
