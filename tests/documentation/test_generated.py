"""What the reference takes from the code is there: nothing that a researcher can write is left without a word."""

from __future__ import annotations

import sys
from dataclasses import fields

import pytest
from doors import ROOT

from colloquia.design.procedures import KINDS
from colloquia.design.study import Experiment

sys.path.insert(0, str(ROOT / "docs"))  # what generates the reference stands beside its pages

from generating import columns, commands, floors, house, measures, messages, pieces, procedures, words

from colloquia.analysis.codebook import ROWS, described, meaning


def test_every_word_of_a_study_is_described() -> None:
    """Under its field, from where the reference has it."""
    told = described(Experiment)

    assert [word.name for word in fields(Experiment) if not told[word.name]] == []
    assert all(f"\n`{word.name}`" in words.page() for word in fields(Experiment))


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_of_a_procedure_is_described(kind: str) -> None:
    """Under its field, or that of what it is made from."""
    told = {name: text for base in reversed(KINDS[kind].__mro__[:-1]) for name, text in described(base).items()}

    assert [name for name in KINDS[kind].settings() if not told.get(name)] == []


def test_every_column_is_described() -> None:
    """Of turns, conversations, answers and judgements."""
    nameless = [(table, name) for table, row in ROWS.items() for name in described(row) if not meaning(table, name)]

    assert nameless == []
    assert "| `latency_ms` | Milliseconds" in columns.page()


def test_the_pages_name_what_there_is() -> None:
    """Commands, measures, procedures, messages, floors."""
    assert "## serve-fake" in commands.page()
    assert "## lexical_diversity" in measures.page()
    assert "## public goods" in procedures.page()
    assert "No key for provider 'openrouter': set OPENROUTER_API_KEY in .env." in messages.page()
    assert ">conversation<" in floors.picture()
    assert "| `executors/fleet.py` |" in house.page()
    assert "| `reason: str` | `length`, or the procedure's own word for how it ended. |" in pieces.page()
    assert "| `RATE = 'rate'` | The server asks to wait" in pieces.page()


def test_nothing_in_a_message_is_markup() -> None:
    """Each is inline code, so that braces and asterisks stand as they are."""
    lists = [line for line in messages.page().splitlines() if line.startswith("- ")]

    assert len(lists) > 100
    assert all(line.startswith("- `") and line.endswith("`") for line in lists)
