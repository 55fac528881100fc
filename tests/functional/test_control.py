"""One writer to a folder: a run is paused, stopped and resumed from another terminal."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest
from doors import log_lines
from under_way import PATIENCE_SECONDS, begun, killed, long_words, state_of, until, wait_for_status, wait_for_turns

import colloquia as package

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said
    from openai_server import Served

    Command = Callable[..., Said]
    Written = Callable[..., Path]
    Process = Callable[..., subprocess.Popen[str]]


def test_a_second_writer_is_told_who_the_first_is(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """Exit 75, with the process that holds the folder."""
    path = study(**long_words(served))
    run = process("run", path)
    wait_for_turns(run, served)

    second = colloquia("run", path)
    looked = colloquia("status")
    run.terminate()
    served.let_go()
    run.communicate(timeout=PATIENCE_SECONDS)

    assert second.code == 75
    assert str(run.pid) in second.err
    assert "A run is going on" in looked.out
    assert f"process {run.pid}" in looked.out


@pytest.mark.slow
def test_a_run_is_paused_and_resumed_from_another_terminal(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """No turn is asked for meanwhile, the process stays, and every turn is asked for once."""
    run = begun(process, study, served)

    paused = colloquia("pause")
    served.let_go()
    wait_for_status(desk, "paused")
    again, asked = colloquia("pause"), len(served.requests)
    looked, asked_later = colloquia("status"), len(served.requests)
    resumed = colloquia("resume")
    output, _ = run.communicate(timeout=PATIENCE_SECONDS)

    assert (paused.code, again.code, looked.code, resumed.code) == (0, 0, 0, 0)
    assert "Asked the run to pause in data" in paused.out
    assert "It is pausing: 3 calls under way come to their end first." in paused.out
    assert "resume --run-dir data" in paused.out
    assert "It is paused: nothing new is asked for." in again.out
    assert "it is paused, nothing new is asked for" in looked.out
    assert asked_later == asked == 13
    assert "It is going on." in resumed.out
    assert run.returncode == 0, output
    assert len(log_lines(desk / "data")) == len(served.requests) == 120


@pytest.mark.slow
def test_a_run_that_was_stopped_from_another_terminal_is_resumed_there(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """As after a first Ctrl-C: turns in flight are finished, exit 3, and `resume` runs what is missing."""
    run = begun(process, study, served)

    stopped = colloquia("stop")
    served.let_go()
    output, _ = run.communicate(timeout=PATIENCE_SECONDS)
    said, asked = len(log_lines(desk / "data")), len(served.requests)
    resumed = process("resume", "--no-stream")
    later, _ = resumed.communicate(timeout=PATIENCE_SECONDS)

    assert stopped.code == 0
    assert "Asked the run to stop in data" in stopped.out
    assert run.returncode == 3, output
    assert "Stopped early (stopped)" in output
    assert said == asked == 13
    assert resumed.returncode == 0, later
    assert "No run is going on in data: what is missing is run again." in later
    assert len(log_lines(desk / "data")) == len(served.requests) == 120


def test_a_paused_run_is_stopped_without_being_resumed(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """It ends where it stands, and no turn is asked for on the way."""
    run = begun(process, study, served)
    colloquia("pause")

    stopped = colloquia("stop")
    served.let_go()
    output, _ = run.communicate(timeout=PATIENCE_SECONDS)

    assert stopped.code == 0
    assert run.returncode == 3, output
    assert len(log_lines(desk / "data")) == len(served.requests) == 13


def test_stopping_now_does_not_wait_for_an_answer(
    process: Process, colloquia: Command, study: Written, desk: Path, stuck: Served
) -> None:
    """As after a second Ctrl-C; the calls that may have been paid for are listed."""
    run = process("run", study(**long_words(stuck)))
    until(lambda: len(stuck.requests) == 3, "three calls under way")

    stopping = colloquia("stop")
    paused, resumed = colloquia("pause"), colloquia("resume")
    stopped = colloquia("stop", "--now")
    output, _ = run.communicate(timeout=PATIENCE_SECONDS)
    checked = colloquia("check")

    assert "It is stopping: 3 calls under way come to their end first." in stopping.out
    assert "stop --now" in stopping.out
    assert (paused.code, resumed.code) == (2, 2)
    assert "is stopping: it cannot be paused" in paused.err
    assert "is stopping: resume it once it has ended" in resumed.err
    assert "It has ended (stopped)." in stopped.out
    assert run.returncode == 3, output
    assert "Stopped at once" in output
    assert "Traceback" not in output
    assert checked.out.count("was under way when its run ended") == 3


def test_a_study_run_from_python_can_be_stopped_at_once_too(colloquia: Command, study: Written, stuck: Served) -> None:
    """It returns what was done; a stop from outside is no cancellation of the caller."""
    path, summaries = study(**long_words(stuck)), []
    run = threading.Thread(target=lambda: summaries.append(package.run(path)))
    run.start()
    until(lambda: len(stuck.requests) == 3, "three calls under way")

    colloquia("stop", "--now")
    run.join(timeout=PATIENCE_SECONDS)

    (summary,) = summaries
    assert (summary.stopped_by, summary.exit_code) == ("stopped", 3)


@pytest.mark.parametrize("command", [("pause",), ("stop",), ("stop", "--now")])
def test_a_wish_that_nobody_would_hear_is_an_error(
    colloquia: Command, study: Written, desk: Path, command: tuple[str, ...]
) -> None:
    """Before any run, and after it has ended; nothing is written."""
    never = colloquia(*command)
    colloquia("run", study())
    ended = colloquia(*command)

    assert (never.code, ended.code) == (2, 2)
    assert "No run is going on in data (none was ever begun)" in never.err
    assert "No run is going on in data (the last one has ended)" in ended.err
    assert not (desk / "data/control.json").exists()


@pytest.mark.slow
def test_a_lost_run_hears_nothing_and_is_resumed(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """`resume` does what `run --run-dir` does: every turn that was reported is kept."""
    killed(process, study, served)

    paused, looked = colloquia("pause"), json.loads(colloquia("status", "--json").out)
    served.let_go()
    resumed = process("resume")
    output, _ = resumed.communicate(timeout=PATIENCE_SECONDS)

    assert paused.code == 2
    assert "lost without a word" in paused.err
    assert looked["condition"] == "lost"
    assert resumed.returncode == 0, output
    assert len(log_lines(desk / "data")) == 120


def test_there_is_nothing_to_resume_where_nothing_was_run(colloquia: Command, study: Written, desk: Path) -> None:
    """The page in the working directory is not taken for it; what is finished stays finished."""
    (desk / "simulation_config.py").write_text('MODELS = {"echo": "scripted:echo"}\nSCENARIOS = {"s": "Hi"}\n')
    never = colloquia("resume")
    colloquia("run", study())
    complete = colloquia("resume")

    assert never.code == 2
    assert "No study was ever run in data" in never.err
    assert complete.code == 0
    assert "Nothing is missing" in complete.out


def test_rubbish_in_the_place_of_a_wish_is_ignored(
    process: Process, study: Written, desk: Path, served: Served
) -> None:
    """Torn, foreign, for another run: the run goes on to its end."""
    run = begun(process, study, served)

    for rubbish in (b"{", b'{"run_id": "another", "want": "stop_now"}', b"\xff" * 9000):
        (desk / "data/control.json").write_bytes(rubbish)
        at = state_of(desk)["at"]
        until(lambda at=at: state_of(desk)["at"] > at, "the run looks around once more")
    served.let_go()
    output, _ = run.communicate(timeout=PATIENCE_SECONDS)

    assert run.returncode == 0, output
    assert len(log_lines(desk / "data")) == 120
