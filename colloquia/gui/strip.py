"""The status strip: which run is looked at, what it is doing and what was spent, on every page but Run itself."""

from __future__ import annotations

import streamlit as st

from colloquia.gui import links, navigation, plain, words
from colloquia.gui.followed import followed, start_of
from colloquia.gui.viewer import BADGED
from colloquia.lab.planning import amounts


def show() -> None:
    """Show the strip; nothing where there is no run yet."""
    folder = links.run_folder(says_so=False)
    if folder is None:
        return
    view, started = followed(folder).look(), start_of(folder)
    now = words.condition(view.state, wanted=view.wanted, is_preparing=bool(started and started.is_preparing))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="strip"):
        navigation.link("run", plain.as_label(links.name_of(folder)))
        st.badge(now.word, icon=now.icon, color=now.color)
        if view.is_hearing:
            st.badge("Judges are asked", icon=":material/gavel:", color="blue")
        for source in BADGED:
            if source in view.sources:
                st.badge(source.upper(), color="gray")
        st.caption(f"{amounts.count(view.turns, 'turn')} · {words.money(view.spent_usd)} spent")
