"""Convergence: how alike a turn is to the one it answers, beyond what topic and models would give anyway.

The baseline pairs the speaker with partners of other conversations of the same cell, at the same turns. What is left
is owed to having heard this very partner. At most 20 of them, drawn by a seed; all where there are no more.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from statistics import fmean
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.embedding import GivenVectors
from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.series import TOO_FEW, slope
from colloquia.analysis.measuring.transcript import Texts, dyad

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Said, Transcript

Partner = dict[int, tuple[str, str]]
"""Seat and text of each turn of another conversation."""


def convergence(transcript: Transcript, params: Params) -> Iterator[Value]:
    """Yield the cosine of each reply with what it answers, and its difference from re-paired partners."""
    partners = drawn(transcript, draws=int(params["draws"]), seed=int(params["seed"]))
    points: dict[str, list[tuple[float, float]]] = {role: [] for role in transcript.roles}
    for before, turn in transcript.replies:
        real = _alike(transcript, turn.text, before.text)
        yield number("similarity", real, "a text without a word", at=turn)
        baseline = _baseline(transcript, before, turn, partners)
        beyond = None if real is None or baseline is None else real - baseline
        reason = "a text without a word" if real is None else "no other conversation of the cell has that turn"
        yield number("convergence", beyond, reason, at=turn)
        if beyond is not None:
            points.setdefault(turn.seat, []).append((float(turn.turn_id), beyond))
    for role, of_seat in points.items():
        yield number("convergence_slope", slope(of_seat), TOO_FEW, seat=role)


def drawn(transcript: Transcript, *, draws: int, seed: int) -> list[Partner]:
    """Return the conversations to re-pair with: at most ``draws`` of the cell, by a draw that any order gives alike."""
    own = transcript.texts.digest

    def lot(texts: Texts) -> bytes:
        return sha256(f"{seed} {own} {texts.digest}".encode()).digest()

    others = sorted((*transcript.earlier, *transcript.later), key=lot)[:draws]
    return [{turn_id: (seat, text) for turn_id, seat, text in texts.turns if text is not None} for texts in others]


def _baseline(
    transcript: Transcript, before: Said, turn: Said, partners: Sequence[Mapping[int, tuple[str, str]]]
) -> float | None:
    heard = (partner.get(before.turn_id) for partner in partners)
    alike = [
        _alike(transcript, turn.text, other[1]) for other in heard if other is not None and other[0] == before.seat
    ]
    known = [value for value in alike if value is not None]
    return fmean(known) if known else None


def _alike(transcript: Transcript, one: str | None, other: str | None) -> float | None:
    return transcript.embedding.similarity(one or "", other or "") if transcript.embedding else None


MEASURE = Measure(
    id="convergence",
    version=1,
    title="Convergence beyond the re-paired baseline",
    of=convergence,
    needs="embedding",
    reads=("embedding", "cell"),
    variables=(
        Variable(
            name="similarity",
            unit="turn",
            scale="cosine with the turn before",
            low=-1,
            high=1,
            more_means="more alike",
            aggregation="mean",
        ),
        Variable(
            name="convergence",
            unit="turn",
            scale="cosine minus the mean of re-paired partners",
            low=-2,
            high=2,
            more_means="answers this partner",
            aggregation="mean",
        ),
        Variable(
            name="convergence_slope",
            unit="seat",
            scale="change of the difference per turn",
            more_means="grows towards the partner",
        ),
    ),
    params={"draws": 20, "seed": 1},
    minimum="one reply, and another conversation of the same cell; three replies of a seat for the slope",
    caveat="The raw cosine is mostly topic: only the difference is the measure. The embedding is part of it; a cell "
    "that grows gives new values.",
    fixture=Fixture(
        transcript=replace(
            dyad("p", "q"),
            earlier=(Texts(turns=((1, "A", "r"), (2, "B", "q"))),),
            later=(Texts(turns=((1, "A", "q"), (2, "B", "p"))),),
            embedding=GivenVectors({"p": (1.0, 0.0), "q": (0.8, 0.6), "r": (0.0, 1.0)}),
        ),
        expected=(
            Value("similarity", 0.8, "B"),
            Value("convergence", 0.0, "B", 2),
            Value("convergence", seat="A", reason="no turn of the seat has a number"),
        ),
        source="By hand: cos(q, p) = .8; re-paired cos(q, r) = .6 and cos(q, q) = 1, mean .8; .8 - .8 = 0.",
    ),
)
