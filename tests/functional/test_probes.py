"""Probes through the doors: asked, kept, tabled, added afterwards, verified, and the same after any kill."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from doors import killed, log_lines

from colloquia import load, statistics

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

    Run = Callable[..., Said]
    Write = Callable[..., Path]

SEATS = """
import time

def persuader(request):
    return f"Reason {request.occasion.own_turns + 1}."

def persuadee(request):
    if request.occasion.beside:
        return str(40 + 5 * request.occasion.own_turns)
    return f"Hm, {request.messages[-1].content[-9:]}"

def slow(request):
    time.sleep(0.01)
    return persuadee(request)
"""
BELIEF: dict[str, Any] = {
    "ask": "persuadee", "when": ["start", "each turn"], "scale": [0, 100], "question": "How likely is it, 0 to 100?",
}  # fmt: skip
WORDS: dict[str, Any] = {
    "models": {"one": "scripted:seats.py:persuader", "two": "scripted:seats.py:persuadee"},
    "pairing": [["one", "two"]],
    "scenarios": {"debate": {"persuader": "Convince.", "persuadee": "Say what you think."}},
    "num_turns": 6,
    "probes": {"belief": BELIEF},
}


@pytest.fixture(autouse=True)
def seats(desk: Path) -> None:
    """Put the researcher's functions beside the study."""
    (desk / "seats.py").write_text(SEATS, encoding="utf-8")


