"""Events come out the same however the bytes are cut and the lines are ended."""

from __future__ import annotations

import pytest

from colloquia.providers.sse import EventLines

JSON = '{"a": "\u017elut\u00fd \U0001f40e"}'
STREAM = f"\ufeff: comment\n\ndata: {JSON}\n\nevent: x\nid: 1\ndata:two\ndata:   [DONE]  \n\n".encode()
PAYLOADS = [JSON.encode(), b"two", b"[DONE]"]


def payloads(pieces: list[bytes]) -> list[bytes]:
    """Return what ``pieces`` hold."""
    lines = EventLines()
    found = [payload for piece in pieces for payload in lines.take(piece)]
    return found + lines.end()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_every_line_end_ends_a_line(end: bytes) -> None:
    """The three that the standard knows."""
    assert payloads([STREAM.replace(b"\n", end)]) == PAYLOADS


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_a_cut_anywhere_changes_nothing(end: bytes) -> None:
    """Also inside a character and between CR and LF."""
    data = STREAM.replace(b"\n", end)

    for cut in range(len(data) + 1):
        assert payloads([data[:cut], data[cut:]]) == PAYLOADS
    assert payloads([bytes([byte]) for byte in data]) == PAYLOADS


def test_separators_that_only_texts_know_do_not_end_a_line() -> None:
    """U+2028 and U+0085 are part of what was said."""
    assert payloads(["data: a\u2028b\u0085c\x0bd\n".encode()]) == ["a\u2028b\u0085c\x0bd".encode()]


def test_comments_and_other_fields_have_no_payload() -> None:
    """They keep a connection open and say nothing."""
    assert payloads([b": x\nretry: 5\nevent: error\ndatax: 1\ndata\n\n"]) == []


def test_a_last_line_without_an_end_is_given_at_the_end() -> None:
    """Whoever reads it decides whether it is whole."""
    lines = EventLines()

    assert lines.take(b"data: 1\ndata: 2") == [b"1"]
    assert lines.end() == [b"2"]
    assert lines.end() == []
