"""An answer is read the same however its bytes are cut, and what is no valid HTTP is never taken for a text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import STREAM_HEAD, chunk, http, stream

from colloquia.providers.http1 import LONGEST_LINE, MalformedHttpError, read_head

GOOD: list[tuple[bytes, bytes]] = [
    (http(b'{"a": 1}', 200, {"Retry-After": "3"}), b'{"a": 1}'),
    (b"".join(stream(b"data: hello\n\ndata: [DONE]\n\n", size=5)), b"data: hello\n\ndata: [DONE]\n\n"),
    (STREAM_HEAD + b"3;name=x\r\nabc\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", b"abc0123456789"),
    (b"".join(stream(b"data: hello\r\n\r\n" * 3, size=19)), b"data: hello\r\n\r\n" * 3),
    (STREAM_HEAD + b"3\r\nabc\r\nA\r\n0123456789\r\n3\r\n\r\n\n\r\n1\r\nx\r\n0\r\n\r\n", b"abc0123456789\r\n\nx"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + http(b"later"), b"later"),
    (b"HTTP/1.1 200\nContent-Length: 2\n\nok", b"ok"),
    (http(b"", 204), b""),
]
"""Answers, and the texts of their bodies."""


@dataclass(frozen=True)
class Told:
    """What was read of an answer."""

    status: int
    text: bytes
    is_whole: bool
    has_surplus: bool
    keeps_connection: bool


def read(pieces: list[bytes]) -> Told | None:
    """Return what is read of an answer that comes in pieces; None where its head never comes."""
    unread, head, text = b"", None, b""
    for piece in pieces:
        data = piece
        if head is None:
            unread += data
            if (found := read_head(unread)) is None:
                continue
            head, data = found
        text += head.body.take(data) if data else b""
    if head is None:
        return None
    return Told(head.status, text, head.body.is_whole, head.body.has_surplus, head.keeps_connection)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Return ``data`` cut at places."""
    ends = sorted(place % (len(data) + 1) for place in places)
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


@pytest.mark.parametrize(("data", "text"), GOOD)
@given(places=st.lists(st.integers(0, 500), max_size=6))
def test_an_answer_is_read_the_same_however_it_is_cut(data: bytes, text: bytes, places: list[int]) -> None:
    """Between any two bytes, in the head, in a size and in a text."""
    found = read(cut(data, places))

    assert found is not None
    assert found == read([data])
    assert (found.text, found.is_whole, found.has_surplus, found.keeps_connection) == (text, True, False, True)


@given(st.sampled_from(GOOD), st.randoms(use_true_random=False), st.integers(1, 5), st.lists(st.integers(0, 500)))
@settings(max_examples=500, deadline=None)
def test_damage_is_malformed_or_read(
    good: tuple[bytes, bytes], chance: object, damages: int, places: list[int]
) -> None:
    """Nothing but a MalformedHttpError ever leaves."""
    data = bytearray(good[0])
    for _ in range(damages):
        place = chance.randrange(len(data))  # type: ignore[attr-defined]
        data[place : place + chance.randrange(2)] = bytes([chance.randrange(256)])  # type: ignore[attr-defined]

    with suppress(MalformedHttpError):
        found = read(cut(bytes(data), places))
        assert found is None or len(found.text) <= len(data)


@pytest.mark.parametrize(
    "head",
    [
        b"hello",
        b"HTTP/2 200 OK",
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 200 OK\r\nContent-Length: x",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked",
        b"HTTP/1.1 200 OK\r\nX y: 1",
        b"HTTP/1.1 200 OK\r\nX: a\0b",
        b"HTTP/1.1 200 OK\r\n folded: 1",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
        b"HTTP/1.1 200 OK" + b"\r\nX: 1" * 200,
        b"HTTP/1.1 101 Switching Protocols",
    ],
)
def test_what_is_no_valid_head_is_not_believed(head: bytes) -> None:
    """A length that could be read in two ways, a header that could be another, a protocol that is not asked for."""
    with pytest.raises(MalformedHttpError):
        read([head + b"\r\n\r\n"])


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200]
)
def test_a_head_without_end_is_given_up(head: bytes) -> None:
    """Memory is bounded."""
    with pytest.raises(MalformedHttpError):
        read([head])


