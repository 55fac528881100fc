"""A run folder that is followed: a test writes into it as a run would, and looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from builders import study
from unit.logbook.samples import AT, FOLDER_ID, ended, row_of, started

from colloquia import studies
from colloquia.lab.planning.planning import trials_of
from colloquia.lab.watching.following import Following
from colloquia.logbook.entries import (
    FolderMade,
    RunStarted,
)
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import encode, timestamp

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


STUDY = studies.frozen(study(num_turns=2, iterations=2, title="A <b>pilot</b>"))
FIRST, SECOND = (trial.trial_id for trial in trials_of(STUDY))


class Desk:
    """A run folder into which a test writes as a run would."""

    def __init__(self, path: Path) -> None:
        self.folder = RunFolder(path)
        self.folder.make()
        self.following = Following(self.folder)

    def log(self, *rows: Any) -> None:
        self._append(self.folder.log, b"".join(map(encode, rows)))

    def journal(self, *entries: Any) -> None:
        self._append(self.folder.journal, b"".join(map(encode, entries)))

    def begin(self, run_id: str = "run-1", text: str = STUDY) -> None:
        """Write that a run began."""
        planned = {"conversations": 2, "turns": 4}
        self.journal(
            FolderMade(at=AT, folder_id=FOLDER_ID),
            RunStarted(at=AT, run_id=run_id, study=text, versions={}, command="colloquia run", planned=planned),
        )

    def state(self, status: str = "running", run_id: str = "run-1", **values: Any) -> None:
        """Write what the run does just now."""
        from datetime import UTC, datetime

        words = {"run_id": run_id, "status": status, "at": timestamp(datetime.now(UTC)), **values}
        (self.folder.path / self.folder.state).write_bytes(msgspec.json.encode(words))

    def say(self, trial_id: str, turn_id: int, **changes: Any) -> None:
        """Write a turn with its call."""
        self.journal(started(trial_id, turn_id), ended(trial_id, turn_id))
        self.log(row_of(trial_id, turn_id, **changes))

    def _append(self, name: str, data: bytes) -> None:
        with (self.folder.path / name).open("ab") as file:
            file.write(data)


def course(desk: Desk, trial_id: str = FIRST) -> Any:
    """Return how far a conversation is now."""
    return next(each for each in desk.following.look().courses if each.trial_id == trial_id)
