"""Events come out the same however the bytes are cut and the lines are ended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.providers.sse import EventLines, payloads

JSON = '{"a": "\u017elut\u00fd \U0001f40e"}'
STREAM = f"\ufeff: comment\n\ndata: {JSON}\n\nevent: x\nid: 1\ndata:two\ndata:   [DONE]  \n\n".encode()
PAYLOADS = [JSON.encode(), b"two", b"[DONE]"]


def read(pieces: list[bytes]) -> list[bytes]:
    """Return the payloads that ``pieces`` hold."""
    lines = EventLines()
    found = [payload for piece in pieces for payload in payloads(lines.take(piece))]
    return found + payloads(lines.end())


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_every_line_end_ends_a_line(end: bytes) -> None:
    """The three that the standard knows."""
    assert read([STREAM.replace(b"\n", end)]) == PAYLOADS


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_a_cut_anywhere_changes_nothing(end: bytes) -> None:
    """Also inside a character and between CR and LF."""
    data = STREAM.replace(b"\n", end)

    for cut in range(len(data) + 1):
        assert read([data[:cut], data[cut:]]) == PAYLOADS
    assert read([bytes([byte]) for byte in data]) == PAYLOADS


def test_separators_that_only_texts_know_do_not_end_a_line() -> None:
    """U+2028 and U+0085 are part of what was said."""
    assert read(["data: a\u2028b\u0085c\x0bd\n".encode()]) == ["a\u2028b\u0085c\x0bd".encode()]


def test_comments_and_other_fields_have_no_payload() -> None:
    """They keep a connection open and say nothing."""
    assert read([b": x\nretry: 5\nevent: error\ndatax: 1\ndata\n\n"]) == []


def test_a_last_line_without_an_end_is_given_at_the_end() -> None:
    """Whoever reads it decides whether it is whole."""
    lines = EventLines()

    assert lines.take(b"data: 1\ndata: 2") == b"data: 1\n"
    assert lines.end() == b"data: 2"
    assert lines.end() == b""


def by_the_line(data: bytes) -> list[bytes]:
    """Return the payloads of a whole stream as its description has them: line by line."""
    lines = (line.removeprefix(b"\xef\xbb\xbf").partition(b":") for line in data.splitlines())
    return [value.strip() for field, colon, value in lines if colon and field == b"data"]


@given(
    st.lists(
        st.sampled_from(
            [b"data:", b"data", b" x", b":", b"\n", b"\r", b"\r\n", b"\xef\xbb\xbf", b"\t", b"\x0b", b"id: "]
        )
    ),
    st.lists(st.integers(0, 80), max_size=4),
)
def test_any_bytes_give_the_payloads_that_their_lines_have(parts: list[bytes], cuts: list[int]) -> None:
    """However they are cut."""
    data = b"".join(parts)
    ends = sorted(cut % (len(data) + 1) for cut in cuts)
    pieces = [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]

    assert read(pieces) == by_the_line(data)


@given(
    st.lists(st.sampled_from([b"data: ", b"data:", b"{}", b"\n", b"\n\n", b"\n\ndata: ", b"\r\n", b"x", b": x", b" "]))
)
def test_events_as_nearly_all_servers_write_them_are_read_like_any_others(parts: list[bytes]) -> None:
    """With a blank line behind each, and whatever else may stand between."""
    lines = b"data: " + b"".join(parts) + b"\n\n"

    assert payloads(lines) == by_the_line(lines)
