"""Private stance: how far a seat's private answers move, and whether towards its partner's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import Answer, dyad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript

Ends = tuple[float, float]
"""First and last answer."""


def private_stance(transcript: Transcript, _params: Params) -> Iterator[Value]:
    """Yield change and pull of each seat, and how the distance between two seats changed; the mean over probes."""
    probes = sorted({answer.probe for answer in transcript.answers})
    found = {(probe, role): ends(transcript, probe, role) for probe in probes for role in transcript.roles}
    for role in transcript.roles:
        own = [pair for probe in probes if (pair := found[probe, role])]
        yield _mean("stance_change", [last - first for first, last in own], "no two answers of the seat", role)
        pulls = [
            (last - first) / (other[0] - first)
            for probe in probes
            if (pair := found[probe, role])
            for first, last in [pair]
            if (other := _other(found, transcript, probe, role)) and other[0] != first
        ]
        yield _mean("stance_pull", pulls, "no partner whose first answer differs", role)
    gaps = [
        abs(one[1] - other[1]) - abs(one[0] - other[0])
        for probe in probes
        if len(transcript.roles) == 2  # noqa: PLR2004 (a dyad)
        and (one := found[probe, transcript.roles[0]])
        and (other := found[probe, transcript.roles[1]])
    ]
    yield _mean("polarisation", gaps, "not two seats with two answers each", None)


def ends(transcript: Transcript, probe: str, role: str) -> Ends | None:
    """Return a seat's first and last readable answer; None where there are not two."""
    given = sorted(
        (answer.after_turn, answer.value)
        for answer in transcript.answers
        if answer.probe == probe and answer.seat == role and answer.value is not None
    )
    return (given[0][1], given[-1][1]) if len(given) > 1 else None


def _other(found: dict[tuple[str, str], Ends | None], transcript: Transcript, probe: str, role: str) -> Ends | None:
    others = [other for other in transcript.roles if other != role]
    return found[probe, others[0]] if len(others) == 1 else None


def _mean(name: str, values: list[float], reason: str, seat: str | None) -> Value:
    return number(name, sum(values) / len(values) if values else None, reason, seat=seat)


MEASURE = Measure(
    id="private_stance",
    version=1,
    title="Stance by private probe",
    of=private_stance,
    needs="probe",
    reads=("probe",),
    variables=(
        Variable(
            name="stance_change", unit="seat", scale="points of the probe's scale", more_means="moved up the scale"
        ),
        Variable(
            name="stance_pull", unit="seat", scale="share of the first gap", more_means="moved towards the partner"
        ),
        Variable(
            name="polarisation", unit="conversation", scale="points of the probe's scale", more_means="moved apart"
        ),
    ),
    minimum="two readable answers of a seat",
    caveat="Extreme first answers drift to the middle by themselves: adjust for the first answer, compare with a "
    "control arm. A probe that is shown may change what it asks about.",
    fixture=Fixture(
        transcript=replace(
            dyad("x", "y"),
            answers=tuple(
                Answer(probe="belief", seat=seat, after_turn=after, value=value)
                for seat, after, value in (
                    ("A", 0, 20.0),
                    ("A", 2, 35.0),
                    ("B", 0, 80.0),
                    ("B", 1, None),
                    ("B", 2, 74.0),
                )
            ),
        ),
        expected=(
            Value("stance_change", 15, "A"),
            Value("stance_pull", 0.25, "A"),
            Value("stance_change", -6, "B"),
            Value("stance_pull", 0.1, "B"),
            Value("polarisation", -21),
        ),
        source="By hand: 15 of a gap of 60; -6 of -60; abs(35 - 74) - abs(20 - 80) = 39 - 60.",
    ),
)
