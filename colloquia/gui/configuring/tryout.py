"""Try one conversation: one cell held for real in a folder of its own, read beside the draft as it is spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.errors import ColloquiaError
from colloquia.gui import links, plain, viewer, words
from colloquia.gui.followed import followed, note_start, start_of
from colloquia.gui.guard import guarded
from colloquia.gui.viewer import ShownTurn
from colloquia.lab.drafting.outlook import python_named
from colloquia.lab.drafting.trying import try_one
from colloquia.lab.planning import amounts

if TYPE_CHECKING:
    from colloquia.gui.configuring.desk import Sight
    from colloquia.lab.planning.matrix import Cell
    from colloquia.lab.running.starting import Started
    from colloquia.logbook.folder import RunFolder
    from colloquia.studies import Study

_STARTED, _TROUBLE, _CHOSEN, _REFRESHES = "tryout-started", "tryout-trouble", "tryout-cell", "tryout-refreshes"
TICK_SECONDS = 0.8


def show(sight: Sight) -> None:
    """Show the button with the choice of a cell, and the conversation that was tried last."""
    if sight.study and sight.outlook:
        cells = [cell for cell in sight.outlook.cells if cell.trial]
        with st.popover("Try one conversation…", icon=":material/science:", key=f"tryout-popover-{_held()}"):
            _choice(sight.study, cells)
    if message := st.session_state.pop(_TROUBLE, None):
        plain.message("error", "It was not tried.", message)
    started: Started | None = st.session_state.get(_STARTED)
    if started is not None:
        st.session_state[_REFRESHES] = _is_going_on(started)
        st.fragment(_live, run_every=TICK_SECONDS if st.session_state[_REFRESHES] else None)(started)


def _held() -> str:
    """Return which conversation was tried last: with another the popover is another, which is closed."""
    started: Started | None = st.session_state.get(_STARTED)
    return started.folder.path.name if started else ""


def _choice(study: Study, cells: list[Cell]) -> None:
    labels = [f"{cell.row} · {cell.column}" for cell in cells]
    number = st.selectbox("Cell", range(len(cells)), format_func=labels.__getitem__, key=_CHOSEN)
    cell = cells[min(number, len(cells) - 1)]
    one = cell.forecast.cost_usd
    each = None if one is None else one / cell.conversations
    st.caption(
        f"Holds the first conversation of this cell, word for word as the run would, in a folder of its own: "
        f"{words.money(each)}, estimated. It does not count as data of the study."
    )
    if python_named(study):
        st.caption("This study names Python: start the whole run to be asked whether it may be executed.")
        return
    st.button("Try it", icon=":material/science:", on_click=_try, args=(study, cell))


def _try(study: Study, cell: Cell) -> None:
    try:
        started = try_one(study, cell, links.RUNS)
    except ColloquiaError as error:
        st.session_state[_TROUBLE] = str(error)
        return
    note_start(started)
    st.session_state[_STARTED] = started


def _is_going_on(started: Started) -> bool:
    return started.is_preparing or followed(started.folder).look().state.is_live


def _live(started: Started) -> None:
    with guarded():
        if _is_going_on(started) is not st.session_state[_REFRESHES]:
            st.rerun()
        _conversation(started, started.folder)


def _conversation(started: Started, folder: RunFolder) -> None:
    following = followed(folder)
    view, begun = following.look(), start_of(folder)
    now = words.condition(view.state, wanted=view.wanted, is_preparing=bool(begun and begun.is_preparing))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(now.word, icon=now.icon, color=now.color)
        st.caption(f"{amounts.count(view.turns, 'turn')} · {words.money(view.spent_usd)}")
        st.button("Close", icon=":material/close:", type="tertiary", on_click=_close)
    plain.text(str(folder.path))
    if wrong := started.what_went_wrong():
        plain.message("error", "It could not begin.", details=wrong)
    for course in view.courses[:1]:
        roles = [role for role, _ in course.seats]
        viewer.show(
            [viewer.of_row(row, roles) for row in following.turns(course.trial_id)],
            conversation=course.trial_id,
            key="tryout-transcript",
            height=380,
            follow=True,
            writing=_writing(following.writing(course.trial_id), course.speaker, roles, course.turns),
        )
        if course.message:
            plain.message("warning", "A call failed.", course.message)


def _writing(text: str, speaker: str | None, roles: list[str], turns: int) -> ShownTurn | None:
    if not text or speaker is None:
        return None
    return ShownTurn(turn=turns + 1, speaker=speaker, side=roles.index(speaker), text=text, is_writing=True)


def _close() -> None:
    st.session_state.pop(_STARTED, None)
