"""Wording: questions, hedges, apologies and the first person, per 100 words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.analysis.measuring import lexicons
from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import plain_words, prose, questions

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """One turn, read once."""

    prose: str
    said: str
    """Its words joined by blanks."""
    count: int


def _phrases(pattern: re.Pattern[str]) -> Callable[[_Read], int]:
    return lambda read: sum(1 for _ in pattern.finditer(read.said))


_COUNTED: dict[str, Callable[[_Read], int]] = {
    "questions": lambda read: questions(read.prose),
    "hedges": _phrases(lexicons.HEDGES),
    "apologies": _phrases(lexicons.APOLOGIES),
    "first_person": _phrases(lexicons.FIRST_PERSON),
    "first_person_plural": _phrases(lexicons.FIRST_PERSON_PLURAL),
}


def wording(transcript: Transcript, _params: Params) -> Iterator[Value]:
    """Yield matches per 100 words of each turn, and of all that a seat says put together."""
    totals: dict[str, list[_Read]] = {role: [] for role in transcript.roles}
    for turn in transcript.spoken:
        said = plain_words(turn.text or "")
        read = _Read(prose=prose(turn.text or ""), said=" ".join(said), count=len(said))
        totals.setdefault(turn.seat, []).append(read)
        for name, counted in _COUNTED.items():
            rate = 100 * counted(read) / read.count if read.count else None
            yield number(name, rate, "no word", at=turn)
    for role, reads in totals.items():
        count = sum(read.count for read in reads)
        for name, counted in _COUNTED.items():
            yield number(name, 100 * sum(map(counted, reads)) / count if count else None, "no word", seat=role)


MEASURE = Measure(
    id="wording",
    version=1,
    title="Questions, hedges, apologies and the first person",
    of=wording,
    variables=tuple(
        Variable(name=name, unit="turn", scale=f"{words} per 100 words", low=0, more_means=f"more {words}")
        for name, words in (
            ("questions", "questions"),
            ("hedges", "hedges"),
            ("apologies", "apologies"),
            ("first_person", "I, me, my"),
            ("first_person_plural", "we, us, our"),
        )
    ),
    params={"lexicon": lexicons.VERSION},
    minimum="one word",
    caveat="English word lists of our own. A seat's rate is over all its words, not the mean of its turns. Rhetorical "
    "questions count; a quoted apology counts.",
    fixture=Fixture(
        transcript=dyad("I think we might go. Shall we?", "Sorry, I'm not sure.", "Really?! Perhaps."),
        expected=(
            Value("questions", 100 / 7, "A", 1),
            Value("hedges", 200 / 7, "A", 1),
            Value("first_person_plural", 200 / 7, "A", 1),
            Value("hedges", 20.0, "B"),
            Value("apologies", 20.0, "B"),
            Value("first_person", 20.0, "B"),
            Value("questions", 200 / 9, "A"),
            Value("hedges", 300 / 9, "A"),
        ),
        source="By hand. Turn 1 has 7 words: one question; 'i think' and 'might'; 'we' twice. Turn 2 is read as sorry, "
        "i, am, not, sure: 5 words, one hedge (i am not sure). A in all: 9 words, 2 questions, 3 hedges.",
    ),
)
