"""HTTP/1.1 over sockets of our own, behind the methods that the wire needs: what a call costs is mostly the client.

What makes a POST safe is kept here in full: a call is written once, on a connection that nothing else uses, and never
again by itself; whether a byte of it may have left is noted before it is written; a call that is cancelled closes its
connection at once, and one that was not written is never written later. A kept connection on which anything came
unasked is not used again, nor one that its server may have closed (``pool.py``). An address behind a proxy goes over
aiohttp, and so does everything where the environment says ``COLLOQUIA_HTTP=aiohttp``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import time
from functools import partial
from typing import TYPE_CHECKING, cast

from aiohappyeyeballs import start_connection

from colloquia.providers.addresses import system_proxy
from colloquia.providers.arrival import Arrival
from colloquia.providers.call import BrokenError, Reason
from colloquia.providers.connecting import Ramp, tls_context
from colloquia.providers.pool import Pool
from colloquia.providers.targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.providers.call import Call, Response, Ticket, Transport
    from colloquia.providers.pool import Server

NAMED_SECONDS = 300.0
"""For so long an address that was looked up is believed."""
APART_SECONDS = 0.25
"""Between the tries of a host's several addresses."""

_Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]


class SocketTransport:
    """Sends calls over connections of its own; belongs to the event loop it is first used in.

    Args:
        connect_seconds: How long opening a connection may take.
        proxy_for: Names the proxy of an address, if it has one.
        by_proxy: Makes what sends calls through proxies.
        tls: Makes what certificates are looked at with.
    """

    def __init__(
        self,
        *,
        connect_seconds: float = 10.0,
        proxy_for: Callable[[str], str | None] | None = None,
        by_proxy: Callable[[], Transport] | None = None,
        tls: Callable[[], ssl.SSLContext] = tls_context,
    ) -> None:
        self._connect_seconds = connect_seconds
        self._proxy_for = proxy_for or system_proxy
        self._make_proxied = by_proxy or (lambda: _proxied(connect_seconds, proxy_for))
        self._proxied: Transport | None = None
        self._tls = tls
        self._ramp = Ramp()
        self._targets: dict[str, Target] = {}
        self._pool: Pool[_Connection] = Pool()
        self._open: set[_Connection] = set()
        self._names: dict[tuple[str, int], tuple[float, Sequence[_Address]]] = {}

    async def send(self, call: Call, ticket: Ticket) -> Response:
        """Send ``call`` and return its answer as soon as the headers are there."""
        target = self._targets.get(call.url) or self._target(call.url)
        if target.is_proxied:
            self._proxied = self._proxied or self._make_proxied()
            return await self._proxied.send(call, ticket)
        request = target.request(call)
        connection = self._pool.take(target.server) or await self._connected(target)
        return await connection.ask(request, ticket, may_hang_up=not call.keeps_connection)

    async def close(self) -> None:
        """Close all connections."""
        proxied, self._proxied = self._proxied, None
        if proxied is not None:
            await proxied.close()
        lost = [connection.lost for connection in self._open]
        for connection in tuple(self._open):
            connection.abort()
        if lost:
            await asyncio.wait(lost, timeout=1)

    def forget(self, connection: _Connection) -> None:
        """Take out a connection that is lost."""
        self._open.discard(connection)

    def _target(self, url: str) -> Target:
        target = self._targets[url] = Target.of(url, is_proxied=self._proxy_for(url) is not None)
        return target

    async def _connected(self, target: Target) -> _Connection:
        await self._ramp.wait()
        try:
            async with asyncio.timeout(self._connect_seconds):
                return await self._connect(target)
        except TimeoutError:
            reason = f"{Reason.TOO_SLOW} (TimeoutError)"
        except OSError as error:  # those of TLS included
            reason = _reason(error)
        raise BrokenError("connect", reason)

    async def _connect(self, target: Target) -> _Connection:
        loop = asyncio.get_running_loop()
        scheme, host, _ = target.server
        tls = self._tls() if scheme == "https" else None
        name = host if tls else None
        known = await self._addresses(target)
        make = partial(_Connection, self, self._pool, target.server)
        if len(known) == 1:
            _, connection = await loop.create_connection(make, *known[0][4][:2], ssl=tls, server_hostname=name)
        else:
            sock = await start_connection(known, happy_eyeballs_delay=APART_SECONDS, interleave=1)
            try:
                _, connection = await loop.create_connection(make, sock=sock, ssl=tls, server_hostname=name)
            except BaseException:
                sock.close()
                raise
        self._open.add(connection)
        return connection

    async def _addresses(self, target: Target) -> Sequence[_Address]:
        """Look a name up, or remember what it was a while ago."""
        _, host, port = target.server
        if (numeric := _numeric(host, port)) is not None:
            return (numeric,)
        known_until, known = self._names.get((host, port), (0.0, ()))
        if known_until < time.monotonic():
            loop = asyncio.get_running_loop()
            known = cast("Sequence[_Address]", await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            self._names[host, port] = (time.monotonic() + NAMED_SECONDS, known)
        return known


class _Connection(asyncio.Protocol):
    """One connection, one call at a time."""

    def __init__(self, home: SocketTransport, pool: Pool[_Connection], server: Server) -> None:
        self.server = server
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._home = home
        self._pool = pool
        self._answer: Arrival | None = None
        self._used_at = time.monotonic()
        self._may_hang_up = False
        """True where the server may close it after the answer under way, whatever it promises."""
        self._has_streamed = False
        """True from the end of such an answer until anything else happens."""

    @property
    def is_closing(self) -> bool:
        """True where nothing can be sent on it any more."""
        return self._socket.is_closing()

    @property
    def idle_seconds(self) -> float:
        """How long ago its last answer was whole."""
        return time.monotonic() - self._used_at

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to; whatever is written goes out at once, or tells that it has not."""
        self._socket = cast("asyncio.Transport", transport)
        self._socket.set_write_buffer_limits(high=0)

    async def ask(self, request: bytes, ticket: Ticket, *, may_hang_up: bool) -> Arrival:
        """Write a request, and return its answer once the head is there."""
        self._may_hang_up = may_hang_up
        answer = self._answer = Arrival(self, ticket)
        try:
            ticket.is_sent = True
            self._socket.write(request)
            if self._answer is answer and not self._socket.get_write_buffer_size():
                ticket.written_at = ticket.clock()
            await answer.begun()
        except BaseException:
            self.abort()
            raise
        return answer

    def resume_writing(self) -> None:
        """Note that a long request is out."""
        if self._answer is not None:
            self._answer.ticket.written_at = self._answer.ticket.clock()

    def data_received(self, data: bytes) -> None:
        """Hand on what came; what came unasked makes the connection unfit for another call."""
        self._has_streamed = False
        if self._answer is None:
            self.abort()
        else:
            self._answer.take(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        if not self.lost.done():
            self.lost.set_result(None)
        self._home.forget(self)
        if self._has_streamed:
            self._pool.lost_after_stream(self)
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.end(error)

    def finish(self, *, is_reusable: bool) -> None:
        """Take in that an answer is whole."""
        self._answer = None
        if is_reusable and not self._socket.get_write_buffer_size():
            self._used_at = time.monotonic()
            self._has_streamed = self._may_hang_up
            self._pool.put(self, has_streamed=self._has_streamed)
        else:
            self.abort()

    def abort(self) -> None:
        """Close it at once."""
        self._has_streamed = False
        self._socket.abort()


def _numeric(host: str, port: int) -> _Address | None:
    """Return the address that a host is already; None where it is a name, which has to be looked up."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET  # noqa: PLR2004
    except ValueError:
        return None
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))


def _reason(error: OSError) -> str:
    """Return what happened in words of ours; the system's own texts may quote what was sent."""
    name = type(error).__name__
    if isinstance(error, socket.gaierror):
        return f"{Reason.UNKNOWN_HOST} ({name})"
    if isinstance(error, ssl.SSLError):
        return f"{Reason.NOT_TRUSTED} ({name})"
    return f"{Reason.NOT_CONNECTED}: {error.strerror or 'it was refused'} ({name})"


def _proxied(connect_seconds: float, proxy_for: Callable[[str], str | None] | None) -> Transport:
    """Import the larger client only where it is needed."""
    from colloquia.providers.transport import AiohttpTransport

    return AiohttpTransport(connect_seconds=connect_seconds, proxy_for=proxy_for)
