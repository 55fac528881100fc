"""A run folder is a state machine: whatever is done to it, in whatever order, it holds what a reference model says.

The model knows three things: which turns were reported as done, the study as it stands now, and what a folder in which
that study was held without any mishap has.
"""

from __future__ import annotations

import shutil
from errno import EIO, ENOSPC
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Literal
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from colloquia.errors import ColloquiaError, FolderBusyError
from colloquia.lab.keeping import folders
from colloquia.logbook import contents
from colloquia.logbook.check import check
from colloquia.logbook.disk import Disk
from colloquia.logbook.folder import RunFolder
from colloquia.running import session
from reliability.chance import chance
from reliability.disks import FaultyDisk, Mishap
from reliability.oracle import Transcripts, badly_ended, lost, transcripts, unfinished, unlisted, whole_lines
from reliability.stage import RAM, WORDS, Held, bench, held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colloquia.lab.planning.bench import Bench
    from reliability.stage import Key

SCENARIOS: dict[str, Any] = WORDS["scenarios"]
WHEN = st.sampled_from(["before", "after", "half"])
LONGEST = 4
CALLS = st.integers(min_value=1, max_value=150)
_expected: dict[str, Transcripts] = {}
"""What a study comes to, by its words: held once, in a folder of its own."""


class Folder(RuleBasedStateMachine):
    """One run folder and everything that happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(mkdtemp(prefix="colloquia-", dir=RAM if RAM.is_dir() else None))
        self.folder = RunFolder(self.place / "run")
        self.words: dict[str, Any] = {"num_turns": 1, "iterations": 1, "scenarios": {"market": SCENARIOS["market"]}}
        self.acknowledged: dict[Key, str | None] = {}
        self.kept = b""
        self.is_finished = False

    def teardown(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)

    @initialize()
    def make(self) -> None:
        """A folder is there before the first run."""
        self.folder.make()

    # -- runs ------------------------------------------------------------------------------------------------------

    @rule()
    def a_run_is_left_alone(self) -> None:
        """It completes the study; where that is complete it asks nobody and changes no line."""
        was_finished = self.is_finished
        last = self._held(Disk())
        wrong = unfinished(self.folder, last, self.laid_out.trials, transcripts(contents.read(self.folder)))
        assert not [*wrong]
        found = transcripts(contents.read(self.folder))
        assert {trial_id: found.get(trial_id) for trial_id in self.expected} == self.expected
        assert not (was_finished and last.witness.asked)
        self.is_finished = True

    @rule(at=CALLS, when=WHEN)
    def a_run_dies(self, at: int, when: Literal["before", "after", "half"]) -> None:
        """At some call of the disk."""
        self._struck(Mishap(at=at, when=when))

    @rule(at=CALLS, when=WHEN, errno=st.sampled_from([ENOSPC, EIO]), is_for_good=st.booleans())
    def the_disk_fails(
        self, at: int, when: Literal["before", "after", "half"], errno: int, *, is_for_good: bool
    ) -> None:
        """Once, or from then on."""
        self._struck(Mishap(at=at, when=when, errno=errno, is_for_good=is_for_good))

    @rule()
    def somebody_else_writes(self) -> None:
        """A second run is turned away where anything is missing, and asks nobody."""
        with self.folder.lock("somebody else"):
            run = held(self.laid_out, self.folder, chance("second"))
        assert isinstance(run.error, FolderBusyError) or not (run.error or run.witness.acknowledged)
        assert not run.witness.asked

    # -- what happens to the folder between runs -------------------------------------------------------------------

    @rule(name=st.sampled_from([RunFolder.log, RunFolder.journal]), stump=st.sampled_from([b"{", b'{"trial_id":"\xc5']))
    def a_tail_is_torn(self, name: str, stump: bytes) -> None:
        """As a kill of another writer leaves it."""
        path = self.folder.path / name
        if path.is_file() and path.read_bytes()[-1:] in (b"", b"\n"):
            path.write_bytes(path.read_bytes() + stump)

    @rule(names=st.sets(st.sampled_from([RunFolder.turns_csv, RunFolder.conversations_csv]), min_size=1))
    def what_is_derived_is_deleted(self, names: set[str]) -> None:
        """It can be made anew."""
        for name in names:
            (self.folder.path / name).unlink(missing_ok=True)
        self.is_finished = False

    @precondition(lambda self: bool(self.kept))
    @rule()
    def the_tables_are_exported(self) -> None:
        """From the log as it stands."""
        try:
            folders.export(self.folder.path)
        except ColloquiaError as error:
            raise AssertionError(str(error)) from error

    # -- what happens to the study ---------------------------------------------------------------------------------

    @precondition(lambda self: self.words["num_turns"] < LONGEST)
    @rule()
    def the_study_grows_longer(self) -> None:
        """Every conversation goes on."""
        self._edit(num_turns=self.words["num_turns"] + 1)

    @precondition(lambda self: self.words["iterations"] < 2)
    @rule()
    def the_study_is_repeated(self) -> None:
        """Every cell is held once more."""
        self._edit(iterations=2)

    @precondition(lambda self: len(self.words["scenarios"]) < len(SCENARIOS))
    @rule()
    def a_scenario_is_added(self) -> None:
        """The next of the list."""
        self._edit(scenarios=dict([*SCENARIOS.items()][: len(self.words["scenarios"]) + 1]))

    # -- what always holds -----------------------------------------------------------------------------------------

    @invariant()
    def nothing_that_was_reported_is_lost_or_changed(self) -> None:
        """Every turn that was reported as done is there as it was, and no whole line was ever changed."""
        assert not [*lost(self.folder, self.acknowledged)]
        whole = whole_lines(self.folder)
        assert whole.startswith(self.kept)
        self.kept = whole

    @invariant()
    def what_is_there_is_sound(self) -> None:
        """No damage, no turn twice, and of each conversation the first turns of what it comes to."""
        findings = check(self.folder) if (self.folder.path / RunFolder.journal).is_file() else None
        assert findings is None or not (findings.is_damaged or findings.superseded or findings.quarantined)
        for trial_id, turns in transcripts(contents.read(self.folder)).items():
            assert turns == self.expected.get(trial_id, turns)[: len(turns)]

    # -- how -------------------------------------------------------------------------------------------------------

    @property
    def laid_out(self) -> Bench:
        """The study as it stands now."""
        return bench(chance("stateful"), **self.words)

    @property
    def expected(self) -> Transcripts:
        """What it comes to without any mishap."""
        key = repr(self.words)
        if key not in _expected:
            calm = RunFolder(self.place / "calm")
            held(self.laid_out, calm, chance("stateful"))
            _expected[key] = transcripts(contents.read(calm))
            shutil.rmtree(calm.path)
        return _expected[key]

    def _edit(self, **words: Any) -> None:
        self.words |= words
        self.is_finished = False

    def _held(self, disk: Disk) -> Held:
        run = held(self.laid_out, RunFolder(self.folder.path, disk), chance("stateful"))
        self._note(run)
        return run

    def _note(self, run: Held) -> None:
        self.acknowledged |= run.witness.acknowledged
        assert not [*unlisted(self.folder, run.witness.asked)]

    def _struck(self, mishap: Mishap) -> None:
        disk = FaultyDisk(Disk(), mishap)
        run = held(
            self.laid_out, RunFolder(self.folder.path, disk), chance("stateful"), is_alive=lambda: not disk.is_dead
        )
        disk.release()
        wrong: Iterable[str] = () if disk.is_dead else badly_ended(run)
        assert not [*wrong]
        self._note(run)
        self.is_finished = False


def folder_of(steps: int, sequences: int) -> settings:
    """Return how many sequences of how many steps are tried."""
    return settings(
        max_examples=sequences, stateful_step_count=steps, deadline=None, suppress_health_check=[*HealthCheck]
    )


def test_whatever_is_done_to_a_folder_it_holds_what_the_model_says() -> None:
    """Runs, deaths, failing disks, second writers, torn tails, deleted tables, exports and edits, in any order."""
    run_state_machine_as_test(Folder, settings=folder_of(steps=12, sequences=12))


@pytest.mark.slow
def test_whatever_is_done_to_a_folder_in_many_steps() -> None:
    """The same, longer and more often."""
    run_state_machine_as_test(Folder, settings=folder_of(steps=50, sequences=40))


def test_the_model_notices_a_tail_that_is_not_repaired() -> None:
    """A model that agrees with every bug says nothing."""
    planted = settings(folder_of(steps=20, sequences=60), phases=[Phase.generate], derandomize=True)

    with (
        patch.object(session, "repair_tail", lambda _folder, _name: None),
        pytest.raises((AssertionError, ExceptionGroup)),
    ):
        run_state_machine_as_test(Folder, settings=planted)
