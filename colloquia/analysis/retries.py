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
        has_turn: Tells by trial id and number whether the log has a turn.
    """
    count = _Count(scenario_of)
    for entry in entries:
        count.take(entry)
    order = sorted(count.cells, key=lambda key: (key[0], key[1] or "", key[2]))
    return [_row(*key, count.cells[key], has_turn) for key in order]


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


@dataclass(kw_only=True)
class _Cell:
    """The calls of one row."""

    conversations: set[str] = field(default_factory=set)
    retried: set[str] = field(default_factory=set)
    """Conversations with a call of more than one attempt."""
    calls: int = 0
    attempts: int = 0
    retried_calls: int = 0
    ended: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def started(self, entry: AttemptStarted) -> None:
        trial_id = sys.intern(entry.trial_id)
        self.conversations.add(trial_id)
        self.attempts += 1
        self.calls += entry.attempt == 1
        self.retried_calls += entry.attempt == _SECOND
        if entry.attempt > 1:
            self.retried.add(trial_id)


@dataclass
class _Count:
    """All rows, as far as the journal was read."""

    scenario_of: Mapping[str, str]
    cells: dict[tuple[str, str | None, int], _Cell] = field(default_factory=dict)
    _under_way: dict[tuple[str, str, int, int], _Cell] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Take in one entry; an end whose beginning is missing belongs to no known model."""
        if isinstance(entry, AttemptStarted | AttemptEnded) and entry.beside is not None:
            return
        if isinstance(entry, AttemptStarted):
            key = (sys.intern(entry.speaker_model), self.scenario_of.get(entry.trial_id), entry.turn_id)
            cell = self.cells.setdefault(key, _Cell())
            cell.started(entry)
            self._under_way[entry.run_id, entry.trial_id, entry.turn_id, entry.attempt] = cell
        elif isinstance(entry, AttemptEnded):
            found = self._under_way.pop((entry.run_id, entry.trial_id, entry.turn_id, entry.attempt), None)
            if found is not None:
                found.ended += 1
                found.faults.update([] if entry.is_ok else [entry.fault or ""])


def _row(
    speaker_model: str, scenario: str | None, turn_id: int, cell: _Cell, has_turn: Callable[[str, int], bool]
) -> RetryRow:
    share = Share(count=len(cell.retried), of=len(cell.conversations))
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
        never_answered=sum(not has_turn(trial_id, turn_id) for trial_id in cell.conversations),
    )
