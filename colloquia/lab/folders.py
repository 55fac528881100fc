"""Run folders: their tables, their soundness, what is in them and what goes on in them."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia import studies
from colloquia.analysis.judging.verdicts import of_conversations
from colloquia.analysis.retries import COLUMNS as RETRY_COLUMNS
from colloquia.analysis.retries import is_striking, retried_conversations, retry_rows
from colloquia.errors import DamagedLogError, FolderError
from colloquia.lab.planning import ever_planned, trials_of
from colloquia.logbook import check as checking
from colloquia.logbook import contents, forks, judgements
from colloquia.logbook.arms import in_arms
from colloquia.logbook.conversations import write_conversations
from colloquia.logbook.csv import table, write_answers, write_turns
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.forks import unfolded
from colloquia.logbook.record import experiment_id
from colloquia.running.verifying import verify as verify_turns
from colloquia.running.verifying_probes import verify_answers, with_all_probes
from colloquia.running.wishes import Wish, utter

if TYPE_CHECKING:
    from colloquia.analysis.retries import RetryRow, Share
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.design.trials import Trial
    from colloquia.logbook.check import Findings
    from colloquia.logbook.holdings import Contents
    from colloquia.logbook.record import TurnRow
    from colloquia.running.verifying import Verification
    from colloquia.running.wishes import Want

DEFAULT_FOLDER = Path("data")
GOING_ON = ("running", "pausing", "paused", "stopping")
"""What ``state.json`` says while a run goes on; anything else is its last word."""
LOST_SECONDS = 15.0
"""A run that has said nothing for so long is taken for lost, where nobody can tell whether its process is there."""


def export(
    folder: Path | str = DEFAULT_FOLDER, *, everything: bool = False, allow_code: bool = False
) -> tuple[Path, ...]:
    """Write the tables of a run folder anew from its log, and return their paths.

    Args:
        folder: The run folder.
        everything: Also conversations that the latest study no longer plans, with a column ``is_planned``.
        allow_code: Run the Python of procedures of your own, which knows their outcomes.

    Raises:
        DamagedLogError: the journal has lost the studies by which the log is read.
        FolderError: there is no log.
    """
    run_folder = _existing(folder)
    found = contents.read(run_folder)
    if found.turns and (found.folder_id is None or not found.runs):
        raise DamagedLogError(
            f"{run_folder.path / run_folder.journal} no longer says what was planned here, so the tables are left as "
            "they are: restore it from a copy."
        )
    code, forked = _code(run_folder, allow_code), forks.read(run_folder)
    planned = trials_of(*found.studies, code=code, forked=forked) if found.runs else ()
    found = forks.with_prefixes(found, planned)
    by_id = {trial.trial_id: trial for trial in planned}
    factor_names = sorted({name for trial in planned for name in trial.factors})
    arms = {trial.trial_id: trial.arm for trial in planned}
    write_turns(
        run_folder,
        in_arms(unfolded(run_folder, found, by_id), arms),
        factor_names=factor_names,
        is_planned=by_id.__contains__,
        everything=everything,
    )
    write_conversations(
        run_folder,
        unfolded(run_folder, found, by_id),
        trials=planned,
        factor_names=factor_names,
        folder_id=found.folder_id,
        answers=found.answers,
        verdicts=_verdicts(run_folder, found),
        failed=found.failed,
        everything=everything,
    )
    asked = {(trial.trial_id, probe.name, probe.sha256) for trial in planned for probe in trial.talk.probes}
    answers = (
        row
        for row in forks.unfolded_answers(contents.answer_rows(run_folder), by_id, found)
        if everything or (row.trial_id, row.probe, row.question_sha256) in asked
    )
    write_answers(run_folder, in_arms(answers, arms), factor_names=factor_names)
    names = (run_folder.turns_csv, run_folder.conversations_csv, run_folder.probes_csv, run_folder.retries_csv)
    cells = ([getattr(row, name) for name in RETRY_COLUMNS] for row in _retries(run_folder, found))
    run_folder.replace(run_folder.retries_csv, table(RETRY_COLUMNS, cells))
    return tuple(run_folder.path / name for name in names)


def _verdicts(run_folder: RunFolder, found: Contents) -> dict[str, dict[str, str | float]]:
    """Return what the judges of the latest study say of conversations."""
    judges = studies.parse(found.runs[-1].study).panels if found.runs else {}
    if not judges or found.folder_id is None:
        return {}
    lengths = {experiment_id(found.folder_id, trial_id): len(turns) for trial_id, turns in found.turns.items()}
    return of_conversations(judgements.read(run_folder).by_key.values(), judges, lengths)


def retries(folder: Path | str = DEFAULT_FOLDER) -> list[RetryRow]:
    """Return how often models had to be asked again, by model, scenario and turn, over all runs of a folder.

    Raises:
        FolderError: there is no log.
    """
    run_folder = _existing(folder)
    return _retries(run_folder, contents.read(run_folder))


def unlike_retries(folder: Path | str = DEFAULT_FOLDER) -> dict[str, Share]:
    """Return by model in how many conversations it was asked again, where models clearly differ; else nothing."""
    shares = retried_conversations(contents.entries(RunFolder(Path(folder))))
    return shares if is_striking(shares) else {}


def _retries(run_folder: RunFolder, found: Contents) -> list[RetryRow]:
    return retry_rows(
        contents.entries(run_folder),
        scenario_of={trial.trial_id: trial.scenario for trial in ever_planned(found.studies)},
        has_turn=lambda trial_id, turn_id: turn_id in found.places.get(trial_id, ()),
    )


def check(folder: Path | str = DEFAULT_FOLDER) -> Findings:
    """Read every line of a run folder's logs, and say what is damaged.

    Raises:
        FolderError: there is no log.
    """
    run_folder = _existing(folder)
    now = last_state(run_folder)
    return checking.check(run_folder, live_run=now.run_id if now.is_live else None)


def verify(folder: Path | str = DEFAULT_FOLDER, *, allow_code: bool = False) -> Verification:
    """Rebuild every request of a run folder's log, and compare its hash with the one that was sent.

    Args:
        folder: The run folder.
        allow_code: Run the Python of procedures of your own, without which their requests cannot be rebuilt.

    Raises:
        DesignError: there is such a procedure, and its code may not be run.
        FolderError: there is no log.
    """
    run_folder = _existing(folder)
    found = contents.read(run_folder, keeps_hashes=True)
    code = _code(run_folder, allow_code)
    forked = forks.read(run_folder)
    ever = with_all_probes(ever_planned(found.studies, code=code, forked=forked))
    found = forks.with_prefixes(found, ever.values())
    ever = {trial_id: trial.with_donor(found.turns) for trial_id, trial in ever.items()}
    turns = verify_turns(
        ever,
        contents.rows(run_folder),
        folder_id=found.folder_id,
        content_hashes=found.content_hashes,
        answers=found.answers,
        shared={each.trial_id: found.turns[each.trial_id][: each.branch.turn] for each in ever.values() if each.branch},
    )
    answers = verify_answers(
        ever,
        found.turns,
        contents.answer_rows(run_folder),
        folder_id=found.folder_id,
        hashes=found.answer_hashes,
        shared={each.trial_id: found.answers.get(each.trial_id, {}) for each in ever.values() if each.branch},
    )
    return replace(
        turns, requests=turns.requests + answers.requests, mismatches=(*turns.mismatches, *answers.mismatches)
    )


def _code(folder: RunFolder, allow_code: bool) -> Path | None:  # noqa: FBT001 (as the researcher says)
    """Return where the Python is kept that a study names, if it may be run."""
    return folder.path / folder.files if allow_code else None


def _existing(folder: Path | str) -> RunFolder:
    run_folder = RunFolder(Path(folder))
    if not any((run_folder.path / name).is_file() for name in (run_folder.log, run_folder.probes, run_folder.journal)):
        raise FolderError(f"No log in {run_folder.path}: name the run folder of a study that was run.")
    return run_folder


def planned_ever(run_folder: RunFolder) -> dict[str, Trial]:
    """Return every conversation that the studies of a run folder ever planned, by trial id.

    Raises:
        FolderError: the journal cannot be read.
    """
    ever = ever_planned(contents.studies(run_folder), forked=forks.read(run_folder))
    return {trial.trial_id: trial for trial in ever}


def planned_now(folder: Path | str = DEFAULT_FOLDER) -> set[str]:
    """Return the ids of the conversations that the latest study of a run folder plans, forks of them included.

    Raises:
        FolderError: there is no log.
    """
    run_folder = _existing(folder)
    latest = contents.studies(run_folder)[-1:]
    return {trial.trial_id for study in latest for trial in trials_of(study, forked=forks.read(run_folder))}


def are_tables_current(folder: Path | str = DEFAULT_FOLDER) -> bool:
    """Tell whether the tables of a run folder are there and no older than its log."""
    run_folder = RunFolder(Path(folder))
    try:
        log = (run_folder.path / run_folder.log).stat().st_mtime_ns
        tables = [run_folder.path / name for name in (run_folder.turns_csv, run_folder.conversations_csv)]
        return all(table.stat().st_mtime_ns >= log for table in tables)
    except FileNotFoundError:
        return not (run_folder.path / run_folder.log).is_file()


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """One conversation of a run folder, planned or not."""

    number: int
    """Its place in the log, counted from 1."""
    experiment_id: str
    trial_id: str
    trial: Trial | None
    """What was planned; None where no study in the journal plans it."""
    scenario: str
    iteration: int
    turns: tuple[Turn, ...]
    names: dict[str, str]
    """Friendly names by role: in seat order, or in the order in which they spoke where the plan is not known."""
    answers: tuple[Answer, ...] = ()
    """Answers to probes, in the order in which they were asked."""


def conversations(folder: Path | str = DEFAULT_FOLDER) -> list[Conversation]:
    """Return the conversations of a run folder, in the order in which they began.

    Raises:
        FolderError: there is no log.
    """
    run_folder = _existing(folder)
    found = contents.read(run_folder)
    ever = planned_ever(run_folder)
    found = forks.with_prefixes(found, ever.values())
    first: dict[str, TurnRow] = {}
    names: dict[str, dict[str, str]] = {}
    for row in contents.rows(run_folder):
        first.setdefault(row.trial_id, row)
        names.setdefault(row.trial_id, {})[row.speaker_role] = row.speaker_model
    return [
        Conversation(
            number=number,
            experiment_id=row.experiment_id,
            trial_id=trial_id,
            trial=ever.get(trial_id),
            scenario=row.scenario,
            iteration=row.iteration,
            turns=tuple(found.turns[trial_id]),
            names=_seated(ever.get(trial_id)) or names[trial_id],
            answers=tuple(sorted(found.answers.get(trial_id, {}).values(), key=lambda each: each.asked.after_turn)),
        )
        for number, (trial_id, row) in enumerate(first.items(), start=1)
        if found.turns.get(trial_id)
    ]


def rows_of(folder: Path | str, trial_id: str) -> list[TurnRow]:
    """Return the rows of one conversation, in order.

    Raises:
        FolderError: there is no log.
    """
    found = (row for row in contents.rows(_existing(folder)) if row.trial_id == trial_id)
    return sorted(found, key=lambda row: row.turn_id)


def _seated(trial: Trial | None) -> dict[str, str]:
    return {seat.role: seat.participant.name for seat in trial.talk.seats} if trial else {}


@dataclass(frozen=True, kw_only=True)
class State:
    """What ``state.json`` says, and whether anybody still writes it."""

    values: dict[str, Any]
    """Empty where no run was ever begun."""
    age_seconds: float
    is_gone: bool = False
    """True where its process is known to be gone; False also where nobody can tell."""

    @property
    def run_id(self) -> str:
        """Which run it is."""
        return str(self.values.get("run_id", ""))

    @property
    def at(self) -> str | None:
        """When something was last said; None where nothing ever was."""
        return self.values.get("at")

    @property
    def is_of_judges(self) -> bool:
        """True where judges were asked, and no conversation was held."""
        return "judgements" in self.values

    @property
    def has_rest_of_judges(self) -> bool:
        """True where judges were asked last, and that was stopped or lost: they are what is gone on with."""
        return self.is_of_judges and self.values.get("status") != "finished"

    @property
    def condition(self) -> str:
        """One of ``running``, ``pausing``, ``paused``, ``stopping``, ``lost``, ``ended``, and ``none`` before any."""
        if not self.values:
            return "none"
        if self.is_lost:
            return "lost"
        return "ended" if self.is_over else str(self.values["status"])

    @property
    def is_over(self) -> bool:
        """True where the run has said its last word."""
        return self.values.get("status") not in GOING_ON

    @property
    def is_live(self) -> bool:
        """True while a run goes on."""
        return not self.is_over and not self.is_gone and self.age_seconds < LOST_SECONDS

    @property
    def is_lost(self) -> bool:
        """True where a run ended without a word."""
        return not self.is_over and not self.is_live


def state(folder: Path | str = DEFAULT_FOLDER) -> State:
    """Return what the latest run of a folder is doing, or how it ended.

    Raises:
        FolderError: there is no log.
    """
    _existing(folder)
    return last_state(RunFolder(Path(folder)))


def last_state(run_folder: RunFolder) -> State:
    """Return what was last said in a run folder, also in one where nothing ever was."""
    with run_folder.reading(run_folder.state) as file:
        text = file.read()
    try:
        values = msgspec.json.decode(text, type=dict[str, Any])
        age = datetime.now(UTC) - datetime.fromisoformat(values["at"])
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError):
        return State(values={}, age_seconds=0.0)
    return State(
        values=values, age_seconds=age.total_seconds(), is_gone=_is_gone(values.get("pid"), values.get("host"))
    )


def _is_gone(pid: object, host: object) -> bool:
    """Tell whether a process that was on this machine has ended; another machine, and Windows, do not tell."""
    if os.name == "nt" or host != socket.gethostname() or type(pid) is not int or pid <= 0:
        return False
    try:
        os.kill(pid, 0)  # no signal: only whether one could be sent
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def wish(folder: Path | str, want: Want) -> State:
    """Tell the run that goes on in a folder what is wanted of it, and return what it was doing.

    Raises:
        FolderError: no run goes on there that could hear it.
        StorageError: the wish could not be written.
    """
    found = last_state(RunFolder(Path(folder)))
    if not found.is_live:
        why = "the last one was lost without a word" if found.is_lost else "the last one has ended"
        raise FolderError(
            f"No run is going on in {folder} ({why if found.values else 'none was ever begun'}): nobody would hear it."
        )
    utter(RunFolder(Path(folder)), Wish(run_id=found.run_id, want=want))
    return found
