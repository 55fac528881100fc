"""A secret found and taken out of a text, in whatever form somebody repeats it.

Whole, in part, in other letters, percent-encoded, as base64, or with its characters escaped.
"""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PART = 12
"""So many characters of a secret in a row are a part of it."""
LEFT_OUT = "(left out: it repeats {})"

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\(.)")


def taken_out(text: str, secret: str, name: str) -> str:
    """Return ``text`` without ``secret`` and without parts of it; ``name`` stands in its place.

    A text that holds it only once escapes are undone is left out as a whole.
    """
    mask = f"({name})"
    for form in _forms(secret):
        text = _masked(text, form, mask)
    return LEFT_OUT.format(name) if any(_holds(plain, secret) for plain in _undone(text)) else text


@lru_cache(maxsize=16)
def _forms(secret: str) -> tuple[str, ...]:
    """Return the ways in which a secret may be written, each as one stretch of characters."""
    found = [secret, quote(secret, safe=""), "".join(f"\\u{ord(character):04x}" for character in secret)]
    found += [
        _stable(encode, secret.encode(), shift) for encode in (b64encode, urlsafe_b64encode) for shift in range(3)
    ]
    return tuple(dict.fromkeys(form for form in found if form))


def _stable(encode: Callable[[bytes], bytes], secret: bytes, shift: int) -> str:
    """Return the characters of a base64 text that depend on the secret alone, ``shift`` bytes standing before it."""
    whole = encode(b"\0" * shift + secret).decode().rstrip("=")
    first = (shift * 8 + 5) // 6
    last = (shift + len(secret)) * 8 // 6
    return whole[first:last]


def _masked(text: str, form: str, mask: str) -> str:
    """Return ``text`` with every stretch of a form replaced, whatever the case of its letters."""
    size = min(PART, len(form))
    low, known = text.translate(_LOWER), _parts(form.translate(_LOWER), size)
    pieces: list[str] = []
    kept = place = 0
    while place <= len(low) - size:
        if low[place : place + size] not in known:
            place += 1
            continue
        end = place + size
        while end < len(low) and low[end - size + 1 : end + 1] in known:
            end += 1
        pieces += text[kept:place], mask
        kept = place = end
    return "".join([*pieces, text[kept:]]) if pieces else text


@lru_cache(maxsize=64)
def _parts(form: str, size: int) -> frozenset[str]:
    return frozenset(form[place : place + size] for place in range(len(form) - size + 1))


def _holds(text: str, secret: str) -> bool:
    return _masked(text, secret, "") != text


def _undone(text: str) -> Iterator[str]:
    """Yield the text with escapes undone, where there are any."""
    if "\\" in text:
        yield _ESCAPED.sub(_character, text)
    if "%" in text:
        yield unquote(text)
    if "&" in text:
        yield unescape(text)


def _character(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else match[3]
