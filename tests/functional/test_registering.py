"""Registration through the doors: what was written down before the data, what differs now, and parts of a study."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from doors import log_lines

from colloquia import load
from colloquia.lab.keeping.reporting import gathered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

    Run = Callable[..., Said]
    Write = Callable[..., Path]

LONGER = {"outcome": "num_turns", "higher": "tone == 'warm'", "than": "tone == 'cold'"}
WORDS: dict[str, Any] = {
    "scenarios": {"train": "You sit on a train. {tone}"},
    "factors": {"tone": {"warm": "Be warm.", "cold": "Be cold."}},
    "hypotheses": {"longer": LONGER},
    "exclude": "num_turns < 2",
}


def registered(folder: Path) -> list[dict[str, Any]]:
    """Return the registrations in the journal."""
    entries = [json.loads(line) for line in (folder / "journal.jsonl").read_bytes().split(b"\n") if line]
    return [entry for entry in entries if entry["event"] == "registered"]


def test_a_registration_stands_in_the_journal_before_the_run(colloquia: Run, study: Write, desk: Path) -> None:
    """With its hash, its time and how much was planned; the run that follows is the one that was meant."""
    written = study(**WORDS)

    said = colloquia("register", written)

    (entry,) = registered(desk / "data")
    assert said.code == 0
    assert f"sha256 {entry['sha256']}" in said.out
    assert f"run {written} --run-dir data. What is then done otherwise" in said.out
    assert "8 conversations, 32 turns planned; 1 hypothesis." in said.out
    assert entry["planned"] == {"conversations": 8, "turns": 32}
    assert colloquia("run", written).code == 0
    again = colloquia("register", written)
    assert f"data: registered {entry['at'][:10]}, 8 conversations planned (sha256 {entry['sha256'][:12]})." in again.out
    assert "confirmatory: longer\nexploratory: no further hypothesis\ndeviations: none" in again.out
    assert colloquia("check").code == 0


def test_the_last_registration_before_the_data_counts(colloquia: Run, study: Write, desk: Path) -> None:
    """Thinking better of it beforehand is no deviation."""
    colloquia("register", study(**WORDS))
    colloquia("register", study(**{**WORDS, "iterations": 2}))
    colloquia("run", study(**{**WORDS, "iterations": 2}))

    assert len(registered(desk / "data")) == 2
    assert "16 conversations planned" in colloquia("register", "--run-dir", "data").out


def test_what_is_done_otherwise_is_listed(colloquia: Run, study: Write, desk: Path) -> None:
    """More iterations, a dropped cell, a changed exclusion, and a hypothesis that came afterwards."""
    colloquia("register", study(**WORDS))
    colloquia("run", study(**WORDS))
    other = {**LONGER, "than": "tone == 'warm'", "higher": "tone == 'cold'"}
    later = {**WORDS, "iterations": 3, "exclude": "num_turns < 3", "hypotheses": {"longer": LONGER, "shorter": other}}
    colloquia("run", study(**later, where="tone == 'warm'"))

    said = colloquia("register", "--run-dir", "data").out

    assert "confirmatory: longer\nexploratory: shorter" in said
    assert "iterations: nothing before, 3 now" in said
    assert "exclude: 'num_turns < 2' before, 'num_turns < 3' now" in said
    assert "4 conversations that were planned are no longer" in said
    assert "8 conversations were added" in said
    records = gathered(desk / "data").records
    assert records.confirmatory == ("longer",)
    assert any(each.startswith("exclude:") for each in records.deviations)


def test_the_study_that_is_named_is_compared_and_not_the_one_that_was_run_last(colloquia: Run, study: Write) -> None:
    """So that deviations are known before they are paid for; the folder alone still means its latest run."""
    colloquia("register", study(**WORDS))
    colloquia("run", study(**WORDS))

    said = colloquia("register", study("next.toml", **{**WORDS, "iterations": 3})).out

    assert "The study named here was not run there; so it would stand:" in said
    assert "iterations: nothing before, 3 now" in said
    assert "16 conversations were added" in said
    latest = colloquia("register", "--run-dir", "data").out
    assert "deviations: none" in latest
    assert "not run there" not in latest


def test_without_a_registration_the_first_run_counts(colloquia: Run, study: Write, desk: Path) -> None:
    """It says so, and later changes deviate from it."""
    colloquia("run", study(**WORDS))
    colloquia("run", study(**{**WORDS, "hypotheses": {"longer": {**LONGER, "outcome": "n_refusals"}}}))

    said = colloquia("register", "--run-dir", "data").out

    assert "not registered; the study of the first run counts" in said
    assert "confirmatory: nothing\nexploratory: longer" in said
    assert not registered(desk / "data")
    assert gathered(desk / "data").records.registrations == ()


def test_a_report_says_which_answers_are_confirmatory(colloquia: Run, study: Write, desk: Path) -> None:
    """Beside each hypothesis, and what is otherwise below."""
    colloquia("register", study(**WORDS, iterations=3))
    colloquia("run", study(**WORDS, iterations=3))
    other = {"outcome": "n_truncated", "higher": "tone == 'warm'", "than": "tone == 'cold'"}
    colloquia("run", study(**{**WORDS, "hypotheses": {"longer": LONGER, "more": other}}, iterations=3))

    assert colloquia("report", "--run-dir", "data", "--tables", "tables").code == 0

    tested = pd.read_csv("tables/hypotheses.csv").set_index("name")
    assert tested["standing"].to_dict() == {"longer": "confirmatory", "more": "exploratory"}
    for name in ("findings", "contrasts"):
        assert set(pd.read_csv(f"tables/{name}.csv")["standing"]) == {"exploratory"}
    page = (desk / "data" / "report.html").read_text()
    assert "longer (confirmatory)" in page
    assert "more (exploratory)" in page
    assert "hypotheses.more" in page


# -- parts of a study --------------------------------------------------------------------------------------------------


def test_a_part_of_a_study_can_be_run_first(colloquia: Run, study: Write, desk: Path) -> None:
    """The study stays whole: the rest is missing, and a further run holds it."""
    written = study(**WORDS)

    assert colloquia("run", written, "--where", "tone == 'warm' and model_1 == 'echo'").code == 0

    assert {
        (row["factors"]["tone"], row["speaker_model"]) for row in log_lines(desk / "data") if row["turn_id"] == 1
    } == {("warm", "echo")}
    rows = load(desk / "data").conversations
    assert (len(rows), int(rows["is_complete"].sum())) == (8, 2)
    assert "new                6 conversations" in colloquia("plan", "--run-dir", "data").out
    assert colloquia("run", "--run-dir", "data").code == 0
    assert load(desk / "data").conversations["is_complete"].all()


def test_a_part_that_nothing_is_called_like_is_refused(colloquia: Run, study: Write) -> None:
    """By the name that was probably meant."""
    said = colloquia("run", study(**WORDS), "--where", "tonne == 'warm'")

    assert said.code == 2
    assert (
        "--where: \"tonne == 'warm'\" speaks of 'tonne', which nothing here is called. Did you mean 'tone'?" in said.err
    )


# -- two studies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "8 conversations in both, 0 only in"),
        ({"num_turns": 6}, "num_turns: 4 before, 6 now\n8 conversations in both, 0 only in"),
        ({"iterations": 2}, "iterations: nothing before, 2 now\n8 conversations in both"),
        (
            {"scenarios": {"train": "You sit on a bus. {tone}"}},
            "scenarios.train: 'You sit on a train. {tone}' before, 'You sit on a bus. {tone}' now\n0 conv",
        ),
        (
            {"hypotheses": {"longer": {**LONGER, "outcome": "n_refusals"}}},
            "hypotheses.longer.outcome: 'num_turns' before, 'n_refusals' now\n8 conversations in both",
        ),
    ],
)
def test_two_studies_are_compared(colloquia: Run, study: Write, words: dict[str, Any], said: str) -> None:
    """Word by word at the deepest place, and in the conversations that they call for."""
    first, second = study("a.toml", **WORDS), study("b.toml", **{**WORDS, **words})

    found = colloquia("diff", first, second)

    assert found.code == 0
    assert found.out.startswith(said)
    assert ("of those in both are longer" in found.out) is ("num_turns" in words)
