"""Bytes that were hurt, in all the ways in which servers, gateways and enemies hurt them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from colloquia.providers.decoding import MalformedError, decoded

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_NUMBER = re.compile(rb"-?\d+(\.\d+)?")
_KEY = re.compile(rb'"(\w+)": ')
_VALUE = re.compile(rb': ("(?:[^"\\]|\\.)*"|null|true|false|-?\d+(?:\.\d+)?)')

NUMBERS = (
    b"1e999",
    b"-1e999",
    b"1" * 400,
    b"9" * 5000,
    b"-0.0",
    b"1e-400",
    b"0.1e+7",
    b"NaN",
    b"Infinity",
    b"-1",
    b"007",
)
JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, 1.5, "", " ", "x", "\ud800", "\udc00x", "\x00", "\u202e", [], {}, [None], [[]],
    [{}], {"": 0}, {"text": 5}, ["a", 5], [{"type": "text"}], {"content": {"content": "x"}}, "9" * 400, "error", "stop",
)  # fmt: skip
BAD_UTF8 = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\x80")
DEEPEST = 3000


def flipped(data: bytes, draws: random.Random) -> bytes:
    """Change some bits of a byte."""
    at = draws.randrange(len(data))
    return b"%b%c%b" % (data[:at], data[at] ^ draws.randint(1, 255), data[at + 1 :])


def cut_off(data: bytes, draws: random.Random) -> bytes:
    """Leave the beginning."""
    return data[: draws.randrange(len(data))]


def dropped(data: bytes, draws: random.Random) -> bytes:
    """Take some bytes out."""
    at = draws.randrange(len(data))
    return data[:at] + data[at + draws.randint(1, 40) :]


def doubled(data: bytes, draws: random.Random) -> bytes:
    """Say something twice."""
    at = draws.randrange(len(data))
    return data[:at] + data[at : at + draws.randint(1, 200)] + data[at:]


def misencoded(data: bytes, draws: random.Random) -> bytes:
    """Put in what is no UTF-8."""
    at = draws.randrange(len(data))
    return data[:at] + draws.choice(BAD_UTF8) + data[at:]


def renumbered(data: bytes, draws: random.Random) -> bytes:
    """Put another number in the place of one."""
    return _replaced(data, draws, _NUMBER, lambda _: draws.choice(NUMBERS))


def rekeyed(data: bytes, draws: random.Random) -> bytes:
    """Let a key stand there twice, with another value before or after."""
    value = json.dumps(draws.choice(JUNK)).encode()
    return _replaced(data, draws, _KEY, lambda key: b"%b%b, %b" % (key, value, key))


def revalued(data: bytes, draws: random.Random) -> bytes:
    """Put something of another kind in the place of a value."""
    return _replaced(data, draws, _VALUE, lambda _: b": " + json.dumps(draws.choice(JUNK)).encode())


def nested(data: bytes, draws: random.Random) -> bytes:
    """Put something deeply nested in the place of a value, closed or not."""
    depth = draws.choice((5, 100, 1100, DEEPEST))
    opening, closing = draws.choice(((b"[", b"]"), (b'{"a": ', b"}")))
    inside = opening * depth + b"1" + closing * draws.choice((depth, 0))
    return _replaced(data, draws, _VALUE, lambda _: b": " + inside)


def restructured(data: bytes, draws: random.Random) -> bytes:
    """Put junk in the place of any part of a body."""
    try:
        body = decoded(data)
    except MalformedError:
        return data
    place = body
    while isinstance(place, dict | list) and place:
        name: Any = draws.choice(list(place)) if isinstance(place, dict) else draws.randrange(len(place))
        if not isinstance(place[name], dict | list) or not place[name] or draws.random() < 0.3:
            place[name] = draws.choice(JUNK)
            break
        place = place[name]
    return json.dumps(body).encode()


HURTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flipped, cut_off, dropped, doubled, misencoded, renumbered, rekeyed, revalued, nested, restructured, restructured,
)  # fmt: skip


def hurt(data: bytes, others: tuple[bytes, ...], draws: random.Random) -> bytes:
    """Return ``data`` after several mishaps, one of which may be that it ran into another answer."""
    for _ in range(draws.choice((0, 0, 1, 1, 1, 1, 2, 3, 6))):
        if not data or draws.random() < 0.1:
            other = draws.choice(others)
            data = data[: draws.randint(0, len(data))] + other[draws.randint(0, len(other)) :]
        else:
            data = draws.choice(HURTS)(data, draws)
    return data


def in_pieces(data: bytes, draws: random.Random) -> list[bytes]:
    """Return ``data`` as it arrives."""
    cuts = sorted(draws.randint(0, len(data)) for _ in range(draws.choice((0, 0, 1, 2, 5))))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def _replaced(data: bytes, draws: random.Random, what: re.Pattern[bytes], by: Callable[[bytes], bytes]) -> bytes:
    places = list(what.finditer(data))
    if not places:
        return data
    found = draws.choice(places)
    return data[: found.start()] + by(found.group()) + data[found.end() :]
