"""kill -9 at any moment: run again, and every planned turn is there exactly once."""

from __future__ import annotations

import json
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


@pytest.mark.slow
def test_judges_that_are_killed_lose_and_duplicate_nothing(
    process: Callable[..., subprocess.Popen[str]], study: Callable[..., Path], desk: Path
) -> None:
    """Every answer is there once, whatever a kill left of its call in the journal."""
    chance = random.Random(1)
    with running(delay_seconds=0.02) as served:
        words: dict[str, Any] = {
            "providers": {"mine": {"base_url": served.url, "price": 0}},
            "models": {"echo": "scripted:echo", "random": "scripted:random"},
            "iterations": 40,
            "judges": {"warm": {"by": ["mine:one", "mine:two"], "question": "Warm?", "labels": ["yes", "no"]}},
        }
        path = study(**words)
        process("run", path).communicate(timeout=60)
        survived = [
            _killed_run(process, path, desk, chance, command="judge", grows="judgements.jsonl") for _ in range(4)
        ]
        last = process("judge", path)
        output, _ = last.communicate(timeout=120)

    assert last.returncode == 0, output
    assert sum(survived) < len(survived), "no kill hit the judges"
    lines = (desk / "data" / "judgements.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in lines]
    asked = [(each["experiment_id"], each["by"], each["reading"]) for each in answers]
    assert len(asked) == len(set(asked))
    assert len([each for each in answers if each["reading"] == "first"]) == 160 * 2


def _killed_run(  # noqa: PLR0913, RUF100 (a kill of any command)
    process: Callable[..., subprocess.Popen[str]],
    path: Path,
    desk: Path,
    chance: random.Random,
    *,
    command: str = "run",
    grows: str = "experiment_log.jsonl",
) -> bool:
    """Run, kill at a random moment after a file began to grow; return whether the run was done before."""
    log = desk / "data" / grows
    size = log.stat().st_size if log.exists() else 0
    run = process(command, path)
    deadline = time.monotonic() + 30
    while run.poll() is None and time.monotonic() < deadline:
        if log.exists() and log.stat().st_size > size:
            break
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.15))
    run.kill()
    run.communicate(timeout=30)
    return run.returncode == 0
