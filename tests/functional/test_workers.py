"""A run in workers of Ray: the same log as a run without, also where one of them is killed."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from doors import log_lines

from benchmarks.turns.workers import workers_of
from colloquia.providers.simulator.plan import Plan
from colloquia.providers.simulator.threads import in_thread

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from doors import Said

    Command = Callable[..., Said]
    Written = Callable[..., Path]

pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found under /proc")

SLUG = {"slug": "sim/plain", "temperature": 0, "routing": {"only": ["sim-alpha"]}}
WORDS: dict[str, Any] = {
    "models": {"model": SLUG},
    "scenarios": {"sale": {"buyer": "You buy.", "seller": "You sell."}},
    "pairing": "self",
    "num_turns": 6,
    "iterations": 12,
}


def test_a_killed_worker_loses_no_turn_and_leaves_no_process(
    colloquia: Command,
    study: Written,
    desk: Path,
    process: Callable[..., subprocess.Popen[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every planned turn once, texts as without workers, every hash rebuilt; nothing runs on."""
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-simulated-canary")
    page = study(**WORDS)
    with in_thread(Plan(clock_unit=0.1)) as simulator:
        asked = ["--base-url", simulator.base_url]
        running = process("run", str(page), "--run-dir", "far", "--executor", "ray", "--workers", "2", *asked)
        log = desk / "far" / "experiment_log.jsonl"
        deadline = time.monotonic() + 240
        while not (log.exists() and log.read_bytes().count(b"\n") > 10) and running.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        workers = list(workers_of(running.pid))
        if workers:
            os.kill(workers[0], signal.SIGKILL)
        said, _ = running.communicate(timeout=300)
        colloquia("run", str(page), "--run-dir", "near", *asked)

    far, near = log_lines(desk / "far"), log_lines(desk / "near")
    assert running.returncode == 0, said
    assert len(workers) == 2, said
    assert set(Counter((row["trial_id"], row["turn_id"]) for row in far).values()) == {1}
    told = [{(row["trial_id"], row["turn_id"]): row["content"] for row in rows} for rows in (far, near)]
    assert len(told[0]) == 72
    assert told[0] == told[1]
    journal = (desk / "far" / "journal.jsonl").read_text(encoding="utf-8")
    assert "a worker was lost" in journal
    assert "canary" not in journal + said
    assert colloquia("verify", "--run-dir", "far").code == 0
    assert colloquia("check", "--run-dir", "far").code == 0
    assert not any(_is_there(pid) for pid in workers)


def _is_there(pid: int) -> bool:
    try:
        return b"ray::" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_what_cannot_be_held_in_workers_is_refused(colloquia: Command, study: Written, desk: Path) -> None:
    """Before anything is written."""
    page = study()

    alone = colloquia("run", str(page), "--workers", "2")

    assert alone.code == 2
    assert "--workers and --cluster say something of workers: add --executor ray." in alone.err
    assert not (desk / "data").exists()
