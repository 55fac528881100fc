"""Run folders: their tables, their soundness, and what is in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.analysis.judging.verdicts import of_conversations
from colloquia.analysis.retries import COLUMNS as RETRY_COLUMNS
from colloquia.analysis.retries import is_striking, retried_conversations, retry_rows
from colloquia.errors import DamagedLogError
from colloquia.lab.keeping.liveness import existing, last_state
from colloquia.lab.planning.planning import ever_planned, trials_of
from colloquia.logbook import check as checking
from colloquia.logbook import contents, forks, judgements
from colloquia.logbook.conversations import write_conversations
from colloquia.logbook.csv import table, write_answers, write_turns
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.outline import outline
from colloquia.logbook.planned_rows import PlannedRows
from colloquia.logbook.record import experiment_id
from colloquia.running.verifying import verify as verify_turns
from colloquia.running.verifying_probes import verify_answers, with_all_probes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.analysis.retries import RetryRow, Share
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.design.trials import Trial
    from colloquia.logbook.check import Findings
    from colloquia.logbook.outline import Outline
    from colloquia.logbook.record import TurnRow
    from colloquia.running.verifying import Verification

DEFAULT_FOLDER = Path("data")


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
    run_folder = existing(folder)
    held, forked = outline(run_folder), forks.read(run_folder)
    _check_studies(run_folder, held)
    trials = trials_of(*held.studies, code=_code(run_folder, allow_code), forked=forked) if held.runs else ()
    rows = PlannedRows(folder=run_folder, outline=held, trials=trials)
    names = rows.factor_names
    write_turns(run_folder, rows.turns(), factor_names=names, is_planned=rows.is_planned, everything=everything)
    write_conversations(
        run_folder,
        rows.conversations(),
        trials=trials,
        factor_names=names,
        verdicts=_verdicts(run_folder, rows),
        everything=everything,
    )
    answers = (row for row in rows.answers() if everything or rows.is_asked(row))
    write_answers(run_folder, answers, factor_names=names)
    found = _retries(run_folder, held.studies, rows.has_turn)
    cells = ([getattr(row, name) for name in RETRY_COLUMNS] for row in found)
    run_folder.replace(run_folder.retries_csv, table(RETRY_COLUMNS, cells))
    tables = (run_folder.turns_csv, run_folder.conversations_csv, run_folder.probes_csv, run_folder.retries_csv)
    return tuple(run_folder.path / name for name in tables)


def _check_studies(run_folder: RunFolder, held: Outline) -> None:
    """Make sure that the studies by which a log is read are there."""
    if (held.folder_id is None or not held.runs) and any(contents.rows(run_folder)):
        raise DamagedLogError(
            f"{run_folder.path / run_folder.journal} no longer says what was planned here, so the tables are left as "
            "they are: restore it from a copy."
        )


def _verdicts(run_folder: RunFolder, rows: PlannedRows) -> dict[str, dict[str, str | float]]:
    """Return what the judges of the latest study say of conversations."""
    held = rows.outline
    judges = studies.parse(held.runs[-1].study).panels if held.runs else {}
    if not judges or held.folder_id is None:
        return {}
    lengths = {experiment_id(held.folder_id, trial_id): turns for trial_id, turns in rows.lengths.items()}
    return of_conversations(judgements.read(run_folder).by_key.values(), judges, lengths)


def retries(folder: Path | str = DEFAULT_FOLDER) -> list[RetryRow]:
    """Return how often models had to be asked again, by model, scenario and turn, over all runs of a folder.

    Raises:
        FolderError: there is no log.
    """
    run_folder = existing(folder)
    found = contents.read(run_folder)
    return _retries(run_folder, found.studies, lambda trial_id, turn_id: turn_id in found.places.get(trial_id, ()))


def unlike_retries(folder: Path | str = DEFAULT_FOLDER) -> dict[str, Share]:
    """Return by model in how many conversations it was asked again, where models clearly differ; else nothing."""
    shares = retried_conversations(contents.entries(RunFolder(Path(folder))))
    return shares if is_striking(shares) else {}


def _retries(run_folder: RunFolder, studies_run: Sequence[str], has_turn: Callable[[str, int], bool]) -> list[RetryRow]:
    return retry_rows(
        contents.entries(run_folder),
        scenario_of={trial.trial_id: trial.scenario for trial in ever_planned(studies_run)},
        has_turn=has_turn,
    )


def check(folder: Path | str = DEFAULT_FOLDER) -> Findings:
    """Read every line of a run folder's logs, and say what is damaged.

    Raises:
        FolderError: there is no log.
    """
    run_folder = existing(folder)
    now = last_state(run_folder)
    return checking.check(run_folder, live_run=now.run_id if now.is_live else None)


def damaged(folder: Path | str = DEFAULT_FOLDER) -> int:
    """Return how many conversations of a run folder damage touches; tables have only their whole lines.

    Raises:
        FolderError: there is no log.
    """
    return len(contents.read(existing(folder)).quarantined)


def verify(folder: Path | str = DEFAULT_FOLDER, *, allow_code: bool = False) -> Verification:
    """Rebuild every request of a run folder's log, and compare its hash with the one that was sent.

    Args:
        folder: The run folder.
        allow_code: Run the Python of procedures of your own, without which their requests cannot be rebuilt.

    Raises:
        DesignError: there is such a procedure, and its code may not be run.
        FolderError: there is no log.
    """
    run_folder = existing(folder)
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


def planned_ever(run_folder: RunFolder) -> dict[str, Trial]:
    """Return every conversation that the studies of a run folder ever planned, by trial id.

    Raises:
        FolderError: the journal cannot be read.
    """
    ever = ever_planned(outline(run_folder).studies, forked=forks.read(run_folder))
    return {trial.trial_id: trial for trial in ever}


def planned_now(folder: Path | str = DEFAULT_FOLDER) -> set[str]:
    """Return the ids of the conversations that the latest study of a run folder plans, forks of them included.

    Raises:
        FolderError: there is no log.
    """
    run_folder = existing(folder)
    latest = outline(run_folder).studies[-1:]
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
    run_folder = existing(folder)
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
    found = (row for row in contents.rows(existing(folder)) if row.trial_id == trial_id)
    return sorted(found, key=lambda row: row.turn_id)


def _seated(trial: Trial | None) -> dict[str, str]:
    return {seat.role: seat.participant.name for seat in trial.talk.seats} if trial else {}
