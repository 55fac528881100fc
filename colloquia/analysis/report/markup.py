"""HTML that cannot be broken out of: whatever is not made here is text, and is escaped in one place.

Foreign is whatever a model, a server or a researcher wrote. It becomes markup nowhere: :func:`element` escapes every
child and attribute that is not :class:`Html`, and refuses what would load, run or lead elsewhere. Control and direction
characters are shown as escapes, so that a text cannot disguise itself.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_VOID = frozenset({"br", "col", "hr", "meta"})
_ALLOWED = frozenset(
    {"class", "id", "href", "role", "aria-label", "title", "lang", "scope", "colspan", "start", "open"}
)
"""Attributes that only say what something is; ``href`` may only lead to a place on the same page."""


class Html(str):
    """Text that is markup already; only this file and the pictures make it."""

    __slots__ = ()


def text(foreign: object) -> Html:
    r"""Return whatever it is as text: nothing in it is markup, and nothing in it is invisible."""
    shown = _UNSHOWN.sub(lambda found: f"\\u{ord(found.group()):04x}", str(foreign))
    return Html(escape(shown, quote=True))


def element(name: str, *children: object, **attributes: str | None) -> Html:
    """Return an element; ``class_`` and ``aria_label`` stand for the words that Python has taken.

    Raises:
        ValueError: the element or an attribute could load, run or lead elsewhere.
    """
    if not _NAME.fullmatch(name) or name in ("script", "iframe", "object", "embed", "link", "base", "form", "img"):
        raise ValueError(f"The report has no element {name!r}.")
    pairs = [(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None]
    for key, value in pairs:
        if key not in _ALLOWED or (key == "href" and not value.startswith("#")):
            raise ValueError(f"An element of the report has no attribute {key}={value!r}.")
    said = "".join(f' {key}="{text(value)}"' for key, value in pairs)
    return Html(f"<{name}{said}>" if name in _VOID else f"<{name}{said}>{joined(children)}</{name}>")


def joined(children: Iterable[object]) -> Html:
    """Return children one after the other; None is left out."""
    return Html("".join(child if isinstance(child, Html) else text(child) for child in children if child is not None))


def paragraph(*children: object, class_: str | None = None) -> Html:
    """Return a paragraph."""
    return element("p", *children, class_=class_)


def listed(items: Iterable[object], *, class_: str | None = None, is_numbered: bool = False) -> Html:
    """Return a list."""
    return element("ol" if is_numbered else "ul", *(element("li", item) for item in items), class_=class_)


def code(what: str) -> Html:
    """Return a call or a command that can be copied."""
    return element("code", what)
