"""How far judges are that are being asked, counted as the journal goes by: a run of judges has no ``state.json``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from colloquia.logbook.entries import AttemptEnded, RunEnded, RunStarted

if TYPE_CHECKING:
    from colloquia.logbook.entries import Entry
    from colloquia.logbook.folder import RunFolder

JUDGEMENTS = "judgements"
"""What a run of judges plans and counts."""
LOST_SECONDS = 600.0
"""Judges of which nothing was heard for so long are gone: no answer takes longer."""


@dataclass(kw_only=True)
class Hearing:
    """The latest time that judges were asked in a folder."""

    run_id: str
    asked: int
    """Answers that were to be had when it began; those over groups come on top."""
    answered: int = 0
    failed_calls: int = 0
    spent_usd: float = 0.0
    """What its answers are known to have cost."""
    at: str
    """When something was last heard of it."""
    ended_by: str | None = None
    """``finished``, or why it was stopped; None where it has not said its last word."""

    def take(self, entry: Entry) -> None:
        """Take in an entry of the journal; those of other runs are passed over."""
        match entry:
            case AttemptEnded(run_id=self.run_id):
                self.at = entry.at
                self.answered += entry.is_ok
                self.failed_calls += not entry.is_ok
                self.spent_usd += (entry.booked_usd if entry.booked_usd is not None else entry.cost_usd) or 0.0
            case RunEnded(run_id=self.run_id):
                self.at, self.ended_by = entry.at, entry.reason

    def is_live(self, folder: RunFolder) -> bool:
        """Tell whether somebody is asking now: who holds the folder says so, and was heard of not long ago."""
        if self.ended_by is not None:
            return False
        holder = folder.holder()
        age = datetime.now(UTC) - datetime.fromisoformat(self.at)
        return holder is not None and self.run_id in holder.purpose and age.total_seconds() < LOST_SECONDS


def hearing_after(known: Hearing | None, entry: Entry) -> Hearing | None:
    """Return the latest hearing once an entry of the journal was taken in; None before there was any."""
    if isinstance(entry, RunStarted) and JUDGEMENTS in entry.planned:
        return Hearing(run_id=entry.run_id, asked=int(entry.planned[JUDGEMENTS]), at=entry.at)
    if known:
        known.take(entry)
    return known
