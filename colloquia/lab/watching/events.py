"""What the machine did, as a person reads it: runs, failures, tries, money and notes of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from colloquia.logbook.entries import AttemptEnded, AttemptSettled, Noted, RunEnded, RunStarted, TrialFailed

if TYPE_CHECKING:
    from colloquia.logbook.entries import Entry

Kind = Literal["error", "retry", "budget", "run", "note"]
KINDS: tuple[Kind, ...] = ("error", "retry", "budget", "run", "note")


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that the machine did."""

    at: str
    """UTC, ISO 8601."""
    kind: Kind
    what: str
    """In our words and, where somebody else said it, in theirs: foreign text."""
    trial_id: str | None = None
    turn_id: int | None = None
    details: str = ""
    """What a server sent, exactly."""


def event_of(entry: Entry) -> Event | None:
    """Return the event that a journal entry tells of; None for calls that go as they should."""
    match entry:
        case AttemptEnded(is_ok=False) | TrialFailed() | AttemptSettled():
            return _of_a_call(entry)
        case RunStarted() | RunEnded():
            return _of_a_run(entry)
        case Noted():
            return Event(at=entry.at, kind="note", what=f"{entry.subject}: {entry.message}")
    return None


def _of_a_run(entry: RunStarted | RunEnded) -> Event:
    """Return how a run, or a time that judges were asked, began or ended."""
    if isinstance(entry, RunEnded):
        who = "Judges" if "judgements" in entry.counts else "Run"
        return Event(
            at=entry.at, kind="budget" if entry.reason == "budget" else "run", what=f"{who} ended: {entry.reason}."
        )
    planned = entry.planned
    if "judgements" in planned:
        what = f"Judges begun: {planned['judgements']:,} answers."
    else:
        what = f"Run begun: {planned.get('conversations', 0):,} conversations, {planned.get('turns', 0):,} turns."
    return Event(at=entry.at, kind="run", what=what)


def _of_a_call(entry: AttemptEnded | TrialFailed | AttemptSettled) -> Event:
    kind, what, details = _said(entry)
    return Event(at=entry.at, kind=kind, what=what, trial_id=entry.trial_id, turn_id=entry.turn_id, details=details)


def _said(entry: AttemptEnded | TrialFailed | AttemptSettled) -> tuple[Kind, str, str]:
    match entry:
        case AttemptEnded():
            return "retry", f"Try {entry.attempt} failed: {entry.message or 'no reason was given'}", entry.body or ""
        case TrialFailed():
            return "error", entry.message, ""
        case AttemptSettled():
            return "budget", f"A lost call of an earlier run turned out to have cost ${entry.cost_usd:.6f}.", ""
