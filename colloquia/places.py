"""Where in a study a value stands: what a value must be there, said in errors that begin with its path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.errors import DesignError, nearest
from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Place(Struct, kw_only=True, frozen=True, gc=False):
    """Where in a study a value stands, for messages."""

    path: str

    def at(self, key: str | int) -> Place:
        """Return the place of ``key`` within this one."""
        if isinstance(key, int):
            return Place(path=f"{self.path}[{key}]")
        return Place(path=f"{self.path}.{key}" if self.path else key)

    def error(self, reason: str) -> DesignError:
        """Return an error that begins with this place."""
        return DesignError(f"{self.path}: {reason}" if self.path else reason)

    def text(self, value: object) -> str:
        """Return ``value`` where it is a text."""
        if not isinstance(value, str):
            raise self.error(f"expected a text, found {kind(value)}.")
        return value

    def whole_number(self, value: object, *, least: int) -> int:
        """Return ``value`` where it is a whole number of at least ``least``."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(f"expected a whole number, found {kind(value)}.")
        if value < least:
            raise self.error(f"is {value}; the least is {least}.")
        return value

    def dollars(self, value: object, *, what: str = "dollars") -> float:
        """Return ``value`` where it is an amount of money."""
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self.error(f"expected {what}, a number of at least 0.")
        return float(value)

    def mapping(self, value: object, *, of: str) -> Mapping[str, Any]:
        """Return ``value`` where it is a table with at least one entry."""
        if not isinstance(value, dict):
            raise self.error(f"expected a table of {of}, found {kind(value)}.")
        if not value:
            raise self.error(f"is empty; it needs at least one {of.partition(' = ')[0]}.")
        return value

    def known(self, word: str, known: Iterable[str], *, what: str) -> str:
        """Return ``word`` where it is one of ``known``; else the error names the nearest."""
        options = sorted(known)
        if word not in options:
            hint = nearest(word, options) or f" Known: {', '.join(options) or 'none'}."
            raise self.error(f"{word!r} is no {what}.{hint}")
        return word

    def number(self, value: object, *, least: float | None = None) -> float:
        """Return ``value`` where it is a number, of at least ``least``."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"expected a number, found {kind(value)}.")
        if least is not None and value < least:
            raise self.error(f"is {value}; the least is {least:g}.")
        return value

    def listed(self, value: object, *, of: str) -> list[Any]:
        """Return ``value`` where it is a list with at least one entry."""
        if not isinstance(value, list) or not value:
            raise self.error(f"expected a list of {of}, found {kind(value) if value != [] else 'an empty one'}.")
        return value


def kind(value: object) -> str:
    """Return the kind of ``value`` in a researcher's words."""
    names = {str: "a text", bool: "true or false", int: "a whole number", float: "a number", list: "a list"}
    return "nothing" if value is None else names.get(type(value), "a table" if isinstance(value, dict) else "an object")
