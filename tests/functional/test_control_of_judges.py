"""Judges being asked are a run like any other: seen, paused, stopped and resumed from another terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from doors import toml
from under_way import ANSWERED, PATIENCE_SECONDS, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said
    from openai_server import Served

    Command = Callable[..., Said]
    Process = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def held(desk: Path, colloquia: Command, served: Served) -> Path:
    """Hold 30 conversations with scripted seats, whose judge answers at the server; return the run folder."""
    study = {
        "num_turns": 2,
        "iterations": 30,
        "max_cost": 5,
        "pairing": "self",
        "providers": {"mine": {"base_url": served.url, "price": 0}},
        "models": {"one": "scripted:always Six."},
        "scenarios": {"rent": "Talk."},
        "judges": {"success": {"by": "mine:judge", "question": "Did it work?", "labels": ["yes", "no"]}},
    }
    (desk / "study.toml").write_text(toml(study), encoding="utf-8")
    assert colloquia("run", "study.toml").code == 0
    return desk / "data"


def state(folder: Path) -> dict[str, Any]:
    """Return what is said in the folder of what goes on."""
    found: dict[str, Any] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    return found


def judgements(folder: Path) -> int:
    """Return how many answers are on disk."""
    path = folder / "judgements.jsonl"
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def begin(process: Process, folder: Path, served: Served) -> subprocess.Popen[str]:
    """Ask the judges, and return once some have answered and others are asked whom nobody answers."""
    judging = process("judge", folder)
    until(lambda: judging.poll() is not None or len(served.requests) > ANSWERED, "calls under way")
    until(lambda: judgements(folder) == ANSWERED and state(folder).get("judgements_done") == ANSWERED, "ten answers")
    assert judging.poll() is None, judging.communicate()[0]
    return judging


@pytest.mark.slow
def test_judges_are_seen_paused_and_resumed_from_another_terminal(
    process: Process, colloquia: Command, held: Path, served: Served
) -> None:
    """With their progress and their cost against the cap; nothing is asked while they are paused."""
    judging = begin(process, held, served)

    looked, program = colloquia("status"), colloquia("status", "--json")
    paused = colloquia("pause")
    served.let_go()
    until(lambda: state(held)["status"] == "paused", "paused")
    asked = len(served.requests)
    again = colloquia("status")
    asked_later = len(served.requests)
    resumed = colloquia("resume")
    output, _ = judging.communicate(timeout=PATIENCE_SECONDS)

    assert "Judges are being asked in data" in looked.out
    assert "10 of " in looked.out
    assert "answers of judges, $0 for them of the $5.00 that may be spent" in looked.out
    assert json.loads(program.out)["state"]["judgements_done"] == ANSWERED
    assert "Asked the run to pause" in paused.out
    assert "it is paused, nothing new is asked for" in again.out
    assert asked == asked_later
    assert resumed.code == 0
    assert judging.returncode == 0, output
    assert judgements(held) == len(served.requests)


@pytest.mark.slow
def test_judges_that_were_stopped_are_asked_the_rest_by_resume(
    process: Process, colloquia: Command, held: Path, served: Served
) -> None:
    """Calls under way come to their end, exit 3; what was answered is not asked again."""
    judging = begin(process, held, served)

    stopped = colloquia("stop")
    served.let_go()
    output, _ = judging.communicate(timeout=PATIENCE_SECONDS)
    answered, asked = judgements(held), len(served.requests)
    looked = colloquia("status")
    resumed = colloquia("resume")

    assert "Asked the run to stop" in stopped.out
    assert judging.returncode == 3, output
    assert ANSWERED < answered == asked
    assert "The last time judges were asked in data ended: stopped" in looked.out
    assert resumed.code == 0, resumed.err
    assert "the judges are asked what is missing" in resumed.out
    assert judgements(held) == len(served.requests)
    assert colloquia("judge", "data", "--plan").out.rstrip().endswith("No answer is missing in data.")


@pytest.mark.slow
def test_judges_are_stopped_at_once(process: Process, colloquia: Command, held: Path, served: Served) -> None:
    """Calls under way are not waited for, and what was answered is kept."""
    judging = begin(process, held, served)

    colloquia("stop", "--now")
    output, _ = judging.communicate(timeout=PATIENCE_SECONDS)

    assert judging.returncode == 3, output
    assert "Stopped at once" in output
    assert judgements(held) == ANSWERED
    assert state(held)["status"] == "stopped"
