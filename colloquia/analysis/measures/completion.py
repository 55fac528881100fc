"""Completion: how a conversation ended, and whether it can be used; reported first, as the rest depends on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import Texts, dyad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript

_ENDINGS = {
    "ended_by_goal": frozenset({"deal", "exit", "phrase", "outcome"}),
    "ended_by_cap": frozenset({"length", "tokens", "seconds"}),
    "ended_by_loop": frozenset({"loop"}),
    "ended_by_refusal": frozenset({"refusal", "input_blocked"}),
    "ended_by_invalid_move": frozenset({"invalid_move"}),
}
"""What each variable is 1 for; ``ended_by_error`` is everything else, failures included."""


def completion(transcript: Transcript, _params: Params) -> Iterator[Value]:
    """Yield 1 or 0 for each way to end, the share of the planned turns, of cut turns, and whether it is a duplicate."""
    how = transcript.ended_by
    open_ended = how is None and not transcript.is_failed
    known = [name for name, endings in _ENDINGS.items() if how in endings and not transcript.is_failed]
    for name in (*_ENDINGS, "ended_by_error"):
        is_so = name in known if known else name == "ended_by_error"
        yield number(name, None if open_ended else float(is_so), "it has not ended")
    planned = transcript.planned_turns
    yield number("completeness", len(transcript.turns) / planned if planned else None, "its length is not known")
    cut = [turn.is_truncated for turn in transcript.turns]
    yield number("truncation", sum(cut) / len(cut) if cut else None, "it has no turn")
    own = transcript.texts.digest
    same = any(texts.digest == own for texts in transcript.earlier)
    yield number("duplicate", float(same) if transcript.turns else None, "it has no turn")


def _ending(name: str, what: str) -> Variable:
    return Variable(
        name=name, unit="conversation", scale=f"1: ended by {what}", low=0, high=1, more_means=f"ended by {what}"
    )


_TALK = dyad("Hello.", "Hello.", "Good bye.")

MEASURE = Measure(
    id="completion",
    version=1,
    title="Completion and validity",
    of=completion,
    reads=("ending", "flags", "cell"),
    variables=(
        _ending("ended_by_goal", "deal, exit or phrase"),
        _ending("ended_by_cap", "its length or another cap"),
        _ending("ended_by_loop", "a loop"),
        _ending("ended_by_refusal", "a refusal or a block"),
        _ending("ended_by_invalid_move", "a reply that was no move"),
        _ending("ended_by_error", "a failure, an empty reply or an overflow"),
        Variable(
            name="completeness", unit="conversation", scale="turns by planned turns", low=0, more_means="more complete"
        ),
        Variable(
            name="truncation",
            unit="conversation",
            scale="share of turns cut at max_tokens",
            low=0,
            high=1,
            more_means="more was cut",
        ),
        Variable(
            name="duplicate",
            unit="conversation",
            scale="1 where an earlier iteration is the same",
            low=0,
            high=1,
            more_means="no observation of its own",
        ),
    ),
    minimum="a conversation that has ended or failed",
    caveat="Every other measure is conditional on it. Exact duplicates (temperature 0, a cache) are one observation.",
    fixture=Fixture(
        transcript=replace(
            _TALK,
            turns=tuple(replace(turn, is_truncated=turn.turn_id == 1) for turn in _TALK.turns),
            planned_turns=4,
            ended_by="phrase",
            earlier=(Texts(turns=_TALK.texts.turns),),
        ),
        expected=(
            Value("ended_by_goal", 1),
            Value("ended_by_cap", 0),
            Value("ended_by_error", 0),
            Value("completeness", 0.75),
            Value("truncation", 1 / 3),
            Value("duplicate", 1),
        ),
        source="By hand.",
    ),
)
