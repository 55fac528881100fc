"""Self-repetition and uptake: how much of a turn was said before, by the same seat or by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import ngrams, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript

Ngram = tuple[str, ...]
_NOBODY: frozenset[str] = frozenset()


def self_repetition(transcript: Transcript, params: Params) -> Iterator[Value]:
    """Yield which share of each turn's runs of words stands in an earlier turn; a seat's first turn repeats nothing."""
    size = int(params["words"])
    users: dict[Ngram, set[str]] = {}
    opening: dict[str, set[Ngram]] = {}
    for turn in transcript.spoken:
        said = ngrams(words(turn.text or ""), size)
        by_self = [turn.seat in users.get(run, ()) for run in said]
        by_others = [not users.get(run, _NOBODY) <= {turn.seat} for run in said]
        first = opening.get(turn.seat)
        net = [is_known and run not in (first or ()) for run, is_known in zip(said, by_self, strict=True)]
        reason = f"fewer than {size} words" if not said else "the first turn of the seat"
        yield number("self_repetition", _share(by_self) if first is not None else None, reason, at=turn)
        yield number("self_repetition_net", _share(net) if first is not None else None, reason, at=turn)
        reason = f"fewer than {size} words" if not said else "nobody else has said anything yet"
        yield number("uptake", _share(by_others) if opening.keys() - {turn.seat} else None, reason, at=turn)
        opening.setdefault(turn.seat, set(said))
        for run in said:
            users.setdefault(run, set()).add(turn.seat)


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


_SCALE = "share of the turn's runs of 4 words"

MEASURE = Measure(
    id="self_repetition",
    version=1,
    title="Self-repetition and uptake",
    of=self_repetition,
    variables=(
        Variable(
            name="self_repetition",
            unit="turn",
            scale=_SCALE,
            low=0,
            high=1,
            more_means="repeats itself more",
            aggregation="mean",
        ),
        Variable(
            name="self_repetition_net",
            unit="turn",
            scale=f"{_SCALE}, those of the seat's first turn not counted",
            low=0,
            high=1,
            more_means="repeats itself more",
            aggregation="mean",
        ),
        Variable(
            name="uptake",
            unit="turn",
            scale=_SCALE,
            low=0,
            high=1,
            more_means="takes over more of the others' words",
            aggregation="mean",
        ),
    ),
    params={"words": 4},
    minimum="two turns of a seat with 4 words each",
    caveat="Quotes and formulae of a role inflate it: self_repetition_net leaves out what the seat said in its first "
    "turn, and so also misses a loop of that very turn.",
    fixture=Fixture(
        transcript=dyad("a b c d e", "b c d e f", "x a b c d", "no no no no", "a b c d x a b c d"),
        expected=(
            Value("self_repetition", seat="A", turn_id=1, reason="the first turn of the seat"),
            Value("uptake", 0.5, "B", 2),
            Value("self_repetition", 0.5, "A", 3),
            Value("self_repetition_net", 0.0, "A", 3),
            Value("self_repetition", 0.5, "A", 5),
            Value("self_repetition_net", 1 / 6, "A", 5),
            Value("self_repetition", 0.5, "A"),
            Value("uptake", 0.25, "B"),
        ),
        source="By hand. Turn 2: of bcde and cdef the partner said the first. Turn 3: of xabc and abcd A said the "
        "second, in its first turn. Turn 5: abcd, bcdx, cdxa, dxab, xabc, abcd: three were said before (abcd twice, "
        "in turn 1; xabc in turn 3). Uptake of B: mean of 1/2 and 0.",
    ),
)
