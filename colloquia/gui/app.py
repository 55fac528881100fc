"""The app: which pages there are, and what happens when one of them fails."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from pathlib import Path

import streamlit as st

from colloquia.errors import ColloquiaError

ICON = Path(__file__).with_name("icon.png")
"""A picture of our own: one by name would be fetched from another address."""
PAGES = {
    "start": ("Start", ":material/home:"),
    "configure": ("Configure", ":material/tune:"),
    "run": ("Run", ":material/play_circle:"),
    "analyze": ("Analyze", ":material/bar_chart:"),
    "transcripts": ("Transcripts", ":material/forum:"),
    "export": ("Export", ":material/download:"),
}
"""Pages in their order: module, title and icon."""


def main() -> None:
    """Show the page that the URL names."""
    st.set_page_config(page_title="Colloquia", page_icon=str(ICON), layout="wide")
    there = [name for name in PAGES if files("colloquia.gui.pages").joinpath(f"{name}.py").is_file()]
    pages = [
        st.Page(
            import_module(f"colloquia.gui.pages.{name}").page,
            title=PAGES[name][0],
            icon=PAGES[name][1],
            url_path=name,
            default=name == there[0],
        )
        for name in there
    ]
    chosen = st.navigation(pages, position="top")
    try:
        chosen.run()
    except ColloquiaError as error:
        st.error("This page cannot be shown as things are.", icon=":material/error:")
        st.text(str(error))
