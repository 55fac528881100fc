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
from itertools import chain
from typing import TYPE_CHECKING

from colloquia.logbook.places import MOST_BITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from colloquia.logbook.entries import AttemptEnded, AttemptSettled, AttemptStarted
    from colloquia.logbook.keys import TurnKeys
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


class Claims:
    """Turns that one attempt each may claim, by trial, run and number: a bit for each, so that a million are few."""

    def __init__(self) -> None:
        self._bits: dict[str, dict[str, int]] = {}
        self._more: Counter[tuple[str, str, int]] = Counter()
        """What a bit cannot say: a turn that stands there again, or has a number that is out of all proportion."""

    def add(self, trial_id: str, run_id: str, turn_id: int) -> None:
        """Let an attempt claim a turn."""
        runs = self._bits.get(trial_id)
        if runs is None:
            runs = self._bits[trial_id] = {}
        bits = runs.get(run_id, 0)
        if turn_id > MOST_BITS or bits >> turn_id & 1:
            self._more[trial_id, run_id, turn_id] += 1
        else:
            runs[sys.intern(run_id)] = bits | 1 << turn_id

    def take(self, trial_id: str, run_id: str, turn_id: int) -> bool:
        """Claim a turn; return False where there is none that could be."""
        if self._more and self._more[trial_id, run_id, turn_id] > 0:
            self._more[trial_id, run_id, turn_id] -= 1
            return True
        runs = self._bits.get(trial_id)
        if runs is None or not 0 <= turn_id <= MOST_BITS:
            return False
        bits = runs.get(run_id, 0)
        if not bits >> turn_id & 1:
            return False
        runs[run_id] = bits ^ 1 << turn_id
        return True

    def has(self, trial_id: str, run_id: str, turn_id: int) -> bool:
        """Tell whether a turn is there to be claimed."""
        is_there = self.take(trial_id, run_id, turn_id)
        if is_there:
            self.add(trial_id, run_id, turn_id)
        return is_there

    def left(self) -> Iterator[tuple[str, int]]:
        """Yield trial and number of the turns that nobody has claimed."""
        for trial_id, runs in self._bits.items():
            for bits in filter(None, runs.values()):
                yield from ((trial_id, turn_id) for turn_id in range(bits.bit_length()) if bits >> turn_id & 1)
        yield from ((trial_id, turn_id) for (trial_id, _, turn_id), count in self._more.items() if count > 0)