@pytest.mark.parametrize(
    ("chunks", "came"),
    [
        (chunk(b"ab") + b"xyz\r\n", b"ab"),
        (chunk(b"ab") + b"\r\n", b"ab"),
        (chunk(b"ab") + b"2\nab\r\n", b"ab"),
        (b"1\r\nabc", b"a"),
        (chunk(b"ab") + b"-2\r\nab\r\n", b"ab"),
        (chunk(b"ab") + b"1" * 5000, b"ab"),
    ],
)
def test_what_came_before_a_broken_chunk_is_kept(chunks: bytes, came: bytes) -> None:
    """It is part of what the journal knows of the attempt."""
    head, data = read_head(STREAM_HEAD + chunks) or pytest.fail("no head")

    with pytest.raises(MalformedHttpError) as failed:
        head.body.take(data)

    assert failed.value.came == came


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive, x", True),
        (b"HTTP/1.1 200 OK", False),
    ],
)
def test_a_connection_is_kept_where_the_server_says_so(head: bytes, keeps: bool) -> None:  # noqa: FBT001 (a case)
    """By its version, its word, and whether anything but the end of the connection ends the body."""
    found = read([head + b"\r\n\r\n"])

    assert found is not None
    assert found.keeps_connection is keeps


@pytest.mark.parametrize(("data", "text"), GOOD)
def test_the_end_of_a_body_is_recognized_before_it_is_read(data: bytes, text: bytes) -> None:
    """However little of it comes last."""
    head, body = read_head(data) or pytest.fail("no head")

    assert all(head.body.may_end_with(body[-size:]) for size in range(1, len(body) + 1))
    assert head.body.take(body) == text


def test_what_ends_no_body_is_recognized() -> None:
    """An event of a stream, and whatever only the end of the connection ends."""
    chunked, data = read_head(STREAM_HEAD + chunk(b"data: {}\n\n")) or pytest.fail("no head")
    endless, _ = read_head(b"HTTP/1.1 200 OK\r\n\r\n") or pytest.fail("no head")

    assert not chunked.body.may_end_with(data)
    assert not endless.body.may_end_with(b"x\r\n\r\n")


@pytest.mark.parametrize("data", [http(b"ab") + b"c", b"".join(stream(b"ab")) + b"c", http(b"", 204) + b"c"])
def test_what_follows_a_body_is_no_part_of_it(data: bytes) -> None:
    """And the connection is not fit for another call."""
    found = read([data])

    assert found is not None
    assert found.text in (b"ab", b"")
    assert (found.is_whole, found.has_surplus) == (True, True)


def test_a_body_without_length_ends_with_its_connection() -> None:
    """So nothing in it says that it is whole."""
    found = read([b"HTTP/1.1 200 OK\r\n\r\nabc", b"def"])

    assert found == Told(200, b"abcdef", is_whole=False, has_surplus=False, keeps_connection=False)


def test_headers_have_lower_names_and_any_bytes_in_their_values() -> None:
    """What is no Unicode is replaced; of several of one name the last stands."""
    head, _ = read_head(b"HTTP/1.1 200 OK\r\nX-Odd: \xff\xc5\xbe \r\nx-odd:  b\r\nEmpty:\r\nY: \xff\r\n\r\n") or (
        None,
        b"",
    )

    assert head is not None
    assert head.headers == {"x-odd": "b", "empty": "", "y": "\ufffd"}


def test_a_long_first_line_without_headers_is_no_error_of_ours() -> None:
    """It is a head like others; what is too long is a header."""
    found = read_head(b"HTTP/1.1 200 " + b"x" * (LONGEST_LINE + 1) + b"\r\n\r\nrest")

    assert found is not None
    assert found[1] == b"rest"
