"""Export: what is selected as CSV, JSON lines or Parquet, with its rows and columns before anything is made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from colloquia.analysis.extracting import FORMATS, extract, file_name
from colloquia.gui.filtering import BOUND, filter_bar
from colloquia.gui.tables import frames_here

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames
    from colloquia.logbook.folder import RunFolder

TABLES = ("turns", "conversations", "probes", "cells", "measures")
PREVIEW_ROWS = 50
MIME = {"csv": "text/csv", "jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}


def page() -> None:
    """Show the page."""
    st.title("Export")
    found = frames_here()
    if found is None:
        return
    folder, frames = found
    selection = filter_bar(folder, frames)
    selected = selection.of(frames)
    st.text(selection.in_words(frames))
    there = [name for name in TABLES if len(getattr(selected, name))]
    if not there:
        st.info("No conversation is selected. Take something out of the filters, or run the study first.")
        return
    what = st.segmented_control("Table", there, default=there[0], required=True, key="table", bind=BOUND) or there[0]
    _table(selected, what, getattr(selected, what))
    st.subheader("The folder itself")
    st.caption("The log as it stands, every line with its checksum, and the study that made it.")
    _files(folder)


def _table(frames: Frames, what: str, frame: pd.DataFrame) -> None:
    st.text(f"{len(frame):,} rows, {len(frame.columns)} columns")
    with st.container(horizontal=True):
        for format_ in FORMATS:
            st.download_button(
                format_.upper(),
                data=partial(extract, frame, format_),
                file_name=file_name(frames, what, format_),
                mime=MIME[format_],
                key=f"download-{what}-{format_}",
                on_click="ignore",
                icon=":material/download:",
            )
    st.dataframe(frame.head(PREVIEW_ROWS), hide_index=True, alt=f"The first rows of {what}")


def _files(folder: RunFolder) -> None:
    with st.container(horizontal=True):
        for name in (folder.log, folder.journal, folder.study, folder.labels):
            if folder.size(name):
                st.download_button(
                    name,
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
