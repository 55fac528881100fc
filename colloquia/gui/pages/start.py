"""Start: what this is, a first run without a key, the providers found, and the runs that lie here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from colloquia.gui import links, navigation, words
from colloquia.gui.followed import followed, note_start
from colloquia.lab.drafting import drafting
from colloquia.lab.equipping.equipment import equipment
from colloquia.lab.running.starting import try_out
from colloquia.providers import embedded
from colloquia.settings import read_settings

if TYPE_CHECKING:
    from colloquia.lab.equipping.equipment import Equipment
    from colloquia.lab.watching.following import View
    from colloquia.logbook.folder import RunFolder

MOST_RUNS = 20
"""Older runs are not listed; their links work."""


def page() -> None:
    """Show the page."""
    st.header("Conversations between models, as experiments", anchor=False)
    _beginnings()
    folders = links.run_folders()
    if folders:
        _recent(folders)
    _providers()


def _beginnings() -> None:
    is_installed = embedded.is_installed()
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Try it now", type="primary", icon=":material/play_arrow:"):
            started = try_out(links.RUNS)
            note_start(started)
            navigation.open_page("run", run=links.name_of(started.folder))
        if st.button("New study", icon=":material/add:", help="A small study in a run folder of its own."):
            begun = drafting.new(drafting.new_folder(links.RUNS))
            navigation.open_page("configure", run=links.name_of(begun.folder))
        with st.popover("Open a run folder", icon=":material/folder_open:"):
            st.write("The runs in `data` and `runs` of the folder in which this was started are listed below.")
            st.write("A run folder from elsewhere is listed too when the pages are started with it:")
            st.code("colloquia gui --run-dir FOLDER", language=None)
    if is_installed:
        st.caption(
            "*Try it now* holds four short conversations with a very small model on this machine: no key, no network, "
            "nothing to pay, less than a minute on most machines. It shows how everything works; it is no base for "
            "findings."
        )
    else:
        st.caption(
            "*Try it now* holds four short conversations between scripted seats, since the embedded model is not "
            "installed: no key, no network, nothing to pay, and no language model says anything."
        )


def _recent(folders: dict[str, RunFolder]) -> None:
    st.markdown("#### Recent runs")
    names = list(folders)[:MOST_RUNS]
    chosen = st.dataframe(
        pd.DataFrame([_row(name, folders[name]) for name in names]),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        key="recent",
        alt="Recent runs; choosing one opens it",
        column_config={
            "progress": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
            "turns": st.column_config.NumberColumn(format="localized"),
        },
    )
    if cells := chosen["selection"]["cells"]:
        navigation.open_page("run", run=names[cells[0][0]])
    st.caption("Click a run to open it.")
    if len(folders) > MOST_RUNS:
        st.caption(f"The newest {MOST_RUNS:d} of {len(folders):,} runs.")


def _row(name: str, folder: RunFolder) -> dict[str, Any]:
    view = followed(folder).look()
    return {
        "run": name,
        "study": view.title,
        "state": _state(view),
        "progress": view.share,
        "conversations": f"{view.finished:,} of {view.conversations:,}",
        "turns": view.turns,
        "spent": words.amount(view.spent_usd),
        "said by": ", ".join(sorted(view.sources)),
        "last heard": words.lately(view.state.at),
    }


def _state(view: View) -> str:
    """Return what a run is doing, and whether lines of its folder cannot be read."""
    now = words.condition(view.state, wanted=view.wanted)
    return f"⚠ {now.word}, damaged" if view.damage else now.in_a_cell


def _providers() -> None:
    st.markdown("#### Models available")
    found = equipment(read_settings())
    st.dataframe(pd.DataFrame([_provider(each) for each in found]), hide_index=True, alt="Providers and what they lack")
    st.button("Check again", icon=":material/refresh:")


def _provider(found: Equipment) -> dict[str, str]:
    state = "✓ ready" if found.is_ready else "○ not here"
    return {"provider": found.name, "state": state, "what": found.words}
