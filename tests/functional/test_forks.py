"""Forks through the doors: shared first turns, what is otherwise beside what is not, forks of forks, and any kill."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from doors import killed, log_lines

import colloquia as package
from colloquia import load

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
    return f"Reason {request.occasion.own_turns + 1}, drawn {request.occasion.draw % 1000}."

def quiet(request):
    return "Nothing."

def persuadee(request):
    heard = [message.content for message in request.messages if message.role == "user"]
    if request.occasion.beside:
        return str(40 + 5 * sum("Reason" in text for text in heard))
    return f"Hm, {request.messages[0].content} {heard[-1][-24:]}"

def slow(request):
    time.sleep(0.02)
    return persuadee(request)
"""
WORDS: dict[str, Any] = {
    "models": {
        "one": "scripted:seats.py:persuader",
        "two": "scripted:seats.py:persuadee",
        "silent": "scripted:seats.py:quiet",
    },
    "pairing": [["one", "two"]],
    "scenarios": {"debate": {"persuader": "Convince.", "persuadee": "Listen."}},
    "num_turns": 6,
    "probes": {
        "belief": {"ask": "persuadee", "when": ["start", "each turn"], "scale": [0, 100], "question": "How likely?"}
    },
}


@pytest.fixture(autouse=True)
def seats(desk: Path) -> None:
    """Put the researcher's functions beside the study."""
    (desk / "seats.py").write_text(SEATS, encoding="utf-8")


@pytest.fixture
def held(colloquia: Run, study: Write, desk: Path) -> str:
    """Hold a conversation and return its id."""
    colloquia("run", study(**WORDS), "--allow-code")
    return str(log_lines(desk / "data")[0]["experiment_id"])


def run(colloquia: Run) -> None:
    """Hold what is missing, and make sure that everything holds."""
    assert colloquia("run", "--run-dir", "data", "--allow-code").code == 0
    verified = colloquia("verify")
    assert verified.code == 0, verified.out
    assert colloquia("check").code == 0


def answer_lines(folder: Path) -> list[dict[str, Any]]:
    """Return what ``probes.jsonl`` holds."""
    return [json.loads(line) for line in (folder / "probes.jsonl").read_text("utf-8").splitlines()]


def talks(folder: Path) -> dict[tuple[str, int], list[str]]:
    """Return what is said in each fork, by its label and number."""
    frames = load(folder)
    forks = frames.conversations[frames.conversations["fork"].notna()]
    return {
        (row.fork, row.iteration): frames.turns[frames.turns["experiment_id"] == row.experiment_id]["content"].tolist()
        for row in forks.itertuples()
    }


def test_an_edited_turn_stands_beside_unedited_continuations(colloquia: Run, held: str, desk: Path) -> None:
    """The first reason is taken out of what was heard: 5 points less, in each of two pairs."""
    said = colloquia("fork", held, "--turn", "1", "--edit", "I have none.", "--times", "2")

    assert said.out.startswith("2 continuations from turn 1 (turn 1 edited), and 2 unchanged beside.")
    run(colloquia)
    found = talks(desk / "data")
    assert sorted(found) == [("turn 1 edited", 1), ("turn 1 edited", 2), ("unchanged", 1), ("unchanged", 2)]
    assert found["turn 1 edited", 1][0] == "I have none."
    assert found["turn 1 edited", 1][2] == found["unchanged", 1][2], "pairs share their draws"
    assert found["unchanged", 1][2] != found["unchanged", 2][2], "continuations do not"
    effect = load(desk / "data").forks.set_index("outcome").loc["belief.change"]
    assert (effect["pairs"], effect["changed"], effect["unchanged"], effect["difference"]) == (2, 10.0, 15.0, -5.0)


def test_a_conversation_is_forked_by_its_number_or_its_id(colloquia: Run, held: str, desk: Path) -> None:
    """The number is that of `show`; one that no conversation has is refused."""
    by_number, by_id, wrong = (colloquia("fork", named, "--turn", "1") for named in ("1", held[:8], "2"))

    parents = {json.loads(line)["fork"]["parent"] for line in (desk / "data/forks.jsonl").read_text().splitlines()}
    assert (by_number.code, by_id.code, wrong.code) == (0, 0, 2)
    assert len(parents) == 1
    assert "data has no conversation 2; `colloquia show` lists all." in wrong.err


