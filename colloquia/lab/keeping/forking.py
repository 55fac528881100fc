"""Asking for forks of a conversation; the next run holds them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.design.forking import Fork, check_fork
from colloquia.errors import DesignError
from colloquia.lab.planning.planning import trials_of
from colloquia.logbook import contents
from colloquia.logbook import forks as asked_for
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import experiment_id, timestamp

if TYPE_CHECKING:
    from colloquia.design.trials import Trial
    from colloquia.logbook.holdings import Contents


def fork(
    conversation: str,
    turn: int,
    *,
    folder: Path | str = Path("data"),
    times: int = 1,
    models: dict[str, str] | None = None,
    prompts: dict[str, str] | None = None,
    edit: str | None = None,
    delete: bool = False,
    which: int | None = None,
) -> Fork:
    """Ask for continuations of a conversation from a turn on, and return what was asked for; a run holds them.

    Where something is otherwise, as many continuations without it are held beside.

    Args:
        conversation: How its experiment_id or trial_id begins.
        turn: The last turn that is shared.
        folder: The run folder.
        times: How many continuations.
        models: Friendly names that sit elsewhere from now on, by role.
        prompts: What roles are told from now on, by role.
        edit: What the turn ``which`` is heard as.
        delete: Take the turn ``which`` out.
        which: The turn that is edited or deleted; the last shared one by default.

    Raises:
        DesignError: there is no such conversation, role, model or turn, or nothing would follow.
        FolderError: the folder cannot be read.
        StorageError: the disk failed.
    """
    wanted = Fork(
        parent=conversation, turn=turn, times=times, models=models or {}, prompts=prompts or {},
        edited=_edited(turn, edit, which, delete=delete), text=edit,
    )  # fmt: skip
    run_folder = RunFolder(Path(folder))
    asked = _of_one_there(wanted, run_folder)
    asked_for.write(run_folder, asked_for.ForkAsked(at=timestamp(datetime.now(UTC)), fork=asked))
    return asked


def _edited(turn: int, edit: str | None, which: int | None, *, delete: bool) -> int | None:
    """Return the turn that is edited or deleted, the last shared one by default; None where none is."""
    if edit is not None and delete:
        raise DesignError("A turn is edited or deleted, not both.")
    is_changed = edit is not None or delete
    if which is not None and not is_changed:
        raise DesignError(f"--which {which}: say what becomes of that turn, with --edit or --delete.")
    return None if not is_changed else turn if which is None else which


def _of_one_there(wanted: Fork, run_folder: RunFolder) -> Fork:
    """Return a fork with the whole id of its parent, of which only the beginning was named; it can be held."""
    found = contents.read(run_folder)
    if not found.runs:
        raise DesignError(f"{run_folder.path} was never run: there is nothing to fork.")
    planned = trials_of(*found.studies, forked=asked_for.read(run_folder))
    parent = _meant(wanted.parent, planned, found)
    asked = replace(wanted, parent=parent.trial_id)
    said = asked_for.with_prefixes(found, planned).turns.get(parent.trial_id, ())
    check_fork(asked, parent, said, studies.parse(found.runs[-1].study).entries)
    return asked


def _meant(named: str, planned: tuple[Trial, ...], found: Contents) -> Trial:
    folder_id = found.folder_id or ""
    meant = [
        trial
        for trial in planned
        if named and (trial.trial_id.startswith(named) or experiment_id(folder_id, trial.trial_id).startswith(named))
    ]
    if not meant:
        raise DesignError(f"No conversation of the study begins with {named!r}; `colloquia show` lists all.")
    if len(meant) > 1:
        raise DesignError(f"{len(meant)} conversations begin with {named!r}; write more of the id.")
    return meant[0]
