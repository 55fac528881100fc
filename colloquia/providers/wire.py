"""One HTTP exchange: a call goes out, its answer comes in, and everything that can go wrong between is told apart.

Policy, in full:

- **Sent or not.** A call that failed before a byte of it was written was surely not billed; any other may have been.
- **Time.** One deadline stands around the whole exchange, outside the HTTP client, since read timeouts begin anew with
  every byte. Within it a server may be silent for ``silence_seconds`` before the first data, as models think, and for
  ``idle_seconds`` afterwards. Comments that keep a stream open, and padding, are no data.
- **Latency** runs from the request written to the last byte, on a clock that never jumps. Where the machine slept
  meanwhile it is unknown.
- **Whole or not** is for the reader of the body to say, so an answer that broke off is handed on with what had come.
  Only where there was not even a status does the exchange fail by itself.
- Nothing is sent twice, no redirect is followed, no cookie is kept, and no text of an error shows a key.
"""

from __future__ import annotations

import os
import time
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from colloquia.errors import CallError, Failure, Fault
from colloquia.providers.call import BrokenError, Ticket
from colloquia.providers.limits import Limits
from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from colloquia.providers.call import Call, Response, Transport
    from colloquia.providers.limits import Limit

LARGEST_BODY = 16 * 2**20
"""Bytes of one answer, unzipped."""
HTTP_CLIENT = "COLLOQUIA_HTTP"
"""The variable by which calls go over another HTTP client: ``aiohttp``, for who doubts ours."""
SUSPEND_SECONDS = 5.0
"""A gap between wall clock and monotonic clock by which a suspend shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long a server may take."""

    connect_seconds: float = 10.0
    silence_seconds: float = 300.0
    """From the call to the first data."""
    idle_seconds: float = 60.0
    """Between data, once some came."""
    deadline_seconds: float = 600.0
    """For all of it."""
    farewell_seconds: float = 2.0
    """Between a stream's ``[DONE]`` and the end of the connection; the answer counts whether it ends or not."""


