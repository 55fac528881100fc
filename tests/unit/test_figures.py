"""The door to the figures: what a notebook draws is there, and is what a figure says made it."""

from __future__ import annotations

import inspect
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import pytest
from frames import round_robin

import colloquia
from colloquia.analysis import figures as room

if TYPE_CHECKING:
    from pathlib import Path

FROM_NUMBERS = {"calibration", "forest", "specification", "survival"}
"""Drawn of numbers that the statistics gave; what they show has a function of frames, or a place in the report."""
PARTS = {"figure", "intervals", "stacked"}
"""What figures are made with."""


def test_every_figure_of_frames_has_a_door() -> None:
    """A new file beside the others is found missing here."""
    files = {module.name for module in iter_modules(room.__path__)}

    assert set(colloquia.figures.__all__) == {"Figure", *(files - FROM_NUMBERS - PARTS)}


@pytest.mark.parametrize("name", sorted(set(colloquia.figures.__all__) - {"Figure"}))
def test_a_figure_is_a_function_of_the_frames(name: str) -> None:
    """What it needs besides is a quantity, a column or a probe, by name."""
    function = getattr(colloquia.figures, name)

    assert next(iter(inspect.signature(function).parameters)) == "frames"
    assert inspect.getdoc(function)


def test_what_a_figure_says_made_it_makes_it_again(tmp_path: Path) -> None:
    """The call is one of this door, and its file is the same."""
    frames = round_robin(("gpt", "claude"), num_turns=6)
    figure = colloquia.figures.trajectory(frames, "words", split="speaker_model")

    again = eval(f"colloquia.figures.{figure.code}", {"colloquia": colloquia, "frames": frames})  # noqa: S307 (our own call)

    assert again.save(tmp_path / "one.svg").read_bytes() == figure.save(tmp_path / "two.svg").read_bytes()
