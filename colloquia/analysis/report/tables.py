"""Tables of the report: for the page with figures set right, as CSV with every digit, as LaTeX for a paper."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from colloquia.analysis.extracting import extract
from colloquia.analysis.report.markup import Html, element, joined
from colloquia.analysis.report.writing import decimals, number, plain, probability

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from colloquia.analysis.statistics.result import Estimate

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\u2212": "$-$", "\u2013": "--", "\u202f": r"\,",
    "\u221e": r"$\infty$", "<": "$<$", ">": "$>$",
}  # fmt: skip


STANDING = "standing"
"""Column of all tables of effects: whether a number tests what was written before the data."""
CONFIRMATORY, EXPLORATORY = "confirmatory", "exploratory"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column as it is read."""

    heading: str
    cells: tuple[str, ...]
    is_number: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table with all its numbers, and the columns of it that are shown."""

    name: str
    """Of its files."""
    title: str
    caption: str
    """What it shows, and the call that makes it again."""
    frame: pd.DataFrame
    """Every number."""
    columns: tuple[Column, ...]

    def html(self, place: int) -> Html:
        """Return it for the page, with its number."""
        head = element("tr", *(element("th", each.heading, scope="col", class_=_class(each)) for each in self.columns))
        rows = zip(*(each.cells for each in self.columns), strict=True)
        body = (
            element("tr", *(element("td", cell, class_=_class(of)) for cell, of in zip(row, self.columns, strict=True)))
            for row in rows
        )
        caption = element(
            "caption", element("span", f"Table {place}. ", class_="label"), element("b", self.title, ". "), self.caption
        )
        whole = element("table", caption, element("thead", head), element("tbody", *body), id=f"table-{place}")
        return element("div", whole, class_="table")

    def csv(self) -> bytes:
        """Return every number as CSV, to 12 digits: the last ones differ between processors."""
        rounded = self.frame.copy()
        for name in rounded.select_dtypes("float"):
            rounded[name] = [value if isnan(value) else float(f"{value:.12g}") for value in rounded[name]]
        return extract(rounded, "csv")

    def latex(self) -> bytes:
        """Return what is shown as a LaTeX table for the package booktabs."""
        rows = zip(*(each.cells for each in self.columns), strict=True)
        lines = [
            r"\begin{table}",
            rf"\caption{{{_latex(self.title)}. {_latex(self.caption)}}}",
            rf"\begin{{tabular}}{{{''.join('r' if each.is_number else 'l' for each in self.columns)}}}",
            r"\toprule",
            _row(each.heading for each in self.columns),
            r"\midrule",
            *(_row(row) for row in rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
        return "\n".join((*lines, "")).encode()


def table_of(
    frame: pd.DataFrame, headings: Mapping[str, str], *, name: str, title: str, caption: str, shown: int | None = None
) -> Table:
    """Return a table of some columns of a frame, numbers with four digits.

    Args:
        frame: All of it.
        headings: Columns that are shown, by name, in order.
        name: Of its files.
        title: What it is called.
        caption: What it shows.
        shown: So many rows are shown at most; all are in its files.
    """
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    some = frame if shown is None else frame.head(shown)
    columns = tuple(
        Column(
            heading=heading,
            cells=tuple(_cell(value) for value in some[column]),
            is_number=is_numeric_dtype(frame[column]) and not is_bool_dtype(frame[column]),
        )
        for column, heading in headings.items()
    )
    return Table(name=name, title=title, caption=caption, frame=frame, columns=columns)


def estimates(
    found: Sequence[Estimate], *, name: str, title: str, caption: str, beside: Sequence[Column] = (), what: str = ""
) -> Table:
    """Return a table of estimates: what, number, interval, conversations and p, each row with digits of its own.

    Its files say of every number that it is exploratory, unless a column ``beside`` says which are not.
    """
    from colloquia.analysis.statistics.result import table

    frame = table(found).assign(**{STANDING: EXPLORATORY})
    places = [decimals(each.low, each.high) for each in found]
    pairs = list(zip(found, places, strict=True))
    columns = (
        Column(heading=what, cells=tuple(each.name for each in found)),
        Column(heading="Estimate", cells=tuple(number(each.estimate, few) for each, few in pairs), is_number=True),
        Column(heading="from", cells=tuple(number(each.low, few) for each, few in pairs), is_number=True),
        Column(heading="to", cells=tuple(number(each.high, few) for each, few in pairs), is_number=True),
        *beside,
        Column(heading=_counted(found), cells=tuple(f"{each.conversations:,}" for each in found), is_number=True),
    )
    for extra in beside:
        frame[extra.heading] = list(extra.cells)
    return Table(name=name, title=title, caption=caption, frame=frame, columns=columns)


def _counted(found: Sequence[Estimate]) -> str:
    """Return what is counted, where that is not conversations."""
    units = {each.unit for each in found}
    return "n" if units != {"models"} else "Models"


def chances(heading: str, values: Iterable[float]) -> Column:
    """Return a column of p or q values."""
    return Column(
        heading=heading, cells=tuple(probability(value).removeprefix("= ") for value in values), is_number=True
    )


def numbered(tables: Sequence[Table], first: int) -> Html:
    """Return several tables, numbered from ``first``."""
    return joined(each.html(place) for place, each in enumerate(tables, start=first))


def _cell(value: Any) -> str:  # noqa: ANN401 (a cell of a frame is anything)
    return plain(value.item() if hasattr(value, "item") else value)


def _class(column: Column) -> str | None:
    return "n" if column.is_number else None


def _row(cells: Iterable[str]) -> str:
    return " & ".join(map(_latex, cells)) + r" \\"


def _latex(foreign: str) -> str:
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", foreign)
    return "".join(_LATEX.get(character, character) for character in shown)
