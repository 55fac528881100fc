"""Talk share: who says how much, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript

_SILENCE = "nobody said a word"


def talk_share(transcript: Transcript, _params: Params) -> Iterator[Value]:
    """Yield each seat's share of all words, how uneven they are, and how much was cut at its length."""
    counts = [sum(len(words(turn.text or "")) for turn in transcript.of(role)) for role in transcript.roles]
    total = sum(counts)
    for role, count in zip(transcript.roles, counts, strict=True):
        yield number("talk_share", count / total if total else None, _SILENCE, seat=role)
        cut = [turn.is_truncated for turn in transcript.turns if turn.seat == role]
        yield number("cut_share", sum(cut) / len(cut) if cut else None, "the seat had no turn", seat=role)
    asymmetry = abs(2 * counts[0] / total - 1) if total and len(counts) == 2 else None  # noqa: PLR2004 (a dyad)
    yield number("talk_asymmetry", asymmetry, _SILENCE if not total else "only two seats have an asymmetry")
    yield number("talk_gini", gini(counts), _SILENCE if not total else "one seat alone has nobody to differ from")


def gini(counts: Sequence[int]) -> float | None:
    """Return the Gini coefficient: the mean absolute difference of all pairs, divided by twice the mean."""
    total = sum(counts)
    if not total or len(counts) == 1:
        return None
    return sum(abs(one - other) for one in counts for other in counts) / (2 * len(counts) * total)


MEASURE = Measure(
    id="talk_share",
    version=1,
    title="Talk share and dominance",
    of=talk_share,
    reads=("flags",),
    variables=(
        Variable(name="talk_share", unit="seat", scale="share of all words", low=0, high=1, more_means="says more"),
        Variable(
            name="cut_share", unit="seat", scale="share of turns", low=0, high=1, more_means="cut at max_tokens oftener"
        ),
        Variable(
            name="talk_asymmetry",
            unit="conversation",
            scale="abs(2 share - 1)",
            low=0,
            high=1,
            more_means="more one-sided",
        ),
        Variable(
            name="talk_gini", unit="conversation", scale="Gini coefficient", low=0, high=1, more_means="more uneven"
        ),
    ),
    minimum="one word",
    caveat="max_tokens and a model's wordiness cap it: read cut_share beside it. Gini reaches 1 - 1/seats at most.",
    fixture=Fixture(
        transcript=dyad("one two three four five six", "one two", None, "three four"),
        expected=(
            Value("talk_share", 0.6, "A"),
            Value("talk_share", 0.4, "B"),
            Value("talk_asymmetry", 0.2),
            Value("talk_gini", 0.1),
            Value("cut_share", 0.0, "A"),
        ),
        source="By hand: A 6 and B 4 of 10 words; abs(2 x .6 - 1) = .2; Gini = 2 x abs(6 - 4) / (2 x 2 x 10) = .1.",
    ),
)
