"""Disguises: a secret is found in whatever form it is repeated, and other text is left alone."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.providers.disguises import PART, taken_out

SECRET = "canary.own+9f/8e=77cafe-XYZ"  # noqa: S105 (planted, and found nowhere)


def parts_of(secret: str, text: str) -> list[str]:
    """Return the parts of a secret that stand in a text, whatever the case of their letters."""
    low = text.lower()
    windows = (secret.lower()[place : place + PART] for place in range(len(secret) - PART + 1))
    return [part for part in windows if part in low]


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET.upper(),
        SECRET.lower(),
        SECRET[3:18],
        SECRET[:PART],
        SECRET[-PART:],
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        "".join(f"\\u{ord(character):04x}" for character in SECRET),
        "".join(f"\\u{ord(character):04X}" for character in SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(b":" + SECRET.encode()).decode(),
        base64.b64encode(b"me:" + SECRET.encode() + b"?").decode(),
        base64.urlsafe_b64encode(b"ab" + SECRET.encode()).decode(),
    ],
)
def test_it_is_taken_out_in_every_form(form: str) -> None:
    """And what stands around it stays."""
    told = taken_out(f"before {form} after", SECRET, "MINE_API_KEY")

    assert told.startswith("before ")
    assert told.endswith(" after")
    assert "(MINE_API_KEY)" in told
    assert form not in told
    assert parts_of(SECRET, told) == []


@pytest.mark.parametrize(
    "form",
    [
        SECRET.replace("n", "\\u006e"),
        SECRET.replace("a", "\\x61"),
        json.dumps(SECRET).replace("/", "\\/"),
        "".join(f"%{ord(character):02x}" for character in SECRET),
        SECRET.replace("e", "%65"),
        "".join(f"&#{ord(character)};" for character in SECRET),
        html.escape(SECRET).replace("c", "&#x63;"),
    ],
)
def test_nothing_of_it_is_left_once_escapes_are_undone(form: str) -> None:
    """It is cut out, or the whole text is left out; short remnants tell nobody the key."""
    told = taken_out(f"before {form} after", SECRET, "MINE_API_KEY")

    undone = [told, unquote(told), html.unescape(told), told.replace("\\/", "/")]
    undone.append(re.sub(r"\\(?:u00|x)([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), told))
    assert "MINE_API_KEY" in told
    assert [parts_of(SECRET, text) for text in undone] == [[]] * len(undone)


def test_it_is_taken_out_wherever_it_stands() -> None:
    """Twice, at both ends, and side by side."""
    assert taken_out(SECRET, SECRET, "K") == "(K)"
    assert taken_out(f"{SECRET} and {SECRET}", SECRET, "K") == "(K) and (K)"
    assert parts_of(SECRET, taken_out(SECRET * 3, SECRET, "K")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No key here.",
        "100 % of \\nothing & more",
        "canary.own is too little",
        "x" * 5_000,
        "İstanbul ẞ 日本語 \u2028",
        base64.b64encode(b"something else entirely").decode(),
    ],
)
def test_other_text_is_left_as_it_is(text: str) -> None:
    """To the letter."""
    assert taken_out(text, SECRET, "K") == text


def test_a_short_secret_counts_only_as_a_whole() -> None:
    """Or else any word could be a part of it."""
    assert taken_out("sesame and ses", "sesame", "K") == "(K) and ses"


@given(st.text(max_size=60), st.text(max_size=60), st.integers(0, len(SECRET) - PART))
def test_whatever_surrounds_a_part_it_is_gone(before: str, after: str, start: int) -> None:
    """Also where the text around it joins it."""
    told = taken_out(before + SECRET[start:] + after, SECRET, "K")

    assert parts_of(SECRET, told) == []
