"""Export: what is selected as CSV, JSON lines or Parquet, with its rows and columns before anything is made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from colloquia.analysis.extracting import FORMATS, extract, file_name
from colloquia.gui import plain, words
from colloquia.gui.filtering import BOUND, looked_at

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames
    from colloquia.logbook.folder import RunFolder

TABLES = ("turns", "conversations", "probes", "cells", "measures")
PREVIEW_ROWS = 50
MIME = {"csv": "text/csv", "jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}


def page() -> None:
    """Show the page."""
    looked = looked_at("Export")
    if looked is None:
        return
    selected = looked.selected
    there = [name for name in TABLES if len(getattr(selected, name))]
    if not there:
        st.info("No conversation is selected. Take something out of the filters, or run the study first.")
        return
    what = st.segmented_control("Table", there, default=there[0], required=True, key="table", bind=BOUND) or there[0]
    _table(selected, what, getattr(selected, what))
    st.markdown("##### The folder itself")
    st.caption("The log as it stands, every line with its checksum, and the study that made it; whatever is filtered.")
    _files(looked.folder)


def _table(frames: Frames, what: str, frame: pd.DataFrame) -> None:
    st.text(f"{len(frame):,} rows, {len(frame.columns)} columns")
    with st.container(horizontal=True):
        for format_ in FORMATS:
            st.download_button(
                _CALLED[format_],
                data=partial(extract, frame, format_),
                file_name=file_name(frames, what, format_),
                mime=MIME[format_],
                key=f"download-{what}-{format_}",
                on_click="ignore",
                icon=":material/download:",
                help=_HINTS[format_],
            )
    st.dataframe(frame.head(PREVIEW_ROWS), hide_index=True, placeholder="", alt=f"The first rows of {what}")
    if len(frame) > PREVIEW_ROWS:
        st.caption(f"The first {PREVIEW_ROWS:d} rows; the file has all {len(frame):,}.")


_CALLED = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}
_HINTS = {
    "csv": "Every text quoted and exactly as it was said: read it with keep_default_na=False.",
    "jsonl": "One object a line; what is unknown is null.",
    "parquet": "For pandas, DuckDB or R: types are kept.",
}


def _files(folder: RunFolder) -> None:
    with st.container(horizontal=True):
        for name in (folder.log, folder.journal, folder.study, folder.labels):
            if size := folder.size(name):
                st.download_button(
                    f"{plain.as_label(name)} ({words.size(size)})",
                    data=partial(_bytes, folder, name),
                    file_name=name,
                    mime="application/octet-stream",
                    key=f"file-{name}",
                    on_click="ignore",
                    icon=":material/draft:",
                    type="tertiary",
                )


def _bytes(folder: RunFolder, name: str) -> bytes:
    with folder.reading(name) as file:
        return file.read()
