"""A study with factors and items through the doors: plan, run, tables; and what a further level costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import colloquia as package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

STUDY = """title = "Tone"
num_turns = 2
iterations = 2
items = { claim = "claims.csv" }
where = "tone == 'plain' or num_turns == 'short'"
[models]
echo = "scripted:echo"
random = "scripted:random"
[factors]
tone = { warm = "Be warm.", plain = "" }
num_turns = { short = 2, long = 4 }
[scenarios.debate]
pro = "Argue for: {claim}\\n{tone}"
con = "Argue against: {claim} {claim.source}"
"""


def test_a_study_with_factors_runs_and_its_tables_have_a_column_for_each(
    desk: Path, colloquia: Callable[..., Said]
) -> None:
    """Four pairs, two claims, three of four combinations, two iterations: 48 conversations."""
    (desk / "study.toml").write_text(STUDY, encoding="utf-8")
    (desk / "claims.csv").write_text("claim,source\nBan cars.,a\nBan homework.,b\n", encoding="utf-8")

    planned = colloquia("plan", "study.toml")
    ran = colloquia("run", "study.toml")
    again = colloquia("run", "study.toml")

    assert "4 pairs x 6 combinations x 2 iterations" in planned.out
    assert (ran.code, again.code) == (0, 0)
    frames = package.load("data")
    assert len(frames.conversations) == 48
    assert set(frames.conversations["claim"]) == {"Ban cars.", "Ban homework."}
    assert frames.conversations.groupby("tone")["planned_turns"].max().to_dict() == {"plain": 4, "warm": 2}
    turns = pd.read_csv(desk / "data" / "experiment_log.csv", keep_default_na=False)
    assert set(turns["num_turns"]) == {"short", "long"}
    conversations = pd.read_csv(desk / "data" / "conversations.csv", keep_default_na=False)
    assert set(conversations["num_turns_level"]) == {"short", "long"}
    assert conversations.groupby(["claim", "tone"]).size().to_dict() == {
        ("Ban cars.", "plain"): 16,
        ("Ban cars.", "warm"): 8,
        ("Ban homework.", "plain"): 16,
        ("Ban homework.", "warm"): 8,
    }
    assert len(frames.cells) == 4 * 2 * 3


def test_a_further_level_asks_for_itself_only(desk: Path, colloquia: Callable[..., Said]) -> None:
    """All that was said stays, word for word; `verify` rebuilds every request."""
    (desk / "claims.csv").write_text("claim,source\nBan cars.,a\n", encoding="utf-8")
    (desk / "study.toml").write_text(STUDY, encoding="utf-8")
    colloquia("run", "study.toml")
    log = (desk / "data" / "experiment_log.jsonl").read_bytes()

    (desk / "study.toml").write_text(STUDY.replace('plain = ""', 'plain = "", cold = "Be cold."'), encoding="utf-8")
    ran = colloquia("run", "study.toml")
    verified = colloquia("verify", "--run-dir", "data")

    assert ran.code == 0
    assert verified.code == 0
    after = (desk / "data" / "experiment_log.jsonl").read_bytes()
    assert after.startswith(log)
    assert after.count(b"\n") - log.count(b"\n") == 4 * 2 * 2
