"""The tables of the run folder that is looked at, read once for all tabs and again when its log has grown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from colloquia.analysis.tables import Frames, load
from colloquia.gui import navigation
from colloquia.gui.followed import stamp
from colloquia.gui.links import run_folder

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.logbook.folder import RunFolder

MOST_KEPT = 4
"""Run folders whose tables are kept in memory."""


def frames_here() -> tuple[RunFolder, Frames] | None:
    """Return the run folder that the URL names and its tables; where there is none, say so and return None."""
    folder = run_folder()
    if folder is None or not folder.size(folder.log):
        st.info("No conversation to look at yet. Start a run, or choose another run folder on the page Start.")
        navigation.link("start", "Start", run=None)
        return None
    return folder, _frames(str(folder.path.resolve()), stamp(folder))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain values, None where unknown."""
    plain = frame.astype("object").where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


@st.cache_resource(max_entries=MOST_KEPT, show_spinner="Reading the log")
def _frames(path: str, stamp: tuple[tuple[int, int, int], ...]) -> Frames:  # noqa: ARG001 (a new stamp is a new table)
    return load(path)
