"""Configure: the study as it is being written, and beside it what it would come to, before anything is asked.

All that is edited here is ``draft.toml`` in the run folder; ``colloquia run`` on the same file does the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from colloquia.errors import ColloquiaError, DesignError
from colloquia.gui import links, plain
from colloquia.gui.choosing import one_of
from colloquia.gui.configuring import consequences, desk, file, matrix, models, parameters, scenarios, variation
from colloquia.gui.configuring.desk import Desk
from colloquia.lab.drafting import drafting
from colloquia.lab.planning.bench import DEFAULT_STUDY

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.folder import RunFolder

_TROUBLE = "begin-trouble"
STUDIES = (DEFAULT_STUDY, Path("study.toml"))
"""Study files that are offered where they lie beside the pages."""
PARTS: dict[str, Callable[[Desk], None]] = {
    "Scenarios": scenarios.show,
    "Models": models.show,
    "Parameters": parameters.show,
    "Factors": variation.show,
    "Design matrix": matrix.show,
    "View file": file.show,
}


def page() -> None:
    """Show the page."""
    folder = links.run_folder()
    _trouble()
    if folder is None:
        st.subheader("Configure", anchor=False)
        if not links.run_folders():
            st.info("No study lies here yet. Begin with one of these.", icon=":material/info:")
            _beginnings()
        return
    draft = drafting.opened(folder)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Configure", anchor=False, width="content")
        plain.text(str(folder.path / folder.draft))
        with st.popover("Begin another study", icon=":material/add:", key=f"begin-{links.name_of(folder)}"):
            _beginnings(folder if draft else None)
    if draft is None:
        st.info("This run folder holds no study that could be edited.", icon=":material/info:")
        return
    _show(Desk(draft=draft))


def _show(here: Desk) -> None:
    desk.failed()
    left, right = st.columns([5, 2], gap="large")
    with left:
        try:
            _ = here.words
            chosen = one_of("Part", list(PARTS), key="part", is_labelled=False)
        except DesignError:
            st.caption("The other panels are shown again as soon as the file can be read.")
            chosen = "View file"
        PARTS[chosen](here)
    with right:
        consequences.show(here)


def _beginnings(current: RunFolder | None = None) -> None:
    """Show the ways to begin a study; none changes a file of the researcher's."""
    for path in STUDIES:
        if path.is_file():
            st.button(
                "Load simulation_config.py" if path == DEFAULT_STUDY else "Load study.toml",
                icon=":material/upload_file:",
                on_click=_load,
                args=(path,),
                help="Your own page is run as Python to be read; it stays as it is."
                if path == DEFAULT_STUDY
                else "It stays as it is.",
            )
    st.button("New study", icon=":material/add:", on_click=_new, help="A small study in a run folder of its own.")
    if current is not None:
        st.button(
            "Copy this study",
            icon=":material/content_copy:",
            on_click=_copy,
            args=(current,),
            help="The same study in a run folder of its own.",
        )


def _load(path: Path) -> None:
    try:
        draft = drafting.loaded(path, drafting.folder_for(path, links.RUNS))
    except ColloquiaError as error:
        st.session_state[_TROUBLE] = str(error)
        return
    _look_at(draft.folder)


def _new() -> None:
    _look_at(drafting.new(drafting.new_folder(links.RUNS)).folder)


def _copy(folder: RunFolder) -> None:
    path = folder.path / folder.draft
    try:
        draft = drafting.loaded(path, drafting.new_folder(links.RUNS))
    except ColloquiaError as error:
        st.session_state[_TROUBLE] = str(error)
        return
    _look_at(draft.folder)


def _look_at(folder: RunFolder) -> None:
    links.go_to(run=links.name_of(folder), conversation=None, turn=None)


def _trouble() -> None:
    if found := st.session_state.pop(_TROUBLE, None):
        plain.message("error", "That study was not opened.", found)
