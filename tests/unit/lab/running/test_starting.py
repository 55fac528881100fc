"""Starting: a process of its own, what it says before it begins, and a first look that costs nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from doors import toml

from colloquia import studies
from colloquia.design.models import prefix
from colloquia.errors import FolderBusyError, FolderError
from colloquia.lab.keeping.liveness import last_state
from colloquia.lab.running import starting
from colloquia.lab.running.starting import Started, first_look, start, try_out
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import timestamp

if TYPE_CHECKING:
    from pathlib import Path

TINY = {"models": {"echo": "scripted:echo"}, "scenarios": {"train": "You sit on a train."}, "num_turns": 2}


@dataclass
class Process:
    """A process that has ended, or not."""

    code: int | None = None

    def poll(self) -> int | None:
        return self.code


def started(folder: RunFolder, code: int | None, **known: Any) -> Started:
    """Return a start of which nothing more is known."""
    return Started(**{"folder": folder, "process": Process(code), "run_before": "", "printed_before": 0, **known})


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Return a run folder that is there."""
    found = RunFolder(tmp_path / "runs" / "one")
    found.make()
    return found


def live(folder: RunFolder) -> None:
    """Write that a run goes on."""
    from datetime import UTC, datetime

    at = timestamp(datetime.now(UTC))
    (folder.path / "state.json").write_text(f'{{"run_id": "r", "status": "running", "at": "{at}"}}', encoding="utf-8")


def test_a_study_is_run_by_a_process_of_its_own(folder: RunFolder) -> None:
    """Its words go to the log of the folder, its end into the state."""
    draft = folder.path / "draft.toml"
    draft.write_text(toml(TINY), encoding="utf-8")

    run = start(folder, draft)

    assert run.process.wait(timeout=60) == 0
    assert run.has_begun
    assert not run.is_preparing
    assert run.what_went_wrong() is None
    assert last_state(folder).values["status"] == "finished"


def test_what_was_stopped_goes_on_with_the_frozen_study(folder: RunFolder) -> None:
    """No study is named then."""
    draft = folder.path / "draft.toml"
    draft.write_text(toml(TINY), encoding="utf-8")
    start(folder, draft).process.wait(timeout=60)
    draft.unlink()

    again = start(folder)

    assert again.process.wait(timeout=60) == 0


def test_judges_are_asked_where_that_is_wanted_though_a_run_came_last(folder: RunFolder) -> None:
    """Those of the frozen study; no turn is added."""
    draft = folder.path / "draft.toml"
    judge = {"by": "scripted:always yes", "question": "Did it work?", "labels": ["yes", "no"]}
    draft.write_text(toml({**TINY, "judges": {"success": judge}}), encoding="utf-8")
    start(folder, draft).process.wait(timeout=60)
    log = (folder.path / folder.log).read_bytes()

    asking = start(folder, asks_judges=True)

    assert asking.process.wait(timeout=60) == 0
    assert last_state(folder).values["judgements_done"] >= 1
    assert (folder.path / folder.log).read_bytes() == log


def test_a_study_that_cannot_run_says_why(folder: RunFolder) -> None:
    """In the words that the command line would have printed, those of this start alone."""
    draft = folder.path / "draft.toml"
    draft.write_text('models = {a = "nowhere:x"}\n', encoding="utf-8")
    (folder.path / "run.log").write_text("from an earlier run\n", encoding="utf-8")

    run = start(folder, draft)
    run.process.wait(timeout=60)

    said = run.what_went_wrong()
    assert said is not None
    assert "scenarios" in said
    assert "earlier" not in said


def test_it_prepares_until_it_says_something(folder: RunFolder) -> None:
    """A live process that said nothing yet is getting ready; a dead one is not."""
    assert started(folder, None).is_preparing
    assert not started(folder, 2).is_preparing
    live(folder)
    assert not started(folder, None).is_preparing
    assert started(folder, 2).what_went_wrong() is None


def test_a_process_that_died_without_a_word_is_said_to_have(folder: RunFolder) -> None:
    """Its exit code is all there is."""
    assert "exit code 9" in (started(folder, 9).what_went_wrong() or "")
    assert started(folder, 0).what_went_wrong() is None


def test_a_folder_in_which_a_run_goes_on_is_left_alone(folder: RunFolder) -> None:
    """Nothing is started."""
    live(folder)

    with pytest.raises(FolderBusyError, match="pause or stop"):
        start(folder)


def test_a_folder_without_a_study_has_nothing_to_go_on_with(folder: RunFolder) -> None:
    """It says so before any process is made."""
    with pytest.raises(FolderError, match="nothing to go on with"):
        start(folder)
    assert not (folder.path / "run.log").exists()


def test_each_try_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    """With the study in it, and a run that is its own."""
    runs = tmp_path / "runs"
    (runs / "first-look-1").mkdir(parents=True)

    run = try_out(runs)
    run.process.terminate()
    run.process.wait(timeout=60)

    assert run.folder.path == runs / "first-look-2"
    assert studies.read(run.folder.path / "draft.toml").experiment == first_look()


def test_the_first_look_needs_no_key_and_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Embedded seats where the model is installed, scripted ones where not."""
    there = {prefix(entry.slug) for entry in first_look().entries.values()}
    monkeypatch.setattr(starting.embedded, "is_installed", lambda: False)
    without = {prefix(entry.slug) for entry in first_look().entries.values()}

    assert there <= {"embedded", "scripted"}
    assert without == {"scripted"}


def test_a_start_is_a_value(folder: RunFolder) -> None:
    """Two tabs that hold it see the same."""
    one = started(folder, None)

    assert replace(one) == one
