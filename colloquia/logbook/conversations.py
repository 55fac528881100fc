"""``conversations.csv``: one row for each conversation, planned ones first, made from the turns of the log."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from dataclasses import replace as replaced
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from colloquia.design.hypotheses import columns_of_probes
from colloquia.logbook.csv import table
from colloquia.logbook.probe_values import probe_values
from colloquia.logbook.record import donor_of, experiment_id, parent_of, turn_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.probes import AskedProbe, Value
    from colloquia.conversation.stopping import Rule
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.design.trials import Trial
    from colloquia.logbook.csv import Cell
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.record import TurnRow

    Answers = Mapping[str, Mapping[AskedProbe, Answer]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConversationRow:
    """What is known of one conversation as a whole."""

    experiment_id: str | None
    """None where it has no turns and the folder's id is lost."""
    trial_id: str
    """UUID made of everything that decides what is said: the same in every run folder."""
    scenario: str
    """Name of the scenario."""
    iteration: int
    """1, 2, ... within the cell."""
    arm: str | None
    """Kind of conversation: ``talk`` or a control; null in a study without controls."""
    factors: Mapping[str, str]
    """Level of each factor, and each item, by name."""
    probes: Mapping[str, Value]
    """Of each probe its answer at the ``start``, at the ``end``, and the ``change`` between them, by column."""
    outcomes: Mapping[str, Cell]
    """What its procedure says came of it, by column."""
    seats: tuple[tuple[str | None, str | None], ...]
    """Friendly name and role of each seat, in seat order, unknown where it is absent in a control; of those that spoke
    where the conversation is no longer planned."""
    opening_role: str | None
    """Who takes turn 1; None where it is no longer planned and has no such turn."""
    num_turns: int
    """Turns it has."""
    planned_turns: int | None
    """None where it is no longer planned."""
    is_complete: bool | None
    """True where it ended or has its length, with no turn missing; None where its length is not known."""
    ended_by: str | None
    """``length`` where it reached its length; None where it goes on."""
    is_failed: bool
    """True where the last attempt to go on failed."""
    input_tokens: int | None
    """Tokens of all requests; None where one is unknown. A line nobody was asked for counts for nothing."""
    output_tokens: int | None
    """Tokens of all replies, reasoning included; None where one is unknown."""
    cost_usd: float | None
    """Dollars that all turns cost; None where one is unknown."""
    cached_tokens: int | None
    """Tokens of all requests that servers had in their caches; None where one is unknown."""
    saved_usd: float | None
    """Dollars that those caches saved, what it cost to write into them taken off; None where one is unknown."""
    latency_ms: float | None
    """Milliseconds of all replies, summed; None where one is unknown."""
    n_refusals: int
    """Turns that are safety refusals."""
    n_truncated: int
    """Turns cut at their longest length."""
    attempts: int
    """Requests that all turns took."""
    noted: str | None
    """Which ``note`` rules were met and where first: ``refusal@3|phrase@5``; None where there are no such rules."""
    sources: str | None
    """Where its turns come from, joined by ``|``."""
    first_timestamp: str | None
    """When its first reply was complete, UTC."""
    last_timestamp: str | None
    """UTC, when its last turn was complete."""
    parent_id: str | None = None
    """The conversation that a fork left, by its experiment_id."""
    forked_at: int | None = None
    """The last turn that a fork shares with its parent."""
    fork: str | None = None
    """What is otherwise in a fork, ``unchanged`` where nothing is; None where it is none."""
    donor_id: str | None = None
    """The conversation whose lines its other seats say, by its experiment_id; None where they are asked or absent."""


_SUMMED = ("input_tokens", "output_tokens", "cost_usd", "cached_tokens", "saved_usd", "latency_ms")
_COLUMNS = tuple(column.name for column in fields(ConversationRow))
_BEFORE_FACTORS = _COLUMNS[: _COLUMNS.index("factors")]
HELD = frozenset({"factors", "probes", "outcomes", "seats"})
"""What makes columns of its own."""
_AFTER_SEATS = _COLUMNS[_COLUMNS.index("seats") + 1 :]


