"""kill -9 at any moment: run again, and every planned turn is there exactly once."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import pytest
from doors import log_lines
from openai_server import running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

KILLS = 20


@pytest.mark.slow
def test_twenty_kills_lose_and_duplicate_nothing(
    process: Callable[..., subprocess.Popen[str]], study: Callable[..., Path], desk: Path
) -> None:
    """The real command against a real socket, killed at random moments, then left to finish."""
    chance = random.Random(1)
    with running(delay_seconds=0.02) as served:
        words: dict[str, Any] = {
            "providers": {"mine": {"base_url": served.url, "price": 0}},
            "models": {"one": "mine:one", "two": "mine:two"},
            "num_turns": 10,
            "iterations": 20,
        }
        path = study(**words)
        survived = [_killed_run(process, path, desk, chance) for _ in range(KILLS)]
        last = process("run", path)
        output, _ = last.communicate(timeout=120)

    assert last.returncode == 0, output
    assert sum(survived) < KILLS, "no kill hit a run"
    turns: dict[str, list[int]] = {}
    for row in log_lines(desk / "data"):
        turns.setdefault(row["trial_id"], []).append(row["turn_id"])
    assert len(turns) == 80
    assert set(map(tuple, turns.values())) == {tuple(range(1, 11))}


def _killed_run(process: Callable[..., subprocess.Popen[str]], path: Path, desk: Path, chance: random.Random) -> bool:
    """Run, kill at a random moment after the log began to grow; return whether the run was done before."""
    log = desk / "data" / "experiment_log.jsonl"
    size = log.stat().st_size if log.exists() else 0
    run = process("run", path)
    deadline = time.monotonic() + 30
    while run.poll() is None and time.monotonic() < deadline:
        if log.exists() and log.stat().st_size > size:
            break
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.15))
    run.kill()
    run.communicate(timeout=30)
    return run.returncode == 0
