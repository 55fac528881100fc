"""Loops: from which turn on a conversation repeats itself, and how often it comes back to the same words."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import ngrams, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript

Shingles = frozenset[tuple[str, ...]]


def loops(transcript: Transcript, params: Params) -> Iterator[Value]:
    """Yield the first turn of a loop at two thresholds, whether there is one, and the recurrence rate."""
    turns = transcript.spoken
    said = [shingles(turn.text or "", int(params["shingle"])) for turn in turns]
    nearest = [
        max((jaccard(said[place], other) for other in said[max(0, place - int(params["back"])) : place]), default=0.0)
        for place in range(len(said))
    ]
    for name, threshold in (("90", params["high"]), ("80", params["low"])):
        onset = first_run([value >= threshold for value in nearest], int(params["run"]))
        known = len(turns) > int(params["run"])
        looped = float(onset is not None) if known else None
        yield number(f"looped_{name}", looped, "too few turns to see a loop")
        reason = f"no loop in {len(turns)} turns (censored)" if known else "too few turns to see a loop"
        yield number(f"onset_{name}", None if onset is None else turns[onset].turn_id, reason)
    pairs = [jaccard(one, other) >= params["recurrent"] for one, other in combinations(said, 2)]
    yield number("recurrence", sum(pairs) / len(pairs) if pairs else None, "fewer than two turns")


def shingles(text: str, size: int) -> Shingles:
    """Return the runs of ``size`` words in a text; all its words as one run where it has fewer."""
    said = words(text)
    return frozenset(ngrams(said, size) if len(said) >= size else [said] if said else [])


def jaccard(one: AbstractSet[object], other: AbstractSet[object]) -> float:
    """Return the share of what either has that both have; 0 where both are empty."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def first_run(flags: Sequence[bool], length: int) -> int | None:
    """Return the place of the first of ``length`` true flags in a row."""
    return next((place for place in range(len(flags) - length + 1) if all(flags[place : place + length])), None)


def _onset(name: str, threshold: str) -> tuple[Variable, Variable]:
    return (
        Variable(
            name=f"onset_{name}",
            unit="conversation",
            scale=f"turn at which it begins, likeness {threshold}",
            low=2,
            more_means="loops later",
        ),
        Variable(
            name=f"looped_{name}",
            unit="conversation",
            scale=f"1 where it loops, likeness {threshold}",
            low=0,
            high=1,
            more_means="loops",
        ),
    )


MEASURE = Measure(
    id="loops",
    version=1,
    title="Loop onset and recurrence",
    of=loops,
    variables=(
        *_onset("90", ".9"),
        *_onset("80", ".8"),
        Variable(
            name="recurrence",
            unit="conversation",
            scale="share of pairs of turns with likeness .5",
            low=0,
            high=1,
            more_means="comes back to the same words",
        ),
    ),
    params={"shingle": 5, "back": 6, "run": 3, "high": 0.9, "low": 0.8, "recurrent": 0.5},
    minimum="4 turns; 2 for recurrence",
    caveat="The threshold decides: read both. A conversation without a loop is censored at its end: use survival, "
    "never the mean of the onsets alone. Paraphrased loops are not seen.",
    fixture=Fixture(
        transcript=dyad("one two three four five six", "hello", *["yes that is quite true"] * 4, "bye"),
        expected=(
            Value("onset_90", 4),
            Value("looped_90", 1),
            Value("onset_80", 4),
            Value("recurrence", 6 / 21),
        ),
        source="By hand: turns 3 to 6 are the same, so 4, 5 and 6 each have an equal before them; 6 of the 21 pairs.",
    ),
)
