"""A call on its way, and the five methods by which the wire knows its HTTP client."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Call(Struct, kw_only=True, frozen=True):
    """One request as it is written."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    """What is posted; None asks with GET, for lists that cost nothing."""
    keeps_connection: bool = True
    """False where the server cannot be trusted to keep the connection that it promises to keep."""

    def __repr__(self) -> str:
        """Show where it goes, and neither key nor text."""
        return f"Call(url={self.url!r})"


class Reason(StrEnum):
    """Why an exchange ended early, in words that every HTTP client uses."""

    UNKNOWN_HOST = "there is no server of that name"
    NOT_TRUSTED = "its certificate, or the way it encrypts, is not valid"
    NOT_CONNECTED = "no connection"
    TOO_SLOW = "no connection in time"
    UNANSWERED = "the server closed the connection without an answer"
    NOT_HTTP = "the answer is no valid HTTP"
    CUT_OFF = "the answer broke off"
    LOST = "the connection broke"


class BrokenError(Exception):
    """An exchange ended early; its text is clean of keys and of queries."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage


@dataclass(kw_only=True, slots=True)
class Ticket:
    """What the HTTP client notes about a call on its way."""

    clock: Callable[[], float]
    is_sent: bool = False
    """True once a byte of it may have left."""
    written_at: float | None = None
    """When its last byte was handed to the network."""
    arrived_at: float | None = None
    """When bytes of the answer last came in; None where the client does not say."""
    may_gather: bool = False
    """True where bytes may be handed on a little later, together with those that follow."""


class Response(Protocol):
    """An answer whose body is still to come."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by lower-case name."""

    @property
    def is_whole(self) -> bool:
        """True once all of it came, so that no more is waited for."""

    async def chunk(self) -> bytes:
        """Return what arrived next of the body, as it was sent; nothing once all of it was returned.

        Raises:
            BrokenError: the body broke off.
        """

    def close(self) -> None:
        """Close the connection where the body was not read to its end."""


class Transport(Protocol):
    """The HTTP client: with the five members of its answers, all that is known of it here."""

    async def send(self, call: Call, ticket: Ticket) -> Response:
        """Send ``call`` and return its answer as soon as the headers are there.

        Raises:
            BrokenError: there is no answer.
        """

    async def close(self) -> None:
        """Close all connections."""
