"""Damage, as every page that reads a run folder says it: how much cannot be read, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.gui import plain
from colloquia.lab.planning import amounts

if TYPE_CHECKING:
    from colloquia.lab.watching.following import View


def show(view: View) -> None:
    """Say which lines of the folder cannot be read; nothing where all can."""
    if view.damage:
        plain.message(
            "warning",
            f"{amounts.count(len(view.damage), 'line')} of this folder cannot be read; the others are shown. On the "
            "command line, `colloquia check` says what to do.",
            details="\n".join(view.damage),
        )


def nothing_planned() -> None:
    """Say that a log holds no conversation that a study of its folder plans."""
    plain.message(
        "warning",
        "No conversation of this folder can be shown: no study of its journal that can be read here plans one. On the "
        "command line, `colloquia check` says what is missing; the log itself is left as it is.",
    )
