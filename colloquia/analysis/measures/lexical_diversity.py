"""Lexical diversity: how many different words a seat uses, whatever the length (MATTR, MTLD)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import joined, prose, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript


def lexical_diversity(transcript: Transcript, params: Params) -> Iterator[Value]:
    """Yield MATTR and MTLD of all that each seat says, its turns put together, without markup and code."""
    window, fewest = int(params["window"]), int(params["fewest_words"])
    too_short = f"fewer than {fewest} words"
    for role in transcript.roles:
        said = words(prose(joined(turn.text for turn in transcript.of(role))))
        enough = len(said) >= max(fewest, window)
        yield number("mattr", mattr(said, window) if enough else None, too_short, seat=role)
        yield number("mtld", mtld(said, params["threshold"]) if enough else None, too_short, seat=role)


def mattr(said: Sequence[str], window: int) -> float:
    """Return the mean share of different words over all windows of ``window`` words."""
    counts = Counter(said[:window])
    types = len(counts)
    total, windows = types, 1
    for leaving, coming in zip(said, said[window:], strict=False):
        counts[leaving] -= 1
        types -= counts[leaving] == 0
        types += counts[coming] == 0
        counts[coming] += 1
        total += types
        windows += 1
    return total / (windows * window)


def mtld(said: Sequence[str], threshold: float) -> float:
    """Return the mean length of the runs whose share of different words stays above ``threshold``, both ways."""
    return (_one_way(said, threshold) + _one_way(said[::-1], threshold)) / 2


def _one_way(said: Sequence[str], threshold: float) -> float:
    factors, length, ratio = 0.0, 0, 1.0
    types: set[str] = set()
    for word in said:
        length += 1
        types.add(word)
        ratio = len(types) / length
        if ratio <= threshold:
            factors, length = factors + 1, 0
            types.clear()
    if length:
        factors += (1 - ratio) / (1 - threshold)
    return len(said) / factors if factors else float(len(said))


_TEXT = (
    "the old man walked to the river and the river was high so the man sat down by the river and looked at the water "
    "for a long time before he said to the boy that the water would not go down before the end of the week and that "
    "the boat would have to wait"
)

MEASURE = Measure(
    id="lexical_diversity",
    version=1,
    title="Lexical diversity",
    of=lexical_diversity,
    variables=(
        Variable(
            name="mattr", unit="seat", scale="share of different words in 50", low=0, high=1, more_means="more varied"
        ),
        Variable(name="mtld", unit="seat", scale="words", low=1, more_means="more varied"),
    ),
    params={"window": 50, "threshold": 0.72, "fewest_words": 50},
    minimum="50 words of one seat, all its turns together",
    caveat="Code and markdown are left out. MTLD is unsteady below about 100 words; inflected forms are other words.",
    fixture=Fixture(
        transcript=dyad(_TEXT, "short"),
        expected=(
            Value("mattr", 0.622857, "A"),
            Value("mtld", 28.0, "A"),
            Value("mattr", seat="B", reason="fewer than 50 words"),
        ),
        source="lexicalrichness 0.5.1, see benchmarks/references/lexical_diversity.py.",
    ),
)
