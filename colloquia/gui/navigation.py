"""The pages: which there are, and ways from one to another that carry the place along."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

PAGES = {
    "start": ("Start", ":material/home:"),
    "configure": ("Configure", ":material/tune:"),
    "run": ("Run", ":material/play_circle:"),
    "analyze": ("Analyze", ":material/bar_chart:"),
    "transcripts": ("Transcripts", ":material/forum:"),
    "export": ("Export", ":material/download:"),
}
"""Pages in their order, by the name of their file and of their URL: title and icon. A file that is not there is no
page."""


def pages(first: str = "start") -> dict[str, StreamlitPage]:
    """Return the pages that there are; ``first`` is the one without a path."""
    there = [name for name in PAGES if is_there(name)]
    return {name: _page(name, is_first=name == first) for name in there}


def is_there(name: str) -> bool:
    """Tell whether there is a page of this name."""
    return files("colloquia.gui.pages").joinpath(f"{name}.py").is_file()


def open_page(name: str, **places: str | int | None) -> NoReturn:
    """Leave this page for another, with places such as ``run``, ``conversation`` and ``turn`` in its URL."""
    st.switch_page(_page(name, is_first=name == _first()), query_params=_carried(places))


def link(name: str, label: str, *, icon: str | None = None, **places: str | int | None) -> None:
    """Show a link to a page, with places such as ``run``, ``conversation`` and ``turn`` in its URL.

    Args:
        name: The page; nothing is shown where there is none.
        label: Our own words.
        icon: The page's own by default.
        places: What the URL says; the run that is looked at, unless another is named.
    """
    if is_there(name):
        page = _page(name, is_first=name == _first())
        st.page_link(page, label=label, icon=icon or PAGES[name][1], query_params=_carried(places))


def remember_first(name: str) -> None:
    """Note which page has no path, for links made while this script runs."""
    st.session_state["first-page"] = name


def _first() -> str:
    return str(st.session_state.get("first-page", "start"))


def _page(name: str, *, is_first: bool) -> StreamlitPage:
    def show() -> None:
        import_module(f"colloquia.gui.pages.{name}").page()  # only now: some pages import much

    title, icon = PAGES[name]
    return st.Page(show, title=title, icon=icon, url_path=name, default=is_first)


def _carried(places: dict[str, str | int | None]) -> dict[str, str]:
    run = st.query_params.get("run")
    carried = {"run": run, **places}
    return {word: str(place) for word, place in carried.items() if place is not None}
