"""Shouting: a measure of one's own, in one file; `colloquia measure shouting.py:SHOUTING` computes it."""

from collections.abc import Iterator

from colloquia.analysis.measuring.measure import Fixture, Measure, Params, Value, Variable, number
from colloquia.analysis.measuring.transcript import Transcript, dyad


def shouting(transcript: Transcript, params: Params) -> Iterator[Value]:
    """Yield the share of capitals among the letters of each turn."""
    for turn in transcript.turns:
        letters = [sign for sign in turn.text or "" if sign.isalpha()]
        enough = len(letters) >= params["fewest_letters"]
        share = sum(sign.isupper() for sign in letters) / len(letters) if enough else None
        yield number("capitals", share, "too few letters", at=turn)


SHOUTING = Measure(
    id="shouting",
    version=1,
    title="Shouting",
    of=shouting,
    variables=(
        Variable(name="capitals", unit="turn", scale="share of letters", more_means="shouts", aggregation="mean"),
    ),
    params={"fewest_letters": 1},
    minimum="one letter",
    caveat="Abbreviations are capitals too.",
    fixture=Fixture(
        transcript=dyad("NO no", "42"),
        expected=(Value("capitals", 0.5, "A"), Value("capitals", seat="B", reason="too few letters")),
        source="By hand: 2 of 4 letters.",
    ),
)
