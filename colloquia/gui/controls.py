"""The buttons of a run: each writes a wish into the run folder, or starts the runner again; nothing runs in here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.errors import ColloquiaError
from colloquia.gui import plain, words
from colloquia.gui.followed import note_start
from colloquia.lab.keeping import liveness
from colloquia.lab.running.starting import start

if TYPE_CHECKING:
    from colloquia.gui.words import Condition
    from colloquia.lab.watching.following import View
    from colloquia.logbook.folder import RunFolder
    from colloquia.running.wishes import Want

_TROUBLE = "trouble-with-controls"


def show(folder: RunFolder, view: View, now: Condition) -> None:
    """Show the buttons that make sense now; a press is shown at once as what it will lead to."""
    with st.container(horizontal=True, width="content"):
        if view.state.is_live:
            _live(folder, view, now)
        elif now != words.PREPARING and _has_rest(view, now):
            _resumable(folder)


def trouble() -> None:
    """Say what became of a press that could not be done."""
    if found := st.session_state.pop(_TROUBLE, None):
        plain.message("error", "That could not be done.", found)


def _live(folder: RunFolder, view: View, now: Condition) -> None:
    is_stopping = now == words.STOPPING
    if now in (words.PAUSING, words.PAUSED):
        _button("Resume", folder, "run", icon=":material/play_arrow:", kind="primary", shortcut="p")
    else:
        _button("Pause", folder, "pause", icon=":material/pause:", shortcut="p", is_off=is_stopping)
    if is_stopping:
        _button(
            "Stop now", folder, "stop_now", icon=":material/cancel:", is_off=view.wanted == "stop_now",
            hint="Turns in flight are cancelled; what they cost may be lost.",
        )  # fmt: skip
    else:
        _button(
            "Stop run", folder, "stop", icon=":material/stop:",
            hint="Turns in flight are finished first. It can be resumed later.",
        )  # fmt: skip


def _button(
    label: str,
    folder: RunFolder,
    want: Want,
    *,
    icon: str,
    kind: str = "secondary",
    shortcut: str | None = None,
    is_off: bool = False,
    hint: str | None = None,
) -> None:
    st.button(
        label,
        key=f"want-{want}",
        icon=icon,
        type="primary" if kind == "primary" else "secondary",
        shortcut=shortcut,
        disabled=is_off,
        help=hint,
        on_click=_wish,
        args=(folder, want),
    )


def _resumable(folder: RunFolder) -> None:
    st.button(
        "Resume",
        key="resume",
        icon=":material/play_arrow:",
        type="primary",
        help="What is missing is run; finished turns are never asked again.",
        on_click=_resume,
        args=(folder,),
    )


def _has_rest(view: View, now: Condition) -> bool:
    if view.state.is_of_judges:
        return view.state.has_rest_of_judges or view.has_rest
    return now != words.DONE and view.has_rest


def _wish(folder: RunFolder, want: Want) -> None:
    try:
        liveness.wish(folder.path, want)
    except ColloquiaError as error:
        st.session_state[_TROUBLE] = str(error)


def _resume(folder: RunFolder) -> None:
    try:
        note_start(start(folder))
    except ColloquiaError as error:
        st.session_state[_TROUBLE] = str(error)
