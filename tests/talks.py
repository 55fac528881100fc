"""What the tests of measures share: conversations made in a line, and values picked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.measuring.registry import built_in
from colloquia.analysis.measuring.transcript import Said, Seat, Transcript

if TYPE_CHECKING:
    from colloquia.analysis.measuring.measure import Value


def talk(*lines: str) -> Transcript:
    """Return a conversation of lines such as ``A: Hello.``; seats stand in the order in which they speak first."""
    said = [line.partition(": ")[::2] for line in lines]
    return Transcript(
        seats=tuple(Seat(role=role) for role in dict.fromkeys(role for role, _ in said)),
        turns=tuple(Said(turn_id=number, seat=role, text=text) for number, (role, text) in enumerate(said, start=1)),
    )


def values(measure: str, transcript: Transcript) -> dict[tuple[str, str | None, int | None], Value]:
    """Return what a measure says, by variable, seat and turn."""
    return {(each.variable, each.seat, each.turn_id): each for each in built_in()[measure].values(transcript)}


def of(
    measure: str, variable: str, transcript: Transcript, seat: str | None = None, turn: int | None = None
) -> float | str:
    """Return one value, or the reason why there is none."""
    found = values(measure, transcript)[variable, seat, turn]
    return found.value if found.reason is None else found.reason