def answers(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the answers to probes."""
    return [json.loads(line) for line in (folder / "probes.jsonl").read_bytes().split(b"\n") if line]


def test_a_belief_that_moves_is_in_the_tables(colloquia: Run, study: Write, desk: Path) -> None:
    """By 5 with each turn of the asked one: 15 over three turns, whoever remembers it."""
    written = study(**WORDS, factors={"belief.shown": ["never", "self"]})

    assert colloquia("run", written, "--allow-code").code == 0

    frames = load(desk / "data")
    assert frames.conversations["belief.change"].tolist() == [15.0, 15.0]
    assert frames.conversations["belief.start"].tolist() == [40.0, 40.0]
    assert sorted(frames.conversations["belief.shown"]) == ["never", "self"]
    assert len(frames.probes) == 14
    assert frames.probes["answer"].tolist().count(55.0) == 2
    assert list(frames.cells["belief.shown"]) == frames.conversations["belief.shown"].tolist()
    header = (desk / "data" / "conversations.csv").read_text().partition("\n")[0]
    assert '"belief.start","belief.end","belief.change",model_1' in header
    assert colloquia("verify").out == "26 requests of 2 conversations rebuilt; 0 contradictions.\n"
    assert colloquia("check").code == 0


def test_a_conversation_is_shown_with_what_is_varied_and_what_was_answered(colloquia: Run, study: Write) -> None:
    """Arms and levels that say the same words can be told apart, and each answer stands after its turn."""
    written = study(**WORDS, factors={"belief.shown": ["never", "self"]}, controls={"self_reflection": "persuadee"})
    assert colloquia("run", written, "--allow-code").code == 0

    listed = colloquia("show").out
    talk = next(line.split()[1] for line in listed.split("\n") if "talk · belief.shown self" in line)
    shown = colloquia("show", talk).out

    assert "self_reflection · belief.shown never" in listed
    assert "\ntalk · belief.shown self\n    (probe belief of persuadee: 40)\n\n1. persuader (one)" in shown
    assert shown.endswith("    (probe belief of persuadee: 55)\n")


def test_a_belief_that_moves_is_measured_and_asked_about(colloquia: Run, study: Write, desk: Path) -> None:
    """``private_stance`` reads the answers; the change is an outcome of the statistics, one for each conversation."""
    written = study(**WORDS, iterations=3)
    assert colloquia("run", written, "--allow-code").code == 0

    assert colloquia("measure", "private_stance").code == 0

    frames = load(desk / "data")
    found = frames.measures[frames.measures["variable"] == "stance_change"]
    assert found.loc[found["speaker_role"] == "persuadee", "value"].tolist() == [15.0] * 3
    assert found.loc[found["speaker_role"] == "persuader", "reason"].unique() == ["no two answers of the seat"]
    assert statistics(frames, "belief.change").mean().estimate == 15.0
    assert statistics(frames, "belief.change > 10").mean().estimate == 1.0


def test_a_probe_added_afterwards_asks_only_what_is_missing(colloquia: Run, study: Write, desk: Path) -> None:
    """The talk stays byte by byte; the plan counts the answers, and a further run finds nothing missing."""
    before = study(**{**WORDS, "probes": None})
    colloquia("run", before, "--allow-code")
    log = (desk / "data" / "experiment_log.jsonl").read_bytes()
    after = study("later.toml", **WORDS)

    planned = colloquia("plan", after, "--allow-code").out
    assert "besides, 7 answers to probes" in planned
    assert "longer             1 conversation   0 turns" in planned
    assert colloquia("run", after, "--allow-code").code == 0

    assert (desk / "data" / "experiment_log.jsonl").read_bytes() == log
    assert [row["answer"] for row in answers(desk / "data")] == [40, 40, 45, 45, 50, 50, 55]
    assert "Nothing is missing" in colloquia("plan", "--run-dir", "data", "--allow-code").out
    assert colloquia("verify").code == 0


def test_the_command_probe_adds_no_turn(colloquia: Run, study: Write, desk: Path) -> None:
    """It answers what is missing of finished talks, and leaves a longer or a new one for a run."""
    colloquia("run", study(**{**WORDS, "probes": None}), "--allow-code")
    log = (desk / "data" / "experiment_log.jsonl").read_bytes()
    more = study(**{**WORDS, "iterations": 2})

    assert colloquia("probe", more, "--allow-code").code == 0

    assert (desk / "data" / "experiment_log.jsonl").read_bytes() == log
    assert len(answers(desk / "data")) == 7
    assert "new                1 conversation   6 turns" in colloquia("plan", "--run-dir", "data", "--allow-code").out
    assert colloquia("run", "--run-dir", "data", "--allow-code").code == 0
    assert len(answers(desk / "data")) == 14


def test_an_edited_question_is_asked_anew_and_the_old_answers_stay(colloquia: Run, study: Write, desk: Path) -> None:
    """They are kept and verified; the tables hold what the latest study asks."""
    colloquia("run", study(**WORDS), "--allow-code")
    edited = study(**{**WORDS, "probes": {"belief": {**BELIEF, "question": "And now?", "when": "end"}}})

    assert colloquia("run", edited, "--allow-code").code == 0

    assert len(answers(desk / "data")) == 8
    assert load(desk / "data").probes["question"].tolist() == ["And now?"]
    assert len(load(desk / "data", everything=True).probes) == 8
    assert colloquia("verify").out == "14 requests of 1 conversation rebuilt; 0 contradictions.\n"


def test_a_longer_talk_keeps_the_answers_of_its_old_end(colloquia: Run, study: Write, desk: Path) -> None:
    """They were right where they were asked, and the end in the tables is the new one."""
    ends = {**WORDS, "probes": {"belief": {**BELIEF, "when": ["start", "end"], "shown": "self"}}}
    colloquia("run", study(**ends), "--allow-code")
    colloquia("run", study(**{**ends, "num_turns": 8}), "--allow-code")

    assert [row["after_turn"] for row in answers(desk / "data")] == [0, 6, 8]
    assert load(desk / "data").conversations["belief.end"].tolist() == [60.0]
    assert colloquia("verify").code == 0


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("answer", 99.0, "its answer is not the one that its text gives"),
        ("content", "41", "the text is not one that the journal vouches for"),
        ("request_sha256", "ab" * 32, "the request rebuilt from the log is not the one that was sent"),
        ("after_turn", 9, "no study in the journal asks it there"),
        ("speaker_model", "one", "speaker_model: not what the study makes of this answer"),
    ],
)
def test_verify_finds_an_answer_that_was_changed(
    colloquia: Run, study: Write, desk: Path, field: str, value: object, said: str
) -> None:
    """Even where the checksum was made to fit."""
    colloquia("run", study(**WORDS), "--allow-code")
    first, *rest = (desk / "data" / "probes.jsonl").read_bytes().split(b"\n")
    changed = {**json.loads(first), field: value}
    del changed["crc32"]
    body = json.dumps(changed, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
    sealed = b'%b,"crc32":"%08x"}' % (body, crc32(body))
    (desk / "data" / "probes.jsonl").write_bytes(b"\n".join([sealed, *rest]))

    found = colloquia("verify")

    assert found.code == 1
    assert said in found.out


def test_a_model_that_fails_at_a_probe_is_asked_again(colloquia: Run, study: Write, desk: Path) -> None:
    """The failure is in the journal, the turns before it stay, and the next run goes on from there."""
    (desk / "seats.py").write_text(
        SEATS.replace("if request.occasion.beside:", "if request.occasion.beside:\n        import os; os.stat('ready')")
    )
    written = study(**{**WORDS, "probes": {"belief": {**BELIEF, "when": [2]}}})

    assert colloquia("run", written, "--allow-code").code == 1
    assert [row["turn_id"] for row in log_lines(desk / "data")] == [1, 2]
    (desk / "ready").touch()
    assert colloquia("run", written, "--allow-code").code == 0

    assert len(answers(desk / "data")) == 1
    assert load(desk / "data").conversations["is_failed"].tolist() == [False]


@pytest.mark.slow
@pytest.mark.parametrize("shown", ["never", "self"])
def test_killed_anywhere_it_comes_to_the_same_end(
    process: Callable[..., subprocess.Popen[str]], study: Write, desk: Path, shown: str
) -> None:
    """Kill -9 at random moments: turns and answers are those of a run that nobody killed, each exactly once."""
    words = {
        **WORDS,
        "models": {"one": "scripted:seats.py:persuader", "two": "scripted:seats.py:slow"},
        "iterations": 12,
        "probes": {"belief": {**BELIEF, "shown": shown}},
    }
    process("run", study("whole.toml", **words, run_dir="whole"), "--allow-code").communicate(timeout=120)
    killed(process, "run", study(**words), "--allow-code", times=12)

    for read in (log_lines, answers):
        kept = [{key: row[key] for key in ("trial_id", "content", "request_sha256")} for row in read(desk / "data")]
        meant = [{key: row[key] for key in ("trial_id", "content", "request_sha256")} for row in read(desk / "whole")]
        assert sorted(map(str, kept)) == sorted(map(str, meant))
