"""Runs in the background: they outlive their command, and are refused before they begin or never."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from doors import log_lines
from under_way import PATIENCE_SECONDS, long_words, state_of, until, wait_for_turns

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from doors import Said
    from openai_server import Served

    Command = Callable[..., Said]
    Written = Callable[..., Path]
    Process = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def left_behind(desk: Path) -> Iterator[None]:
    """End what a test leaves running in the background."""
    yield
    with suppress(OSError, KeyError, ValueError):
        os.kill(json.loads((desk / "data/state.json").read_text())["pid"], signal.SIGTERM)


@pytest.mark.usefixtures("left_behind")
def test_a_run_in_the_background_outlives_the_command_that_began_it(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """It holds the folder before the command ends, can be looked at and stopped, and its output is its owner's."""
    path = study(**long_words(served))
    begun = process("run", path, "--detach")
    output, _ = begun.communicate(timeout=PATIENCE_SECONDS)
    looked, pid = colloquia("status"), state_of(desk)["pid"]
    second = process("run", path, "--detach")
    refused, _ = second.communicate(timeout=PATIENCE_SECONDS)
    if os.name != "nt":
        assert os.getsid(pid) == pid
        assert (desk / "data/run.log").stat().st_mode & 0o777 == 0o600
    stopped = colloquia("stop")
    served.let_go()
    until(lambda: "To go on" in (desk / "data/run.log").read_text(), "the run has ended")

    assert begun.returncode == 0, output
    assert "3 conversations" in output
    assert f"process {pid}" in output
    assert "watch --run-dir data" in output
    assert "stop --run-dir data" in output
    assert "A run is going on in data" in looked.out
    assert second.returncode == 75, refused
    assert str(pid) in refused
    assert stopped.code == 0
    assert len(log_lines(desk / "data")) == len(served.requests) < 120


@pytest.mark.slow
@pytest.mark.usefixtures("left_behind")
def test_what_was_stopped_is_resumed_in_the_background(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """The same study, the same folder, from nothing but the folder's name."""
    run = process("run", study(**long_words(served), run_dir="elsewhere"), "--run-dir", "data")
    wait_for_turns(run, served)
    colloquia("stop")
    served.let_go()
    run.communicate(timeout=PATIENCE_SECONDS)
    (desk / "study.toml").unlink()

    begun = process("resume", "--detach")
    output, _ = begun.communicate(timeout=PATIENCE_SECONDS)
    watching = process("watch")
    watching.communicate(timeout=PATIENCE_SECONDS)

    assert begun.returncode == 0, output
    assert "goes on in the background" in output
    assert len(log_lines(desk / "data")) == len(served.requests) == 120


def test_a_run_in_the_background_that_is_over_at_once_says_how_it_went(
    process: Process, study: Written, desk: Path
) -> None:
    """With its exit code and the end of what it said."""
    begun = process("run", study(), "--detach")
    output, _ = begun.communicate(timeout=PATIENCE_SECONDS)

    assert begun.returncode == 0, output
    assert "4 conversations finished" in output or "goes on in the background" in output
    until(lambda: "4 conversations finished" in (desk / "data/run.log").read_text(), "the run has ended")
    assert len(log_lines(desk / "data")) == 16


def test_what_can_be_refused_is_refused_before_a_run_goes_into_the_background(
    process: Process, study: Written, desk: Path
) -> None:
    """A missing key and a misspelt word: exit 2 in the foreground, and nothing is written."""
    paid = study(models={"gpt": "openai/gpt-4.1-mini"})
    no_key = process("run", paid, "--detach", "--base-url", "http://127.0.0.1:9")
    said, _ = no_key.communicate(timeout=PATIENCE_SECONDS)
    misspelt = process("run", study(num_turn=3), "--detach")
    hint, _ = misspelt.communicate(timeout=PATIENCE_SECONDS)

    assert no_key.returncode == 2, said
    assert "OPENROUTER_API_KEY" in said
    assert misspelt.returncode == 2
    assert "num_turns" in hint
    assert not (desk / "data").exists()


def test_paid_turns_that_fall_out_are_never_left_to_the_background(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """Without `--drop` the command stops before anything begins; with it the run goes on without them."""
    words = {
        "providers": {"mine": {"base_url": served.url, "price": {"prompt": 1, "completion": 1}}},
        "models": {"one": "mine:one"},
        "num_turns": 2,
    }
    assert colloquia("run", study(**words)).code == 0
    changed = study(**words, scenarios={"bus": "You sit on a bus."})

    refused = process("run", changed, "--detach")
    output, _ = refused.communicate(timeout=PATIENCE_SECONDS)
    was_begun = (desk / "data/run.log").exists()
    dropped = process("run", changed, "--detach", "--drop")
    later, _ = dropped.communicate(timeout=PATIENCE_SECONDS)
    until(lambda: len(log_lines(desk / "data")) == 4, "the new scenario is run")

    assert refused.returncode == 2, output
    assert "--drop" in output
    assert not was_begun
    assert dropped.returncode == 0, later