@dataclass(kw_only=True)
class Attempts:
    """The account of all calls; it is shown rows of the log first, then the entries of the journal beside them."""

    keeps_hashes: bool = False
    """Whether to keep what the journal says that texts hash to: much, where there are many turns."""

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
    _num_booked_at_most: int = 0
    """Calls that failed without a bill and were booked at the most that they can have cost."""
    _unclaimed: Claims = field(default_factory=Claims)
    """Rows whose own attempt was not seen yet."""
    _open: dict[Key, AttemptStarted] = field(default_factory=dict)
    _turnless: dict[tuple[str, str, int], list[tuple[AttemptEnded, AttemptStarted | None]]] = field(
        default_factory=dict
    )
    """Answered calls whose turn was not seen, by run, trial and turn."""

    def row(self, row: TurnRow | TurnKeys) -> None:
        """Take in a turn of the log, the superseded ones included."""
        if row.request_sha256 is not None and not (self._turnless and self._came_late(row)):  # else nobody was asked
            self._unclaimed.add(row.trial_id, row.run_id, row.turn_id)
        if row.cost_usd is None:
            self._has_unknown_cost |= row.source in BILLED_SOURCES
        else:
            self.settled_usd += row.cost_usd

    def started(self, entry: AttemptStarted) -> None:
        """Take in a call that was about to be made."""
        self._open[key_of(entry)] = entry

    def ended(self, entry: AttemptEnded, *, is_on_file: bool = False) -> None:
        """Take in how a call came back.

        Args:
            entry: What the journal says.
            is_on_file: True where the answer to what was asked beside the turns is known to be kept.
        """
        start = self._open.pop(key_of(entry), None)
        if entry.beside is not None:
            known = entry.cost_usd if entry.booked_usd is None else entry.booked_usd
            self._beside_usd[_kind(entry.beside)] += known or 0.0
        if entry.booked_usd is not None:
            self.settled_usd += entry.booked_usd - (entry.cost_usd or 0.0)
            if entry.generation_id and _is_booked_at_most(entry):
                self.unsettled[key_of(entry)] = entry
        if entry.is_ok and entry.beside is None and self._claims(entry):
            return
        is_at_most = _is_booked_at_most(entry)
        self._num_booked_at_most += is_at_most
        self._spend(entry.cost_usd, is_billed=_may_be_billed(entry) and not _is_free(start) and not is_at_most)
        if self.keeps_hashes and entry.is_ok and entry.beside and entry.content_sha256:
            asked = (entry.trial_id, entry.turn_id, entry.beside)
            self.answer_hashes.setdefault(asked, set()).add(entry.content_sha256)
        if entry.is_ok and not is_on_file:
            key = (entry.run_id, entry.trial_id, entry.turn_id)
            self._turnless.setdefault(key, []).append((entry, start))

    def settled(self, entry: AttemptSettled) -> None:
        """Take in what a call really cost; the first answer counts."""
        key = (entry.attempt_of, entry.trial_id, entry.turn_id, entry.beside, entry.attempt)
        booked = self.unsettled.pop(key, None)
        if booked is not None:
            self._num_booked_at_most -= 1
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
        """Tell whether a call that may have been billed has no known price, and none that it cannot have passed."""
        return self._has_unknown_cost or any(start.reserved_usd is None for start in self._lost())

    def has_bounded_cost(self, under_way: str | None = None) -> bool:
        """Tell whether a call is counted at the most that it can have cost.

        Args:
            under_way: The run that goes on, whose open calls are not lost.
        """
        lost = (start for start in self._lost() if start.run_id != under_way)
        return self._num_booked_at_most > 0 or any(start.reserved_usd for start in lost)

    def orphans(self, is_kept: Callable[[str, int, str | None], bool]) -> Iterator[Orphan]:
        """Yield the calls that brought nothing which was kept, answered ones first.

        Args:
            is_kept: Tells by trial id, turn and what was asked beside the turns whether an answer is on file.
        """
        for end, start in chain.from_iterable(self._turnless.values()):
            if not is_kept(end.trial_id, end.turn_id, end.beside):
                yield _orphan(end, start)
        for start in self._open.values():
            if not is_kept(start.trial_id, start.turn_id, start.beside):
                yield _orphan(start, start)

    def unexplained(self) -> Iterator[tuple[str, int]]:
        """Yield the turns that were asked for and of which the journal does not tell how, by trial id and turn."""
        return self._unclaimed.left()

    def _claims(self, entry: AttemptEnded) -> bool:
        """Tell whether a row of the log is the turn of this attempt; each row is one attempt's only."""
        if not self._unclaimed.take(entry.trial_id, entry.run_id, entry.turn_id):
            return False
        self._vouch(entry)
        return True

    def _came_late(self, row: TurnRow | TurnKeys) -> bool:
        """Tell whether a row is the turn of an attempt whose end was seen before it: who writes does not wait."""
        key = (row.run_id, row.trial_id, row.turn_id)
        waiting = self._turnless.get(key, [])
        found = next((each for each in waiting if each[0].beside is None), None)
        if found is None:
            return False
        waiting.remove(found)
        if not waiting:
            del self._turnless[key]
        self.settled_usd -= found[0].cost_usd or 0.0
        self._vouch(found[0])
        return True

    def _vouch(self, entry: AttemptEnded) -> None:
        if self.keeps_hashes and entry.content_sha256 is not None:
            self.content_hashes.setdefault((sys.intern(entry.trial_id), entry.turn_id), entry.content_sha256)

    def _lost(self) -> Iterator[AttemptStarted]:
        """Yield the calls that may have been billed, of which nothing more is known."""
        return (start for start in self._open.values() if not self._has_row(start) and not _is_free(start))

    def _has_row(self, start: AttemptStarted) -> bool:
        """Tell whether the log has this call's turn although nothing says that the call ended."""
        return start.beside is None and self._unclaimed.has(start.trial_id, start.run_id, start.turn_id)

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


def _is_booked_at_most(entry: AttemptEnded) -> bool:
    """Tell whether a call failed without a bill, and what was reserved for it was booked."""
    return entry.cost_usd is None and bool(entry.booked_usd) and not entry.is_ok


def _is_free(start: AttemptStarted | None) -> bool:
    return start is not None and start.speaker_slug.startswith(_FREE_PREFIXES)


def is_answered_for_nothing(status: int | None) -> bool:
    """Tell whether a status says that there is no reply, and so no bill."""
    return status is not None and status >= _FIRST_ERROR_STATUS and status not in _GIVEN_UP


def _may_be_billed(entry: AttemptEnded) -> bool:
    """Tell whether a server may have billed this attempt; one that was refused with an error status was not."""
    return entry.is_ok or (entry.was_sent is not False and not is_answered_for_nothing(entry.status))
