"""Control arms through the doors: what talk changes beside what thinking again changes, and the same after any kill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from doors import killed, log_lines

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
    if "fails" in request.messages[0].content and request.occasion.own_turns == 1:
        raise RuntimeError("out of order")
    return f"Reason {request.occasion.own_turns + 1} of {request.messages[0].content}"

def persuadee(request):
    heard = [message.content for message in request.messages if message.role == "user"]
    if request.occasion.beside:
        talked = sum("Reason" in text for text in heard)
        thought = sum("Think about it again" in text for text in heard)
        return str(40 + 5 * talked + 2 * thought)
    return f"Hm, {heard[-1][-20:]}"

def slow(request):
    time.sleep(0.01)
    return persuadee(request)
"""
WORDS: dict[str, Any] = {
    "models": {"one": "scripted:seats.py:persuader", "two": "scripted:seats.py:persuadee"},
    "pairing": [["one", "two"]],
    "items": {"claim": ["cats", "dogs"]},
    "scenarios": {"debate": {"persuader": "Convince of {claim}.", "persuadee": "Say what you think of {claim}."}},
    "num_turns": 6,
    "iterations": 2,
    "controls": {"self_reflection": "persuadee", "shuffled_partner": "persuadee", "yoked": "persuadee"},
    "probes": {
        "belief": {"ask": "persuadee", "when": ["start", "each turn"], "scale": [0, 100], "question": "How likely?"}
    },
}


@pytest.fixture(autouse=True)
def seats(desk: Path) -> None:
    """Put the researcher's functions beside the study."""
    (desk / "seats.py").write_text(SEATS, encoding="utf-8")


def changes(folder: Path) -> dict[str, float]:
    """Return the mean change of belief by arm."""
    rows = load(folder).conversations
    return {arm: float(rows[rows["arm"] == arm]["belief.change"].mean()) for arm in dict.fromkeys(rows["arm"])}


def test_talk_and_thinking_again_stand_side_by_side(colloquia: Run, study: Write, desk: Path) -> None:
    """Three reasons move a belief by 15, thinking three times again by 6: the table has both, and their difference."""
    assert colloquia("run", study(**WORDS), "--allow-code").code == 0

    found = changes(desk / "data")
    assert found["talk"] == 15.0
    assert found["self_reflection"] == 6.0
    assert found["talk"] - found["self_reflection"] == 9.0
    assert found["yoked"] == found["shuffled_partner"] == 15.0
    assert colloquia("verify").code == 0
    assert "Nothing is missing" in colloquia("plan", "--run-dir", "data", "--allow-code").out


def test_recorded_lines_are_rows_of_their_own(colloquia: Run, study: Write, desk: Path) -> None:
    """Scripted, asked of nobody, word for word what was said in the talk on the other item."""
    colloquia("run", study(**WORDS), "--allow-code")

    lines = [row for row in log_lines(desk / "data") if row["arm"] == "shuffled_partner"]
    recorded = [row for row in lines if row["speaker_role"] == "persuader"]
    assert len(recorded) == 12
    assert {(row["source"], row["request_sha256"]) for row in recorded} == {("scripted", None)}
    other = {"cats": "dogs", "dogs": "cats"}
    assert all(f"Convince of {other[row['factors']['claim']]}." in row["content"] for row in recorded)
    live = [row for row in lines if row["speaker_role"] == "persuadee"]
    assert all(row["request_sha256"] for row in live)


def test_controls_grow_with_their_donors(colloquia: Run, study: Write, desk: Path) -> None:
    """A longer study makes talks longer first, and then the controls that live on their lines."""
    colloquia("run", study(**WORDS), "--allow-code")
    longer = study(**{**WORDS, "num_turns": 8})

    assert colloquia("run", longer, "--allow-code").code == 0

    rows = load(desk / "data").conversations
    assert dict(rows.groupby("arm")["num_turns"].max()) == {
        "self_reflection": 4,
        "shuffled_partner": 8,
        "talk": 8,
        "yoked": 8,
    }
    assert changes(desk / "data") == {"talk": 20.0, "self_reflection": 8.0, "shuffled_partner": 20.0, "yoked": 20.0}
    assert colloquia("verify").code == 0


