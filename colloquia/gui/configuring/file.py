"""The draft as the file that it is: its text to edit, what is wrong by line, and how it differs from before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.gui import plain
from colloquia.gui.configuring.desk import write
from colloquia.lab.drafting import drafting

if TYPE_CHECKING:
    from colloquia.gui.configuring.desk import Desk
    from colloquia.logbook.folder import RunFolder

_CONTEXT = 2


def show(desk: Desk) -> None:
    """Show the panel."""
    key = f"file-{desk.name}"
    if st.session_state.get(key) != desk.draft.text:
        st.session_state[key] = desk.draft.text
    st.text_area("draft.toml", key=key, height=420, on_change=_write, args=(desk.folder, key))
    st.caption("Written to the run folder as soon as you leave the field. The other panels show what stands here.")
    if found := desk.sight().trouble:
        excerpt(desk.draft.text, found)
    name, lines = drafting.difference(desk.draft)
    st.markdown("##### Difference")
    if not lines:
        st.caption("None: this is what was loaded, or what was run last.")
        return
    plain.text(f"Against {name}")
    st.code(lines, language="diff")


def excerpt(text: str, trouble: drafting.Trouble) -> None:
    """Show what is wrong, and the lines about it with their numbers."""
    if trouble.line is None:
        plain.message("error", "This study cannot be run as it is.", trouble.message)
        return
    plain.message("error", f"This study cannot be run as it is: see line {trouble.line:d}.", trouble.message)
    lines = text.splitlines()
    first, last = max(trouble.line - 1 - _CONTEXT, 0), trouble.line + _CONTEXT
    plain.block(
        "\n".join(
            f"{'▶' if number == trouble.line else ' '} {number:>4}  {line}"
            for number, line in enumerate(lines[first:last], start=first + 1)
        )
    )


def _write(folder: RunFolder, key: str) -> None:
    text = st.session_state[key]
    write(folder, lambda draft: drafting.Draft(folder=draft.folder, text=text))
