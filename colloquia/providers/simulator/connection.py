"""One raw connection: requests are read from it, scripts are played on it, and it is noticed when the client leaves.

Sockets are used as they are, since a server with manners could not stall in a head, cut a chunk or reset.
"""

from __future__ import annotations

import asyncio
import socket
import string
import struct
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.providers.simulator.script import Ending, Pause, Repeat, Send

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.providers.simulator.clock import Clock
    from colloquia.providers.simulator.script import Action

LARGEST_HEAD = 2**16
LARGEST_BODY = 2**26
_READ_BYTES = 2**16
_MOST_DIGITS = 18
_AT_ONCE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""The linger option by which closing a socket resets its connection."""


class MalformedRequestError(Exception):
    """What came is no HTTP request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    path: str
    """With its query."""
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""
    body: bytes = field(default=b"", repr=False)

    @property
    def keeps_alive(self) -> bool:
        """Tell whether the client may send another one."""
        return self.headers.get("connection", "").lower() != "close"


@dataclass(kw_only=True, slots=True)
class Playing:
    """How far a script was played."""

    tokens: int = 0
    """Completion tokens that were written."""
    status: int = 0
    """The status that was written; 0 for none."""
    is_complete: bool = False
    is_open: bool = True
    """False once the connection cannot be used again."""


class Connection:
    """One client's connection; belongs to the event loop it is made in."""

    def __init__(self, accepted: socket.socket) -> None:
        self._socket = accepted
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._news = asyncio.Event()
        self.gone = asyncio.Event()
        """Set once the client left."""

    async def listen(self) -> None:
        """Take in what arrives until the client leaves."""
        try:
            while data := await self._loop.sock_recv(self._socket, _READ_BYTES):
                self._buffer += data
                self._news.set()
        except OSError:
            pass
        finally:
            self.leave()

    def leave(self) -> None:
        """Take the client for gone."""
        self.gone.set()
        self._news.set()

    def close(self) -> None:
        """Close it; whoever listens has to be stopped before."""
        self._socket.close()

    def reset(self) -> None:
        """Let closing it be a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)

    async def request(self) -> Request | None:
        """Return the next request, or None once the client left.

        Raises:
            MalformedRequestError: it is none.
        """
        head = await self._until(b"\r\n\r\n", LARGEST_HEAD)
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):  # noqa: PLR2004 (method, path, version)
            raise MalformedRequestError(lines[0][:100])
        fields = (line.partition(":") for line in lines[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        body = await self._body(headers)
        return None if body is None else Request(method=parts[0], path=parts[1], headers=headers, body=body)

    async def play(self, script: Sequence[Action], clock: Clock, playing: Playing) -> None:
        """Play a script, and note in ``playing`` how far it came."""
        for action in script:
            if self.gone.is_set() or not await self._act(action, clock, playing):
                playing.is_open = False
                return
        playing.is_complete = True

    async def _act(self, action: Action, clock: Clock, playing: Playing) -> bool:
        """Play one action; return whether the script goes on."""
        match action:
            case Send():
                is_sent = await self._send(action.data)
                if is_sent:
                    playing.status = action.status or playing.status
                    playing.tokens = max(playing.tokens, action.tokens)
                return is_sent
            case Pause():
                return await self._pause(clock.real(action.seconds))
            case Repeat():
                while await self._send(action.data) and await self._pause(clock.real(action.pause_seconds)):
                    pass
            case Ending():
                playing.is_complete = action is not Ending.HANG
                await self._end(action)
        return False

    async def _send(self, data: bytes) -> bool:
        try:
            await self._loop.sock_sendall(self._socket, data)
        except OSError:
            return False
        return True

    async def _pause(self, seconds: float) -> bool:
        """Wait; return False where the client leaves meanwhile."""
        if not seconds:
            await asyncio.sleep(0)
            return not self.gone.is_set()
        try:
            async with asyncio.timeout(seconds):
                await self.gone.wait()
        except TimeoutError:
            return True
        return False

    async def _end(self, ending: Ending) -> None:
        if ending is Ending.HANG:
            await self.gone.wait()
        elif ending is Ending.RESET:
            self.reset()

    async def _until(self, mark: bytes, most: int) -> bytes | None:
        while mark not in self._buffer:
            if len(self._buffer) > most:
                raise MalformedRequestError("its head is too long")
            if not await self._more():
                return None
        found, _, rest = bytes(self._buffer).partition(mark)
        self._buffer[:] = rest
        return found

    async def _exactly(self, size: int) -> bytes | None:
        if size > LARGEST_BODY:
            raise MalformedRequestError("its body is too long")
        while len(self._buffer) < size:
            if not await self._more():
                return None
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    async def _body(self, headers: Mapping[str, str]) -> bytes | None:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return await self._chunks()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) <= _MOST_DIGITS):
            raise MalformedRequestError("its Content-Length is no number")
        return await self._exactly(int(length))

    async def _chunks(self) -> bytes | None:
        parts: list[bytes] = []
        while (line := await self._until(b"\r\n", LARGEST_HEAD)) is not None:
            digits = line.partition(b";")[0].strip()
            if not digits or digits.strip(string.hexdigits.encode()):
                raise MalformedRequestError("a chunk has no length")
            size = int(digits, 16)
            part = await self._exactly(size + 2)
            if part is None:
                return None
            parts.append(part[:-2])
            if not size:
                return b"".join(parts)
        return None

    async def _more(self) -> bool:
        """Wait until more arrived; return False once nothing will."""
        if self.gone.is_set():
            return False
        self._news.clear()
        await self._news.wait()
        return not self.gone.is_set()
