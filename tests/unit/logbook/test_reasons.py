"""Why a line is damaged is said in words, and the right ones."""

from __future__ import annotations

from zlib import crc32

import pytest
from msgspec.json import encode as to_json
from unit.logbook.samples import row_of, started

from colloquia.logbook.entries import decode_entry
from colloquia.logbook.record import SCHEMA, DamagedLine, decode_turn, encode, guess


def sealed(body: bytes) -> bytes:
    """Return an object of JSON with the checksum that belongs to it."""
    start = body[:-1]
    return b'%b,"crc32":"%08x"}' % (start, crc32(start))


def reason(line: bytes) -> str:
    """Return why a line is no turn."""
    with pytest.raises(DamagedLine) as caught:
        decode_turn(line)
    assert str(caught.value) == caught.value.reason
    return caught.value.reason


def test_a_line_with_a_wrong_checksum_says_so() -> None:
    """Whatever else may be wrong with it."""
    assert reason(encode(row_of("t", 1)).replace(b"Turn", b"Torn")) == "its checksum is missing or does not fit"


@pytest.mark.parametrize("body", [b'{"a":1}', b'{"schema":"x"}', to_json({"schema": SCHEMA}), b'{"schema":0}'])
def test_a_line_that_is_no_turn_and_no_newer_one_says_what_is_missing(body: bytes) -> None:
    """It is not taken for the work of a newer Colloquia."""
    assert reason(sealed(body)).startswith("it cannot be read: ")


def test_a_line_of_a_newer_format_says_only_that() -> None:
    """Whether or not it could be read as one of this format."""
    assert reason(sealed(to_json({"schema": SCHEMA + 1}))) == "written by a newer Colloquia"


def test_one_damaged_record_tells_its_turn_and_several_do_not() -> None:
    """Which turn belongs to which conversation cannot be told where two lines ran together."""
    one, other = encode(row_of("t", 3)), encode(started("u", 4))

    assert list(guess(one)) == [("t", 3)]
    assert list(guess(one + other)) == [("t", None), ("u", None)]
    assert list(guess(one + one)) == [("t", None)]
    assert list(guess(b'{"trial_id":"t"}')) == [("t", None)]
    assert list(guess(b'{"turn_id":3}')) == []
    with pytest.raises(DamagedLine):
        decode_entry(one)
