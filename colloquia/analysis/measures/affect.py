"""Affect: how positive each turn sounds (VADER), and whether that rises or falls."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.series import TOO_FEW, slope
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import words
from colloquia.errors import SettingsError
from colloquia.extras import install

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.series import Point
    from colloquia.analysis.measuring.transcript import Transcript


def affect(transcript: Transcript, params: Params) -> Iterator[Value]:
    """Yield VADER's compound score of each turn, and its slope over the turns of each seat."""
    points: dict[str, list[Point]] = {role: [] for role in transcript.roles}
    for turn in transcript.spoken:
        if not words(turn.text or ""):
            yield number("compound", None, "no word", at=turn)
            continue
        score = compound((turn.text or "")[: int(params["characters"])])
        points.setdefault(turn.seat, []).append((float(turn.turn_id), score))
        yield number("compound", score, "", at=turn)
    for role, of_seat in points.items():
        yield number("compound_slope", slope(of_seat), TOO_FEW, seat=role)


def compound(text: str) -> float:
    """Return VADER's compound score of a text."""
    return float(_vader().polarity_scores(text)["compound"])


@cache
def _vader() -> Any:  # noqa: ANN401 (an untyped package)
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError as error:
        raise SettingsError(f"affect needs vaderSentiment: {install('vaderSentiment')}") from error
    return SentimentIntensityAnalyzer()


MEASURE = Measure(
    id="affect",
    version=1,
    title="Affect (VADER)",
    of=affect,
    variables=(
        Variable(
            name="compound",
            unit="turn",
            scale="VADER compound",
            low=-1,
            high=1,
            more_means="more positive",
            aggregation="mean",
        ),
        Variable(name="compound_slope", unit="seat", scale="change of compound per turn", more_means="turns positive"),
    ),
    params={"characters": 20_000},
    minimum="one word; three turns of a seat for its slope",
    caveat="English, made for short posts: long, polite turns pile up near 1. Validate it against 100 turns coded by "
    "people before a claim rests on it. Of a longer turn the first 20,000 characters are read.",
    fixture=Fixture(
        transcript=dyad(
            "VADER is smart, handsome, and funny.",
            "Today SUX!",
            "VADER is smart, handsome, and funny!",
            None,
            "At most.",
        ),
        expected=(
            Value("compound", 0.8316, "A", 1),
            Value("compound", -0.5461, "B", 2),
            Value("compound", 0.8439, "A", 3),
            Value("compound", 0.0, "A", 5),
            Value("compound_slope", -0.2079, "A"),
        ),
        source="The examples of VADER's own documentation (Hutto and Gilbert 2014), also printed by "
        "benchmarks/references/affect.py; slope (0 - .8316) / 4 = -.2079.",
    ),
)
