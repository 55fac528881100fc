"""Turn length and latency: how long turns are, how long they took, how fast they came."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Said, Transcript


def turn_length(transcript: Transcript, _params: Params) -> Iterator[Value]:
    """Yield words, milliseconds and tokens a second of each turn; seats get the median."""
    for turn in transcript.turns:
        count = None if turn.text is None else len(words(turn.text))
        yield number("words", count, "the turn has no text", at=turn)
        yield number("latency_ms", turn.latency_ms, "nobody was asked, or the time is not known", at=turn)
        yield number("tokens_per_second", speed(turn), "tokens or times are not known", at=turn)


def speed(turn: Said) -> float | None:
    """Return tokens a second after the first token; from the request on where that moment is not known."""
    if turn.latency_ms is None or turn.output_tokens is None:
        return None
    milliseconds = turn.latency_ms - (turn.first_token_ms or 0.0)
    return turn.output_tokens / milliseconds * 1000 if milliseconds > 0 else None


_TALK = dyad("one two three", "one", "one two three four five")
_TIMES = ((1000.0, 200.0, 40), (None, None, None), (3000.0, None, 90))

MEASURE = Measure(
    id="turn_length",
    version=1,
    title="Turn length and latency",
    of=turn_length,
    reads=("timing",),
    variables=(
        Variable(name="words", unit="turn", scale="words", low=0, more_means="longer turns", aggregation="median"),
        Variable(
            name="latency_ms", unit="turn", scale="milliseconds", low=0, more_means="slower", aggregation="median"
        ),
        Variable(
            name="tokens_per_second",
            unit="turn",
            scale="tokens a second",
            low=0,
            more_means="faster",
            aggregation="median",
        ),
    ),
    minimum="one turn",
    caveat="Latency and speed are the provider's load: compare them within one run only, blocked by time.",
    fixture=Fixture(
        transcript=replace(
            _TALK,
            turns=tuple(
                replace(turn, latency_ms=latency, first_token_ms=first, output_tokens=tokens)
                for turn, (latency, first, tokens) in zip(_TALK.turns, _TIMES, strict=True)
            ),
        ),
        expected=(
            Value("words", 4, "A"),
            Value("words", 1, "B"),
            Value("latency_ms", 2000, "A"),
            Value("tokens_per_second", 50, "A", 1),
            Value("tokens_per_second", 40, "A"),
            Value("latency_ms", seat="B", reason="nobody was asked, or the time is not known"),
        ),
        source="By hand: median of 3 and 5 words; 40 tokens in 800 ms, 90 in 3,000 ms, median of 50 and 30.",
    ),
)
