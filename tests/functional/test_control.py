"""One writer, watchers, signals: what happens around a run while it runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT, log_lines
from openai_server import running

import colloquia as package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from doors import Said
    from openai_server import Served

    Command = Callable[..., Said]
    Written = Callable[..., Path]
    Process = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def served() -> Iterator[Served]:
    """Return a server that takes its time."""
    with running(delay_seconds=0.05) as served:
        yield served


def slow_words(served: Served) -> dict[str, Any]:
    """Return a study that takes a few seconds."""
    return {
        "providers": {"mine": {"base_url": served.url, "price": 0}},
        "models": {"one": "mine:one"},
        "num_turns": 40,
        "iterations": 3,
    }


def wait_for_turns(desk: Path, run: subprocess.Popen[str]) -> None:
    """Return once the log has turns."""
    log = desk / "data/experiment_log.jsonl"
    deadline = time.monotonic() + 60
    while not (log.exists() and log.stat().st_size) and time.monotonic() < deadline:
        assert run.poll() is None, run.communicate()[0]
        time.sleep(0.02)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_lets_turns_in_flight_finish_and_says_how_to_go_on(
    process: Process, study: Written, desk: Path, served: Served, name: str, code: int
) -> None:
    """Every call that was made has its turn; the next run finishes the rest."""
    path = study(**slow_words(served))
    run = process("run", path)
    wait_for_turns(desk, run)

    run.send_signal(getattr(signal, name))
    output, _ = run.communicate(timeout=60)

    assert run.returncode == code, output
    assert "Stopped early" in output
    assert "To go on" in output
    assert len(log_lines(desk / "data")) == len(served.requests)
    again = process("run", path)
    output, _ = again.communicate(timeout=60)
    assert again.returncode == 0, output
    assert len(log_lines(desk / "data")) == len(served.requests) == 120


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_second_signal_stops_at_once_and_loses_nothing_that_was_said(
    process: Process, study: Written, desk: Path
) -> None:
    """A server that does not answer cannot hold the run."""
    with running(delay_seconds=20) as stuck:
        run = process("run", study(**slow_words(stuck)))
        deadline = time.monotonic() + 60
        while not stuck.requests and time.monotonic() < deadline:
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        time.sleep(0.2)
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=15)

    assert run.returncode == 130, output
    assert "Traceback" not in output


def test_a_second_writer_is_told_who_the_first_is(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """Exit 75, with the process that holds the folder."""
    path = study(**slow_words(served))
    run = process("run", path)
    wait_for_turns(desk, run)

    second = colloquia("run", path)
    looked = colloquia("status")
    run.terminate()
    run.communicate(timeout=60)

    assert second.code == 75
    assert str(run.pid) in second.err
    assert "A run is going on" in looked.out
    assert f"process {run.pid}" in looked.out


def test_watching_ends_with_the_run(process: Process, study: Written, desk: Path, served: Served) -> None:
    """Another terminal follows a run it did not start."""
    run = process("run", study(**slow_words(served)))
    wait_for_turns(desk, run)

    watching = process("watch")
    output, _ = watching.communicate(timeout=60)

    run.communicate(timeout=60)
    assert run.returncode == 0
    assert watching.returncode == 0
    assert "of 3 conversations" in output
    assert "finished: 3 conversations, 120 turns" in output


def test_a_killed_run_is_said_to_be_lost(
    process: Process, colloquia: Command, study: Written, desk: Path, served: Served
) -> None:
    """A heartbeat that stopped is no run."""
    run = process("run", study(**slow_words(served)))
    wait_for_turns(desk, run)
    run.kill()
    run.communicate(timeout=30)
    state = desk / "data/state.json"
    old = state.read_text().replace(time.strftime('"at": "%Y'), '"at": "2001')
    state.write_text(old)

    said = colloquia("status")

    assert "lost" in said.out
    assert "not yet" in said.out


def test_conversations_are_listed_and_shown(colloquia: Command, study: Written) -> None:
    """By number, by the beginning of an id, with the prompts on demand."""
    colloquia("run", study(pairing="self", models={"echo": "scripted:echo"}, opening="Hello \x1b[31m there."))

    listed = colloquia("show")
    first = colloquia("show", "1")
    by_id = colloquia("show", listed.out.split("\n")[1].split()[1], "--prompts")
    nobody = colloquia("show", "nobody")

    assert "1 conversation;" in listed.out
    assert "1. A (echo)  [scripted]" in first.out
    assert "\x1b" not in first.out
    assert "\\x1b[31m there." in first.out
    assert "You sit on a train." in by_id.out
    assert nobody.code == 2


def test_a_plan_shows_the_design_and_writes_nothing(colloquia: Command, study: Written, desk: Path) -> None:
    """Counts, prices and what is not sent; no folder, no key asked for."""
    words = {
        "models": {"gpt": {"slug": "mine:gpt", "temperature": 0}, "echo": "scripted:echo"},
        "providers": {"mine": {"base_url": "http://127.0.0.1:9/v1", "price": {"prompt": 1, "completion": 2}}},
        "iterations": 3,
        "scenarios": {"train": "Talk for 4 turns."},
    }

    said = colloquia("plan", study(**words))

    assert said.code == 0
    assert "12 conversations, 48 turns" in said.out
    assert "$1 in, $2 out per million tokens" in said.out
    assert "not sent: top_p, seed" in said.out
    assert "repeat each other" in said.out
    assert "{num_turns}" in said.out
    assert not (desk / "data").exists()


def test_a_rehearsal_runs_elsewhere_and_without_any_server(colloquia: Command, study: Written, desk: Path) -> None:
    """`--offline` never touches the study's own folder."""
    words = {"models": {"gpt": "openai/gpt-4.1-mini"}, "num_turns": 1}

    said = colloquia("plan", study(**words), "--offline")

    assert said.code == 0
    assert "runs/offline-" in said.out
    assert "embedded:smollm2-135m" in said.out or "scripted:random" in said.out


def test_models_lists_what_a_server_serves(colloquia: Command) -> None:
    """What is at hand is listed even where the list cannot be had."""
    with running() as served:
        said = colloquia("models", "--base-url", served.url)

    assert said.code == 0
    assert "embedded:smollm2-135m" in said.out
    assert "could not be had" in said.out


def test_the_door_runs_the_study_it_is_given(study: Written, desk: Path) -> None:
    """`python run_experiment.py STUDY` from any folder."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "run_experiment.py"), str(study())],
        cwd=desk,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 0, done.stderr
    assert "4 conversations finished" in done.stdout
