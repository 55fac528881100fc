"""Following a run folder while something writes in it: each look reads only what was added since the last.

Running totals are kept, so that a look costs the same however long the log is. What is shown at once comes from one
look; the text of turns is read from the log when it is asked for. Several threads may look at once.

The log is read before the journal, and an answered call counts once its turn is in the log: until then it is pending,
so that no turn is paid for twice.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING

from colloquia.errors import ColloquiaError, FolderError
from colloquia.lab.keeping.liveness import State, last_state
from colloquia.lab.planning.planning import trials_of
from colloquia.lab.watching.course import Course, Tally
from colloquia.lab.watching.events import Event, event_of
from colloquia.lab.watching.hearing import hearing_after
from colloquia.lab.watching.pace import Pace
from colloquia.logbook import entries, record
from colloquia.logbook import forks as asked_for
from colloquia.logbook.attempts import Attempts, key_of
from colloquia.logbook.entries import decode_entry
from colloquia.logbook.record import DamagedLine, TurnRow, decode_turn
from colloquia.logbook.tail import Tail
from colloquia.running import live
from colloquia.running.wishes import uttered
from colloquia.studies import parse

if TYPE_CHECKING:
    from colloquia.design.forking import Fork
    from colloquia.design.trials import Trial
    from colloquia.lab.watching.hearing import Hearing
    from colloquia.logbook.attempts import Key
    from colloquia.logbook.entries import AttemptEnded, AttemptStarted, Entry
    from colloquia.logbook.folder import RunFolder
    from colloquia.running.wishes import Want

MOST_EVENTS = 2_000
"""The last so many events are kept."""
MOST_READ = 8
"""Conversations whose turns are kept in memory."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What one look at a run folder showed."""

    state: State
    wanted: Want | None
    """What somebody wants of the run that goes on, heard or not."""
    title: str
    """Of the latest study; foreign text, empty where it has none."""
    courses: tuple[Course, ...]
    """The conversations of the latest study in the order of the plan, then those that are no longer planned."""
    events: tuple[Event, ...]
    """The last events, newest first."""
    number_of: Counter[str]
    """How many events of each kind there were in all."""
    newest: str | None
    """The conversation whose turn came last, by trial id."""
    spent_usd: float
    """All that is known to have been spent in this folder."""
    has_unknown_cost: bool
    has_bounded_cost: bool
    """True where a call that was lost is counted at the most that it can have cost."""
    conversations: int
    """That the latest study plans; what is counted below is of these."""
    turns: int
    planned_turns: int
    finished: int
    """Conversations that are done."""
    failed: int
    sources: frozenset[str]
    damage: tuple[str, ...]
    """What is not as it was written, in words."""
    pace: Pace
    judges: tuple[str, ...]
    """Names of the judges of the latest study."""
    hearing: Hearing | None
    """The latest time that judges were asked; None where none ever were."""
    is_hearing: bool
    """True while judges are being asked."""

    @property
    def cap_usd(self) -> float | None:
        """What may be spent in this folder."""
        cap = self.state.values.get("cap_usd")
        return float(cap) if cap is not None else None

    @property
    def share(self) -> float:
        """How much of what is planned is done, from 0 to 1."""
        return self.finished / self.conversations if self.conversations else 0.0

    @property
    def has_rest(self) -> bool:
        """True where a conversation is not done: of those that are planned, or of all where no plan can be read."""
        planned = [course for course in self.courses if course.is_planned]
        return any(course.doing != "done" for course in planned or self.courses)

    @property
    def seconds_left(self) -> float | None:
        """How long the rest is likely to take; None where that is not known, and while nothing is said."""
        values = self.state.values
        rest = int(values.get("turns", 0)) - int(values.get("turns_done", 0))
        per_second = self.pace.turns_per_second
        return rest / per_second if self.state.condition == "running" and rest > 0 and per_second else None


