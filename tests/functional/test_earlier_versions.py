"""Run folders that earlier versions wrote are read, checked, rebuilt and gone on from as those of today.

``tests/data/logs`` holds what the commit of each folder's name wrote of a study of twelve turns: with scripted seats,
or with a model on the simulator. A version whose lines say more than before adds a folder of its own.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doors import ROOT

import colloquia as library

if TYPE_CHECKING:
    from collections.abc import Callable

    from doors import Said

    Command = Callable[..., Said]

LOGS = ROOT / "tests" / "data" / "logs"
SPENT_USD = {"a72abaa": 0.0, "5bc107b": 0.00010305, "38c3024": 0.00010305}


@pytest.fixture(params=sorted(SPENT_USD))
def folder(desk: Path, request: pytest.FixtureRequest) -> Path:
    """Return a copy of what a version wrote, in the folder ``data``."""
    return Path(shutil.copytree(LOGS / request.param, desk / "data"))


def test_every_folder_of_the_corpus_is_asked() -> None:
    """One that is added has to say what it cost."""
    assert {each.name for each in LOGS.iterdir()} == set(SPENT_USD)


def test_its_lines_are_whole_and_its_requests_are_rebuilt(folder: Path, colloquia: Command) -> None:
    """Checksums and request hashes are made today as they were then."""
    checked, verified = colloquia("check"), colloquia("verify")

    assert (checked.code, verified.code) == (0, 0)
    assert f"Every line of {folder.name} is what was written." in checked.out
    assert "12 requests of 4 conversations rebuilt; 0 contradictions." in verified.out


def test_nothing_of_it_is_asked_again(folder: Path, colloquia: Command) -> None:
    """Its conversations have the ids that the plan gives them today; not a byte is written."""
    log, journal = ((folder / name).read_bytes() for name in ("experiment_log.jsonl", "journal.jsonl"))

    done = colloquia("run", "--run-dir", "data")

    assert done.code == 0
    assert "Nothing is missing in data." in done.out
    assert (folder / "experiment_log.jsonl").read_bytes() == log
    assert (folder / "journal.jsonl").read_bytes() == journal


def test_its_turns_and_its_money_are_in_the_frames(folder: Path, request: pytest.FixtureRequest) -> None:
    """Columns that it had not are there, and empty."""
    frames = library.load(folder)

    assert len(frames.turns) == 12
    assert len(frames.conversations) == 4
    assert frames.turns["saved_usd"].isna().all()
    assert frames.turns["cost_usd"].sum() == pytest.approx(SPENT_USD[request.node.callspec.params["folder"]])


@pytest.mark.parametrize("folder", ["a72abaa"], indirect=True)
def test_it_is_gone_on_from(folder: Path, colloquia: Command) -> None:
    """A further turn each is asked for; what was written stays, and both rebuild together."""
    study = folder / "study.toml"
    study.write_text(study.read_text().replace("num_turns = 3", "num_turns = 4"))
    before = (folder / "experiment_log.jsonl").read_bytes()

    done = colloquia("run", str(study), "--run-dir", "data")

    assert done.code == 0
    assert "4 turns added" in done.out
    assert (folder / "experiment_log.jsonl").read_bytes().startswith(before)
    assert "16 requests of 4 conversations rebuilt; 0 contradictions." in colloquia("verify").out
