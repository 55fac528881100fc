"""Reading what a server sent without trusting its shape: apart from the JSON itself, nothing here ever raises."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import msgspec

from colloquia.struct import Struct

LONGEST_WORD = 200
"""Characters kept of a name, an id or a typed word."""
MOST_TOKENS = 10**9
MOST_DOLLARS = 10**5


class MalformedError(ValueError):
    """What was sent is no JSON."""


class Repaired(Struct, kw_only=True, frozen=True, gc=False):
    """A text that is Unicode, whatever was sent."""

    text: str
    original_json: str | None = None
    """The text as it was sent, as ASCII JSON; None where nothing had to be repaired."""


def decoded(data: bytes | bytearray) -> Any:  # noqa: ANN401 (any JSON)
    """Return the JSON value that ``data`` is.

    Lone surrogates pass, since a model may produce half a character; NaN and Infinity do not, since they are no JSON.

    Raises:
        MalformedError: ``data`` is no JSON.
    """
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return _decoded_with_surrogates(data)


def _decoded_with_surrogates(data: bytes | bytearray) -> Any:  # noqa: ANN401 (any JSON)
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise MalformedError(str(error)) from error


def _no_json(constant: str) -> NoReturn:
    raise MalformedError(constant)


def repaired(text: str) -> Repaired:
    """Return ``text`` with each lone surrogate replaced by U+FFFD; halves that meet become the character they are."""
    try:
        text.encode()
    except UnicodeEncodeError:
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        is_whole = joined.encode("utf-16-le") == text.encode("utf-16-le", "surrogatepass")
        return Repaired(text=joined, original_json=None if is_whole else json.dumps(text))
    return Repaired(text=text)


def mapping(value: object) -> dict[str, Any]:
    """Return ``value`` where it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def first(value: object) -> object:
    """Return the first element where ``value`` is a list that has one."""
    return value[0] if isinstance(value, list) and value else None


def word(value: object) -> str | None:
    """Return a name, an id or a typed word, short and clean; None where there is none."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    if not text.isascii():  # else there is nothing to repair
        text = repaired(text).text
    return text[:LONGEST_WORD] or None


def tokens(value: object) -> int | None:
    """Return a count of tokens, however it was written; None where it cannot be one."""
    if type(value) is int and 0 <= value <= MOST_TOKENS:
        return value
    count = number(value)
    return int(count) if count is not None and 0 <= count <= MOST_TOKENS and count == int(count) else None


def dollars(value: object) -> float | None:
    """Return an amount of money, however it was written; None where it cannot be one."""
    amount = number(value)
    return amount if amount is not None and 0 <= amount <= MOST_DOLLARS else None


def number(value: object) -> float | None:
    """Return a finite number that was written as one or as a text; None where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        parsed = float(value)
    except (ValueError, OverflowError):
        return None
    return parsed if math.isfinite(parsed) else None
