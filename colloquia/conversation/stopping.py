"""Rules that end a conversation, or only note that they would have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.transcript import Turn


class Rule(Protocol):
    """A rule looks at the turns so far and says whether the last one ends the conversation."""

    @property
    def reason(self) -> str:
        """The word that stands in ``ended_by``."""

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last of ``turns`` meets the rule."""

    def identity(self) -> dict[str, str | None]:
        """Return what stands for the rule in the identity of a conversation."""


@dataclass(frozen=True, kw_only=True)
class PhraseRule:
    """Met when a turn holds a phrase, letter by letter."""

    phrase: str
    by: str = "anyone"
    """The role that must say it, or ``anyone``."""

    reason = "phrase"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last turn holds the phrase and comes from the right role."""
        last = turns[-1]
        return self.by in ("anyone", last.role) and self.phrase in (last.content or "")

    def identity(self) -> dict[str, str | None]:
        """Return the phrase and its speaker."""
        return {"rule": self.reason, "phrase": self.phrase, "by": self.by}


@dataclass(frozen=True, kw_only=True)
class RefusalRule:
    """Met when a turn is a safety refusal."""

    reason = "refusal"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last turn is a refusal."""
        return turns[-1].is_refusal

    def identity(self) -> dict[str, str | None]:
        """Return the name of the rule."""
        return {"rule": self.reason}


@dataclass(frozen=True, kw_only=True)
class DealRule:
    """Met when a move accepts an offer."""

    reason = "deal"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last move is an acceptance."""
        return turns[-1].move == "accept"

    def identity(self) -> dict[str, str | None]:
        """Return the name of the rule."""
        return {"rule": self.reason}


_FAREWELL = re.compile(
    r"\b(?:good-?bye|bye(?:-bye)?|farewell|take care|see you(?: later| soon| around| next time| then)?|so long"
    r"|until (?:next time|we meet again)|have a (?:great|good|nice|lovely|wonderful|pleasant|safe) "
    r"(?:day|one|evening|night|weekend|trip|journey|time)|good night|all the best|best of luck)\b",
    re.IGNORECASE,
)
_SHINGLE_WORDS = 5
LOOP_TURNS = 3
"""So many turns in a row that repeat make a loop."""
LOOP_REACH = 6
"""A turn is compared with so many before it."""
LOOP_SIMILARITY = 0.9


@dataclass(frozen=True, kw_only=True)
class GoodbyeRule:
    """Met when every seat has said goodbye in its last turn, one after the other."""

    seats: int

    reason = "goodbye"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last turns, one of each seat, all say goodbye."""
        last = turns[-self.seats :]
        return len({turn.role for turn in last}) == self.seats and all(says_goodbye(turn.content) for turn in last)

    def identity(self) -> dict[str, str | None]:
        """Return the name of the rule."""
        return {"rule": self.reason}


@dataclass(frozen=True, kw_only=True)
class LoopRule:
    """Met when three turns in a row each nearly repeat one of the six turns before them."""

    reason = "loop"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last three turns repeat earlier ones."""
        places = range(len(turns) - LOOP_TURNS, len(turns))
        return places[0] > 0 and all(_repeats(turns, place) for place in places)

    def identity(self) -> dict[str, str | None]:
        """Return the name of the rule."""
        return {"rule": self.reason}


@dataclass(frozen=True, kw_only=True)
class TruncatedRule:
    """Met when a turn was cut at its length."""

    reason = "truncated"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last turn was cut."""
        return turns[-1].reply.finish_reason == "length"

    def identity(self) -> dict[str, str | None]:
        """Return the name of the rule."""
        return {"rule": self.reason}


@dataclass(frozen=True, kw_only=True)
class ExitRule:
    """Met when a seat takes the way out that its prompt offers, by saying a text letter by letter."""

    text: str

    reason = "exit"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the last turn holds the text."""
        return self.text in (turns[-1].content or "")

    def identity(self) -> dict[str, str | None]:
        """Return the text."""
        return {"rule": self.reason, "text": self.text}


@dataclass(frozen=True, kw_only=True)
class TokensRule:
    """Met when all replies together have so many tokens; a turn whose tokens are unknown counts as none."""

    most: int

    reason = "tokens"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the tokens are used up."""
        return sum(turn.reply.usage.output_tokens or 0 for turn in turns) >= self.most

    def identity(self) -> dict[str, str | None]:
        """Return how many there are."""
        return {"rule": self.reason, "most": str(self.most)}


@dataclass(frozen=True, kw_only=True)
class SecondsRule:
    """Met when all replies together took so many seconds; a turn whose latency is unknown counts as none."""

    most: float

    reason = "seconds"

    def is_met(self, turns: Sequence[Turn]) -> bool:
        """Tell whether the time is used up."""
        return sum(turn.reply.latency_ms or 0.0 for turn in turns) >= self.most * 1000

    def identity(self) -> dict[str, str | None]:
        """Return how many there are."""
        return {"rule": self.reason, "most": str(self.most)}


def says_goodbye(text: str | None) -> bool:
    """Tell whether a text says goodbye, in English."""
    return bool(_FAREWELL.search((text or "").replace("\u2019", "'")))


def similarity(text: str | None, other: str | None) -> float:
    """Return the Jaccard similarity of two texts' 5-word shingles, 0 to 1; of shorter texts, of all their words."""
    ours, theirs = _shingles(text), _shingles(other)
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 1.0


def _repeats(turns: Sequence[Turn], place: int) -> bool:
    before = turns[max(place - LOOP_REACH, 0) : place]
    return any(similarity(turns[place].content, turn.content) >= LOOP_SIMILARITY for turn in before)


def _shingles(text: str | None) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", (text or "").lower())
    size = min(_SHINGLE_WORDS, len(words))
    return (
        frozenset(tuple(words[start : start + size]) for start in range(len(words) - size + 1))
        if words
        else frozenset()
    )


def first_met(rules: Sequence[Rule], turns: Sequence[Turn]) -> str | None:
    """Return the reason of the first rule that the last turn meets, or None."""
    return next((rule.reason for rule in rules if rule.is_met(turns)), None)
