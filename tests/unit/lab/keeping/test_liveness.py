"""Whether a run goes on: by its last word, by whether its process is there, and by how long it has been silent."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from colloquia.lab.keeping.liveness import LOST_SECONDS, State, last_state
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import timestamp

if TYPE_CHECKING:
    from pathlib import Path

HERE = socket.gethostname()


def told(path: Path, *, age_seconds: float = 0.0, **words: Any) -> State:
    """Return the state of a folder whose run said ``words`` so long ago."""
    at = timestamp(datetime.now(UTC) - timedelta(seconds=age_seconds))
    said = {"run_id": "r", "status": "running", "at": at, "pid": os.getpid(), "host": HERE, **words}
    (path / RunFolder.state).write_text(json.dumps(said), encoding="utf-8")
    return last_state(RunFolder(path))


@pytest.fixture(scope="module")
def ended() -> int:
    """Return the number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_run_goes_on_while_its_process_is_there_and_speaks(tmp_path: Path) -> None:
    """In the words of the run itself."""
    assert told(tmp_path).condition == "running"
    assert told(tmp_path, status="paused").condition == "paused"


@pytest.mark.skipif(os.name == "nt", reason="Windows does not tell whether a process is there")
def test_a_run_whose_process_is_gone_is_lost_at_once(tmp_path: Path, ended: int) -> None:
    """However fresh its last word, since nobody can say another."""
    found = told(tmp_path, pid=ended)

    assert (found.condition, found.is_live, found.is_gone) == ("lost", False, True)


def test_a_run_that_said_its_last_word_is_not_lost(tmp_path: Path, ended: int) -> None:
    """That its process is gone is as it should be."""
    assert told(tmp_path, pid=ended, status="finished").condition == "ended"


def test_a_run_of_another_machine_is_known_by_its_silence(tmp_path: Path, ended: int) -> None:
    """A number that is free here may be a process there."""
    speaks = told(tmp_path, pid=ended, host=f"not-{HERE}")
    silent = told(tmp_path, pid=ended, host=f"not-{HERE}", age_seconds=LOST_SECONDS + 1)

    assert (speaks.condition, silent.condition) == ("running", "lost")


def test_a_process_that_is_there_is_no_proof_of_a_run(tmp_path: Path) -> None:
    """Its number may be another's by now: a long silence is a lost run all the same."""
    found = told(tmp_path, age_seconds=LOST_SECONDS + 1)

    assert (found.condition, found.is_gone) == ("lost", False)


@pytest.mark.parametrize("pid", [None, "7", 0, -1, 1.5, True])
def test_rubbish_in_the_place_of_a_process_tells_nothing(tmp_path: Path, pid: Any) -> None:
    """It is no process that could be asked after, and above all no group of them."""
    assert told(tmp_path, pid=pid).condition == "running"


@pytest.mark.skipif(os.name == "nt", reason="Windows does not tell whether a process is there")
def test_a_number_that_no_process_can_have_is_nobody(tmp_path: Path) -> None:
    """It ends no command with a traceback."""
    assert told(tmp_path, pid=2**70).condition == "lost"
