"""``report``: what a study found, as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.cli.keeping import damage
from colloquia.cli.terminal import COMMAND, say, there
from colloquia.lab.keeping import reporting
from colloquia.lab.planning.amounts import count

if TYPE_CHECKING:
    from pathlib import Path


def report(folder: Path, where: str | None, out: Path | None, tables: Path | None) -> None:
    """Write the report, and say where it is and how much stands in it."""
    found = reporting.report(folder, where=where, out=out, tables_in=tables)
    if found.sources:
        say(f"{found.sources}: the report says so wherever a finding could be read.")
    if not found.is_measured:
        say(f"No measures yet: {COMMAND} measure {there(folder)} computes them offline.")
    for remark in damage(found.damaged, folder):
        say(remark)
    parts = found.report
    say(
        f"{count(len(parts.findings), 'estimate')}, {count(len(parts.figures), 'figure')}, "
        f"{count(len(parts.tables), 'table')} in {found.path}"
    )
    if found.tables:
        say(f"{count(len(found.tables), 'file')} of tables in {tables}")
