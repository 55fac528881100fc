"""aiohttp behind the five methods that the wire needs; nothing else knows which HTTP client there is.

Its exceptions hold the request with its headers, so none of them leaves this file: what leaves is their class and a
text of ours. A status inside them is invented wherever they mean malformed HTTP, and is not believed.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import aiohttp

from colloquia.providers.addresses import system_proxy
from colloquia.providers.call import BrokenError, Reason
from colloquia.providers.connecting import Ramp, tls_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from colloquia.providers.call import Call, Ticket

_CLIENT_ERRORS = (aiohttp.ClientError, OSError, ValueError)
"""What the client raises: its own, the system's (time-outs among them), and ValueError for headers it cannot write."""

_LARGEST_PLAIN_BODY = 2**20
"""Bytes above which the client wants a request in pieces."""


class AiohttpTransport:
    """Sends calls over a session of its own; belongs to the event loop it is first used in."""

    def __init__(self, *, connect_seconds: float = 10.0, proxy_for: Callable[[str], str | None] | None = None) -> None:
        self._connect_seconds = connect_seconds
        self._proxy_for = proxy_for or system_proxy
        self._ramp = Ramp()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._proxies: dict[str, str | None] = {}

    async def send(self, call: Call, ticket: Ticket) -> AiohttpResponse:
        """Send ``call`` and return its answer as soon as the headers are there."""
        try:
            response = await self._session(keeps_connections=call.keeps_connection).request(
                "GET" if call.body is None else "POST",
                call.url,
                data=_payload(call.body),
                headers=call.headers,
                proxy=self._proxy(call.url),
                allow_redirects=False,
                trace_request_ctx=ticket,
            )
        except _CLIENT_ERRORS as error:
            broken = _broken(error, "status" if ticket.is_sent else "connect")
        else:
            return AiohttpResponse(response)
        raise broken

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()

    def _proxy(self, url: str) -> str | None:
        """Return the proxy for ``url``, looked up once: reading the environment takes as long as half a call."""
        if url not in self._proxies:
            self._proxies[url] = self._proxy_for(url)
        return self._proxies[url]

    def _session(self, *, keeps_connections: bool) -> aiohttp.ClientSession:
        if keeps_connections not in self._sessions:
            made = _session(self._connect_seconds, self._ramp, keeps_connections=keeps_connections)
            self._sessions[keeps_connections] = made
        return self._sessions[keeps_connections]


class AiohttpResponse:
    """An answer whose body is still to come."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = {name.lower(): _clean(value) for name, value in response.headers.items()}

    @property
    def is_whole(self) -> bool:
        """True once all of it came."""
        return self._response.content.at_eof()

    async def chunk(self) -> bytes:
        """Return what arrived next of the body; nothing once all of it was returned."""
        try:
            return await self._response.content.readany()
        except _CLIENT_ERRORS as error:
            broken = _broken(error, "body")
        raise broken

    def close(self) -> None:
        """Close the connection where the body was not read to its end."""
        self._response.close()


def _session(connect_seconds: float, ramp: Ramp, *, keeps_connections: bool) -> aiohttp.ClientSession:
    """Return a session as measured in the project: no pool limit, no cookies, no decoding, no time-out of its own.

    Deadlines and idle times are the wire's, which knows data from comments.
    """
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_note_sent)
    trace.on_request_chunk_sent.append(_note_written)
    trace.on_connection_create_start.append(ramp.wait)
    kept = {"keepalive_timeout": 15} if keeps_connections else {"force_close": True}
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=tls_context(), ttl_dns_cache=300, **kept),
        timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=connect_seconds, sock_read=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        raise_for_status=False,
        max_line_size=65536,
        max_field_size=65536,
        headers={"Accept-Encoding": "gzip", "User-Agent": "colloquia"},
        trace_configs=[trace],
    )


async def _note_sent(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _sent: aiohttp.TraceRequestHeadersSentParams
) -> None:
    ticket: Ticket = context.trace_request_ctx
    ticket.is_sent = True
    ticket.written_at = ticket.clock()


async def _note_written(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _sent: aiohttp.TraceRequestChunkSentParams
) -> None:
    ticket: Ticket = context.trace_request_ctx
    ticket.written_at = ticket.clock()


def _payload(body: bytes | None) -> bytes | io.BytesIO | None:
    return io.BytesIO(body) if body and len(body) > _LARGEST_PLAIN_BODY else body


def _broken(error: Exception, stage: str) -> BrokenError:
    return BrokenError(stage, f"{_reason(error)} ({type(error).__name__})")


def _reason(error: Exception) -> str:
    """Return what happened in words of ours; the client's own texts may quote what was sent."""
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), None)
    if words is None and isinstance(error, aiohttp.ClientConnectorError):
        return f"{Reason.NOT_CONNECTED}: {error.os_error.strerror or 'it was refused'}"
    return words or Reason.LOST


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientHttpProxyError, "the proxy does not let it through"),
    (aiohttp.ClientResponseError, Reason.NOT_HTTP),
    (aiohttp.ClientConnectorDNSError, Reason.UNKNOWN_HOST),
    (aiohttp.ClientSSLError, Reason.NOT_TRUSTED),
    (aiohttp.ConnectionTimeoutError, Reason.TOO_SLOW),
    (aiohttp.ServerDisconnectedError, Reason.UNANSWERED),
    (aiohttp.ClientPayloadError, Reason.CUT_OFF),
)


def _clean(value: str) -> str:
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
