"""An HTTP/1.1 answer read from bytes that may be cut anywhere: its head, then its body in one of three framings.

Strict where leniency could lose or invent text: a length that is no number or is there twice, a length beside chunks, a
chunk without its size, a NUL in a header are no valid HTTP. A body that has neither length nor chunks ends with its
connection; whether it is whole is then for its reader to say.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

from colloquia.struct import Struct

LONGEST_LINE = 65_536
"""Bytes of one line of a head."""
MOST_HEADERS = 128

_HEAD = re.compile(
    rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n\0]*)?\r?\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*\r?\n)*)\r?\n"
)
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_SIZE_LINE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?")
_HEX = b"0123456789abcdefABCDEF"
_LONGEST_SIZE_LINE = 4096
_SAID_ONCE = ("content-length", "transfer-encoding")
_WITHOUT_BODY = frozenset({204, 304})
_CONTINUES = range(100, 200)
_SWITCHES = 101


class MalformedHttpError(Exception):
    """What came is no valid HTTP; ``came`` is what was readable of a body before that."""

    def __init__(self, what: str, came: bytes = b"") -> None:
        super().__init__(what)
        self.came = came


class Head(Struct, kw_only=True, frozen=True):
    """The first part of an answer."""

    status: int
    headers: dict[str, str]
    """By lower-case name; of several of one name the last."""
    body: Body
    keeps_connection: bool
    """True where the server lets another request follow on the connection."""


class Body(Protocol):
    """Takes in the bytes behind a head."""

    is_whole: bool
    """True once its end has come."""
    ends_with_connection: bool
    """True where nothing but the end of the connection ends it."""

    def take(self, data: bytes) -> bytes:
        """Return what ``data`` adds to the text of the body.

        Raises:
            MalformedHttpError: it cannot be read.
        """

    def may_end_with(self, data: bytes) -> bool:
        """Tell whether ``data``, not taken in yet, may be its end; only an oddly written one is not recognized."""

    @property
    def has_surplus(self) -> bool:
        """True where something came behind its end."""


def read_head(data: bytes) -> tuple[Head, bytes] | None:
    """Return the head at the beginning of ``data`` and the bytes behind it; None where its end has not come yet.

    Interim answers (100 Continue and the like) are passed over.

    Raises:
        MalformedHttpError: there is no valid head.
    """
    while (end := _END_OF_HEAD.search(data)) is not None:
        head = _head(data[: end.end()])
        data = data[end.end() :]
        if head.status == _SWITCHES or head.status not in _CONTINUES:
            return head, data
    if len(data) - max(data.rfind(b"\n"), 0) > LONGEST_LINE or data.count(b"\n") > MOST_HEADERS + 1:
        raise MalformedHttpError("its head is too long")
    return None


def _head(data: bytes) -> Head:
    found = _HEAD.fullmatch(data)
    if found is None:
        raise MalformedHttpError("its head")
    lines = found[3].decode("utf-8", "replace").split("\n")[:-1]
    if len(lines) > MOST_HEADERS or (len(data) > LONGEST_LINE and any(len(line) > LONGEST_LINE for line in lines)):
        raise MalformedHttpError("the size of its head")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.lower()
        if name in headers and name in _SAID_ONCE:
            raise MalformedHttpError("its length is said twice")
        headers[name] = value.strip(" \t\r")
    body = _body(int(found[2]), headers)
    keeps = _keeps(headers.get("connection", ""), is_old=found[1] == b"0")
    return Head(
        status=int(found[2]),
        headers=headers,
        body=body,
        keeps_connection=keeps and not body.ends_with_connection,
    )


def _keeps(connection: str, *, is_old: bool) -> bool:
    if not connection:
        return not is_old
    words = {word.strip() for word in connection.lower().split(",")}
    return "keep-alive" in words if is_old else "close" not in words


def _body(status: int, headers: dict[str, str]) -> Body:
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None and length is not None:
        raise MalformedHttpError("it has a length and chunks")
    if status == _SWITCHES or (length is not None and _LENGTH.fullmatch(length) is None):
        raise MalformedHttpError("its length")
    if status in _WITHOUT_BODY:
        return Sized(0)
    if coding is None:
        return ToTheEnd() if length is None else Sized(int(length))
    if coding.strip().lower() != "chunked":
        raise MalformedHttpError("its transfer coding")
    return Chunked()


class Sized:
    """A body of so many bytes."""

    ends_with_connection = False

    def __init__(self, size: int) -> None:
        self._left = size
        self.is_whole = size == 0
        self.has_surplus = False

    def take(self, data: bytes) -> bytes:
        """Return what belongs to the body."""
        if len(data) > self._left:
            self.has_surplus = True
            data = data[: self._left]
        self._left -= len(data)
        self.is_whole = self._left == 0
        return data

    def may_end_with(self, data: bytes) -> bool:  # noqa: ARG002 (how much came before is not known here)
        """Return True."""
        return True


class ToTheEnd:
    """A body that ends with its connection."""

    ends_with_connection = True
    is_whole = False
    has_surplus = False

    def take(self, data: bytes) -> bytes:
        """Return all of it."""
        return data

    def may_end_with(self, data: bytes) -> bool:  # noqa: ARG002 (what it is ends nothing)
        """Return False."""
        return False


@lru_cache(maxsize=256)  # a stream's chunks are of few sizes
def _size(line: bytes) -> int | None:
    """Return how long a chunk is, as the line before it says; None where it says nothing valid."""
    found = _SIZE_LINE.fullmatch(line)
    return int(found[1], 16) if found else None


@lru_cache(maxsize=256)
def _written(length: int) -> bytes:
    """Return the line that nearly all servers write before a chunk of ``length``."""
    return b"%x" % length


def _plain_chunks(data: bytes) -> tuple[list[bytes], int]:
    """Return the texts of the chunks at the beginning, and where they end; none where one is more than plainly written.

    Without a line end in any text every other line is one, and all can be looked at together.
    """
    lines = data.split(b"\r\n")
    sizes, texts = lines[:-2:2], lines[1:-1:2]
    if texts and not texts[-1]:  # the end of the body is looked at more closely
        del sizes[-1], texts[-1]
    if b"" in texts or [*map(_written, map(len, texts))] != sizes:
        return [], 0
    return texts, sum(map(len, sizes)) + sum(map(len, texts)) + 4 * len(texts)


class Chunked:
    """A body in chunks, each with its size before it; what follows the last one is passed over."""

    ends_with_connection = False

    def __init__(self) -> None:
        self._rest = b""
        self._left = 0
        """Bytes that the chunk still lacks, the two that end it included."""
        self._is_trailer = False
        self.is_whole = False
        self.has_surplus = False

    def take(self, data: bytes) -> bytes:
        """Return the texts of the chunks in ``data``."""
        if self.is_whole:
            self.has_surplus = self.has_surplus or bool(data)
            return b""
        data, found = self._rest + data if self._rest else data, list[bytes]()
        place = self._take_chunk(data, 0, found) if self._left else 0
        if not self._left:
            texts, size = _plain_chunks(data[place:])
            found += texts
            place += size
        while place < len(data) and not self._left and not self._is_trailer:
            end = data.find(b"\r\n", place, place + _LONGEST_SIZE_LINE)
            length = None if end < 0 else _size(data[place:end])
            if length is None:
                self._check_size_line(data[place : place + _LONGEST_SIZE_LINE], found)
                break
            place = end + 2
            self._is_trailer = length == 0
            if length:
                self._left = length + 2
                place = self._take_chunk(data, place, found)
        self._rest = data[place:]
        if self._is_trailer:
            self._take_trailer()
        return found[0] if len(found) == 1 else b"".join(found)

    def may_end_with(self, data: bytes) -> bool:
        """Tell whether there is an empty line behind it, or too little to know."""
        return data.endswith(b"\r\n\r\n") or len(data) < len(b"\r\n\r\n")

    def _take_chunk(self, data: bytes, place: int, found: list[bytes]) -> int:
        """Take what ``data`` has of the chunk from ``place`` on, and return where that ends."""
        text = data[place : place + self._left - 2]
        if text:
            found.append(text)
            place, self._left = place + len(text), self._left - len(text)
        ending = data[place : place + 2]
        if self._left == 2 and len(ending) == 2:  # noqa: PLR2004 (what ends a chunk)
            if ending != b"\r\n":
                raise MalformedHttpError("a chunk is longer than it says", b"".join(found))
            place, self._left = place + 2, 0
        return place

    def _check_size_line(self, rest: bytes, found: list[bytes]) -> None:
        """Make sure that ``rest`` may be the beginning of a line that says how long a chunk is."""
        if b"\n" in rest or len(rest) == _LONGEST_SIZE_LINE or (rest and rest[:1] not in _HEX):
            raise MalformedHttpError("the size of a chunk", b"".join(found))

    def _take_trailer(self) -> None:
        while not self.is_whole and (end := self._rest.find(b"\n")) >= 0:
            line, self._rest = self._rest[:end].removesuffix(b"\r"), self._rest[end + 1 :]
            self.is_whole = not line
        if len(self._rest) > LONGEST_LINE:
            raise MalformedHttpError("what follows its last chunk")
        if self.is_whole:
            self.has_surplus, self._rest = bool(self._rest), b""
