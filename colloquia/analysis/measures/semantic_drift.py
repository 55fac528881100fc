"""Semantic drift: how far what is said moves away from the task, and from how the talk began."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.embedding import GivenVectors
from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.series import TOO_FEW, area, slope
from colloquia.analysis.measuring.transcript import Seat, dyad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.series import Point
    from colloquia.analysis.measuring.transcript import Said, Transcript


def semantic_drift(transcript: Transcript, _params: Params) -> Iterator[Value]:
    """Yield each turn's distance from its speaker's prompt and from turn 1, with area and slope of each seat."""
    spoken = transcript.spoken
    first = spoken[0] if spoken else None
    for seat in transcript.seats:
        turns = transcript.of(seat.role)
        missing = None if seat.prompt and seat.prompt.strip() else "the seat has no prompt"
        yield from _distances("from_task", transcript, turns, seat.prompt, missing)
        rest = [turn for turn in turns if turn is not first]
        yield from _distances("from_start", transcript, rest, first.text if first else None, None)


def _distances(
    name: str, transcript: Transcript, turns: list[Said], origin: str | None, missing: str | None
) -> Iterator[Value]:
    points: list[Point] = []
    role = turns[0].seat if turns else ""
    for turn in turns:
        found = None if missing else _distance(transcript, turn.text or "", origin or "")
        if found is not None:
            points.append((float(turn.turn_id), found))
        reason = missing or "a text without a word"
        yield number(name, found, reason, at=turn)
    if role:
        yield number(f"{name}_area", area(points), missing or "an area needs two turns", seat=role)
        yield number(f"{name}_slope", slope(points), missing or TOO_FEW, seat=role)


def _distance(transcript: Transcript, text: str, origin: str) -> float | None:
    alike = transcript.embedding.similarity(text, origin) if transcript.embedding else None
    return None if alike is None else 1 - alike


def _variables(name: str, what: str) -> tuple[Variable, ...]:
    far = f"further from {what}"
    return (
        Variable(
            name=name, unit="turn", scale=f"1 - cosine with {what}", low=0, high=2, more_means=far, aggregation="mean"
        ),
        Variable(
            name=f"{name}_area",
            unit="seat",
            scale=f"mean distance from {what} over the talk",
            low=0,
            high=2,
            more_means=far,
        ),
        Variable(
            name=f"{name}_slope",
            unit="seat",
            scale=f"change of the distance from {what} per turn",
            more_means="moves away",
        ),
    )


MEASURE = Measure(
    id="semantic_drift",
    version=1,
    title="Semantic drift",
    of=semantic_drift,
    needs="embedding",
    reads=("embedding", "prompts"),
    variables=(*_variables("from_task", "the prompt"), *_variables("from_start", "turn 1")),
    minimum="one turn with a word; three of a seat for its slope",
    caveat="The embedding is part of the measure: never mix two. A prompt is an instruction and no talk, so the "
    "distance from it begins high; its slope says more than its level.",
    fixture=Fixture(
        transcript=replace(
            dyad("p", "p", "q", "p", "r"),
            seats=(Seat(role="A", prompt="p"), Seat(role="B")),
            embedding=GivenVectors({"p": (1.0, 0.0), "q": (0.8, 0.6), "r": (0.0, 1.0)}),
        ),
        expected=(
            Value("from_task", 0.0, "A", 1),
            Value("from_task", 0.2, "A", 3),
            Value("from_task", 1.0, "A", 5),
            Value("from_task_area", 0.35, "A"),
            Value("from_task_slope", 0.25, "A"),
            Value("from_start", 0.6, "A"),
            Value("from_task", seat="B", turn_id=2, reason="the seat has no prompt"),
            Value("from_start", 0.0, "B"),
        ),
        source="By hand: cosines 1, .8, 0; area (2 x .1 + 2 x .6) / 4; slope (2 x 1 - 2 x 0) / 8; mean "
        "of .2 and 1 from turn 1.",
    ),
)
