"""The view Report of the page Analyze: every table and figure of the report, and the report itself.

Nothing is listed here: what the report of the library says of the selected conversations is what there is to choose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from colloquia.analysis.figures.figure import Figure
from colloquia.errors import DesignError
from colloquia.gui import plain
from colloquia.gui.filtering import BOUND
from colloquia.gui.followed import stamp
from colloquia.gui.showing import download, draw, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.report.report import Report
    from colloquia.analysis.report.tables import Table
    from colloquia.gui.filtering import Looked
    from colloquia.logbook.folder import RunFolder

MOST_KEPT = 4
"""Reports that are kept in memory."""


def show(looked: Looked) -> None:
    """Show one table or figure of the report, by choice, and the ways to all of it."""
    try:
        found = report_of(looked.folder, looked.where)
    except DesignError as error:
        plain.message("info", "No report can be made of what is selected.", str(error))
        return
    plates = dict(_plates(found))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Figure or table of the report", list(plates), key="plate", bind=BOUND)
        st.download_button(
            "The whole report", data=found.html.encode(), file_name="report.html", mime="text/html",
            on_click="ignore", icon=":material/description:",
        )  # fmt: skip
    plate = plates[chosen]
    if isinstance(plate, Figure):
        draw(plate)
    else:
        _table(plate)
    with st.expander("The methods, in words", icon=":material/article:"):
        plain.block(found.methods)


def report_of(folder: RunFolder, where: str | None) -> Report:
    """Return the report of what ``where`` selects, made once for all tabs and again when the folder has grown.

    Raises:
        DesignError: nothing of it has a turn, or too much is chosen one by one to be said in an expression.
        FolderError: there is no log.
    """
    return _report(str(folder.path.resolve()), stamp(folder), where, folder)


@st.cache_resource(max_entries=MOST_KEPT, show_spinner="Working out what the report says")
def _report(path: str, stamp: tuple[tuple[int, int, int], ...], where: str | None, _folder: RunFolder) -> Report:  # noqa: ARG001 (the first two say whether it has to be made again)
    from colloquia.analysis.report.report import report
    from colloquia.lab.keeping.reporting import gathered

    return report(gathered(_folder.path, where=where))


def _plates(found: Report) -> Iterator[tuple[str, Figure | Table]]:
    """Yield figures and tables under their numbers in the report, the tables last that only its files have."""
    yield from ((f"Figure {number}. {each.title}", each) for number, each in enumerate(found.figures, start=1))
    yield from ((f"Table {number}. {each.title}", each) for number, each in enumerate(found.tables, start=1))


def _table(table: Table) -> None:
    """Show a table as the report does, with every number in its files."""
    read = pd.DataFrame({each.heading: list(each.cells) for each in table.columns})
    st.dataframe(read, hide_index=True, height=sized(len(read)), alt=f"Table {table.name}")
    plain.text(table.caption)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        download(f"{table.name}.csv", "csv", table.csv)
        download(f"{table.name}.tex", "tex", table.latex)
