"""The app: the pages, and what stands on each of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from colloquia.gui import links, navigation, plain, strip
from colloquia.gui.guard import guarded
from colloquia.lab.equipping import serving

LOOKS = Path(__file__).with_name("looks.css")
ICON = Path(__file__).with_name("icon.png")
"""A picture of our own: one by name would be fetched from another address."""


def main(first: str = "start") -> None:
    """Show the page that the URL names; ``first`` is the one that a URL without a path means."""
    st.set_page_config(page_title="Colloquia", page_icon=str(ICON), layout="wide")
    if found := serving.objections({name: st.get_option(name) for name in serving.OPTIONS}):
        _refuse(found)
        return
    st.html(LOOKS)
    navigation.remember_first(first)
    there = navigation.pages(first)
    chosen = st.navigation(list(there.values()), position="top")
    with guarded():
        links.keep_place()
        if chosen is not there.get("run"):
            strip.show()
        chosen.run()


def _refuse(objections: list[str]) -> None:
    st.title("Not shown here")
    for objection in objections:
        st.error("These pages are shown to this machine only.", icon=":material/lock:")
        plain.text(objection)
    st.text("End this server (Ctrl-C) and start it in one of these ways:")
    plain.block(f"{serving.RIGHT_COMMAND}\nstreamlit run gui_app.py      in the folder of gui_app.py")