def test_controls_added_afterwards_ask_for_themselves_alone(colloquia: Run, study: Write, desk: Path) -> None:
    """The talks stay as they are, and are found under the arm ``talk`` in every table."""
    colloquia("run", study(**{**WORDS, "controls": None}), "--allow-code")
    talks = log_lines(desk / "data")

    assert colloquia("run", study(**WORDS), "--allow-code").code == 0

    assert log_lines(desk / "data")[: len(talks)] == talks
    frames = load(desk / "data")
    assert set(frames.turns["arm"]) == {"talk", "self_reflection", "shuffled_partner", "yoked"}
    assert set(frames.probes["arm"]) == set(frames.turns["arm"])
    assert ',"talk",' in (desk / "data" / "experiment_log.csv").read_text().splitlines()[1]
    assert colloquia("verify").code == 0


def test_a_further_item_leaves_every_control_with_its_donor(colloquia: Run, study: Write, desk: Path) -> None:
    """Nothing falls out of the plan, nothing is asked again, and the table says whose lines each partner says."""
    words = {**WORDS, "controls": {"shuffled_partner": "persuadee"}, "iterations": 6}
    colloquia("run", study(**words), "--allow-code")
    before = load(desk / "data").conversations.set_index("experiment_id")["donor_id"]
    more = study(**{**words, "items": {"claim": ["owls", "cats", "dogs"]}})

    planned = colloquia("plan", more, "--allow-code").out

    assert "no longer planned  0 conversations   0 turns" in planned
    assert "unchanged          24 conversations" in planned
    assert colloquia("run", more, "--allow-code").code == 0
    rows = load(desk / "data").conversations.set_index("experiment_id")
    assert rows.loc[before.index, "donor_id"].equals(before)
    shuffled = rows[rows["arm"] == "shuffled_partner"]
    assert (rows.loc[shuffled["donor_id"], "claim"].to_numpy() != shuffled["claim"].to_numpy()).all()
    assert rows[rows["arm"] == "talk"]["donor_id"].isna().all()
    assert colloquia("verify").code == 0
    assert "Nothing is missing" in colloquia("plan", "--run-dir", "data", "--allow-code").out


def test_a_control_whose_donor_fails_is_not_held_and_says_why(colloquia: Run, study: Write, desk: Path) -> None:
    """The others go on; once the donor can be held, so can the control."""
    words = {**WORDS, "controls": {"shuffled_partner": "persuadee"}, "iterations": 1}
    words["items"] = {"claim": ["cats", "what fails"]}

    first = colloquia("run", study(**words), "--allow-code")

    assert first.code == 1
    rows = load(desk / "data").conversations
    assert dict(rows.groupby("arm")["is_complete"].sum()) == {"shuffled_partner": 1, "talk": 1}
    assert "donor_failed: its partner's lines come from conversation" in (desk / "data" / "journal.jsonl").read_text()
    (desk / "seats.py").write_text(SEATS.replace("fails", "never"), encoding="utf-8")
    assert colloquia("run", study(**words), "--allow-code").code == 0
    assert load(desk / "data").conversations["is_complete"].all()


def test_a_donor_that_ended_early_ends_its_control(colloquia: Run, study: Write, desk: Path) -> None:
    """It had no further line; the row says so, and the control stays ended."""
    words = {
        **WORDS,
        "controls": {"shuffled_partner": "persuadee"},
        "stop": [{"phrase": "Reason 2 of Convince of cats", "by": "persuader"}],
        "iterations": 1,
    }
    colloquia("run", study(**words), "--allow-code")

    rows = load(desk / "data").conversations.set_index(["arm", "claim"])
    assert rows.loc[("talk", "cats"), "ended_by"] == "phrase"
    assert rows.loc[("shuffled_partner", "dogs"), "ended_by"] == "phrase"
    assert rows.loc[("shuffled_partner", "cats"), "ended_by"] == "length"
    assert "Nothing is missing" in colloquia("plan", "--run-dir", "data", "--allow-code").out
    assert colloquia("verify").code == 0


@pytest.mark.slow
def test_killed_anywhere_donors_and_controls_come_to_the_same_end(
    process: Callable[..., subprocess.Popen[str]], study: Write, desk: Path
) -> None:
    """Every conversation has the turns of a run that nobody killed, each exactly once."""
    words = {**WORDS, "models": {**WORDS["models"], "two": "scripted:seats.py:slow"}, "iterations": 4}
    process("run", study("whole.toml", **words, run_dir="whole"), "--allow-code").communicate(timeout=120)
    killed(process, "run", study(**words), "--allow-code", times=10)

    kept, meant = (
        sorted((row["trial_id"], row["turn_id"], row["content"], row["request_sha256"] or "") for row in rows)
        for rows in (log_lines(desk / "data"), log_lines(desk / "whole"))
    )
    assert kept == meant
