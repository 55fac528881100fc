"""Where calls of one address go, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from colloquia.providers.call import BrokenError

if TYPE_CHECKING:
    from colloquia.providers.call import Call

_SAFE = "/%:@!$&'()*+,;=~?-._"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where calls of one address go, and what they begin with."""

    server: tuple[str, str, int]
    """Scheme, host and port."""
    place: bytes
    """Path and query, as they are written."""
    host: bytes
    is_proxied: bool
    _heads: dict[tuple[tuple[str, str], ...], bytes] = field(default_factory=dict)
    """What was written of headers before, since nearly all calls have the same."""

    @classmethod
    def of(cls, url: str, *, is_proxied: bool) -> Target:
        """Return the target that an address names."""
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port or (443 if parts.scheme == "https" else 80)
        named = f"[{host}]" if ":" in host else host
        query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
        return cls(
            server=(parts.scheme, host, port),
            place=f"{quote(parts.path or '/', safe=_SAFE)}{query}".encode("ascii"),
            host=(named if parts.port is None else f"{named}:{port}").encode("ascii"),
            is_proxied=is_proxied,
        )

    def request(self, call: Call) -> bytes:
        """Return a call as it is written.

        Raises:
            BrokenError: a header cannot be written.
        """
        key = tuple(call.headers.items())
        head = self._heads.get(key)
        if head is None:
            head = self._heads[key] = self._head(call)
        if call.body is None:
            return b"GET %b\r\n" % head
        return b"POST %bContent-Length: %d\r\n\r\n%b" % (head, len(call.body), call.body)

    def _head(self, call: Call) -> bytes:
        lines = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "colloquia", **call.headers}
        written = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        if any(mark in f"{name}{value}" for name, value in lines.items() for mark in "\r\n\0"):
            raise BrokenError("connect", "a header holds what no header can hold (ValueError)")
        return b"%b HTTP/1.1\r\nHost: %b\r\n%b" % (self.place, self.host, written.encode())
