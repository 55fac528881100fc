"""Every procedure, killed at random turns by the real command, goes on to the transcript that it would have had."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import pytest
from doors import ROOT, log_lines, toml

from colloquia.design.procedures import KINDS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

KILLS = 8
SAYS = {
    "dialogue": "Well.", "group": "Well.", "interview": "Well.", "questionnaire": "4", "game": "J", "public goods": "7",
    "ultimatum": "3 | accept", "trust": "3", "bargain": "propose 60\\n | accept | reject", "commons": "3",
    "population": "Q", "own": "50",
}  # fmt: skip
"""What seats say, in turn, where their prompt names the procedure."""
PART = f"""import time

SAYS = {SAYS!r}


def say(request):
    time.sleep(0.002)
    texts = " ".join(message.content for message in request.messages)
    kind = next(kind for kind in SAYS if f"[{{kind}}]" in texts)
    lines = SAYS[kind].split(" | ")
    return lines[(request.occasion.turn_id - 1) % len(lines)].replace("\\\\n", "\\n")
"""
QUESTIONS = ["Who?", "Where?", "Why?"]
GAME = {"J": {"J": [8, 8], "F": [0, 10]}, "F": {"J": [10, 0], "F": [5, 5]}}
PROCEDURES: dict[str, dict[str, Any]] = {
    "dialogue": {},
    "group": {"next": "random"},
    "interview": {"questions": QUESTIONS},
    "questionnaire": {"questions": QUESTIONS, "scale": [1, 7]},
    "game": {"rounds": 4, "payoffs": GAME, "order": "shuffled"},
    "public goods": {"rounds": 3, "players": 3},
    "ultimatum": {"rounds": 4},
    "trust": {"rounds": 4},
    "bargain": {"cost": 40, "value": 60},
    "commons": {"rounds": 3},
    "population": {"rounds": 6, "agents": 6, "names": ["Q", "M"], "graph": "small world"},
}
OWN_LENGTH = ("dialogue", "group", "bargain", "own")


SEATS = {"public goods": 3, "population": 6, "group": 4}
"""All others have two."""


def words() -> dict[str, Any]:
    """Return a study that holds every procedure, each in a scenario of its own."""
    kinds = {kind: {"kind": kind, **settings} for kind, settings in PROCEDURES.items()}
    kinds["own"] = {"kind": "bids.py:Auction"}
    return {
        "models": {"m": "scripted:part.py:say"},
        "pairing": "self",
        "iterations": 2,
        "scenarios": {
            kind: {
                **dict.fromkeys("ABCDEF"[: SEATS.get(kind, 2)], f"[{kind}]"),
                "procedure": procedure,
                **({"num_turns": 8} if kind in OWN_LENGTH else {}),
            }
            for kind, procedure in kinds.items()
        },
    }


def asked_and_said(folder: Path) -> list[tuple[str, ...]]:
    """Return every turn with the hash of its request, in an order of its own."""
    columns = ("trial_id", "turn_id", "content", "round", "move", "request_sha256", "ended_by", "responder_model")
    return sorted(tuple(str(row[name]) for name in columns) for row in log_lines(folder))


@pytest.mark.slow
def test_kills_change_no_transcript_of_any_procedure(process: Callable[..., subprocess.Popen[str]], desk: Path) -> None:
    """Moves, hashes and endings are those of a run that nobody killed, and the tables too."""
    assert set(PROCEDURES) == set(KINDS)
    (desk / "part.py").write_text(PART, encoding="utf-8")
    example = (ROOT / "examples" / "sealed_bids.py").read_text(encoding="utf-8")
    (desk / "bids.py").write_text(example, encoding="utf-8")
    study = desk / "study.toml"
    study.write_text(toml(words()), encoding="utf-8")
    chance = random.Random(7)

    assert any(_killed(process, study, desk / "data", chance) for _ in range(KILLS)), "no kill hit a run"
    finish(process, study)
    finish(process, study, "--run-dir", "whole")

    assert asked_and_said(desk / "data") == asked_and_said(desk / "whole")
    checked = process("verify", "--allow-code")
    output, _ = checked.communicate(timeout=60)
    assert checked.returncode == 0, output


def finish(process: Callable[..., subprocess.Popen[str]], path: Path, *more: str) -> None:
    """Run to the end."""
    run = process("run", path, "--allow-code", *more)
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 0, output


def _killed(process: Callable[..., subprocess.Popen[str]], path: Path, folder: Path, chance: random.Random) -> bool:
    """Run, kill at a random moment after the log began to grow; return whether a run was hit."""
    log = folder / "experiment_log.jsonl"
    size = log.stat().st_size if log.exists() else 0
    run = process("run", path, "--allow-code")
    deadline = time.monotonic() + 30
    while run.poll() is None and time.monotonic() < deadline:
        if log.exists() and log.stat().st_size > size:
            break
        time.sleep(0.002)
    time.sleep(chance.uniform(0, 0.03))
    run.kill()
    run.communicate(timeout=30)
    return run.returncode != 0