def test_only_what_follows_is_asked_and_kept(colloquia: Run, held: str, desk: Path) -> None:
    """The log has the fork's own turns and where it left; tables unfold the rest, at no cost."""
    before = (desk / "data" / "experiment_log.jsonl").read_bytes()
    colloquia("fork", held, "--turn", "4")
    run(colloquia)

    assert (desk / "data" / "experiment_log.jsonl").read_bytes().startswith(before)
    own = [row for row in log_lines(desk / "data") if row["forked_at"]]
    assert [(row["turn_id"], row["forked_at"], row["parent_id"]) for row in own] == [(5, 4, held), (6, 4, held)]
    frames = load(desk / "data")
    whole = frames.turns[frames.turns["experiment_id"] == own[0]["experiment_id"]]
    assert whole["turn_id"].tolist() == [1, 2, 3, 4, 5, 6]
    row = frames.conversations.set_index("experiment_id").loc[own[0]["experiment_id"]]
    assert (row["num_turns"], row["is_complete"], row["parent_id"], row["forked_at"]) == (6, True, held, 4)
    assert (row["belief.start"], row["belief.end"], row["attempts"]) == (40.0, 55.0, 2)
    table = (desk / "data" / "experiment_log.csv").read_text().splitlines()
    assert sum(own[0]["experiment_id"] in line for line in table) == 6
    shown = colloquia("show", own[0]["experiment_id"]).out
    assert "1. persuader (one)" in shown
    assert "6. persuadee (two)" in shown


def test_tables_of_answers_unfold_what_a_fork_shares(colloquia: Run, held: str, desk: Path) -> None:
    """As turns do: a fork of a fork has all answers from the start, the shared ones at no cost, each once."""
    colloquia("fork", held, "--turn", "2", "--edit", "No.")
    run(colloquia)
    edited = load(desk / "data").conversations.query("fork == 'turn 2 edited'")["experiment_id"].item()
    colloquia("fork", edited, "--turn", "4", "--edit", "No.")
    run(colloquia)

    frames = load(desk / "data")
    asked = frames.probes.groupby("experiment_id")["after_turn"].agg(sorted)
    assert asked.tolist() == [[0, 1, 2, 3, 4, 5, 6]] * len(frames.conversations)
    last = frames.conversations.query("fork == 'turn 4 edited'")["experiment_id"].item()
    shared = frames.probes[(frames.probes["experiment_id"] == last) & (frames.probes["after_turn"] < 4)]
    assert shared["latency_ms"].isna().all()
    assert set(shared["iteration"]) == {1}
    assert len((desk / "data" / "probes.csv").read_text().splitlines()) == 1 + len(frames.probes)


def test_a_probe_added_afterwards_is_asked_once_for_a_parent_and_its_forks(
    colloquia: Run, held: str, study: Write, desk: Path
) -> None:
    """Before the fork in the parent, from the fork on in each; tables unfold it, and every question is verified."""
    colloquia("fork", held, "--turn", "2", "--edit", "No.")
    run(colloquia)
    mood = {"ask": "persuadee", "when": ["start", "each turn"], "scale": [0, 100], "question": "How glad are you?"}
    before = answer_lines(desk / "data")

    said = colloquia("run", study(**{**WORDS, "probes": {**WORDS["probes"], "mood": mood}}), "--allow-code")

    assert said.code == 0, said.err
    new = answer_lines(desk / "data")[len(before) :]
    assert len(new) == 7 + 2 * 5, "two forks have the turns from 2 to 6"
    assert sorted(row["after_turn"] for row in new if row["experiment_id"] != held) == sorted([2, 3, 4, 5, 6] * 2)
    run(colloquia)
    frames = load(desk / "data")
    assert frames.probes.query("probe == 'mood'").groupby("experiment_id").size().tolist() == [7, 7, 7]
    assert frames.conversations["mood.start"].notna().all()


