"""Asking the judges of a folder's study: what is missing, what it may cost, and the dialog that starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.errors import ColloquiaError
from colloquia.gui import leaving, links, navigation, plain, words
from colloquia.gui.followed import followed, note_start, stamp
from colloquia.lab.drafting.outlook import look_ahead_at_judges
from colloquia.lab.planning import amounts
from colloquia.lab.running.starting import start
from colloquia.providers.pricelist import kept_list
from colloquia.settings import read_settings

if TYPE_CHECKING:
    from colloquia.lab.drafting.outlook import JudgesOutlook
    from colloquia.logbook.folder import RunFolder

MOST_KEPT = 4
_OPEN, _TROUBLE, _CODE = "judges-dialog-open", "judges-trouble", "judges-code"


def show(folder: RunFolder) -> None:
    """Say how many answers are missing, with a button that asks for them; nothing where the study has no judges."""
    view = followed(folder).look()
    if not view.judges:
        return
    if view.state.is_live:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Judges can be asked as soon as what goes on in this folder has ended.")
            navigation.link("run", "Look at it")
        return
    try:
        ahead = _ahead(folder)
    except ColloquiaError as error:
        plain.message("warning", "The judges cannot be asked as things are.", str(error))
        return
    _missing(ahead)
    if st.session_state.get(_OPEN) and ahead.drawn.missing:
        _dialog(folder, ahead)


def _missing(ahead: JudgesOutlook) -> None:
    if not ahead.drawn.missing:
        st.caption("The judges have answered all that they are asked about the conversations held so far.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Ask the judges…",
            type="primary",
            icon=":material/gavel:",
            on_click=_open,
            help="Shows what it costs and what leaves this machine; nothing is sent before you agree.",
        )
        plain.text(f"{amounts.count(ahead.drawn.missing, 'answer')} missing: {', '.join(ahead.drawn.names)}")


def _open() -> None:
    st.session_state[_OPEN] = True


def _close() -> None:
    st.session_state[_OPEN] = False


@st.dialog("Ask the judges?", width="medium", icon=":material/gavel:", on_dismiss=_close)
def _dialog(folder: RunFolder, ahead: JudgesOutlook) -> None:
    drawn = ahead.drawn
    with st.container(horizontal=True):
        st.metric("Answers to get", f"{drawn.missing:,}", width="content")
        st.metric("Likely, estimated", words.money(drawn.bill.likely_usd), width="content")
        st.metric("At most, estimated", words.money(drawn.bill.most_usd), width="content")
    _cap(ahead)
    for sentence in drawn.advice:
        plain.text(sentence)
    leaving.show(ahead.destinations)
    is_agreed = _agreed(ahead)
    if ahead.objections:
        plain.message("error", "They could not be asked.", "\n\n".join(ahead.objections))
    if message := st.session_state.pop(_TROUBLE, None):
        plain.message("error", "It was not started.", message)
    if st.button("Ask them", type="primary", icon=":material/gavel:", disabled=not is_agreed or bool(ahead.objections)):
        _start(folder, allows_code=bool(ahead.python))


def _cap(ahead: JudgesOutlook) -> None:
    spent, cap = ahead.drawn.found.spent_usd, ahead.drawn.bench.experiment.max_cost
    of = f" of {words.money(cap)}, the cap of this study" if cap is not None else "; the study has no cap"
    st.caption(f"Spent in this folder so far: {words.money(spent)}{of}.")


def _agreed(ahead: JudgesOutlook) -> bool:
    if not ahead.python:
        return True
    st.warning("This study names Python, which judges execute on this machine.", icon=":material/code:")
    plain.text(", ".join(ahead.python))
    return st.checkbox("Run this code", key=_CODE)


def _start(folder: RunFolder, *, allows_code: bool) -> None:
    try:
        started = start(folder, asks_judges=True, allows_code=allows_code)
    except ColloquiaError as error:
        st.session_state[_TROUBLE] = str(error)
        st.rerun(scope="fragment")
    _close()
    note_start(started)
    navigation.open_page("run", run=links.name_of(folder))


def _ahead(folder: RunFolder) -> JudgesOutlook:
    settings = read_settings()
    cards = len(kept_list(settings.cache).cards)
    return _worked_out(str(folder.path.resolve()), stamp(folder), frozenset(settings.environment), cards, folder)


@st.cache_resource(max_entries=MOST_KEPT, show_spinner="Working out what the judges are still to be asked")
def _worked_out(
    path: str,  # noqa: ARG001 (this and the next three say whether it has to be worked out again)
    stamp: tuple[tuple[int, int, int], ...],  # noqa: ARG001
    variables: frozenset[str],  # noqa: ARG001
    cards: int,  # noqa: ARG001
    _folder: RunFolder,
) -> JudgesOutlook:
    settings = read_settings()
    return look_ahead_at_judges(_folder, settings, kept_list(settings.cache))
