"""Role adherence: whether a seat stays in its role, by rule and by judge.

A judge gives each turn 1 to 5 (construct ``adherence``) against the role card, without the name of the model.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.analysis.measuring import lexicons
from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript

CONSTRUCT = "adherence"
_BEFORE_NAME = r"(?:^[ \t]{0,4}|[.!?\"\u201d\u2026*)][ \t]{1,3})[*_]{0,3}"


def role_adherence(transcript: Transcript, _params: Params) -> Iterator[Value]:
    """Yield for each turn whether the model shows behind its role, whether it speaks for others, and the score."""
    named = {role: _line_of(role) for role in transcript.roles}
    labels = transcript.labels.get(CONSTRUCT, {})
    for turn in transcript.turns:
        text = None if turn.text is None else turn.text.replace("\u2019", "'").lower()
        broken = None if text is None else float(bool(lexicons.IDENTITY_BREAKS.search(text)))
        yield number("identity_break", broken, "the turn has no text", at=turn)
        others = (line for role, line in named.items() if role != turn.seat)
        spoken = None if text is None else float(any(line.search(text) for line in others))
        yield number("speaks_for_other", spoken, "the turn has no text", at=turn)
        if labels:
            yield number("adherence", _score(labels.get(turn.turn_id)), "the judge gave no score", at=turn)


def _line_of(role: str) -> re.Pattern[str]:
    """Return the pattern of words that are given to a role: ``Tenant: ...`` on a new line or after a sentence."""
    return re.compile(rf"{_BEFORE_NAME}{re.escape(role.lower())}[*_]{{0,3}}:", re.MULTILINE)


def _score(label: str | None) -> float | None:
    return float(label) if label in {"1", "2", "3", "4", "5"} else None


MEASURE = Measure(
    id="role_adherence",
    version=1,
    title="Role adherence and identity breaks",
    of=role_adherence,
    reads=("judge",),
    variables=(
        Variable(
            name="identity_break",
            unit="turn",
            scale="1 where the model shows",
            low=0,
            high=1,
            more_means="falls out of its role",
            aggregation="mean",
        ),
        Variable(
            name="speaks_for_other",
            unit="turn",
            scale="1 where it gives words to another role",
            low=0,
            high=1,
            more_means="speaks for others",
            aggregation="mean",
        ),
        Variable(
            name="adherence",
            needs="judge",
            unit="turn",
            scale="a judge's score",
            low=1,
            high=5,
            more_means="stays in its role",
            aggregation="mean",
        ),
    ),
    params={"lexicon": lexicons.VERSION},
    minimum="one turn with a text",
    caveat="The rule knows phrases: a role that is an assistant, or talk about a vendor, sets it off. How much a "
    "persona varies between runs is the floor of noise.",
    fixture=Fixture(
        transcript=replace(
            dyad(
                "As an AI language model, I have no rent to pay.",
                "Eight per cent.\nLandlord: Then it is agreed.",
                "I\u2019m just a chatbot.",
                'Fair enough." **Landlord:** "Good.',
                roles=("Landlord", "Tenant"),
            ),
            labels={CONSTRUCT: {1: "1", 2: "4", 3: "cannot tell", 4: "5"}},
        ),
        expected=(
            Value("identity_break", 1.0, "Landlord"),
            Value("identity_break", 0.0, "Tenant"),
            Value("speaks_for_other", 1.0, "Tenant"),
            Value("speaks_for_other", 0.0, "Landlord"),
            Value("adherence", 4.5, "Tenant"),
            Value("adherence", 1.0, "Landlord"),
        ),
        source="By hand.",
    ),
)
