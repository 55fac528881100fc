"""Export: tables of what is selected with their codebook, the report, the bundle, and the files of the folder."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from colloquia.analysis.codebook import codebook
from colloquia.analysis.extracting import FORMATS, extract, file_name
from colloquia.design.expressions import LONGEST
from colloquia.gui import plain, words
from colloquia.gui.choosing import one_of
from colloquia.gui.filtering import looked_at
from colloquia.gui.telling import report_of

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames
    from colloquia.gui.filtering import Looked
    from colloquia.logbook.folder import RunFolder

TABLES = ("turns", "conversations", "probes", "cells", "measures", "judgements")
CODEBOOK = "codebook"
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
    what = one_of("Table", [*there, CODEBOOK], key="table", is_labelled=False)
    _table(selected, what, codebook(selected) if what == CODEBOOK else getattr(selected, what))
    st.markdown("##### The report of what is selected")
    st.caption("Without forks, which share turns with what they continue; made when it is asked for: some seconds.")
    _report(looked)
    st.markdown("##### The whole study in one file")
    st.caption("All conversations, whatever is filtered: only from all of them can every table be made anew.")
    _whole(looked.folder)
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


def _report(looked: Looked) -> None:
    """Offer the report of what is selected."""
    is_too_much = len(looked.where or "") > LONGEST
    if is_too_much:
        st.caption("More is chosen one by one than a report can name: take the filter of labels out.")
    st.download_button(
        "Report", data=partial(_html, looked), file_name="report.html", mime="text/html", on_click="ignore",
        icon=":material/description:", disabled=is_too_much,
        help="One page that needs no other file: answers with their uncertainty, soundness, figures, methods.",
    )  # fmt: skip
    if looked.where:
        with st.popover("Command", icon=":material/terminal:"):
            plain.block(
                shlex.join(["colloquia", "report", "--run-dir", str(looked.folder.path), "--where", looked.where])
            )


def _html(looked: Looked) -> bytes:
    return report_of(looked.folder, looked.where).html.encode()


def _whole(folder: RunFolder) -> None:
    """Offer what is made of a folder as a whole: the bundle that makes every table anew."""
    with_text = not st.toggle("Leave out what was said and asked", help="For licences that let only numbers pass.")
    st.download_button(
        "Bundle", data=partial(_bundle, folder, with_text=with_text), file_name="bundle.zip",
        mime="application/zip", on_click="ignore", icon=":material/folder_zip:",
        help="Log, tables, figures, codebook and report in one file; `colloquia replay` makes every table anew.",
    )  # fmt: skip


def _bundle(folder: RunFolder, *, with_text: bool) -> bytes:
    from colloquia.lab.keeping.bundling import bundle

    with TemporaryDirectory() as place:
        return bundle(folder.path, Path(place) / "bundle.zip", with_text=with_text).read_bytes()


def _files(folder: RunFolder) -> None:
    with st.container(horizontal=True):
        for name in (folder.log, folder.journal, folder.study, folder.probes, folder.judgements, folder.labels):
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
