"""A person in a seat: answered in the terminal or from another one, stopped, killed and gone on with."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest
from doors import log_lines

from colloquia.providers.inbox import Inbox, Question

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

PATIENCE_SECONDS = 60
WORDS = {
    "models": {"me": "human:ann", "bot": "scripted:echo"},
    "scenarios": {"rent": {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}},
    "pairing": [["me", "bot"]],
    "num_turns": 4,
}


def question(desk: Path, run: subprocess.Popen[str]) -> Question:
    """Return the question that a run waits with."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and run.poll() is None:
        if found := next(Inbox(desk / "data" / "inbox").waiting(), None):
            return found
        time.sleep(0.01)
    raise AssertionError(run.communicate()[0])


def said(desk: Path) -> list[tuple[str, str, object]]:
    """Return what was said, by whom, and how long it took."""
    return [(row["source"], row["content"], row["latency_ms"]) for row in log_lines(desk / "data")]


def test_a_person_answers_from_another_terminal(
    desk: Path,
    study: Callable[..., Path],
    process: Callable[..., subprocess.Popen[str]],
    colloquia: Callable[..., Said],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`colloquia answer` shows the prompt once and what was heard, and its lines are turns; all hashes hold."""
    run = process("run", study(**WORDS))
    question(desk, run)
    reading, writing = os.pipe()
    os.write(writing, b"Pay more.\nThen\\\nleave.\n")

    with os.fdopen(reading, encoding="utf-8") as typed:
        monkeypatch.setattr(sys, "stdin", typed)
        answered = colloquia("answer", "--run-dir", "data")
        monkeypatch.setattr(sys, "stdin", sys.__stdin__)
    output, _ = run.communicate(timeout=PATIENCE_SECONDS)
    os.close(writing)

    assert run.returncode == 0, output
    assert "People are asked in another terminal" in output
    assert answered.out.count("You want to raise the rent.") == 1
    assert "> Pay more." in answered.out
    assert said(desk) == [
        ("human", "Pay more.", None), ("scripted", "Pay more.", None),
        ("human", "Then\nleave.", None), ("scripted", "Then\nleave.", None),
    ]  # fmt: skip
    assert colloquia("verify").code == colloquia("check").code == 0
    assert list((desk / "data" / "inbox").iterdir()) == []


def test_a_run_that_waits_for_a_person_stops_at_once_and_goes_on(
    desk: Path,
    study: Callable[..., Path],
    process: Callable[..., subprocess.Popen[str]],
    colloquia: Callable[..., Said],
) -> None:
    """Nobody has to answer before the run lets go; nothing failed, and the same question is asked again."""
    path = study(**WORDS)
    run = process("run", path)
    first = question(desk, run)
    Inbox(desk / "data" / "inbox").answer(first, "Pay more.")
    second = question(desk, run)
    assert second.turn_id == 3

    stopped = colloquia("stop")
    output, _ = run.communicate(timeout=PATIENCE_SECONDS)

    assert stopped.code == 0
    assert run.returncode == 3, output
    assert "failed" not in output
    again = process("run", path)
    assert question(desk, again) == second
    Inbox(desk / "data" / "inbox").answer(second, "Now.")
    output, _ = again.communicate(timeout=PATIENCE_SECONDS)
    assert again.returncode == 0, output
    assert [content for _, content, _ in said(desk)] == ["Pay more.", "Pay more.", "Now.", "Now."]
    assert colloquia("check").code == 0


def test_a_kill_loses_no_answer(
    desk: Path, study: Callable[..., Path], process: Callable[..., subprocess.Popen[str]]
) -> None:
    """An answer that was written while nobody ran is taken up by the next run without asking."""
    path = study(**WORDS)
    run = process("run", path)
    first = question(desk, run)
    run.kill()
    run.communicate(timeout=PATIENCE_SECONDS)
    Inbox(desk / "data" / "inbox").answer(first, "Written meanwhile.")

    again = process("run", path)
    third = question(desk, again)

    assert third.turn_id == 3
    assert [content for _, content, _ in said(desk)] == ["Written meanwhile."] * 2
    Inbox(desk / "data" / "inbox").answer(third, "Good.")
    output, _ = again.communicate(timeout=PATIENCE_SECONDS)
    assert again.returncode == 0, output


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no pseudo-terminals; people answer in another terminal"
)
def test_a_person_answers_in_the_terminal_of_the_run(desk: Path, study: Callable[..., Path]) -> None:
    """What is typed there is the turn; the person sees the prompt and what was heard."""
    import pty
    import subprocess

    from doors import ROOT

    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "colloquia", "run", str(study(**WORDS))],
        cwd=desk, env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}, stdin=theirs, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip
    os.close(theirs)
    for turn_id, line in ((1, b"Pay more.\n"), (3, b"Last word.\n")):
        while question(desk, run).turn_id != turn_id:
            time.sleep(0.01)
        os.write(ours, line)
    output, _ = run.communicate(timeout=PATIENCE_SECONDS)
    os.close(ours)

    assert run.returncode == 0, output
    assert "You want to raise the rent." in output
    assert [content for _, content, _ in said(desk)] == ["Pay more.", "Pay more.", "Last word.", "Last word."]
