"""The five studies by which the vocabulary was decided: both forms are equal, and they expand to their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from doors import ROOT

from colloquia import studies
from colloquia.design.balance import balance, uneven
from colloquia.design.trials import trials
from colloquia.providers.registry import default_view

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from doors import Said

    from colloquia.design.trials import Trial

FOLDER = ROOT / "tests" / "data" / "studies"
COUNTS: Mapping[str, tuple[int, int]] = {
    "everyday_talk": (720, 7_200),
    "persuasion": (450, 2_430),
    "prisoners_dilemma": (512, 10_240),
    "prison_hierarchy": (2_400, 48_000),
    "town_meeting": (60, 960),
}
"""Conversations, and turns at most."""


def planned(name: str) -> tuple[Trial, ...]:
    """Return every conversation of a study."""
    return trials(studies.read(FOLDER / name / "study.toml").experiment, default_view)


@pytest.mark.parametrize("name", COUNTS)
def test_both_forms_are_equal_and_expand_to_the_counts_of_the_study(name: str) -> None:
    """A TOML key and an upper-case name are the same word with the same value, and no conversation is there twice."""
    toml, page = (studies.read(FOLDER / name / file).experiment for file in ("study.toml", "simulation_config.py"))
    found = planned(name)

    assert toml == page
    assert studies.parse(studies.frozen(toml)) == toml
    assert (len(found), sum(trial.num_turns for trial in found)) == COUNTS[name]
    assert len({trial.trial_id for trial in found}) == len(found)


@pytest.mark.parametrize("name", ["everyday_talk", "prisoners_dilemma", "prison_hierarchy"])
def test_a_round_robin_is_balanced(name: str) -> None:
    """Every model sits in each seat, and opens from it, as often as every other."""
    assert uneven(balance(planned(name))) == {}


def test_every_cell_has_its_first_iteration_before_any_has_its_second() -> None:
    """A capped run is a smaller balanced study."""
    found = planned("prison_hierarchy")

    assert [trial.iteration for trial in found] == sorted(trial.iteration for trial in found)
    assert len({trial.cell for trial in found[:240]}) == 240


def test_more_models_turns_and_iterations_keep_what_was_said() -> None:
    """One more model and six more turns: the 720 conversations keep their ids, and 560 are new."""
    toml = (FOLDER / "everyday_talk" / "study.toml").read_text(encoding="utf-8")
    larger = toml.replace("num_turns  = 10", "num_turns  = 16").replace("[models]", '[models]\nnew = "lab/new"')

    before = {trial.trial_id for trial in planned("everyday_talk")}
    after = {trial.trial_id for trial in trials(studies.parse(larger), default_view)}

    assert before < after
    assert len(after - before) == 560


@pytest.mark.parametrize("name", COUNTS)
def test_each_study_is_planned_from_the_command_line(name: str, colloquia: Callable[..., Said]) -> None:
    """Offline, so that nobody is asked for prices; the counts are those of the study."""
    said = colloquia("plan", FOLDER / name / "study.toml", "--offline")

    conversations, turns = COUNTS[name]
    assert said.code == 0, said.err
    assert f"{conversations:,} conversations, {turns:,} turns" in said.out
