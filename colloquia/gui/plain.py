"""The only ways in which foreign text reaches the screen: exactly as it is, and never as markup.

Foreign is whatever a model, a server or a researcher wrote: replies, errors, names of models, scenarios and studies.
In a label, a title or a message it would be read as markdown, and an image in it would have the browser fetch an
address of its writer's choice. Cells of ``st.dataframe``, options of ``st.selectbox`` and ``st.multiselect`` and the
viewer are safe too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["error", "warning", "info", "success"]

_ICONS: dict[str, str] = {
    "error": ":material/error:",
    "warning": ":material/warning:",
    "info": ":material/info:",
    "success": ":material/check_circle:",
}


def text(foreign: str) -> None:
    """Show foreign text with its line ends."""
    st.text(foreign)


def block(foreign: str) -> None:
    """Show foreign text that is long or technical, such as an error body or a log, in a block that can be copied."""
    st.code(foreign, language=None, wrap_lines=True)


def message(kind: Kind, words: str, foreign: str = "", *, details: str = "") -> None:
    """Show a message: what happened in our own words, then what others said of it.

    Args:
        kind: How serious it is.
        words: Our own words, as they stand in the code.
        foreign: Shown below, exactly.
        details: Shown on demand, exactly.
    """
    show: Callable[..., object] = getattr(st, kind)
    show(words, icon=_ICONS[kind])
    if foreign:
        text(foreign)
    if details:
        with st.expander("Details"):
            block(details)


def as_label(name: str) -> str:
    """Return a name of a run folder or a factor fit for a title or a label: letters, digits, ``-``, ``.`` and ``_``."""
    return name.replace("_", r"\_")
