"""What became of every call: which ones left no turn, and what all of them cost.

A call is billed whether or not its turn reached the log. So money is counted from the turns, and from the attempts
that belong to no turn; where neither says a price and one may have been paid, the cost is unknown. What was asked
beside the turns (a private question, a judge) is counted from its attempts alone.

How a call ended is on disk before its turn is. So a turn that was asked for and has no such entry shows that the
journal has lost some.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from colloquia.logbook.entries import AttemptEnded, AttemptSettled, AttemptStarted
    from colloquia.logbook.record import TurnRow

BILLED_SOURCES = frozenset({"live", "simulated"})
_FREE_PREFIXES = ("embedded:", "scripted:", "human:")
_FIRST_ERROR_STATUS = 400
_GIVEN_UP = frozenset({408, 499, 504, 520, 522, 524})
"""Statuses of somebody on the way who gave up, or could not read the answer: the model behind may go on and bill."""


Key = tuple[str, str, int, str | None, int]
"""Run, trial, turn, what was asked beside the turns, attempt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Orphan:
    """A call that may have been billed, whose turn is not in the log; the next run asks it again."""

    at: str
    run_id: str
    trial_id: str
    turn_id: int
    attempt: int
    beside: str | None
    """What was asked beside the turns; None where it was a turn."""
    is_answered: bool
    """True where a reply came back; False where the process ended before anything did."""
    speaker_slug: str | None = None
    request_sha256: str | None = None
    generation_id: str | None = None
    cost_usd: float | None = None
    reserved_usd: float | None = None
    """The most that it can have cost; None where a price is unknown."""


