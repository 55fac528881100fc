"""How far judges are that are or were asked, and what they cost, counted as the journal goes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.logbook.entries import AttemptEnded, RunEnded, RunStarted

if TYPE_CHECKING:
    from colloquia.logbook.entries import Entry

JUDGEMENTS = "judgements"
"""What a run of judges plans and counts."""


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
    ended_by: str | None = None
    """``finished``, or why it was stopped; None where it has not said its last word."""

    def take(self, entry: Entry) -> None:
        """Take in an entry of the journal; those of other runs are passed over."""
        match entry:
            case AttemptEnded(run_id=self.run_id):
                self.answered += entry.is_ok
                self.failed_calls += not entry.is_ok
                self.spent_usd += (entry.booked_usd if entry.booked_usd is not None else entry.cost_usd) or 0.0
            case RunEnded(run_id=self.run_id):
                self.ended_by = entry.reason


def hearing_after(known: Hearing | None, entry: Entry) -> Hearing | None:
    """Return the latest hearing once an entry of the journal was taken in; None before there was any."""
    if isinstance(entry, RunStarted) and JUDGEMENTS in entry.planned:
        return Hearing(run_id=entry.run_id, asked=int(entry.planned[JUDGEMENTS]))
    if known:
        known.take(entry)
    return known
