"""Connections that wait for their next call, and which servers keep them as they promise.

A call is lost where a server closes the connection that it comes on. Most keep theirs for seconds at least; but some,
as llama.cpp, promise it and then close each after a stream. So the connections of a server that nobody knows rest after
a stream: it closes them then, if ever. Once one has outlasted its rest, the others need none; once one is lost so soon
after a stream, none is used again after another.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Generic, Protocol, TypeVar

KEPT_SECONDS = 15.0
"""For so long a connection may lie idle; servers close theirs after some time, and the next call would be lost."""
RESTS_SECONDS = 0.05
"""For so long a connection rests after a stream of a server that is not known."""
HANGS_UP_SECONDS = 1.0
"""A connection that is lost within this time after a stream is lost since the stream was over."""

Server = tuple[str, str, int]
"""Scheme, host and port."""


class Connection(Protocol):
    """What is known of a connection here."""

    server: Server

    @property
    def is_closing(self) -> bool:
        """True where nothing can be sent on it any more."""

    @property
    def idle_seconds(self) -> float:
        """How long ago its last answer was whole."""

    def abort(self) -> None:
        """Close it at once."""


_Kept = TypeVar("_Kept", bound=Connection)


class _Shelf(Generic[_Kept]):
    """The connections to one server that wait."""

    def __init__(self) -> None:
        self.ready: deque[_Kept] = deque()
        self.resting: deque[_Kept] = deque()
        self.outlast_streams: bool | None = None
        """Whether its connections do; None where none has shown it yet."""


class Pool(Generic[_Kept]):
    """All connections that wait."""

    def __init__(self) -> None:
        self._shelves: defaultdict[Server, _Shelf[_Kept]] = defaultdict(_Shelf)

    def take(self, server: Server) -> _Kept | None:
        """Return the connection that was used last, since it is the likeliest to be there still."""
        shelf = self._shelves[server]
        if shelf.resting:
            _look_at_resting(shelf)
        while shelf.ready:
            connection = shelf.ready.pop()
            if _is_fit(connection):
                return connection
            connection.abort()
        return None

    def put(self, connection: _Kept, *, has_streamed: bool) -> None:
        """Take in a connection whose answer was whole."""
        shelf = self._shelves[connection.server]
        if has_streamed and shelf.outlast_streams is False:
            connection.abort()
            return
        waiting = shelf.resting if has_streamed and shelf.outlast_streams is None else shelf.ready
        waiting.append(connection)
        while waiting and not _is_fit(waiting[0]):
            waiting.popleft().abort()

    def lost_after_stream(self, connection: _Kept) -> None:
        """Take in that the server closed a connection on which nothing came since a stream."""
        if connection.idle_seconds < HANGS_UP_SECONDS:
            shelf = self._shelves[connection.server]
            shelf.outlast_streams = False
            for waiting in (shelf.ready, shelf.resting):
                while waiting:
                    waiting.pop().abort()


def _look_at_resting(shelf: _Shelf[_Kept]) -> None:
    """Make the resting connections ready once the first of them outlasted its rest."""
    while shelf.resting and not _is_fit(shelf.resting[0]):
        shelf.resting.popleft().abort()
    if shelf.resting and shelf.resting[0].idle_seconds >= RESTS_SECONDS:
        shelf.outlast_streams = True
        shelf.ready += shelf.resting
        shelf.resting.clear()


def _is_fit(connection: Connection) -> bool:
    return not connection.is_closing and connection.idle_seconds <= KEPT_SECONDS
