"""Values of any shape come out as what was wanted, or as nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.providers import decoding
from colloquia.providers.decoding import MalformedError, decoded, repaired

NO_JSON = [
    b"",
    b"   ",
    b"<html></html>",
    b'{"a": 1',
    b'{"a": NaN}',
    b"[Infinity]",
    b'{"a": "\xff"}',
    b'{"a": 1} x',
    b"[" * 100_000,
    b"1" * 5000,
]


@pytest.mark.parametrize("data", NO_JSON, ids=lambda data: repr(data[:12]))
def test_what_is_no_json_is_one_kind_of_error(data: bytes) -> None:
    """Cut, padded, nested beyond reason or with NaN: all are malformed, and nothing else is raised."""
    with pytest.raises(MalformedError):
        decoded(data)


def test_white_space_a_byte_order_mark_and_doubled_keys_pass() -> None:
    """They are odd, and the value is clear."""
    assert decoded(b'\n\n  {"a": 1}\n') == {"a": 1}
    assert decoded(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    assert decoded(b'{"a": 1, "a": 2}') == {"a": 2}


@given(st.text(st.characters(exclude_categories=[]), max_size=8))
def test_any_text_becomes_unicode_and_says_whether_it_was(text: str) -> None:
    """Lone surrogates become U+FFFD and the original is kept; whatever is whole stays as it is."""
    found = repaired(text)

    found.text.encode()
    if any("\ud800" <= character <= "\udfff" for character in text):
        assert found.original_json is None or json.loads(found.original_json) == text
    else:
        assert found.text == text
        assert found.original_json is None


def test_halves_of_a_character_that_meet_are_no_damage() -> None:
    """A stream may cut between two escapes of one character."""
    found = repaired("\ud83d" + "\ude00")

    assert found.text == "\N{GRINNING FACE}"
    assert found.original_json is None


def test_a_lone_half_is_replaced_and_kept_apart() -> None:
    """The original can be read back from ASCII."""
    found = repaired("a\ud800b")

    assert found.text == "a\ufffdb"
    assert found.original_json == '"a\\ud800b"'


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (12, 12),
        (12.0, 12),
        ("12", 12),
        ("12.0", 12),
        (0, 0),
        (12.5, None),
        (-1, None),
        (True, None),
        (None, None),
        ("many", None),
        ("nan", None),
        (10**30, None),
        (10**400, None),
        ([], None),
    ],
)
def test_a_count_of_tokens_is_a_whole_number_or_unknown(value: object, count: int | None) -> None:
    """However it is written; what is negative or absurd is no count."""
    assert decoding.tokens(value) == count


@pytest.mark.parametrize(
    ("value", "amount"),
    [(6e-7, 6e-7), ("0.25", 0.25), (0, 0.0), (-0.1, None), ("inf", None), (10**9, None), ({}, None)],
)
def test_an_amount_of_money_is_a_number_or_unknown(value: object, amount: float | None) -> None:
    """However it is written; what is negative or absurd is no amount."""
    assert decoding.dollars(value) == amount


def test_words_are_short_and_clean() -> None:
    """Whatever a server puts into a name can be written into a log."""
    assert decoding.word("  x\ud800  ") == "x\ufffd"
    assert len(decoding.word("x" * 5000) or "") == decoding.LONGEST_WORD
    assert decoding.word("  ") is None
    assert decoding.word(5) is None
