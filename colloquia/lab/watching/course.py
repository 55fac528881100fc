"""How far one conversation is, counted as its turns and calls go by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from colloquia.logbook.attempts import key_of
from colloquia.logbook.places import Places

if TYPE_CHECKING:
    from colloquia.design.trials import Trial
    from colloquia.logbook.entries import AttemptEnded, AttemptStarted, TrialFailed
    from colloquia.logbook.record import TurnRow

Doing = Literal["speaking", "retrying", "open", "waiting", "failed", "done"]
"""``speaking``: a call is under way; ``retrying``: one failed, and another try follows; ``open``: begun; ``waiting``:
not begun."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """How far one conversation is."""

    trial_id: str
    experiment_id: str
    """Empty where the folder has no id yet."""
    number: int
    """Its place: that in the plan, and after these those that are no longer planned; counted from 1."""
    scenario: str
    iteration: int
    seats: tuple[tuple[str, str], ...]
    """Role and friendly name of each seat."""
    turns: int
    planned_turns: int | None
    """None where no study plans it any more."""
    doing: Doing
    speaker: str | None
    """The role that is being asked."""
    ended_by: str | None
    cost_usd: float | None
    """None where nobody said what a turn of it cost."""
    failures: int
    """Calls that failed, this run's and earlier ones'."""
    message: str
    """Why the last call or the conversation failed; empty where none did since its last turn."""
    sources: frozenset[str]

    @property
    def is_planned(self) -> bool:
        """True where the latest study plans it."""
        return self.planned_turns is not None

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        if self.doing == "done":
            return 1.0
        return min(self.turns / self.planned_turns, 1.0) if self.planned_turns else 0.0


@dataclass(kw_only=True)
class Tally:
    """What went by of one conversation."""

    trial_id: str
    number: int
    trial: Trial | None = None
    places: Places = field(default_factory=Places)
    """Where its turns stand in the log."""
    _scenario: str = ""
    _iteration: int = 0
    _spoke: dict[str, str] = field(default_factory=dict)
    """Friendly names by role, of those who spoke."""
    _last_turn: int = 0
    _last_speaker: str | None = None
    _ended_by: str | None = None
    _cost_usd: float | None = 0.0
    _sources: set[str] = field(default_factory=set)
    _asked: AttemptStarted | None = None
    """The call that is under way."""
    _failures: int = 0
    _message: str = ""
    _is_failed: bool = False

    def row(self, row: TurnRow, offset: int) -> bool:
        """Take in a turn; return False for a later line of a turn that is there."""
        if not self.places and row.forked_at:
            self.places = Places(row.forked_at)
        if not self.places.put(row.turn_id, offset):
            return False
        self._scenario, self._iteration = row.scenario, row.iteration
        self._spoke.setdefault(row.speaker_role, row.speaker_model)
        self._sources.add(row.source)
        if row.turn_id >= self._last_turn:
            self._last_turn, self._last_speaker, self._ended_by = row.turn_id, row.speaker_role, row.ended_by
        is_free = row.source in ("scripted", "embedded", "human")
        if row.cost_usd is None and not is_free:
            self._cost_usd = None
        elif self._cost_usd is not None:
            self._cost_usd += row.cost_usd or 0.0
        self._message, self._is_failed = "", False
        return True

    def started(self, entry: AttemptStarted) -> None:
        """Take in a call that is about to be made."""
        self._asked, self._is_failed = entry, False

    def ended(self, entry: AttemptEnded) -> None:
        """Take in how a call came back; the next may stand in the journal before it."""
        if self._asked is not None and key_of(self._asked) == key_of(entry):
            self._asked = None
        if not entry.is_ok:
            self._failures += 1
            self._message = entry.message or "The call failed."

    def failed(self, entry: TrialFailed) -> None:
        """Take in that it cannot go on in this run."""
        if entry.turn_id > self._last_turn:
            self._asked, self._is_failed, self._message = None, True, entry.message

    def left_alone(self) -> None:
        """Take in that whoever held it is gone."""
        self._asked = None

    def course(self, experiment_id: str, *, is_live: bool) -> Course:
        """Return how far it is; while nothing runs nobody speaks."""
        seats = self._seats()
        return Course(
            trial_id=self.trial_id,
            experiment_id=experiment_id,
            number=self.number,
            scenario=self.trial.scenario if self.trial else self._scenario,
            iteration=self.trial.iteration if self.trial else self._iteration,
            seats=seats,
            turns=self._turns,
            planned_turns=self.trial.num_turns if self.trial else None,
            doing=self._doing(is_live=is_live),
            speaker=self._speaker(seats) if is_live and self._asked else None,
            ended_by=self._ended_by,
            cost_usd=self._cost_usd,
            failures=self._failures,
            message=self._message,
            sources=frozenset(self._sources),
        )

    @property
    def _turns(self) -> int:
        """Turns that it has, those that a fork shares included."""
        shared = self.trial.branch.turn if self.trial and self.trial.branch else 0
        return shared + len(self.places)

    def _seats(self) -> tuple[tuple[str, str], ...]:
        if self.trial is None:
            return tuple(self._spoke.items())
        return tuple((seat.role, seat.participant.name) for seat in self.trial.talk.seats)

    def _doing(self, *, is_live: bool) -> Doing:
        if self._ended_by or (self.trial and self._turns >= self.trial.num_turns):
            return "done"
        if self._is_failed:
            return "failed"
        if is_live and self._asked:
            return "speaking"
        if is_live and self._message:
            return "retrying"
        return "open" if self.places else "waiting"

    def _speaker(self, seats: tuple[tuple[str, str], ...]) -> str | None:
        """Return the role that is asked: of two seats with the same model, the one that did not speak last."""
        name = self._asked.speaker_model if self._asked else None
        fitting = [role for role, called in seats if called == name]
        others = [role for role in fitting if role != self._last_speaker]
        return next(iter(others or fitting), None)