@dataclass(kw_only=True)
class _Account:
    """What was spent: the calls as the journal tells of them."""

    attempts: Attempts = field(default_factory=Attempts)
    _open: dict[Key, AttemptStarted] = field(default_factory=dict)

    def row(self, row: TurnRow) -> None:
        self.attempts.row(row)

    def started(self, entry: AttemptStarted) -> None:
        self.attempts.started(entry)
        self._open[key_of(entry)] = entry

    def ended(self, entry: AttemptEnded) -> None:
        self.attempts.ended(entry)
        self._open.pop(key_of(entry), None)

    def spent_usd(self, run_id: str | None) -> float:
        """Return what was spent; what calls of the run ``run_id`` that goes on may yet cost is no part of it."""
        under_way = sum(start.reserved_usd or 0.0 for start in self._open.values() if start.run_id == run_id)
        return max(self.attempts.spent_usd() - under_way, 0.0)

    def has_unknown_cost(self, run_id: str | None) -> bool:
        """Tell whether a call has no known price; one that is under way has none yet."""
        is_quiet = not any(start.run_id == run_id for start in self._open.values())
        return is_quiet and self.attempts.has_unknown_cost()


class Following:
    """A run folder that is being followed."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._lock = RLock()
        self._log = Tail(folder=folder, name=folder.log)
        self._journal = Tail(folder=folder, name=folder.journal)
        self._start_anew()

    def look(self) -> View:
        """Read what was added, and return what is there now.

        Raises:
            FolderError: the folder is gone, or cannot be read.
        """
        with self._lock:
            if not self.folder.path.is_dir():
                raise FolderError(f"{self.folder.path} is no longer there: it was moved or deleted.")
            if self._log.is_another() or self._journal.is_another():
                self._start_anew()
            state = last_state(self.folder)
            self._read()
            live_run = state.run_id if state.is_live else None
            return self._view(state, live_run)

    def turns(self, trial_id: str) -> tuple[TurnRow, ...]:
        """Return the turns of a conversation that the last look saw, in order, those that a fork shares first.

        Raises:
            FolderError: the log cannot be read.
        """
        with self._lock:
            tally = self._tallies.get(trial_id)
            if tally is None:
                return ()
            rows = self._rows.setdefault(trial_id, [])
            self._rows.move_to_end(trial_id)
            if len(self._rows) > MOST_READ:
                self._rows.popitem(last=False)
            if len(rows) < len(tally.places):
                rows[:] = (decode_turn(line) for line in self._log.at(tally.places.in_order))
            branch = tally.trial.branch if tally.trial else None
            return (*asked_for.heard(branch, self.turns(branch.parent)), *rows) if branch else tuple(rows)

    def writing(self, trial_id: str) -> str:
        """Return what a conversation has generated of its turn so far."""
        return live.read(self.folder, trial_id)

    def _start_anew(self) -> None:
        self._log.start_anew()
        self._journal.start_anew()
        self._account = _Account()
        self._tallies: dict[str, Tally] = {}
        self._courses: dict[str, Course] = {}
        self._changed: set[str] = set()
        self._was_live: str | None = None
        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self._number_of: Counter[str] = Counter()
        self._damage: list[str] = []
        self._pace = Pace()
        self._rows: OrderedDict[str, list[TurnRow]] = OrderedDict()
        self._studies: list[str] = []
        self._title = self._folder_id = ""
        self._judges: tuple[str, ...] = ()
        self._forks: list[Fork] = []
        self._newest: str | None = None
        self._hearing: Hearing | None = None

    def _read(self) -> None:
        for offset, line in self._log.lines():
            try:
                self._row(decode_turn(line), offset)
            except DamagedLine as damaged:
                self._damage.append(f"{self.folder.log}, at byte {offset:,}: {damaged.reason}.")
        for offset, line in self._journal.lines():
            try:
                self._entry(decode_entry(line))
            except DamagedLine as damaged:
                self._damage.append(f"{self.folder.journal}, at byte {offset:,}: {damaged.reason}.")

    def _row(self, row: TurnRow, offset: int) -> None:
        self._account.row(row)
        if self._tally(row.trial_id).row(row, offset):
            self._newest = row.trial_id
            self._pace.take(row)

    def _entry(self, entry: Entry) -> None:
        match entry:
            case entries.FolderMade():
                self._folder_id = self._folder_id or entry.folder_id
            case entries.RunStarted():
                self._plan(entry.study)
            case entries.AttemptStarted():
                self._account.started(entry)
                if entry.beside is None:
                    self._tally(entry.trial_id).started(entry)
            case entries.AttemptEnded():
                self._account.ended(entry)
                if entry.beside is None:
                    self._tally(entry.trial_id).ended(entry)
            case entries.AttemptSettled():
                self._account.attempts.settled(entry)
            case entries.TrialFailed():
                self._tally(entry.trial_id).failed(entry)
        self._hearing = hearing_after(self._hearing, entry)
        if event := event_of(entry):
            self._events.append(event)
            self._number_of[event.kind] += 1

    def _plan(self, study: str) -> None:
        """Take in what a run that begins is to do; nobody is in the middle of a call then."""
        for tally in self._tallies.values():
            tally.left_alone()
        self._changed.update(self._tallies)
        forks = asked_for.read(self.folder)
        if (self._studies[-1:], self._forks) == ([study], forks):
            return
        try:
            planned, latest = trials_of(*self._studies, study, forked=forks), parse(study)
        except ColloquiaError as error:
            self._damage.append(f"The study in {self.folder.journal} cannot be read: {error}")
            return
        self._title, self._judges = latest.title, tuple(latest.panels)
        self._forks = forks
        self._studies.append(study)
        ids = frozenset(trial.trial_id for trial in planned)
        kept = [tally for trial_id, tally in self._tallies.items() if trial_id not in ids]
        before, self._tallies = self._tallies, {}
        for number, trial in enumerate(planned, start=1):
            fresh = Tally(trial_id=trial.trial_id, number=number)
            self._number(before.get(trial.trial_id, fresh), number, trial)
        for number, tally in enumerate(kept, start=len(planned) + 1):
            self._number(tally, number, None)
        self._changed.update(self._tallies)

    def _number(self, tally: Tally, number: int, trial: Trial | None) -> None:
        tally.number, tally.trial = number, trial
        self._tallies[tally.trial_id] = tally

    def _tally(self, trial_id: str) -> Tally:
        self._changed.add(trial_id)
        if trial_id not in self._tallies:
            self._tallies[trial_id] = Tally(trial_id=trial_id, number=len(self._tallies) + 1)
        return self._tallies[trial_id]

    def _refresh(self, live_run: str | None) -> None:
        """Bring the courses up to date of all conversations of which something was heard."""
        if bool(live_run) is not bool(self._was_live) or not self._courses:
            self._changed.update(self._tallies)
        self._was_live = live_run
        for trial_id in self._changed:
            id_here = record.experiment_id(self._folder_id, trial_id) if self._folder_id else ""
            self._courses[trial_id] = self._tallies[trial_id].course(id_here, is_live=bool(live_run))
        self._changed = set()

    def _view(self, state: State, live_run: str | None) -> View:
        self._refresh(live_run)
        courses = tuple(self._courses[trial_id] for trial_id in self._tallies)
        planned = [course for course in courses if course.is_planned]
        return View(
            state=state,
            wanted=self._wanted(live_run),
            title=self._title,
            courses=courses,
            events=tuple(reversed(self._events)),
            number_of=self._number_of.copy(),
            newest=self._newest,
            spent_usd=self._account.spent_usd(live_run),
            has_unknown_cost=self._account.has_unknown_cost(live_run),
            has_bounded_cost=self._account.attempts.has_bounded_cost(live_run),
            conversations=len(planned),
            turns=sum(course.turns for course in planned),
            planned_turns=sum(course.planned_turns or 0 for course in planned),
            finished=sum(course.doing == "done" for course in planned),
            failed=sum(course.doing == "failed" for course in planned),
            sources=frozenset().union(*(course.sources for course in courses)),
            damage=tuple(self._damage),
            pace=self._pace.until(datetime.now(UTC)),
            judges=self._judges,
            hearing=replace(self._hearing) if self._hearing else None,
            is_hearing=state.is_live and state.is_of_judges,
        )

    def _wanted(self, live_run: str | None) -> Want | None:
        wish = uttered(self.folder) if live_run else None
        return wish.want if wish and wish.run_id == live_run else None
