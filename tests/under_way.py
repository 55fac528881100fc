"""Runs that are under way: begun, held up by a server that answers nobody, looked at and let go again."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from openai_server import Served

    Written = Callable[..., Path]
    Process = Callable[..., subprocess.Popen[str]]

PATIENCE_SECONDS = 120
"""After so long a test gives up; none waits for a time to pass."""
ANSWERED = 10
"""Calls that a server answers before it answers nobody."""


def long_words(served: Served) -> dict[str, Any]:
    """Return a study of 120 turns, three of which are asked for at once."""
    return {
        "providers": {"mine": {"base_url": served.url, "price": 0}},
        "models": {"one": "mine:one"},
        "num_turns": 40,
        "iterations": 3,
    }


def begun(process: Process, study: Written, served: Served) -> subprocess.Popen[str]:
    """Begin that study, and return its run once three calls are under way."""
    run = process("run", study(**long_words(served)))
    wait_for_turns(run, served)
    return run


def killed(process: Process, study: Written, served: Served) -> None:
    """Begin that study, and kill its run with three calls under way."""
    run = begun(process, study, served)
    run.kill()
    run.communicate(timeout=PATIENCE_SECONDS)


def wait_for_turns(run: subprocess.Popen[str], served: Served) -> None:
    """Return once some turns are done, and three are asked for that nobody answers."""
    until(lambda: run.poll() is not None or len(served.requests) == ANSWERED + 3, "three calls under way")
    assert run.poll() is None, run.communicate()[0]


def state_of(desk: Path) -> dict[str, Any]:
    """Return what the run says of itself."""
    path = desk / "data/state.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def wait_for_status(desk: Path, status: str) -> None:
    """Return once the run says so of itself."""
    until(lambda: state_of(desk).get("status") == status, status)


def until(holds: Callable[[], bool], what: str) -> None:
    """Return once something holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