def test_answers_that_were_shown_before_the_fork_stand_in_its_questions(
    colloquia: Run, study: Write, desk: Path
) -> None:
    """A fork whose shared turns hold shown answers is verified to the last probe: they are heard there too."""
    belief = {"ask": "persuadee", "when": ["start", 1, "end"], "scale": [0, 100], "question": "How likely?"}
    colloquia("run", study(**{**WORDS, "probes": {"belief": {**belief, "shown": "self"}}}), "--allow-code")
    held = str(log_lines(desk / "data")[0]["experiment_id"])

    assert colloquia("fork", held, "--turn", "3", "--edit", "No reason.").code == 0

    run(colloquia)


def test_a_deleted_turn_was_never_heard(colloquia: Run, held: str, desk: Path) -> None:
    """Neither by its partner nor by its speaker; who speaks next stays as it was."""
    colloquia("fork", held, "--turn", "3", "--delete", "--which", "2")
    run(colloquia)

    found = talks(desk / "data")
    assert [len(found["turn 2 deleted", 1]), len(found["unchanged", 1])] == [6, 6]
    (line,) = [each for each in log_lines(desk / "data") if each["turn_id"] == 4 and each["request_sha256"] not in {
        other["request_sha256"] for other in log_lines(desk / "data") if other["trial_id"] != each["trial_id"]
    }]  # fmt: skip
    assert line["forked_at"] == 3


def test_another_model_or_prompt_goes_on_from_there(colloquia: Run, held: str, desk: Path) -> None:
    """What was said before stays with who said it."""
    colloquia("fork", held, "--turn", "2", "--model", "persuader=silent")
    colloquia("fork", held, "--turn", "2", "--prompt", "persuadee=Doubt everything.")
    run(colloquia)

    found = talks(desk / "data")
    silent = found["model of persuader: silent", 1]
    assert silent[0].startswith("Reason 1")
    assert (silent[2], silent[4]) == ("Nothing.", "Nothing.")
    assert "Doubt everything." in found["prompt of persuadee", 1][3]
    assert "Listen." in found["prompt of persuadee", 1][1]
    assert len(found) == 3, "the unchanged one is shared"


def test_a_fork_of_a_fork_unfolds(colloquia: Run, held: str, desk: Path) -> None:
    """Its first turns are those of its parent, whose first are those of its own."""
    colloquia("fork", held, "--turn", "1", "--edit", "Silence.")
    run(colloquia)
    rows = load(desk / "data").conversations
    (edited,) = rows[rows["fork"] == "turn 1 edited"]["experiment_id"]
    colloquia("fork", edited, "--turn", "3", "--edit", "Still silence.")
    run(colloquia)

    found = talks(desk / "data")["turn 3 edited", 1]
    assert (found[0], found[2]) == ("Silence.", "Still silence.")
    assert len(found) == 6
    rows = load(desk / "data").conversations
    assert rows[rows["fork"] == "turn 3 edited"]["parent_id"].tolist() == [edited]


def test_a_longer_study_makes_forks_longer(colloquia: Run, held: str, study: Write, desk: Path) -> None:
    """Like any other conversation."""
    colloquia("fork", held, "--turn", "2")
    run(colloquia)
    assert colloquia("run", study(**{**WORDS, "num_turns": 8}), "--allow-code").code == 0

    assert load(desk / "data").conversations["num_turns"].tolist() == [8, 8]
    assert colloquia("verify").code == 0


