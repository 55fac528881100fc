"""Figures and tables of a report, numbered in the order in which they come, and kept to be written as files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.analysis.report.pictures import picture

if TYPE_CHECKING:
    from colloquia.analysis.figures.figure import Figure
    from colloquia.analysis.report.markup import Html
    from colloquia.analysis.report.tables import Table


@dataclass(kw_only=True)
class Plates:
    """What was shown so far."""

    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    kept: list[Table] = field(default_factory=list)

    def figure(self, figure: Figure) -> Html:
        """Return a figure with the next number."""
        self.figures.append(figure)
        return picture(figure, len(self.figures))

    def keep(self, table: Table) -> None:
        """Keep a table for the files alone: the page says its numbers in another way."""
        self.kept.append(table)

    def table(self, table: Table) -> Html:
        """Return a table with the next number."""
        self.tables.append(table)
        return table.html(len(self.tables))
