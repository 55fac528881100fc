"""A run shows how far it is below the cell that called it, and nowhere else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from colloquia.lab.running.notebooks import Standing, place, shown
from colloquia.running.control import Control
from colloquia.running.progress import Newest, Progress


@dataclass
class Cell:
    """A place below a cell that notes what is shown in it."""

    shown: list[str] = field(default_factory=list)

    def update(self, what: object) -> None:
        self.shown.append(repr(what))


def test_outside_a_notebook_nothing_is_shown() -> None:
    """In a program a run is silent."""
    assert place("how far it is") is None


def test_a_run_is_shown_while_it_goes_on_and_once_it_has_ended() -> None:
    """The last word is how far it came."""
    cell, progress = Cell(), Progress(conversations=3, turns=12)

    async def run() -> None:
        async with shown(progress, Control(), show=lambda first: cell.update(first) or cell) as standing:
            standing.warnings.append("credit is low")
            progress.finished, progress.turns_done = 3, 12

    asyncio.run(run())

    assert cell.shown[0] == "0 of 3 conversations, 0 of 12 turns"
    assert cell.shown[-1] == "Note: credit is low\n3 of 3 conversations, 12 of 12 turns"


def test_what_a_model_said_is_never_markup() -> None:
    """It is escaped, on one line, and cut."""
    said = "<script>alert(1)</script> " * 20
    newest = Newest(trial_id="t", scenario="<b>", speaker="A (m)", turn_id=2, content=said)
    page = Standing(Progress(conversations=1, turns=2, newest=newest), Control())._repr_html_()

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;, turn 2" in page
    assert len(page) < 500


def test_a_run_that_ended_early_says_why() -> None:
    """With what failed, and what it cost."""
    control, progress = Control(), Progress(conversations=2, turns=4, cost_usd=0.25, failures={"t": "no answer"})
    control.stop("budget")

    assert repr(Standing(progress, control)) == (
        "0 of 2 conversations, 0 of 4 turns, $0.2500, 1 failed; ended early (budget)"
    )