def test_forks_are_asked_for_from_python_too(held: str, desk: Path) -> None:
    """By the same words."""
    asked = package.fork(held[:12], 2, folder=desk / "data", times=3)

    assert (asked.turn, asked.times, asked.label) == (2, 3, "unchanged")
    (line,) = (desk / "data" / "forks.jsonl").read_text().splitlines()
    assert json.loads(line)["fork"]["turn"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--turn", "7"], "--turn 7: conversation"),
        (["--turn", "0"], "a fork shares one of them at least"),
        (["--turn", "6"], "ends there, so nothing would come after it"),
        (["--turn", "2", "--times", "0"], "--times 0: a fork is held once at least"),
        (["--turn", "2", "--model", "persuade=one"], "--model persuade: no role that is asked in conversation"),
        (["--turn", "2", "--model", "persuader=on"], "--model on: no model of this study. Did you mean 'one'?"),
        (["--turn", "2", "--model", "one"], "--model one: write ROLE=..."),
        (["--turn", "2", "--prompt", "x=y"], "--prompt x: no role that is asked"),
        (["--turn", "2", "--delete", "--which", "3"], "turn 3 is not among the 2 turns that the fork shares"),
        (["--turn", "2", "--delete", "--edit", "x"], "A turn is edited or deleted, not both"),
        (["--turn", "2", "--which", "1"], "--which 1: say what becomes of that turn, with --edit or --delete"),
        (["--turn", "2", "--delete", "--which", "0"], "turn 0 is not among the 2 turns that the fork shares"),
    ],
)
def test_a_fork_that_cannot_be_is_refused(
    colloquia: Run, held: str, desk: Path, arguments: list[str], said: str
) -> None:
    """With the reason, and nothing is written."""
    refused = colloquia("fork", held, *arguments)

    assert refused.code == 2
    assert said in refused.err
    assert not (desk / "data" / "forks.jsonl").exists()


def test_a_fork_of_nothing_is_refused(colloquia: Run, held: str) -> None:
    """An id must be one of the study, and say which."""
    assert held
    assert "begins with 'zzz'" in colloquia("fork", "zzz", "--turn", "1").err
    assert "was never run" in colloquia("fork", "zzz", "--turn", "1", "--run-dir", "elsewhere").err


def test_forks_are_no_part_of_the_design(colloquia: Run, study: Write, desk: Path) -> None:
    """Matrix, balance and size stay those of the study; what is still to be held has the forks in it."""
    page = study(models={"one": "scripted:echo", "two": "scripted:random"})
    colloquia("run", page)
    size = ("size", page, "--factor", "model_1", "--first", "one", "--second", "two", "--effect", "1")
    before, sized = colloquia("plan", page).out, colloquia(*size, "--sd", "1").out
    colloquia("fork", log_lines(desk / "data")[0]["experiment_id"], "--turn", "1", "--edit", "No.", "--times", "2")

    forked = colloquia("plan", page).out

    assert "in every seat, and opens from it, equally often" in forked
    assert "in all     4 conversations, 16 turns; 4 forks beside" in forked
    assert _lines(forked, "train") == _lines(before, "train")
    assert _lines(forked, "new") == ["new                4 conversations  12 turns"]
    assert colloquia(*size, "--sd", "1").out == sized


def _lines(said: str, word: str) -> list[str]:
    """Return the lines that begin with a word."""
    return [line.rstrip() for line in said.splitlines() if line.startswith(word)]


@pytest.mark.slow
def test_killed_anywhere_forks_come_to_the_same_end(
    colloquia: Run, process: Callable[..., subprocess.Popen[str]], study: Write, desk: Path
) -> None:
    """Every fork has the turns of one that nobody killed, each exactly once."""
    words = {**WORDS, "models": {**WORDS["models"], "two": "scripted:seats.py:slow"}}
    for folder in ("whole", "data"):
        process("run", study(f"{folder}.toml", **words, run_dir=folder), "--allow-code").communicate(timeout=120)
        first = log_lines(desk / folder)[0]["experiment_id"]
        assert colloquia("fork", first, "--turn", "2", "--edit", "No.", "--times", "6", "--run-dir", folder).code == 0
    process("run", "--run-dir", "whole", "--allow-code").communicate(timeout=120)
    killed(process, "run", "--run-dir", "data", "--allow-code", times=8, spread=0.6)

    kept, meant = (
        sorted((row["trial_id"], row["turn_id"], row["content"]) for row in log_lines(desk / folder))
        for folder in ("data", "whole")
    )
    assert kept == meant
