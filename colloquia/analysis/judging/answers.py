"""How a judge's reply is read: strictly, and never guessed at. What cannot be read is missing, with its reason.

A reply holds one JSON object with a quote and an answer, whatever stands around it. The quote must occur in what the
judge was shown, whatever the case, the white space and the kind of quotation marks; parts left out are written as
``...``, and each part must occur. An answer whose quote does not occur is missing: who invents its evidence may have
invented its verdict. A refusal is missing too, and never "no".
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloquia.conversation.refusals import refusal_source
from colloquia.design.rubrics import CANNOT_TELL
from colloquia.providers.decoding import repaired

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.conversation.chat_model import Reply
    from colloquia.design.rubrics import Rubric

VERSION = 1
LONGEST = 50_000
"""Characters of a reply that are read."""
MOST_TRIES = 50
"""Places at which an object may begin."""
SHORTEST_QUOTE = 8
"""Characters of a quote that prove something; a shorter one must be all that somebody said."""

_LIKE = str.maketrans("\u2018\u2019\u201c\u201d\u201e\u2013\u2014\u00a0", '\'\'"""-- ')
_GAP = re.compile(r"\s*(?:\.\.\.|\u2026|\[\.\.\.\])\s*")
_decoder = json.JSONDecoder()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a reply comes to."""

    text: str | None = None
    """The label or the text; a number as it is written."""
    number: float | None = None
    quote: str | None = None
    missing: str | None = None
    """Why there is no answer."""


def read(reply: Reply, rubric: Rubric, shown: Sequence[str]) -> Answer:
    """Return what a judge answered.

    Args:
        reply: What its model sent.
        rubric: What it was to decide.
        shown: The texts in which its quote must occur.
    """
    found = _object(reply.content or "")
    if found is None or "answer" not in found:
        return Answer(missing=_why_none(reply))
    quote = repaired(found["quote"]).text if isinstance(found.get("quote"), str) else ""
    answer = _answer(found["answer"], rubric)
    if answer.missing is not None:
        return Answer(missing=answer.missing, quote=quote or None)
    if not quote.strip():
        return Answer(missing="no quote")
    if not occurs(quote, shown):
        return Answer(missing="the quote does not occur", quote=quote)
    return Answer(text=answer.text, number=answer.number, quote=quote)


def _why_none(reply: Reply) -> str:
    """Return why a reply holds no answer."""
    if refusal_source(reply):
        return "refused"
    if reply.outcome is not None:
        return {"refusal": "refused", "input_blocked": "refused"}.get(reply.outcome, reply.outcome.replace("_", " "))
    return "cut" if reply.finish_reason == "length" else "unreadable"


def _object(text: str) -> dict[str, Any] | None:
    """Return the last JSON object of a text that has an answer; what a judge thinks aloud stands before it."""
    found = None
    for start in _starts(text[:LONGEST]):
        try:
            value, _ = _decoder.raw_decode(text[:LONGEST], start)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and "answer" in value:
            found = value
    return found


def _starts(text: str) -> Iterator[int]:
    places = [match.start() for match in re.finditer(r"\{", text)]
    yield from places[-MOST_TRIES:]


def _answer(value: object, rubric: Rubric) -> Answer:
    if isinstance(value, str) and _plain(value) == CANNOT_TELL:
        return Answer(missing=CANNOT_TELL)
    if rubric.labels:
        label = next((label for label in rubric.labels if isinstance(value, str) and _is_same(value, label)), None)
        return Answer(text=label, missing=None if label else "none of the answers")
    if rubric.scale is None:
        text = repaired(value).text.strip() if isinstance(value, str) else ""
        return Answer(text=text or None, missing=None if text else "empty")
    return _number(value, rubric)


def _number(value: object, rubric: Rubric) -> Answer:
    low, high = rubric.scale or (-math.inf, math.inf)
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not low <= number <= high or (rubric.is_whole and not number.is_integer()):
        return Answer(missing="none of the answers")
    return Answer(text=str(int(number)) if number.is_integer() else repr(number), number=number)


def _is_same(said: str, label: str) -> bool:
    return _plain(said) == _plain(label)


def _plain(text: str) -> str:
    return " ".join(text.translate(_LIKE).casefold().split()).strip(" .\"'*`")


def occurs(quote: str, shown: Sequence[str]) -> bool:
    """Tell whether a quote occurs in one of the texts, or is all of one."""
    texts = [" ".join(text.translate(_LIKE).casefold().split()) for text in shown]
    parts = [_plain(part) for part in _GAP.split(quote)]
    parts = [part for part in parts if part]
    if not parts:
        return False
    if sum(map(len, parts)) < SHORTEST_QUOTE:
        return len(parts) == 1 and any(_plain(text) == parts[0] for text in texts)
    return any(all(part in text for part in parts) for text in texts)
