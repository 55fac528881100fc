"""A package that is installed beside Colloquia brings a provider, a procedure and a measure by its entry points."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

import colloquia
from colloquia import plugins
from colloquia.analysis.measuring import registry
from colloquia.errors import DesignError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = """
from dataclasses import dataclass

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.conversation.chat_model import Reply
from colloquia.conversation.kind import Staged
from colloquia.conversation.steps import Speak


class Parrots:
    def __init__(self, surroundings):
        self.name = surroundings.name

    def model(self, slug):
        return self

    async def reply(self, request):
        return Reply(content=f"{self.name} speaks", source="scripted")

    async def close(self):
        pass


@dataclass(frozen=True, kw_only=True)
class Encore(Staged):
    again: int = 2

    def play(self):
        for role in self.setup.roles:
            for _ in range(self.again):
                yield Speak(role=role)


def turns(transcript, params):
    yield number("count", float(len(transcript.turns)), "none")


TURNS = Measure(
    id="turn_count", version=1, title="Turns", of=turns,
    variables=(Variable(name="count", unit="conversation", scale="turns", more_means="longer"),),
    fixture=Fixture(transcript=dyad("a"), expected=(Value("count", 1.0),), source="-"),
    minimum="nothing", caveat="none",
)
"""
ENTRIES = """
[colloquia.providers]
aviary = aviary:Parrots
gone = aviary:missing
[colloquia.procedures]
encore = aviary:Encore
parrots = aviary:Parrots
[colloquia.measures]
turn_count = aviary:TURNS
"""


@pytest.fixture(autouse=True)
def aviary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the package for a test."""
    (tmp_path / "aviary.py").write_text(CODE)
    info = tmp_path / "aviary-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: aviary\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRIES)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    importlib.invalidate_caches()
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for known in (plugins.brought, plugins.loaded, registry.built_in):
        known.cache_clear()


def test_what_a_package_brings_takes_part(tmp_path: Path) -> None:
    """Its provider answers, its procedure decides who speaks, its measure counts: by name, without a flag."""
    study = colloquia.Experiment(
        models={"bird": "aviary:grey"},
        scenarios={"cage": {"one": "", "two": ""}},
        num_turns=4,
        procedure={"kind": "encore", "again": 2},
        run_dir=str(tmp_path / "run"),
    )

    colloquia.run(study)

    turns = colloquia.load(tmp_path / "run").turns
    assert turns.speaker_role.tolist() == ["one", "one", "two", "two"]
    assert set(turns.content) == {"aviary speaks"}
    assert "turn_count" in registry.built_in()


def test_a_name_that_nobody_brings_is_refused_with_what_there_is() -> None:
    """Those of packages among them."""
    with pytest.raises(DesignError, match="Did you mean 'encore'"):
        colloquia.Experiment(models={"a": "scripted:echo"}, scenarios={"s": "x"}, num_turns=2, procedure="encor")


def test_what_is_no_procedure_is_refused() -> None:
    """With its name."""
    with pytest.raises(DesignError, match=r"'parrots'.*no kind of procedure"):
        colloquia.Experiment(models={"a": "scripted:echo"}, scenarios={"s": "x"}, num_turns=2, procedure="parrots")


def test_a_package_that_cannot_be_loaded_is_named() -> None:
    """With what to do."""
    with pytest.raises(SettingsError, match="aviary, which brings 'gone', cannot be loaded"):
        plugins.loaded("providers", "gone")
