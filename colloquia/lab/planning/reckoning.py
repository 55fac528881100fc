"""What a forecast warns of, and how the forecasts of earlier runs turned out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from colloquia.design.forecast import Expectations
    from colloquia.design.trials import Trial
    from colloquia.logbook.holdings import Contents
    from colloquia.running.work import Work


@dataclass(frozen=True, kw_only=True)
class Overflowing:
    """Conversations in which a model's context is likely to be too small."""

    trial: Trial
    """The first of them."""
    model: str
    """Friendly name."""
    holds: int
    """Tokens."""
    turn: int
    """The first at which request and reply no longer fit."""
    conversations: int = 1


def overflowing(work: Sequence[Work], expectations: Expectations) -> tuple[Overflowing, ...]:
    """Return the conversations still to be held that overflow, those of one cell and one model together."""
    found = (
        Overflowing(trial=item.trial, model=each.model, holds=each.holds, turn=each.turn)
        for item in (work if expectations.contexts else ())
        for each in expectations.overflows(item.trial, item.said)
    )
    return _merged(((each.trial.cell, each.model), each) for each in found)


def by_model(found: Iterable[Overflowing]) -> tuple[Overflowing, ...]:
    """Return the same, those of one model together."""
    return _merged((each.model, each) for each in found)


def _merged(found: Iterable[tuple[Hashable, Overflowing]]) -> tuple[Overflowing, ...]:
    merged: dict[Hashable, Overflowing] = {}
    for key, each in found:
        before = merged.get(key)
        merged[key] = (
            each
            if before is None
            else replace(
                before, turn=min(before.turn, each.turn), conversations=before.conversations + each.conversations
            )
        )
    return tuple(merged.values())


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """What a run was expected to take when it began, and what it took."""

    at: str
    expected: Mapping[str, int | float]
    """Conversations, turns, tokens, dollars; as far as they were known."""
    actual: Mapping[str, int | float]
    reason: str
    """Why it ended; ``finished`` where nothing stopped it."""


def reckonings(found: Contents) -> Iterator[Reckoning]:
    """Yield the runs of a folder that came to their end."""
    ends = {end.run_id: end for end in found.ends}
    names = {"finished": "conversations", "turns_said": "turns", "input_tokens": "", "output_tokens": ""}
    for run in found.runs:
        if end := ends.get(run.run_id):
            actual = {names[word] or word: number for word, number in end.counts.items() if word in names}
            if end.cost_usd is not None:
                actual["cost_usd"] = end.cost_usd
            yield Reckoning(at=run.at, expected=run.planned, actual=actual, reason=end.reason)
