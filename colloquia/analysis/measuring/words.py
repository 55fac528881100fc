"""How measures read a text: its words, its prose without markup, its sentences; stated once, the same for all.

- A *word* is a run of letters and digits, with apostrophes and hyphens inside; lower case, apostrophes straight. A
  script written without blanks gives one word for each run.
- *Prose* is the text without fenced and inline code, addresses, the targets of links, and the signs of markdown.
- A word such as ``don't`` is read as its parts, ``do not``, where function words are counted; ``'s`` after a pronoun
  is ``is``, and elsewhere a possessive that is left out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_INLINE = re.compile(r"`[^`\n]{1,500}`")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,500})\]\([^()\s]{0,2000}\)")
_ADDRESS = re.compile(r"https?://\S+")
_SIGNS = re.compile(
    r"^[ \t]{0,8}(?:#{1,6}[ \t]|[-*+>][ \t]|\d{1,3}[.)][ \t])|^[-=|: \t]{3,200}$"  # headings, lists, quotes, rules
    r"|[*~]{1,3}|(?<!\w)_{1,3}|_{1,3}(?!\w)",  # emphasis
    re.MULTILINE,
)
_CLOSING = re.compile(r"[!?\uff01\uff1f]+")
_SENTENCE = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]+(?=[\s\"'\u201d\u2019)*]|\Z)|\n+")
_AFTER_QUESTION = frozenset("\"'\u201d\u2019)]*_")
_PARTS = {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would"}
_STEMS = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
_IS = frozenset({"he", "she", "it", "that", "this", "there", "here", "what", "who", "where", "when", "how"})


@lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text as it stands."""
    return tuple(_WORD.findall(text.replace("\u2019", "'").lower()))


@lru_cache(maxsize=512)
def prose(text: str) -> str:
    """Return a text without code, addresses and markup."""
    without = _INLINE.sub(" ", _CODE.sub(" ", text))
    return _SIGNS.sub("", _ADDRESS.sub(" ", _LINK.sub(r"\1", without)))


@lru_cache(maxsize=512)
def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of a text's prose with contractions read as their parts."""
    return tuple(part for word in words(prose(text)) for part in (_parts(word) if "'" in word else (word,)))


def questions(text: str) -> int:
    """Return how many sentences end with a question mark; one inside a word or an address ends none."""
    found = 0
    for closing in _CLOSING.finditer(text):
        after = text[closing.end() : closing.end() + 1]
        is_end = not after or after.isspace() or after in _AFTER_QUESTION or "\uff1f" in closing.group()
        found += is_end and ("?" in closing.group() or "\uff1f" in closing.group())
    return found


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, ended by their sign or by a line end."""
    return [sentence for sentence in (part.strip() for part in _SENTENCE.split(text)) if sentence]


def ngrams(of: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return all runs of ``size`` words, in order."""
    return list(zip(*(of[start:] for start in range(size)), strict=False)) if len(of) >= size else []


def joined(texts: Iterable[str | None]) -> str:
    """Return the texts that there are as one, a line each."""
    return "\n".join(text for text in texts if text)


def _parts(word: str) -> tuple[str, ...]:
    if word.endswith("n't"):
        stem = word[:-3]
        return (_STEMS.get(stem, stem), "not")
    stem, apostrophe, ending = word.rpartition("'")
    if ending == "s":
        return (stem, "is") if stem in _IS else (stem,)
    part = _PARTS.get(apostrophe + ending)
    return (stem, part) if part else (word,)
