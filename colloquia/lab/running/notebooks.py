"""How far a run is, below the cell of a notebook that called it; nowhere else is anything shown."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Protocol

    from colloquia.running.control import Control
    from colloquia.running.progress import Progress

    class Place(Protocol):
        """Where something is shown, and shown anew."""

        def update(self, what: object) -> None:
            """Show this in the place of what was shown."""


REDRAW_SECONDS = 0.5
LONGEST_LINE = 100


class Standing:
    """What is shown of a run: counts, a bar, and the turn that was said last."""

    def __init__(self, progress: Progress, control: Control) -> None:
        self.progress = progress
        self.control = control
        self.warnings: list[str] = []

    @property
    def line(self) -> str:
        """The counts; nothing that a model said."""
        progress = self.progress
        cost = f", ${progress.cost_usd:,.4f}" if progress.cost_usd else ""
        failed = f", {len(progress.failures):,} failed" if progress.failures else ""
        return (
            f"{progress.finished:,} of {progress.conversations:,} conversations, {progress.turns_done:,} of "
            f"{progress.turns:,} turns{cost}{failed}{self._stopping}"
        )

    @property
    def _stopping(self) -> str:
        return "" if self.control.is_running else f"; ended early ({self.control.reason})"

    def __repr__(self) -> str:
        """Return the counts, and what a researcher should know."""
        return "\n".join((*(f"Note: {warning}" for warning in self.warnings), self.line))

    def _repr_html_(self) -> str:
        """Return the same with a bar, and what was said last as the plain text that it is."""
        notes = "".join(f"<div>Note: {escape(warning)}</div>" for warning in self.warnings)
        bar = f'<progress max="{max(self.progress.turns, 1)}" value="{self.progress.turns_done}"></progress>'
        return f"{notes}<div>{bar} {escape(self.line)}</div>{self._newest}"

    @property
    def _newest(self) -> str:
        newest = self.progress.newest
        if newest is None:
            return ""
        said = " ".join((newest.content or "(no text)").split())
        cut = said if len(said) <= LONGEST_LINE else said[: LONGEST_LINE - 1] + "…"
        where = f"{newest.scenario}, turn {newest.turn_id}, {newest.speaker}"
        return f"<div><small>{escape(where)}: {escape(cut)}</small></div>"


def place(first: object) -> Place | None:
    """Show something below the cell that is running, and return where; None outside a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    there: Place = import_module("IPython.display").display(first, display_id=True)
    return there


@asynccontextmanager
async def shown(
    progress: Progress, control: Control, show: Callable[[object], Place | None] = place
) -> AsyncIterator[Standing]:
    """Show how far a run is while the block runs, and how far it came afterwards."""
    standing = Standing(progress, control)
    there = show(standing)
    if there is None:
        yield standing
        return
    task = asyncio.create_task(_redraw(there, standing))
    try:
        yield standing
    finally:
        task.cancel()
        await asyncio.wait([task])
        there.update(standing)


async def _redraw(there: Place, standing: Standing) -> None:
    while True:
        await asyncio.sleep(REDRAW_SECONDS)
        there.update(standing)