@dataclass(kw_only=True)
class Attempts:
    """The account of all calls; it is shown every row of the log first, then every entry of the journal."""

    settled_usd: float = 0.0
    """What all calls that ended are known or taken to have cost."""
    content_hashes: dict[tuple[str, int], str] = field(default_factory=dict)
    """What the journal says a turn's text hashes to, by trial id and turn."""
    answer_hashes: dict[tuple[str, int, str], set[str]] = field(default_factory=dict)
    """What it says that answers beside the turns hash to, by trial id, turn and what was asked."""
    unsettled: dict[Key, AttemptEnded] = field(default_factory=dict)
    """Calls booked without a bill whose generation the provider can be asked about."""
    _beside_usd: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """What of it was for calls beside the turns, by the first word of what was asked: ``judge``, ``probe``."""
    _has_unknown_cost: bool = False
    _unclaimed: dict[str, Counter[tuple[int, str]]] = field(default_factory=dict)
    """Rows whose own attempt was not seen yet, by trial: turn and run, and how many."""
    _open: dict[Key, AttemptStarted] = field(default_factory=dict)
    _turnless: list[tuple[AttemptEnded, AttemptStarted | None]] = field(default_factory=list)

    def row(self, row: TurnRow) -> None:
        """Take in a turn of the log, the superseded ones included."""
        if row.request_sha256 is not None:  # else nobody was asked for it
            self._unclaimed.setdefault(row.trial_id, Counter())[row.turn_id, sys.intern(row.run_id)] += 1
        self._spend(row.cost_usd, is_billed=row.source in BILLED_SOURCES)

    def started(self, entry: AttemptStarted) -> None:
        """Take in a call that was about to be made."""
        self._open[key_of(entry)] = entry

    def ended(self, entry: AttemptEnded) -> None:
        """Take in how a call came back."""
        start = self._open.pop(key_of(entry), None)
        if entry.beside is not None:
            known = entry.cost_usd if entry.booked_usd is None else entry.booked_usd
            self._beside_usd[_kind(entry.beside)] += known or 0.0
        if entry.booked_usd is not None:
            self.settled_usd += entry.booked_usd - (entry.cost_usd or 0.0)
            if entry.cost_usd is None and entry.booked_usd and entry.generation_id and not entry.is_ok:
                self.unsettled[key_of(entry)] = entry
        if entry.is_ok and entry.beside is None and self._claims(entry):
            return
        self._spend(entry.cost_usd, is_billed=_may_be_billed(entry) and not _is_free(start))
        if entry.is_ok and entry.beside and entry.content_sha256:
            key = (entry.trial_id, entry.turn_id, entry.beside)
            self.answer_hashes.setdefault(key, set()).add(entry.content_sha256)
        if entry.is_ok:
            self._turnless.append((entry, start))

    def settled(self, entry: AttemptSettled) -> None:
        """Take in what a call really cost; the first answer counts."""
        key = (entry.attempt_of, entry.trial_id, entry.turn_id, entry.beside, entry.attempt)
        booked = self.unsettled.pop(key, None)
        if booked is not None:
            change = entry.cost_usd - (booked.booked_usd or 0.0)
            self.settled_usd += change
            if booked.beside is not None:
                self._beside_usd[_kind(booked.beside)] += change

    def spent_usd(self) -> float:
        """Return all that was spent; a call that was lost under way is taken to have cost what was reserved for it."""
        return self.settled_usd + sum(start.reserved_usd or 0.0 for start in self._lost())

    def spent_beside_usd(self, kind: str) -> float:
        """Return what was spent on calls of one kind beside the turns, counted as in :meth:`spent_usd`."""
        lost = (start for start in self._lost() if start.beside is not None and _kind(start.beside) == kind)
        return self._beside_usd[kind] + sum(start.reserved_usd or 0.0 for start in lost)

    def has_unknown_cost(self) -> bool:
        """Tell whether a call that may have been billed has no known price."""
        return self._has_unknown_cost or any(True for _ in self._lost())

    def orphans(self, is_kept: Callable[[str, int, str | None], bool]) -> Iterator[Orphan]:
        """Yield the calls that brought nothing which was kept, answered ones first.

        Args:
            is_kept: Tells by trial id, turn and what was asked beside the turns whether an answer is on file.
        """
        for end, start in self._turnless:
            if not is_kept(end.trial_id, end.turn_id, end.beside):
                yield _orphan(end, start)
        for start in self._open.values():
            if not is_kept(start.trial_id, start.turn_id, start.beside):
                yield _orphan(start, start)

    def unexplained(self) -> Iterator[tuple[str, int]]:
        """Yield the turns that were asked for and of which the journal does not tell how, by trial id and turn."""
        for trial_id, rows in self._unclaimed.items():
            yield from ((trial_id, turn_id) for (turn_id, _), count in rows.items() if count > 0)

    def _claims(self, entry: AttemptEnded) -> bool:
        """Tell whether a row of the log is the turn of this attempt; each row is one attempt's only."""
        rows, key = self._unclaimed.get(entry.trial_id), (entry.turn_id, entry.run_id)
        if rows is None or not rows[key]:
            return False
        rows[key] -= 1
        if entry.content_sha256 is not None:
            self.content_hashes.setdefault((sys.intern(entry.trial_id), entry.turn_id), entry.content_sha256)
        return True

    def _lost(self) -> Iterator[AttemptStarted]:
        """Yield the calls that may have been billed, of which nothing more is known."""
        return (start for start in self._open.values() if not self._has_row(start) and not _is_free(start))

    def _has_row(self, start: AttemptStarted) -> bool:
        """Tell whether the log has this call's turn although nothing says that the call ended."""
        rows = None if start.beside else self._unclaimed.get(start.trial_id)
        return rows is not None and rows[start.turn_id, start.run_id] > 0

    def _spend(self, cost_usd: float | None, *, is_billed: bool) -> None:
        self.settled_usd += cost_usd or 0.0
        self._has_unknown_cost |= cost_usd is None and is_billed


def _kind(beside: str) -> str:
    return beside.partition(" ")[0]


def key_of(entry: AttemptStarted | AttemptEnded) -> Key:
    """Return what an attempt's beginning and its end have in common."""
    return (entry.run_id, entry.trial_id, entry.turn_id, entry.beside, entry.attempt)


def _orphan(entry: AttemptStarted | AttemptEnded, start: AttemptStarted | None) -> Orphan:
    end = None if entry is start else entry
    return Orphan(
        at=entry.at,
        run_id=entry.run_id,
        trial_id=entry.trial_id,
        turn_id=entry.turn_id,
        attempt=entry.attempt,
        beside=entry.beside,
        is_answered=end is not None,
        speaker_slug=start.speaker_slug if start else None,
        request_sha256=start.request_sha256 if start else None,
        generation_id=getattr(end, "generation_id", None),
        cost_usd=getattr(end, "cost_usd", None),
        reserved_usd=start.reserved_usd if start else None,
    )


def _is_free(start: AttemptStarted | None) -> bool:
    return start is not None and start.speaker_slug.startswith(_FREE_PREFIXES)


def is_answered_for_nothing(status: int | None) -> bool:
    """Tell whether a status says that there is no reply, and so no bill."""
    return status is not None and status >= _FIRST_ERROR_STATUS and status not in _GIVEN_UP


def _may_be_billed(entry: AttemptEnded) -> bool:
    """Tell whether a server may have billed this attempt; one that was refused with an error status was not."""
    return entry.is_ok or (entry.was_sent is not False and not is_answered_for_nothing(entry.status))
