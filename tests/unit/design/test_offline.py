"""A rehearsal: the same design, with models that are at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builders import study

from colloquia.design.offline import EMBEDDED, SCRIPTED, offline
from colloquia.design.trials import trials

if TYPE_CHECKING:
    from colloquia.design.study import Experiment

RENT = {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}
WORDS: dict[str, Any] = {
    "models": {
        "gpt": {"slug": "openai/gpt", "routing": {"only": ["x"]}, "temperature": 0},
        "mine": {"slug": "mine:x", "view": "flip"},
        "always": "scripted:always X",
    },
    "scenarios": {"rent": {**RENT, "sampling": {"logit_bias": {"1": 2}}, "num_turns": 7}, "train": "x"},
    "providers": {"mine": {"base_url": "http://127.0.0.1:1/v1"}},
    "sampling": {"reasoning_effort": "high"},
    "view": "flip",
    "max_cost": 5,
    "run_dir": "data",
    "title": "Rent",
    "seed": 9,
    "iterations": 3,
}


def test_every_model_but_the_scripted_ones_is_replaced() -> None:
    """Under the names that it has in the study."""
    rehearsal = offline(study(**WORDS), EMBEDDED)

    assert {name: entry.slug for name, entry in rehearsal.entries.items()} == {
        "gpt": "embedded:smollm2-135m",
        "mine": "embedded:smollm2-135m",
        "always": "scripted:always X",
    }


def test_the_design_stays() -> None:
    """Cells, lengths, prompts and seed; not what only the real models take."""
    real, rehearsal = study(**WORDS), offline(study(**WORDS), EMBEDDED)

    def cells(experiment: Experiment) -> set[object]:
        return {
            (trial.scenario, trial.names, trial.iteration, trial.num_turns, *(seat.prompt for seat in trial.talk.seats))
            for trial in trials(experiment, lambda slug: "flip")
        }

    assert cells(rehearsal) == cells(real)
    assert (rehearsal.title, rehearsal.seed) == ("Rent", 9)
    assert (rehearsal.max_cost, rehearsal.view, rehearsal.sampling, rehearsal.providers) == (None, None, {}, {})
    assert rehearsal.entries["gpt"].participant(
        rehearsal.sampling_of("rent"), rehearsal.view, lambda slug: "script"
    ).sampling == {field: value for field, value in EMBEDDED.items() if field != "slug"}


def test_a_rehearsal_never_writes_into_the_real_folder() -> None:
    """Another study, another folder; the same study, the same."""
    folders = [offline(study(**WORDS, **change), EMBEDDED).run_dir for change in ({}, {}, {"go_on": "[On.]"})]

    assert all(folder.startswith("runs/offline-") for folder in folders)
    assert folders[0] == folders[1] != folders[2]


def test_the_stand_ins_are_models_that_a_study_can_name() -> None:
    """With or without weights."""
    for stand_in in (EMBEDDED, SCRIPTED):
        assert study(models={"gpt": dict(stand_in)}).entries["gpt"].slug == stand_in["slug"]
