"""What goes on in a run folder: what its latest run said last, whether it is still there, and what is wished of it."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.errors import FolderError
from colloquia.logbook.folder import RunFolder
from colloquia.running.wishes import Wish, utter

if TYPE_CHECKING:
    from colloquia.running.wishes import Want

GOING_ON = ("running", "pausing", "paused", "stopping")
"""What ``state.json`` says while a run goes on; anything else is its last word."""
LOST_SECONDS = 15.0
"""A run that has said nothing for so long is taken for lost, where nobody can tell whether its process is there."""


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


def existing(folder: Path | str) -> RunFolder:
    """Return a run folder in which a run was ever begun.

    Raises:
        FolderError: there is no log.
    """
    run_folder = RunFolder(Path(folder))
    if not any((run_folder.path / name).is_file() for name in (run_folder.log, run_folder.probes, run_folder.journal)):
        raise FolderError(f"No log in {run_folder.path}: name the run folder of a study that was run.")
    return run_folder


def state(folder: Path | str) -> State:
    """Return what the latest run of a folder is doing, or how it ended.

    Raises:
        FolderError: there is no log.
    """
    existing(folder)
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
