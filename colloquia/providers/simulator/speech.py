"""What a fake model says: short sentences that nobody could take for a finding, drawn and never thought up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator import chances

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TOKEN = re.compile(r"\s*(?:\w+|[^\w\s])|\s+$")

SENTENCES = (
    "This sentence was drawn and not thought.",
    "A synthetic voice would rather wait for the evidence.",
    "Let us call that plausible, for the sake of the rehearsal.",
    "Nobody is speaking here, yet the turn is taken.",
    "On the one hand there is a placeholder; on the other hand there is another.",
    "The simulator agrees with you, as it does with most people.",
    "I would put it differently, if I were more than a list of lines.",
    "Could we come back to your second point?",
    "That is a fair question, and this is a fake answer.",
    "In Zürich, in São Paulo and in 東京 the simulated weather is fine.",
    "Let me repeat it for the transcript: nothing is at stake.",
    "A naïve reader might take this for an opinion — it is none.",
    "Perhaps the price is right; perhaps it is only written in a table.",
    "I have listened to every word and understood none of them.",
    "We seem to differ, which is what a rehearsal is for.",
    "For now I propose that we go on. 🙂",
)
REASONING = (
    "First, a thought that stands in for a thought.",
    "Then the opposite is considered, as a matter of form.",
    "The simulated evidence points both ways.",
    "It follows that something has to be said.",
)
MOST_SENTENCES = 4
REASONING_SENTENCES = {"minimal": 1, "low": 1, "medium": 3, "high": 6, "xhigh": 9, "max": 12}
"""By effort."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """What was counted."""

    prompt: int
    completion: int
    """Reasoning included."""
    reasoning: int = 0
    cached: int = 0
    """Of the prompt, read from the prompt cache."""
    written: int = 0
    """Of the prompt, written into it."""
    written_1h: int = 0
    """Of those written, such as are kept for an hour."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Speech:
    """What a fake model did; a fault may put anything in it."""

    content: Any
    tokens: Tokens
    finish_reason: str | None
    native_finish_reason: str | None
    reasoning: str | None = None
    refusal: str | None = None
    error: Mapping[str, Any] | None = None
    """An error beside the text."""
    beside: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the choice."""


def split(text: str) -> list[str]:
    """Return the tokens of a text, which joined are the text again."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """Return how many tokens a text has."""
    return sum(1 for _ in _TOKEN.finditer(text))


def sentences(draw: object, most_tokens: int, stops: Iterable[str] = ()) -> tuple[str, str]:
    """Return a text and why it ends: as drawn, cut at ``most_tokens``, or before one of ``stops``."""
    number = 1 + chances.whole(draw, "length") % MOST_SENTENCES
    drawn = [chances.pick(SENTENCES, draw, "sentence", position) for position in range(number)]
    text = " ".join([f"Simulated {chances.whole(draw, 'name') >> 32:08x}:", *drawn])
    for stop in stops:
        text = text.partition(stop)[0] if stop else text
    return cut(text, most_tokens)


def cut(text: str, most_tokens: int) -> tuple[str, str]:
    """Return what a model says of a text within its length, and why it ends."""
    tokens = split(text)
    return "".join(tokens[:most_tokens]), "length" if len(tokens) > most_tokens else "stop"


def thoughts(draw: object, effort: str, most_tokens: int) -> str:
    """Return hidden reasoning of a length that follows ``effort``."""
    number = REASONING_SENTENCES.get(effort, REASONING_SENTENCES["medium"])
    drawn = [chances.pick(REASONING, draw, "thought", position) for position in range(number)]
    return "".join(split(" ".join(drawn))[:most_tokens])
