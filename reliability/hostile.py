"""Texts that no table, terminal or parser likes, and what of them a terminal would obey."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

ATOMS = (
    *("\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]52;c;c2VjcmV0\x07", "\x1b]8;;http://evil.example\x1b\\link"),
    *("\x9b31m", "\x9d0;x\x9c", "\x90q", "\x08\x08\x08", "\x7f", "\r", "\r\n", "\n", "\n\n", "\v", "\f"),
    *("\x1c\x1d\x1e\x1f", "\x00", "\x85", "\u2028", "\u2029", "\ufeff", "\u202eevil\u202c", "\u2066a\u2069"),
    *("\u200f\u200e\u061c", "\u202a\u202b\u202d\u2067\u2068", "\u200b\u200d\u2060", "\U000e0041\U000e0042"),
    *("\ufffe\uffff", "\U0010ffff", "\ud800", "\udfff", "\udc00\ud800", "a\ud83d", "\ude00b", "e\u0301\u0489\u0489"),
    *("\U0001f469\U0001f3fd\u200d\U0001f680", "שלום עליכם", "中文字", "žluťoučký kůň", "ﷺ", "\xa0", " ", "\t", ""),
    *("<script>alert(1)</script>", '<img src=x onerror="x">', "<a href='javascript:x'>", "&lt;&#27;", "<!--", "]]>"),
    *(
        "![x](https://evil.example/?q=1)",
        "[x](javascript:1)",
        "[bold red]x[/]",
        "[/]",
        ":smile:",
        "[link=http://x]y[/link]",
    ),
    *("=cmd|'/c calc'!A1", '=HYPERLINK("http://evil.example")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1"),
    *('"', '""', "'", '","', '"\n"', ",", ";", "|", "\\", "\\n", "\\u0000", "\\ud800", "\\x1b[31m"),
    *("NA", "null", "None", "nan", "NaN", "True", "007", "1e5", "1,5", "0x1F", "-0", "inf", "#N/A", "<NA>"),
    *("{role}", "{{7*7}}", "${x}", "%s%n", "`rm -rf`", "$(id)", "; DROP TABLE turns; --", "../../etc/passwd"),
    *('{"trial_id":"x","turn_id":1,"crc32":"00000000"}', '\n{"event":"folder_made","schema":1}\n', "data: [DONE]\n\n"),
    *("a" * 300, "word " * 80),
)
LONG_LINE = 1_000_000
LONG_EVERY = 200
"""One text of so many is a line of a megabyte."""
SHOWN = frozenset("\n\t")
"""Controls that a terminal may be sent."""
TURNING = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))
"""Classes of characters that change in which direction a terminal writes."""
MARKS = frozenset("\u200e\u200f\u061c")


def text(draws: random.Random, number: int) -> str:
    """Return a text of several hostile pieces; now and then a very long one."""
    said = "".join(draws.choices(ATOMS, k=draws.choice((1, 1, 2, 3, 5, 8))))
    if number % LONG_EVERY == 0:
        piece = said or "x"
        return (piece * (LONG_LINE // len(piece) + 1)).replace("\n", " ")[:LONG_LINE]
    return said


def as_unicode(said: str) -> str:
    """Return a text as it has to stand in the log: halves that meet are one character, single ones U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", joined(said))


def joined(said: str) -> str:
    """Return a text in which halves of a character that meet are that character."""
    return re.sub(
        "[\ud800-\udbff][\udc00-\udfff]",
        lambda pair: chr(0x10000 + ((ord(pair[0][0]) - 0xD800) << 10) + ord(pair[0][1]) - 0xDC00),
        said,
    )


def live(shown: str) -> str:
    """Return the characters of an output that a terminal would obey."""
    return "".join(sorted({character for character in shown if _is_live(character)}))


def _is_live(character: str) -> bool:
    if character in SHOWN:
        return False
    is_turning = character in MARKS or unicodedata.bidirectional(character) in TURNING
    return is_turning or unicodedata.category(character) in ("Cc", "Cs")