def write_conversations(
    folder: RunFolder,
    rows: Iterable[ConversationRow],
    *,
    trials: Sequence[Trial],
    factor_names: Sequence[str],
    verdicts: Mapping[str, Mapping[str, Cell]] | None = None,
    everything: bool = False,
) -> None:
    """Replace ``conversations.csv``: one row for each conversation, with columns for each factor and each seat.

    Args:
        folder: Where it stands.
        rows: The conversations, in their order.
        trials: The plan, whose probes and outcomes are columns.
        factor_names: Which factors and items get a column.
        verdicts: What judges say of conversations, by judge and experiment id; each judge gets a column.
        everything: Keep those that are no longer planned, and say in a last column ``is_planned`` which they are.

    Raises:
        StorageError: the disk failed.
    """
    kept = [row for row in rows if everything or row.planned_turns is not None]
    columns = dict(_columns(trials, kept, factor_names, verdicts or {}))
    if everything:
        columns["is_planned"] = lambda row: row.planned_turns is not None
    lines = ([value(row) for value in columns.values()] for row in kept)
    folder.replace(folder.conversations_csv, table(columns, lines))


def _columns(
    planned: Sequence[Trial],
    kept: Sequence[ConversationRow],
    factor_names: Sequence[str],
    verdicts: Mapping[str, Mapping[str, Cell]],
) -> Iterator[tuple[str, Callable[[ConversationRow], Cell]]]:
    """Yield each column and what gives its cell, in order."""
    yield from ((name, attrgetter(name)) for name in _BEFORE_FACTORS)
    yield from ((factor_column(name), partial(_of_table, "factors", name)) for name in factor_names)
    for trial in planned:
        yield from ((name, partial(_of_table, "probes", name)) for name in probe_columns(trial))
    for trial in planned:
        yield from ((name, partial(_of_table, "outcomes", name)) for name in trial.talk.procedure.outcomes(()))
    yield from ((judge, partial(_verdict, said)) for judge, said in verdicts.items())
    for place in range(max((len(row.seats) for row in kept), default=0)):
        yield from ((f"{what}_{place + 1}", partial(_seat, place, part)) for part, what in enumerate(("model", "role")))
    yield from ((name, attrgetter(name)) for name in _AFTER_SEATS)


def _of_table(table_of: str, name: str, row: ConversationRow) -> Cell:
    found: Cell = getattr(row, table_of).get(name)
    return found


def _verdict(said: Mapping[str, Cell], row: ConversationRow) -> Cell:
    return said.get(row.experiment_id or "")


def _seat(place: int, part: int, row: ConversationRow) -> Cell:
    return row.seats[place][part] if place < len(row.seats) else None


def factor_column(factor: str) -> str:
    """Return the column of a factor in tables of conversations; ``num_turns`` is one that they have already."""
    return f"{factor}_level" if factor in _COLUMNS else factor


def probe_columns(trial: Trial) -> list[str]:
    """Return the columns that the probes of a conversation have."""
    return list(columns_of_probes(probe.name for probe in trial.talk.probes))


def conversation_rows(
    rows: Iterable[TurnRow],
    *,
    trials: Iterable[Trial],
    folder_id: str | None,
    answers: Answers | None = None,
    failed: Collection[str] = (),
) -> Iterator[ConversationRow]:
    """Yield a row for each planned conversation in the order of the plan, then for each other one of the log."""
    planned = {trial.trial_id: trial for trial in trials}
    tallies = {
        trial_id: _Tally(unmet=list(trial.note), has_outcomes=bool(trial.talk.procedure.outcomes(())))
        for trial_id, trial in planned.items()
    }
    first: dict[str, TurnRow] = {}
    for turn in rows:
        if turn.trial_id not in first:
            first[turn.trial_id] = replace(turn, content=None, reasoning=None)
        tallies.setdefault(turn.trial_id, _Tally()).take(turn)
    for trial_id, tally in tallies.items():
        trial = planned.get(trial_id)
        if trial_id in first:
            id_here: str | None = first[trial_id].experiment_id
        else:
            id_here = experiment_id(folder_id, trial_id) if folder_id else None
        found = (answers or {}).get(trial_id, {})
        row = tally.row(trial or first[trial_id], id_here, trial, found, is_failed=trial_id in failed)
        if trial is not None and folder_id is not None:
            row = replaced(row, parent_id=parent_of(folder_id, trial), donor_id=donor_of(folder_id, trial))
        yield row


def _seats(trial: Trial) -> tuple[tuple[str | None, str | None], ...]:
    """Return each seat at its place in the scenario, also where others are absent."""
    there = {seat.role: (seat.participant.name, seat.role) for seat in trial.talk.seats}
    return tuple(there.get(role, (None, None)) for role in trial.roles)


