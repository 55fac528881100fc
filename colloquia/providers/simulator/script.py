"""An answer, and the script by which it is played on a raw connection: bytes, pauses, and how it ends.

Whatever can go wrong on a network is a change to such a script.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.providers.replies import SIMULATOR_HEADER
from colloquia.providers.simulator import chances

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIGNATURE = {SIMULATOR_HEADER: "1"}
"""Headers on every answer, by which it can never pass for a live one."""
SIGNED_FIELD = {"colloquia_simulated": True}
"""The same inside the body; in a stream, inside the first chunk."""


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes."""

    data: bytes
    tokens: int = 0
    """Completion tokens that the client has once it has these bytes; 0 says nothing new."""
    status: int = 0
    """Of the answer whose head these bytes complete."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for so many simulated seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Repeat:
    """Write these bytes again and again until the client leaves."""

    data: bytes
    pause_seconds: float
    """Between."""


class Ending(Enum):
    """How a script ends other than by an answer that is complete."""

    HANG = "hang"
    """Say nothing more until the client leaves."""
    CLOSE = "close"
    """Close the connection as if all were well."""
    RESET = "reset"
    """Reset the connection."""


Action = Send | Pause | Repeat | Ending


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    data: dict[str, Any] | bytes
    """A chunk; or a line as it is, such as a comment."""
    tokens: int = 0
    """Completion tokens up to and with this one."""
    pause_seconds: float = 0.0
    """Before it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is said to one request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name; length, date and signature are added."""
    body: object = None
    """A JSON value, or bytes as they are."""
    events: tuple[Event, ...] | None = None
    """Of a stream, which has no body."""
    pause_seconds: float = 0.0
    """Before the first byte."""


def encoded(body: object) -> bytes:
    """Return a body as bytes; half a character in it, which a client may have sent, is escaped."""
    if isinstance(body, bytes):
        return body
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:
        return json.dumps(body).encode()


def played(answer: Answer, *, date: str, draw: object) -> list[Action]:
    """Return the script of ``answer``; a stream is cut at places that ``draw`` decides."""
    pause: list[Action] = [Pause(answer.pause_seconds)] if answer.pause_seconds else []
    if answer.events is not None:
        return [*pause, _stream_head(answer, date), *_stream(answer.events, draw), Send(b"0\r\n\r\n")]
    body = encoded(answer.body)
    return [*pause, _head(answer, date, "application/json", {"content-length": str(len(body))}), Send(body)]


def sse(event: Event, end: bytes = b"\n") -> bytes:
    """Return an event as it is written in a stream."""
    data = event.data if isinstance(event.data, bytes) else b"data: " + encoded(event.data)
    return data + end + end


def _stream_head(answer: Answer, date: str) -> Send:
    return _head(answer, date, "text/event-stream", {"cache-control": "no-cache", "transfer-encoding": "chunked"})


def _head(answer: Answer, date: str, kind: str, framing: Mapping[str, str]) -> Send:
    headers = {"date": date, "content-type": kind, **framing, **SIGNATURE, **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}", *(f"{name}: {headers[name]}" for name in headers)]
    return Send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), status=answer.status)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Simulated"


def _stream(events: tuple[Event, ...], draw: object) -> Iterator[Action]:
    end = chances.pick((b"\n", b"\n", b"\r\n"), draw, "line ends")
    for number, event in enumerate(events):
        if event.pause_seconds:
            yield Pause(event.pause_seconds)
        yield from _cut(sse(event, end), event.tokens, chances.whole(draw, "cuts", number))


def _cut(data: bytes, tokens: int, cut: int) -> Iterator[Action]:
    """Yield the event in one chunk, or in two that part anywhere, also inside a character."""
    at = 1 + (cut >> 8) % (len(data) - 1)
    if cut % 3:
        yield Send(chunk(data), tokens)
        return
    yield Send(chunk(data[:at]))
    yield Pause(0)
    yield Send(chunk(data[at:]), tokens)


def chunk(data: bytes) -> bytes:
    """Return ``data`` as one chunk of a body that comes in chunks."""
    return b"%x\r\n%b\r\n" % (len(data), data)
