"""``colloquia new``: every study that there is to begin with is listed, is copied, and can be planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colloquia.lab.drafting.templates import PLAIN, templates

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from doors import Said

    Command = Callable[..., Said]


def test_all_are_listed_with_what_they_ask(colloquia: Command, desk: Path) -> None:
    """And nothing is written."""
    said = colloquia("new")

    assert said.code == 0
    assert all(f"{name} " in said.out for name in templates())
    assert "prison-hierarchy" in said.out
    assert list(desk.iterdir()) == []


@pytest.mark.parametrize("name", templates())
def test_each_is_copied_into_a_folder_and_can_be_planned(colloquia: Command, desk: Path, name: str) -> None:
    """With the command that is printed."""
    said = colloquia("new", name)
    plan = next(line for line in said.out.splitlines() if line.startswith("What it comes to:")).split(" plan ")[1]

    planned = colloquia("plan", *plan.split())

    assert said.code == planned.code == 0, said.err + planned.err
    assert (desk / name).is_dir()
    assert "conversations" in planned.out


def test_a_folder_that_is_there_is_left_alone(colloquia: Command, desk: Path) -> None:
    """Another can be named."""
    (desk / PLAIN).mkdir()

    assert "--out" in colloquia("new", PLAIN).err
    assert colloquia("new", PLAIN, "--out", "studies/mine").code == 0
    assert (desk / "studies" / "mine" / "study.toml").is_file()
    assert list((desk / PLAIN).iterdir()) == []


def test_a_name_that_is_none_is_told_the_nearest(colloquia: Command) -> None:
    """As everywhere."""
    said = colloquia("new", "prison-hierachy")

    assert said.code == 2
    assert "Did you mean 'prison-hierarchy'?" in said.err
