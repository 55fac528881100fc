"""How often models had to be asked again, by model, scenario and turn, so that selection by retry can be seen.

What is tried again until it succeeds is selected: where one model's calls fail more often, or in one scenario, or late
in long conversations, the turns in the log are those that got through. A *call* is what is asked of a model for one
turn of one conversation in one run, an *attempt* one request of it; what is asked beside the turns is left out. Within
a row each conversation is asked for one turn only, so shares count conversations, and intervals are Wilson's, at 95 %.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field, fields
from itertools import combinations
from math import sqrt
from typing import TYPE_CHECKING

from colloquia.errors import Fault
from colloquia.logbook.entries import AttemptEnded, AttemptStarted
from colloquia.logbook.places import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from colloquia.logbook.entries import Entry

Z = 1.959963984540054
"""Standard deviations on either side that hold 95 % of a normal distribution."""
_SECOND = 2
"""The attempt by which a call is a retried one."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share of conversations, with its Wilson interval at 95 %."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share; ``of`` is never 0."""
        return self.count / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Between what it may be, given so few conversations."""
        centre = (self.count + Z * Z / 2) / (self.of + Z * Z)
        half = Z / (self.of + Z * Z) * sqrt(self.count * (self.of - self.count) / self.of + Z * Z / 4)
        return centre - half if self.count else 0.0, centre + half if self.count < self.of else 1.0

    def differs_from(self, other: Share) -> bool:
        """Tell whether the two intervals have nothing in common."""
        (low, high), (other_low, other_high) = self.interval, other.interval
        return low > other_high or other_low > high


@dataclass(frozen=True, kw_only=True)
class RetryRow:
    """The calls of one model for one turn of one scenario."""

    speaker_model: str
    scenario: str | None
    """None where no study in the journal knows the conversation."""
    turn_id: int
    conversations: int
    """Conversations in which the model was asked for this turn."""
    calls: int
    attempts: int
    retried_calls: int
    """Calls of more than one attempt."""
    retried_share: float
    """Conversations with a retried call, of all."""
    retried_share_low: float
    retried_share_high: float
    rate: int
    """This and the next: attempts that failed, by what a failure stops."""
    transient: int
    stop_trial: int
    stop_model: int
    stop_run: int
    lost: int
    """Attempts of which nothing came back, because the process ended."""
    never_answered: int
    """Conversations that still have no such turn."""


COLUMNS = tuple(column.name for column in fields(RetryRow))


def retry_rows(
    entries: Iterable[Entry], *, scenario_of: Mapping[str, str], has_turn: Callable[[str, int], bool]
) -> list[RetryRow]:
    """Return one row for each model, scenario and turn that was asked for, in this order.

    Args:
        entries: The journal, all runs together; taken one at a time.
        scenario_of: By trial id.
        has_turn: Tells by trial id and number whether the log has a turn; the log is read before its journal.
    """
    count = _Count(scenario_of=scenario_of, has_turn=has_turn)
    for entry in entries:
        count.take(entry)
    order = sorted(count.cells, key=lambda key: (key[0], key[1] or "", key[2]))
    return [_row(*key, count.cells[key]) for key in order]


def retried_conversations(entries: Iterable[Entry]) -> dict[str, Share]:
    """Return by model in how many of its conversations it had to be asked again."""
    asked: dict[str, set[str]] = {}
    retried: dict[str, set[str]] = {}
    for entry in entries:
        if isinstance(entry, AttemptStarted) and entry.beside is None:
            trial_id = sys.intern(entry.trial_id)
            asked.setdefault(entry.speaker_model, set()).add(trial_id)
            if entry.attempt > 1:
                retried.setdefault(entry.speaker_model, set()).add(trial_id)
    return {model: Share(count=len(retried.get(model, ())), of=len(found)) for model, found in sorted(asked.items())}


def is_striking(shares: Mapping[str, Share]) -> bool:
    """Tell whether one model had to be asked again in clearly more conversations than another."""
    return any(one.differs_from(other) for one, other in combinations(shares.values(), 2))


@dataclass(kw_only=True, slots=True)
class _Cell:
    """The calls of one row."""

    conversations: int = 0
    retried: int = 0
    """Conversations with a call of more than one attempt."""
    never_answered: int = 0
    calls: int = 0
    attempts: int = 0
    retried_calls: int = 0
    ended: int = 0
    faults: Counter[str] = field(default_factory=Counter)


@dataclass(kw_only=True)
class _Count:
    """All rows, as far as the journal was read."""

    scenario_of: Mapping[str, str]
    has_turn: Callable[[str, int], bool]
    cells: dict[tuple[str, str | None, int], _Cell] = field(default_factory=dict)
    _asked: Seen = field(default_factory=Seen)
    _retried: Seen = field(default_factory=Seen)
    _under_way: dict[tuple[str, str, int, int], _Cell] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Take in one entry; an end whose beginning is missing belongs to no known model."""
        if isinstance(entry, AttemptStarted | AttemptEnded) and entry.beside is not None:
            return
        if isinstance(entry, AttemptStarted):
            cell = self._started(entry)
            self._under_way[entry.run_id, entry.trial_id, entry.turn_id, entry.attempt] = cell
        elif isinstance(entry, AttemptEnded):
            found = self._under_way.pop((entry.run_id, entry.trial_id, entry.turn_id, entry.attempt), None)
            if found is not None:
                found.ended += 1
                if not entry.is_ok:
                    found.faults[entry.fault or ""] += 1

    def _started(self, entry: AttemptStarted) -> _Cell:
        key = (entry.speaker_model, self.scenario_of.get(entry.trial_id), entry.turn_id)
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = _Cell()
        whose = f"{entry.trial_id} {entry.speaker_model}"
        if self._asked.add(whose, entry.turn_id):
            cell.conversations += 1
            cell.never_answered += not self.has_turn(entry.trial_id, entry.turn_id)
        cell.attempts += 1
        cell.calls += entry.attempt == 1
        if entry.attempt > 1:
            cell.retried_calls += entry.attempt == _SECOND
            cell.retried += self._retried.add(whose, entry.turn_id)
        return cell


def _row(speaker_model: str, scenario: str | None, turn_id: int, cell: _Cell) -> RetryRow:
    share = Share(count=cell.retried, of=cell.conversations)
    return RetryRow(
        speaker_model=speaker_model,
        scenario=scenario,
        turn_id=turn_id,
        conversations=share.of,
        calls=cell.calls,
        attempts=cell.attempts,
        retried_calls=cell.retried_calls,
        retried_share=share.value,
        retried_share_low=share.interval[0],
        retried_share_high=share.interval[1],
        rate=cell.faults[Fault.RATE],
        transient=cell.faults[Fault.TRANSIENT],
        stop_trial=cell.faults[Fault.STOP_TRIAL],
        stop_model=cell.faults[Fault.STOP_MODEL],
        stop_run=cell.faults[Fault.STOP_RUN],
        lost=cell.attempts - cell.ended,
        never_answered=cell.never_answered,
    )
