"""An answer on its way in: bytes that a connection takes in, handed on as the body that they are.

Until a first token came, whoever waits is woken by everything that arrives. After it nobody waits for a token, and to
be woken for each costs more than to read it: so bytes are gathered, unread, until they may be the last, for
``GATHERS_SECONDS``, or until there are many.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from colloquia.providers.call import BrokenError, Reason
from colloquia.providers.http1 import Head, MalformedHttpError, read_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.providers.call import Ticket

GATHERS_SECONDS = 0.1
"""For so long what arrives may be gathered."""
MOST_GATHERED = 100
"""So often something may arrive before it is read."""


class Connection(Protocol):
    """What the answer comes over."""

    def finish(self, *, is_reusable: bool) -> None:
        """Take in that an answer is whole."""

    def abort(self) -> None:
        """Close it at once."""


class Arrival:
    """The answer to one call."""

    def __init__(self, connection: Connection, ticket: Ticket) -> None:
        self.ticket = ticket
        self._connection: Connection | None = connection
        self._head: Head | None = None
        self._unread: list[bytes] = []
        """What arrived and was not looked at, or of a head that is not whole."""
        self._pieces: list[bytes] = []
        """What of the body was not handed on."""
        self._broken: str | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._later: asyncio.TimerHandle | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._known.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by lower-case name."""
        return self._known.headers

    @property
    def is_whole(self) -> bool:
        """True once all of it came."""
        return self._connection is None

    async def begun(self) -> None:
        """Return once the head is there.

        Raises:
            BrokenError: there is no answer.
        """
        while self._head is None:
            if self._broken is not None:
                raise BrokenError("status", self._broken)
            await self._more()

    async def chunk(self) -> bytes:
        """Return what arrived next of the body; nothing once all of it was returned."""
        while not self._pieces:
            if self._broken is not None:
                raise BrokenError("body", self._broken)
            if self._connection is None:
                return b""
            await self._more()
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        return data

    def close(self) -> None:
        """Close the connection where the body was not read to its end."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._unread.clear()
            self._wake()
            connection.abort()

    def take(self, data: bytes) -> None:
        """Take in what arrived."""
        self.ticket.arrived_at = self.ticket.clock()
        self._unread.append(data)
        if not self._may_wait(data):
            self._read()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(GATHERS_SECONDS, self._read)

    def end(self, error: Exception | None) -> None:
        """Take in that the connection is gone."""
        self._read()
        head, self._connection = self._head, None
        kind = type(error).__name__ if error else "EOFError"
        if head is None:
            self._broken = self._broken or f"{Reason.LOST if error else Reason.UNANSWERED} ({kind})"
        elif not head.body.is_whole and (error is not None or not head.body.ends_with_connection):
            self._broken = self._broken or f"{Reason.CUT_OFF} ({kind})"
        self._wake()

    @property
    def _known(self) -> Head:
        assert self._head is not None  # noqa: S101 (an answer is handed on once its head is there)
        return self._head

    def _may_wait(self, data: bytes) -> bool:
        head = self._head if self.ticket.may_gather else None
        return head is not None and len(self._unread) < MOST_GATHERED and not head.body.may_end_with(data)

    def _read(self) -> None:
        """Read what was gathered, and wake whoever waits."""
        data = b"".join(self._unread)
        self._unread.clear()
        try:
            if self._head is None:
                found = read_head(data)
                if found is None:
                    self._unread.append(data)
                    return
                self._head, data = found
            self._read_body(self._head, data)
        except MalformedHttpError as error:
            self._pieces += [error.came] if error.came else []
            self._broken = f"{Reason.NOT_HTTP} (MalformedHttpError)"
            self.close()
        self._wake()

    def _read_body(self, head: Head, data: bytes) -> None:
        if data and (text := head.body.take(data)):
            self._pieces.append(text)
        if head.body.is_whole and self._connection is not None:
            connection, self._connection = self._connection, None
            connection.finish(is_reusable=head.keeps_connection and not head.body.has_surplus)

    def _wake(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _more(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
