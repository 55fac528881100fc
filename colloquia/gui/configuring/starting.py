"""Starting a run: a dialog with what it costs, its cap and what leaves this machine; then the runner, never before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.errors import ColloquiaError
from colloquia.gui import leaving, links, navigation, plain, words
from colloquia.gui.configuring.desk import number_field
from colloquia.gui.followed import followed, note_start
from colloquia.lab.drafting.outlook import python_named
from colloquia.lab.running.starting import start

if TYPE_CHECKING:
    from colloquia.gui.configuring.desk import Desk, Sight
    from colloquia.lab.drafting.outlook import Outlook
    from colloquia.studies import Study

_OPEN, _TROUBLE, _DROP, _CODE = "start-dialog-open", "start-trouble", "start-drop", "start-code"


def show(desk: Desk, sight: Sight) -> None:
    """Show the button, and the dialog where it was pressed."""
    is_live = followed(desk.folder).look().state.is_live
    is_idle = sight.outlook is not None and sight.outlook.plan.is_complete
    st.button(
        "Start run…",
        type="primary",
        icon=":material/play_arrow:",
        shortcut="mod+shift+enter",  # without shift it is what a field of several lines is written with
        disabled=sight.outlook is None or is_live or is_idle,
        help="Shows what it costs and what leaves this machine; nothing is sent before you agree.",
        on_click=_open,
    )
    if is_live:
        st.caption("A run is going on in this folder: pause or stop it before another is started.")
    if st.session_state.get(_OPEN) and sight.study and sight.outlook:
        _dialog(desk, sight.study, sight.outlook)


def _open() -> None:
    st.session_state[_OPEN] = True


def _close() -> None:
    st.session_state[_OPEN] = False


@st.dialog("Start this run?", width="medium", icon=":material/play_arrow:", on_dismiss=_close)
def _dialog(desk: Desk, study: Study, outlook: Outlook) -> None:
    missing = outlook.missing
    with st.container(horizontal=True):
        st.metric("Conversations to do", f"{missing.conversations:,}", width="content")
        st.metric("Turns", f"{missing.turns:,}", width="content")
        st.metric("Likely, estimated", words.money(missing.cost_usd), width="content")
        st.metric("At most, estimated", words.money(missing.most_usd), width="content")
    number_field("Cap, dollars", desk, ("max_cost",), step=1.0, placeholder="no cap", hint=_CAP_HINT)
    leaving.show(outlook.destinations)
    is_agreed = _agreed(study, outlook)
    if outlook.objections:
        plain.message("error", "A run would not start.", "\n\n".join(outlook.objections))
    if message := st.session_state.pop(_TROUBLE, None):
        plain.message("error", "It was not started.", message)
    if st.button(
        "Start run", type="primary", icon=":material/play_arrow:", disabled=not is_agreed or bool(outlook.objections)
    ):
        _start(desk, study)


_CAP_HINT = "For all that is ever spent in this run folder. Reached, the run stops; it can go on with a higher one."


def _agreed(study: Study, outlook: Outlook) -> bool:
    """Ask what a run may not do unasked, and tell whether it was all agreed to."""
    agreed = True
    dropped = outlook.plan.difference.dropped
    if dropped.paid_turns:
        st.warning(
            f"{dropped.paid_turns:,} turns that were paid for fall out of the plan. They stay in the log.",
            icon=":material/warning:",
        )
        agreed = st.checkbox("Go on without them", key=_DROP)
    if files := python_named(study):
        st.warning("This study names Python, which a run executes on this machine.", icon=":material/code:")
        plain.text(", ".join(files))
        agreed = st.checkbox("Run this code", key=_CODE) and agreed
    return agreed


def _start(desk: Desk, study: Study) -> None:
    try:
        started = start(
            desk.folder,
            desk.draft.path,
            drop=bool(st.session_state.get(_DROP)),
            allows_code=bool(python_named(study) and st.session_state.get(_CODE)),
        )
    except ColloquiaError as error:
        st.session_state[_TROUBLE] = str(error)
        st.rerun(scope="fragment")
    _close()
    note_start(started)
    navigation.open_page("run", run=links.name_of(desk.folder))
