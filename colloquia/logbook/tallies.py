"""What the turns of conversations come to, counted as they go by; a log is walked through once for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from colloquia.logbook.conversations import ConversationRow
from colloquia.logbook.probe_values import probe_values
from colloquia.logbook.record import donor_of, experiment_id, parent_of
from colloquia.logbook.turn_rows import turn_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.stopping import Rule
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.design.trials import Trial
    from colloquia.logbook.record import TurnRow

    Answers = Mapping[str, Mapping[AskedProbe, Answer]]

_SUMMED = ("input_tokens", "output_tokens", "cost_usd", "cached_tokens", "saved_usd", "latency_ms")
_summed = attrgetter(*_SUMMED)


class Tallies:
    """All conversations of a plan, and those of the log that it does not plan."""

    def __init__(self, trials: Iterable[Trial]) -> None:
        """Begin with the planned ones, which are told first and in the order of the plan."""
        self._planned = {trial.trial_id: trial for trial in trials}
        self._tallies = {
            trial_id: _Tally(unmet=list(trial.note), has_outcomes=bool(trial.talk.procedure.outcomes(())))
            for trial_id, trial in self._planned.items()
        }
        self.first: dict[str, TurnRow] = {}
        """The first turn of each conversation that has begun, by trial id, what was said left out."""

    def counted(self, rows: Iterable[TurnRow]) -> Iterator[TurnRow]:
        """Yield turns in the order of the log, and take each in before."""
        first, tallies = self.first, self._tallies
        for row in rows:
            trial_id = row.trial_id
            if trial_id not in first:
                first[trial_id] = replace(row, content=None, reasoning=None)
                tallies.setdefault(trial_id, _Tally(is_planned=False))
            tallies[trial_id].take(row)
            yield row

    @property
    def lengths(self) -> dict[str, int]:
        """How many turns each conversation has that has begun, by trial id."""
        return {trial_id: self._tallies[trial_id].num_turns for trial_id in self.first}

    @property
    def last_turns(self) -> dict[str, int]:
        """The number of the last turn of each conversation that has begun, by trial id."""
        return {trial_id: self._tallies[trial_id].last_turn for trial_id in self.first}

    def rows(
        self, *, folder_id: str | None, answers: Answers | None = None, failed: Collection[str] = ()
    ) -> Iterator[ConversationRow]:
        """Yield a row for each planned conversation in the order of the plan, then for each other one of the log.

        Args:
            folder_id: Random id of the run folder, where it is known.
            answers: The answers to probes, by trial id.
            failed: Conversations whose last attempt to go on failed, by trial id.
        """
        for trial_id, tally in self._tallies.items():
            trial, first = self._planned.get(trial_id), self.first.get(trial_id)
            id_here = first.experiment_id if first else experiment_id(folder_id, trial_id) if folder_id else None
            found = (answers or {}).get(trial_id, {})
            parent_id, donor_id = first.parent_id if first else None, None
            if trial is not None and folder_id is not None:
                parent_id, donor_id = parent_of(folder_id, trial), donor_of(folder_id, trial)
            yield ConversationRow(
                experiment_id=id_here,
                is_failed=trial_id in failed,
                parent_id=parent_id,
                donor_id=donor_id,
                **tally.came_to(trial or self.first[trial_id], trial, found),
            )


def _seats(trial: Trial) -> tuple[tuple[str | None, str | None], ...]:
    """Return each seat at its place in the scenario, also where others are absent."""
    there = {seat.role: (seat.participant.name, seat.role) for seat in trial.talk.seats}
    return tuple(there.get(role, (None, None)) for role in trial.roles)


@dataclass(kw_only=True, slots=True)
class _Tally:
    """What the turns of one conversation come to, as they go by."""

    unmet: list[Rule] = field(default_factory=list)
    """Its ``note`` rules that no turn has met yet."""
    has_outcomes: bool = False
    """True where its procedure says what came of it."""
    is_planned: bool = True
    """False where seats are known from who spoke."""
    noted: list[str] = field(default_factory=list)
    said: list[Turn] = field(default_factory=list)
    """Its turns, kept only while a rule may still look at them, or for the outcomes."""
    num_turns: int = 0
    last_turn: int = 0
    ended_by: str | None = None
    spoke: dict[tuple[str, str], None] = field(default_factory=dict)
    """Friendly name and role of each speaker, in the order in which they spoke first."""
    opening_role: str | None = None
    sums: list[Any] = field(default_factory=lambda: [0] * len(_SUMMED))
    n_refusals: int = 0
    n_truncated: int = 0
    attempts: int = 0
    sources: set[str] = field(default_factory=set)
    first_timestamp: str | None = None
    last_timestamp: str | None = None

    def take(self, row: TurnRow) -> None:
        """Take in its next turn."""
        self.num_turns += 1
        self.sources.add(row.source)
        if row.is_refusal:
            self.n_refusals += 1
        if row.is_truncated:
            self.n_truncated += 1
        if row.turn_id > self.last_turn:
            self.last_turn, self.ended_by = row.turn_id, row.ended_by
        if row.timestamp:
            self.first_timestamp = self.first_timestamp or row.timestamp
            self.last_timestamp = row.timestamp
        if row.request_sha256 is not None and not (row.forked_at and row.turn_id <= row.forked_at):
            self._add(row)
        if not self.is_planned:
            self._seat(row)
        if self.unmet or self.has_outcomes:
            self.said.append(turn_of(row))
            self._note(row)

    def came_to(
        self, about: Trial | TurnRow, trial: Trial | None, answers: Mapping[AskedProbe, Answer]
    ) -> dict[str, Any]:
        """Return what all turns came to, in a conversation that ``about`` describes."""
        is_whole = self.last_turn == self.num_turns
        has_length = trial is not None and is_whole and self.num_turns >= trial.num_turns
        ended_by = self.ended_by or ("length" if has_length else None)
        unknown_or_open = None if trial is None else False
        seats = _seats(trial) if trial else tuple(self.spoke)
        return {
            "trial_id": about.trial_id,
            "scenario": about.scenario,
            "iteration": about.iteration,
            "arm": about.arm,
            "factors": about.factors,
            "probes": probe_values(trial, answers, is_complete=is_whole and ended_by is not None) if trial else {},
            "outcomes": trial.talk.procedure.outcomes(self.said) if trial else {},
            "seats": seats,
            "opening_role": trial.opener if trial else self.opening_role,
            "num_turns": self.num_turns,
            "planned_turns": trial.num_turns if trial else None,
            "is_complete": is_whole if ended_by else unknown_or_open,
            "ended_by": ended_by,
            "n_refusals": self.n_refusals,
            "n_truncated": self.n_truncated,
            "attempts": self.attempts,
            "noted": "|".join(self.noted) if trial and trial.note else None,
            "sources": "|".join(sorted(self.sources)) or None,
            "first_timestamp": self.first_timestamp,
            "last_timestamp": self.last_timestamp,
            "forked_at": trial.branch.turn if trial and trial.branch else None,
            "fork": trial.branch.label if trial and trial.branch else None,
            **dict(zip(_SUMMED, self.sums if self.num_turns else [None] * len(_SUMMED), strict=True)),
        }

    def _add(self, row: TurnRow) -> None:
        """Take in what was asked and answered; one unknown makes the sum unknown."""
        self.attempts += row.attempts
        self.sums = [
            None if total is None or value is None else total + value
            for total, value in zip(self.sums, _summed(row), strict=True)
        ]

    def _seat(self, row: TurnRow) -> None:
        self.spoke[row.speaker_model, row.speaker_role] = None
        if row.turn_id == 1:
            self.opening_role = row.speaker_role

    def _note(self, row: TurnRow) -> None:
        met = [rule for rule in self.unmet if rule.is_met(self.said)]
        self.noted += [f"{rule.reason}@{row.turn_id}" for rule in met]
        self.unmet = [rule for rule in self.unmet if rule not in met]
        if not self.unmet and not self.has_outcomes:
            self.said = []