@dataclass(kw_only=True)
class _Tally:
    """What the turns of one conversation come to, as they go by."""

    unmet: list[Rule] = field(default_factory=list)
    """Its ``note`` rules that no turn has met yet."""
    has_outcomes: bool = False
    """True where its procedure says what came of it."""
    noted: list[str] = field(default_factory=list)
    said: list[Turn] = field(default_factory=list)
    """Its turns, kept only while a rule may still look at them, or for the outcomes."""
    num_turns: int = 0
    last_turn: int = 0
    ended_by: str | None = None
    spoke: dict[tuple[str, str], None] = field(default_factory=dict)
    """Friendly name and role of each speaker, in the order in which they spoke first."""
    opening_role: str | None = None
    parent_id: str | None = None
    sums: dict[str, Any] = field(default_factory=lambda: dict.fromkeys(_SUMMED, 0))
    n_refusals: int = 0
    n_truncated: int = 0
    attempts: int = 0
    sources: set[str] = field(default_factory=set)
    timestamps: list[str] = field(default_factory=list)
    """The first and the last."""

    def take(self, row: TurnRow) -> None:
        """Take in its next turn."""
        self.num_turns += 1
        self.spoke[row.speaker_model, row.speaker_role] = None
        self.sources.add(row.source)
        self.parent_id = row.parent_id
        self.n_refusals += row.is_refusal
        self.n_truncated += row.is_truncated
        if row.turn_id == 1:
            self.opening_role = row.speaker_role
        if row.turn_id > self.last_turn:
            self.last_turn, self.ended_by = row.turn_id, row.ended_by
        if row.timestamp:
            self.timestamps = [*self.timestamps[:1], row.timestamp]
        if row.request_sha256 is not None and not (row.forked_at and row.turn_id <= row.forked_at):
            self._add(row)
        if self.unmet or self.has_outcomes:
            self.said.append(turn_of(row))
        if self.unmet:
            self._note(row)

    def row(
        self,
        about: Trial | TurnRow,
        id_here: str | None,
        trial: Trial | None,
        answers: Mapping[AskedProbe, Answer],
        *,
        is_failed: bool,
    ) -> ConversationRow:
        """Return what all turns came to, in a conversation that ``about`` describes."""
        is_whole = self.last_turn == self.num_turns
        has_length = trial is not None and is_whole and self.num_turns >= trial.num_turns
        ended_by = self.ended_by or ("length" if has_length else None)
        unknown_or_open = None if trial is None else False
        seats = _seats(trial) if trial else tuple(self.spoke)
        return ConversationRow(
            experiment_id=id_here,
            trial_id=about.trial_id,
            scenario=about.scenario,
            iteration=about.iteration,
            arm=about.arm,
            factors=about.factors,
            probes=probe_values(trial, answers, is_complete=is_whole and ended_by is not None) if trial else {},
            outcomes=trial.talk.procedure.outcomes(self.said) if trial else {},
            seats=seats,
            opening_role=trial.opener if trial else self.opening_role,
            num_turns=self.num_turns,
            planned_turns=trial.num_turns if trial else None,
            is_complete=is_whole if ended_by else unknown_or_open,
            ended_by=ended_by,
            is_failed=is_failed,
            n_refusals=self.n_refusals,
            n_truncated=self.n_truncated,
            attempts=self.attempts,
            noted="|".join(self.noted) if trial and trial.note else None,
            sources="|".join(sorted(self.sources)) or None,
            first_timestamp=self.timestamps[0] if self.timestamps else None,
            last_timestamp=self.timestamps[-1] if self.timestamps else None,
            parent_id=self.parent_id,
            forked_at=trial.branch.turn if trial and trial.branch else None,
            fork=trial.branch.label if trial and trial.branch else None,
            **(self.sums if self.num_turns else dict.fromkeys(_SUMMED)),
        )

    def _add(self, row: TurnRow) -> None:
        """Take in what was asked and answered; one unknown makes the sum unknown."""
        self.attempts += row.attempts
        for name in _SUMMED:
            total, value = self.sums[name], getattr(row, name)
            self.sums[name] = None if total is None or value is None else total + value

    def _note(self, row: TurnRow) -> None:
        met = [rule for rule in self.unmet if rule.is_met(self.said)]
        self.noted += [f"{rule.reason}@{row.turn_id}" for rule in met]
        self.unmet = [rule for rule in self.unmet if rule not in met]
        if not self.unmet and not self.has_outcomes:
            self.said = []