class Answer(Struct, kw_only=True, frozen=True):
    """What is known about an answer besides its body."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    complete_at: datetime
    """UTC, when the last byte came."""
    latency_ms: float | None = None
    time_to_first_token_ms: float | None = None
    """None where the answer came in one piece."""
    broken: Failure | None = None
    """How reading ended, where it did not end well."""


class Listener(Protocol):
    """Whoever takes in the body."""

    is_finished: bool
    """True once the server said that nothing follows."""
    has_text: bool
    """True once a first token came."""

    def take(self, data: bytes) -> bool:
        """Take in what arrived, unzipped; return whether it is progress."""


class Wire:
    """Carries calls to servers; belongs to one event loop."""

    def __init__(
        self,
        *,
        patience: Patience | None = None,
        transport: Transport | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._patience = patience or Patience()
        self._transport = transport
        self._limits: Limits | None = None
        self._clock = clock
        self._now = now

    async def exchange(self, call: Call, listener: Listener) -> Answer:
        """Send ``call`` and let ``listener`` take in the body of its answer.

        Raises:
            CallError: there is no answer; a refusal with a status is an answer.
        """
        transport = self._transport = self._transport or _transport(self._patience.connect_seconds)
        limits = self._limits = self._limits or Limits()
        exchange = _Exchange(
            call=call,
            listener=listener,
            transport=transport,
            limits=limits,
            patience=self._patience,
            clock=self._clock,
            now=self._now,
        )
        return await exchange.run()

    async def close(self) -> None:
        """Close all connections; the wire can be used again afterwards."""
        transport, self._transport, self._limits = self._transport, None, None
        if transport:
            await transport.close()


@dataclass(kw_only=True, slots=True)
class _Exchange:
    """One exchange under way."""

    call: Call
    listener: Listener
    transport: Transport
    limits: Limits
    patience: Patience
    clock: Callable[[], float]
    now: Callable[[], datetime]
    ticket: Ticket = field(init=False)
    response: Response | None = None
    first_text_at: float | None = None
    last_byte_at: float | None = None
    began: datetime = field(init=False)
    began_at: float = field(init=False)
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.ticket = Ticket(clock=self.clock)
        self.began = self.now()
        self.began_at = self.clock()
        self.deadline = self.limits.now() + self.patience.deadline_seconds

    async def run(self) -> Answer:
        broken = await self._broken()
        if self.response is None:
            raise CallError(broken or self._failure("connect", "no answer"))
        complete_at = self.now()
        return Answer(
            status=self.response.status,
            headers=self.response.headers,
            complete_at=complete_at,
            latency_ms=self._since_written(self.last_byte_at, complete_at),
            time_to_first_token_ms=self._since_written(self.first_text_at, complete_at),
            broken=None if self.listener.is_finished else broken,
        )

    async def _broken(self) -> Failure | None:
        try:
            with self.limits.until(self._until(self.patience.silence_seconds)) as limit:
                await self._transfer(limit)
        except TimeoutError:
            return self._failure(self._stage(), self._why_no_more_waiting())
        except BrokenError as error:
            return self._failure(error.stage, str(error))
        finally:
            if self.response:
                self.response.close()
        return None

    async def _transfer(self, limit: Limit) -> None:
        self.response = response = await self.transport.send(self.call, self.ticket)
        self.last_byte_at = self.ticket.arrived_at or self.clock()
        unzip = _Unzip(response.headers.get("content-encoding", ""))
        while data := await response.chunk():
            self.last_byte_at = self.ticket.arrived_at or self.clock()
            if self.listener.take(unzip.take(data)) and not response.is_whole:
                is_over = self.listener.is_finished
                limit.move(self._until(self.patience.farewell_seconds if is_over else self.patience.idle_seconds))
            if self.first_text_at is None and self.listener.has_text:
                self.first_text_at = self.last_byte_at
                self.ticket.may_gather = True
        unzip.end()

    def _until(self, seconds: float) -> float:
        return min(self.limits.now() + seconds, self.deadline)

    def _stage(self) -> str:
        if self.response:
            return "body"
        return "status" if self.ticket.is_sent else "connect"

    def _why_no_more_waiting(self) -> str:
        if self.limits.now() >= self.deadline:
            return f"no end after {self.patience.deadline_seconds:g} s"
        return "silent for too long"

    def _failure(self, stage: str, reason: str) -> Failure:
        return Failure(
            fault=Fault.TRANSIENT,
            stage=stage,
            message=f"{_host(self.call.url)}: {reason}.",
            status=self.response.status if self.response else None,
            was_sent=self.ticket.is_sent,
        )

    def _since_written(self, then: float | None, complete_at: datetime) -> float | None:
        written = self.ticket.written_at
        if then is None or written is None:
            return None
        wall_seconds = (complete_at - self.began).total_seconds()
        has_slept = abs(wall_seconds - (self.clock() - self.began_at)) > SUSPEND_SECONDS
        return None if has_slept else max(then - written, 0.0) * 1000


class _Unzip:
    """Undoes gzip, in bounded memory, and counts what comes out."""

    def __init__(self, encoding: str) -> None:
        if encoding.strip().lower() not in ("", "identity", "gzip", "x-gzip"):
            raise BrokenError("body", f"packed as {encoding[:40]!r}, which was not asked for")
        self._gzip = zlib.decompressobj(31) if "gzip" in encoding.lower() else None
        self._size = 0

    def take(self, data: bytes) -> bytes:
        plain = self._unzipped(data) if self._gzip else data
        self._size += len(plain)
        if self._size > LARGEST_BODY:
            raise BrokenError("body", f"more than {LARGEST_BODY // 2**20} MB")
        return plain

    def end(self) -> None:
        if self._gzip and self._size and not self._gzip.eof:
            raise BrokenError("body", "the zipped body was cut off")

    def _unzipped(self, data: bytes) -> bytes:
        assert self._gzip is not None  # noqa: S101 (asked by the one caller)
        try:
            plain = self._gzip.decompress(data, LARGEST_BODY + 1)
        except zlib.error:
            raise BrokenError("body", "the zipped body is damaged") from None
        if self._gzip.unused_data:
            raise BrokenError("body", "something follows the zipped body")
        return plain


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0] or url


def _transport(connect_seconds: float) -> Transport:
    """Import the HTTP client only now: it takes longer than all else together."""
    if os.environ.get(HTTP_CLIENT) == "aiohttp":
        from colloquia.providers.transport import AiohttpTransport

        return AiohttpTransport(connect_seconds=connect_seconds)
    from colloquia.providers.sockets import SocketTransport

    return SocketTransport(connect_seconds=connect_seconds)
