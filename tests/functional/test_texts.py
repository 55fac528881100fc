"""Odd texts survive: what a model said is what the log, the CSV and `load()` give back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from doors import log_lines
from openai_server import running

from colloquia import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

TEXTS = {
    "na": "NA",
    "number": "007",
    "formula": "=1+1",
    "emoji": "👩‍🔬 says “hi”",
    "lines": "one\ntwo\n\nthree\n",
    "return": "one\rtwo\r\nthree",
    "separator": "one\u2028two\u0085three",
    "quotes": 'He said "no", twice.',
    "braces": "{{slot}} and {slot} and {",
    "nan": "nan",
    "null": "null",
    "blanks": "  padded\t",
}


@pytest.fixture
def folder(colloquia: Callable[..., Said], study: Callable[..., Path], desk: Path) -> Path:
    """Return a run folder in which each model said one odd text."""
    surrogate = "half \ud83d a face"
    with running(texts={**TEXTS, "surrogate": surrogate}) as served:
        said = colloquia(
            "run",
            study(
                providers={"mine": {"base_url": served.url}},
                models={name: f"mine:{name}" for name in (*TEXTS, "surrogate")},
                pairing="self",
                num_turns=1,
            ),
            "--no-stream",
        )
    assert said.code == 0, said.err + said.out
    return desk / "data"


def test_texts_survive_the_log(folder: Path) -> None:
    """JSONL holds every character."""
    found = {row["speaker_model"]: row["content"] for row in log_lines(folder)}

    assert {name: found[name] for name in TEXTS} == TEXTS


def test_texts_survive_the_csv(folder: Path) -> None:
    """Pandas reads them back as they were said."""
    table = pd.read_csv(folder / "experiment_log.csv", keep_default_na=False)

    found = dict(zip(table["speaker_model"], table["content"], strict=True))
    assert {name: found[name] for name in TEXTS} == TEXTS


def test_texts_survive_loading(folder: Path) -> None:
    """`load()` gives texts, and nothing it takes for a number."""
    turns = load(folder).turns

    found = dict(zip(turns["speaker_model"], turns["content"], strict=True))
    assert {name: found[name] for name in TEXTS} == TEXTS


def test_half_a_character_is_replaced_and_said_so(folder: Path) -> None:
    """A lone surrogate becomes U+FFFD; the journal keeps what came."""
    (row,) = [row for row in log_lines(folder) if row["speaker_model"] == "surrogate"]
    journal = [json.loads(line) for line in (folder / "journal.jsonl").read_bytes().split(b"\n") if line]

    assert row["content"] == "half \ufffd a face"
    assert row["is_repaired"] is True
    assert [entry["original_json"] for entry in journal if entry.get("original_json")] == ['"half \\ud83d a face"']
