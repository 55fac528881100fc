"""The forecast beside the bill: one row for each run, as its own journal has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import colloquia
from colloquia import Experiment
from colloquia.analysis.estimates import COLUMNS, estimates
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path


def ran(folder: Path, **words: Any) -> RunFolder:
    """Run a small scripted study, and return its folder."""
    study = {"models": {"a": "scripted:echo"}, "scenarios": {"train": "You sit on a train."}, "num_turns": 2}
    colloquia.run(Experiment.from_words({**study, **words}), run_dir=folder)
    return RunFolder(folder)


def test_each_run_is_a_row(tmp_path: Path) -> None:
    """The second run plans what the first left, and each has the turns that it said."""
    ran(tmp_path)
    folder = ran(tmp_path, iterations=3)

    found = estimates(folder, colloquia.load(tmp_path).turns)

    assert list(found.columns) == list(COLUMNS)
    assert found["turns_planned"].tolist() == [2, 4]
    assert found["turns_said"].tolist() == [2, 4]
    assert found["begun"].is_monotonic_increasing


def test_a_run_that_was_billed_is_compared_with_its_estimate(tmp_path: Path) -> None:
    """Only where all that was planned was said: a part of a run says nothing of the whole."""
    folder = ran(tmp_path)
    turns = colloquia.load(tmp_path).turns.assign(cost_usd=0.01)

    whole, part = (estimates(folder, each) for each in (turns, turns[:1]))

    assert whole["billed_usd"].tolist() == [pytest.approx(0.02)]
    assert part["turns_said"].tolist() == [1]
    assert part["billed_of_estimate"].isna().all()


def test_a_folder_without_runs_has_no_rows(tmp_path: Path) -> None:
    """And no failure."""
    turns = colloquia.load(ran(tmp_path / "one").path).turns[:0]

    assert estimates(RunFolder(tmp_path / "none"), turns).empty
