"""One conversation of one cell, tried out in a folder of its own: the cheapest guard against a wrong prompt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from colloquia import studies
from colloquia.design.study import Experiment
from colloquia.lab.drafting.drafting import copy_files, new_folder
from colloquia.lab.running.starting import start

if TYPE_CHECKING:
    from colloquia.lab.planning.matrix import Cell
    from colloquia.lab.running.starting import Started
    from colloquia.studies import Study

FOLDER = Path("tryouts")
"""Below the run folders, so that try-outs are not among them."""

_PER_STUDY = ("pairing", "opens", "iterations")


def try_one(study: Study, cell: Cell, runs: Path, *, allows_code: bool = False) -> Started:
    """Start the first conversation of a cell, in a new folder below ``runs``.

    Raises:
        FolderError: no folder can be made there.
    """
    folder = new_folder(runs / FOLDER, "tryout")
    folder.make()
    copy_files(study, folder)
    folder.replace(folder.draft, studies.frozen(one_of(study.experiment, cell)).encode())
    return start(folder, folder.path / folder.draft, allows_code=allows_code)


def one_of(experiment: Experiment, cell: Cell) -> Experiment:
    """Return the study of one conversation: the first of a cell, word for word as the whole study would hold it."""
    words = experiment.words()
    scenario = words["scenarios"][cell.scenario]
    if isinstance(scenario, dict):
        scenario = {word: value for word, value in scenario.items() if word not in _PER_STUDY}
    one: dict[str, Any] = {
        **{word: value for word, value in words.items() if word not in ("where", "factors", "items", "run_dir")},
        "models": {name: words["models"][name] for name in dict.fromkeys(cell.seating)},
        "scenarios": {cell.scenario: scenario},
        "pairing": [list(cell.seating)],
        "opens": cell.opener,
        "iterations": 1,
    }
    return Experiment.from_words({**one, **_levels(experiment, cell)})


def _levels(experiment: Experiment, cell: Cell) -> dict[str, Any]:
    """Return factors and items with the levels of the cell alone."""
    found: dict[str, Any] = {}
    for factor in experiment.variation.factors:
        if factor.name not in cell.labels:
            continue
        number = [level.label for level in factor.levels].index(cell.labels[factor.name])
        if factor.is_item:
            found.setdefault("items", {})[factor.name] = [experiment.items[factor.name][number]]
        else:
            level = factor.levels[number]
            found.setdefault("factors", {})[factor.name] = {level.label: level.value}
    return found
