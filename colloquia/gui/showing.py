"""How figures and tables stand on a page: with their caption, and below them their numbers, code and download."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import altair as alt
import streamlit as st

from colloquia import figures
from colloquia.analysis import estimates, health, usage
from colloquia.analysis.extracting import extract
from colloquia.gui.ink import MARGIN, ink

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from colloquia.analysis.figures.figure import Figure

MIME = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv", "tex": "application/x-tex"}
FORMS = ("svg", "png")
"""In which the drawing of a figure can be had; its numbers are CSV."""
_HOMES = {"health": health.__name__, "usage": usage.__name__, "estimates": estimates.__name__}
ROW_PIXELS = 35
MOST_ROWS = 14
"""A longer table scrolls."""


def draw(figure: Figure, *, pick: str | None = None) -> dict[str, Any] | None:
    """Show a figure with all that belongs to it.

    Args:
        figure: What is shown.
        pick: The selection of its chart that a click makes; None where nothing can be clicked.

    Returns:
        The values of the mark that was clicked; None where none was.
    """
    picked = _chart(figure, pick)
    st.caption(figure.caption)
    is_drawn_by_it = figure.code.partition("(")[0] in figures.__all__
    code = f"colloquia.figures.{figure.code}.save(path)" if is_drawn_by_it else figure.code
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.popover("Numbers", icon=":material/table:"):
            st.dataframe(figure.table, hide_index=True)
            download(f"{figure.name}.csv", "csv", partial(extract, figure.table, "csv"))
        _code_popover(_code(code))
        for format_ in FORMS:
            download(f"{figure.name}.{format_}", format_, partial(figure.data, format_))
    return picked


def numbers(table: pd.DataFrame, call: str, name: str) -> None:
    """Show a table of the library with the call that makes it again, and its download."""
    st.dataframe(
        table,
        hide_index=True,
        height=sized(len(table)),
        placeholder="",
        alt=f"Table {name}",
        column_config=_columns(table),
    )
    function = call.partition("(")[0]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        imported = f"from {_HOMES[function]} import {function}\n" if function in _HOMES else ""
        _code_popover(_code(call, imported))
        download(f"{name}.csv", "csv", partial(extract, table, "csv"))


def download(file: str, format_: str, data: Callable[[], bytes]) -> None:
    """Offer a file that is made when it is asked for; ``file`` is a name that the library gave."""
    st.download_button(
        format_.upper(),
        data=data,
        file_name=file,
        mime=MIME[format_],
        key=f"download-{file}",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )


def sized(rows: int) -> int:
    """Return the height of a table with so many rows, in pixels."""
    return ROW_PIXELS * (min(rows, MOST_ROWS) + 1) + 3


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    """Return how columns are shown: shares as percentages, dollars and seconds with the digits they need."""
    shares = ("share", "asked_again", "billed_of_estimate")
    found: dict[str, Any] = {
        name: st.column_config.NumberColumn(format="percent") for name in shares if name in table.columns
    }
    found |= {
        str(name): st.column_config.DatetimeColumn(format="D MMM, HH:mm z", timezone=st.context.timezone)
        for name in table.select_dtypes("datetimetz")
    }
    formats = {"usd": "$%.6f", "seconds": "%.3f", "per_second": "%.1f", "mean_": "%.1f"}
    for name in map(str, table.columns):
        for part, format_ in formats.items():
            if part in name:
                found[name] = st.column_config.NumberColumn(format=format_)
    return found


def _chart(figure: Figure, pick: str | None) -> dict[str, Any] | None:
    is_fixed = isinstance(figure.chart.width, alt.Step)
    chart = figure.chart.properties(config=alt.Config.from_dict(ink(is_narrow=is_fixed)), padding=MARGIN)
    width: Literal["content", "stretch"] = "content" if is_fixed else "stretch"
    if pick is None:
        st.altair_chart(chart, width=width, key=figure.name, alt=figure.alt_text)
        return None
    state = st.altair_chart(
        chart, width=width, key=figure.name, alt=figure.alt_text, on_select="rerun", selection_mode=[pick]
    )
    chosen = state["selection"].get(pick) or []
    return dict(chosen[0]) if chosen else None


def _code_popover(code: str) -> None:
    with st.popover("Code", icon=":material/code:"):
        st.code(code, language="python")


def _code(call: str, imported: str = "") -> str:
    return f"import colloquia\n{imported}{_FRAMES}{call}"


_FRAMES = """from colloquia.analysis.selecting import without_forks

frames = without_forks(colloquia.load("…"))  # this run folder, filtered as above
"""
