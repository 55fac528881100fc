"""How a figure stands on a page: the chart, its caption, and below it its numbers, its code and its download."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from colloquia.analysis.extracting import extract

if TYPE_CHECKING:
    from colloquia.analysis.figures.figure import Figure

MIME = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv"}


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
    with st.container(horizontal=True):
        with st.popover("Show numbers", icon=":material/table:"):
            st.dataframe(figure.table, hide_index=True)
        with st.popover("Show code", icon=":material/code:"):
            st.code(_code(figure), language="python")
        for format_, mime in MIME.items():
            st.download_button(
                format_.upper(),
                data=partial(_data, figure, format_),
                file_name=f"{figure.name}.{format_}",
                mime=mime,
                key=f"{figure.name}-{format_}",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
            )
    return picked


def _chart(figure: Figure, pick: str | None) -> dict[str, Any] | None:
    if pick is None:
        st.altair_chart(figure.chart, key=figure.name, alt=figure.alt_text)
        return None
    state = st.altair_chart(
        figure.chart, key=figure.name, alt=figure.alt_text, on_select="rerun", selection_mode=[pick]
    )
    chosen = state["selection"].get(pick) or []
    return dict(chosen[0]) if chosen else None


def _data(figure: Figure, format_: str) -> bytes:
    return extract(figure.table, "csv") if format_ == "csv" else figure.data(format_)


def _code(figure: Figure) -> str:
    function = figure.code.partition("(")[0]
    return (
        f"import colloquia\nfrom colloquia.analysis.figures.{function} import {function}\n\n"
        f'frames = colloquia.load("…")  # this run folder, filtered as above\n{figure.code}.save(path)'
    )
