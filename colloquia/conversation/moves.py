"""Moves that there are to choose from, and how one is read in a reply.

A reply makes a move where it is nothing but the move, or its last line is; else where it names exactly one of all that
there are. Marks around it (quotes, brackets, asterisks, a full stop) do not count. A reply that names none, or several,
makes no move: nobody guesses which was meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_MARKS = re.compile(r"^[\W_]+|[\W_]+$")
_NUMBER = re.compile(r"(?<![\w.,])-?\d+(?:,\d{3})*(?:\.\d+)?(?!\w|[.,]\d)")


@dataclass(frozen=True, kw_only=True)
class OneOf:
    """One word of a list. Case counts for single letters within a sentence, and for no other words."""

    words: tuple[str, ...]

    @property
    def example(self) -> str:
        """The first of them."""
        return self.words[0]

    def read(self, text: str) -> str | None:
        """Return the word that a text chooses; None where it chooses none."""
        for alone in (text, _last_line(text)):
            if word := self._by_case.get(_bare(alone).casefold()):
                return word
        named = {self._named(found) for found in self._pattern.findall(text)}
        return named.pop() if len(named) == 1 else None

    def _named(self, found: str) -> str:
        return self._by_case[found.casefold()]

    @cached_property
    def _by_case(self) -> dict[str, str]:
        return {word.casefold(): word for word in self.words}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.words, key=len, reverse=True)
        written = [re.escape(word) if len(word) == 1 else f"(?i:{re.escape(word)})" for word in longest_first]
        return re.compile(rf"(?<!\w)(?:{'|'.join(written)})(?!\w)")


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A number within bounds; a number beyond them is no move."""

    least: float
    most: float
    is_whole: bool = False

    @property
    def example(self) -> str:
        """The least of them."""
        return shortest(self.least)

    def read(self, text: str) -> str | None:
        """Return the number that a text names, in its shortest form; None where it names none or several."""
        for alone in (text, _last_line(text)):
            if len(found := amounts(alone)) == 1:
                return self._within(found.pop())
        return None

    def _within(self, number: float) -> str | None:
        is_fit = self.least <= number <= self.most and (not self.is_whole or number.is_integer())
        return shortest(number) if is_fit else None


def amounts(text: str) -> set[float]:
    """Return the numbers in a text; a comma before three digits is no decimal point."""
    return {float(found.replace(",", "")) for found in _NUMBER.findall(text)}


def shortest(number: float) -> str:
    """Return a number in its shortest form: ``5``, ``2.5``."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2]


def _bare(text: str) -> str:
    return _MARKS.sub("", text.strip())
