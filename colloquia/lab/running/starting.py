"""Starting a run as a process of its own, and what becomes of it before it first says something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colloquia import studies
from colloquia.design.offline import EMBEDDED, SCRIPTED
from colloquia.design.study import Experiment
from colloquia.errors import FolderBusyError, FolderError
from colloquia.lab.keeping.liveness import last_state
from colloquia.lab.running.runs import RUN_LOG, detach
from colloquia.logbook.folder import RunFolder
from colloquia.providers import embedded

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LAST_LINES = 12
"""So much is shown of what a run printed that ended before it began."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """A process that was started to run a folder."""

    folder: RunFolder
    process: subprocess.Popen[bytes]
    run_before: str
    """Id of the run that was the latest when it was started."""
    printed_before: int
    """Bytes that ``run.log`` had."""

    @property
    def has_begun(self) -> bool:
        """True once it holds the folder and says what it does."""
        return last_state(self.folder).run_id != self.run_before

    @property
    def is_preparing(self) -> bool:
        """True while it lives and has said nothing yet."""
        return self.process.poll() is None and not self.has_begun

    def what_went_wrong(self) -> str | None:
        """Return the end of what it printed where it ended without having begun; None where it did not."""
        code = self.process.poll()
        if not code or self.has_begun:
            return None
        with self.folder.reading(RUN_LOG) as file:
            file.seek(self.printed_before)
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-LAST_LINES:]) or f"It said nothing (exit code {code})."


def start(
    folder: RunFolder,
    study: Path | None = None,
    *,
    drop: bool = False,
    allows_code: bool = False,
    asks_judges: bool = False,
) -> Started:
    """Run a study in a folder, in a process that outlives this one; or ask the judges that were being asked last.

    Args:
        folder: The run folder; made where it is not there.
        study: The file of the study, such as the folder's ``draft.toml``; None to go on with the one frozen there.
        drop: Go on where turns that were paid for fall out of the plan.
        allows_code: Run Python that the study names.
        asks_judges: Ask the judges of the study frozen there, whoever was asked last.

    Raises:
        FolderBusyError: a run is going on there.
        FolderError: the folder cannot be written, or holds no study to go on with.
    """
    before = last_state(folder)
    if before.is_live:
        raise FolderBusyError(f"A run is going on in {folder.path}: pause or stop it first.")
    if study is None and not (folder.path / folder.study).is_file():
        raise FolderError(f"No study was ever run in {folder.path}: there is nothing to go on with.")
    printed = folder.size(RUN_LOG)
    verb = "judge" if asks_judges or (study is None and before.has_rest_of_judges) else "run"
    process = detach(folder, [verb, *_arguments(folder, study, drop=drop, allows_code=allows_code)])
    return Started(folder=folder, process=process, run_before=before.run_id, printed_before=printed)


def _arguments(folder: RunFolder, study: Path | None, *, drop: bool, allows_code: bool) -> Iterator[str]:
    yield from ("--run-dir", str(folder.path))
    yield from (flag for flag, is_set in (("--drop", drop), ("--allow-code", allows_code)) if is_set)
    if study is not None:
        yield from ("--", str(study))


def try_out(runs: Path) -> Started:
    """Start a small real study, without a key and for nothing, in a new folder under ``runs``.

    Raises:
        FolderError: no folder can be made there.
    """
    folder = new_folder(runs, "first-look")
    folder.replace(folder.draft, studies.frozen(first_look()).encode())
    return start(folder, folder.path / folder.draft)


def first_look() -> Experiment:
    """Return the study that is tried out: the embedded model in both seats, scripted ones where it is not installed."""
    if not embedded.is_installed():
        return Experiment.from_words({**_FIRST_LOOK, "models": {"one": SCRIPTED, "other": SCRIPTED}})
    models = {"calm": {**EMBEDDED, "temperature": 0.6}, "lively": {**EMBEDDED, "temperature": 0.8}}
    return Experiment.from_words({**_FIRST_LOOK, "models": models})


_FIRST_LOOK: Mapping[str, Any] = {
    "title": "A first look",
    "scenarios": {
        "bicycle": {
            "Ana": "This is a transcript of a talk between two friendly people at a flea market. Ana wants to buy an "
            "old red bicycle for her daughter and can pay 60 dollars. Ben is selling the bicycle.",
            "Ben": "This is a transcript of a talk between two friendly people at a flea market. Ben is selling an "
            "old red bicycle and asks 80 dollars for it. Ana wants to buy the bicycle.",
        },
        "cars": {
            "Mia": "This is a transcript of a talk between two old friends over coffee. Mia thinks that electric cars "
            "are a wonderful idea. Leo is not so sure. They disagree, and they listen to each other.",
            "Leo": "This is a transcript of a talk between two old friends over coffee. Leo thinks that electric cars "
            "are too expensive and not clean at all. Mia likes them. They disagree, and they listen to each other.",
        },
    },
    "num_turns": 8,
    "pairing": "distinct",
}


def new_folder(runs: Path, name: str) -> RunFolder:
    """Make and return the first of ``name-1``, ``name-2`` ... that is not there yet."""
    number = 1
    while (runs / f"{name}-{number}").exists():
        number += 1
    folder = RunFolder(runs / f"{name}-{number}")
    folder.make()
    return folder
