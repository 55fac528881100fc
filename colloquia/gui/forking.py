"""Forking on the page Transcripts: continuations from the turn that is picked, changed beside unchanged.

Nothing is edited in place and nothing is asked here: a fork is written down, and the next run holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from colloquia.design.forking import UNCHANGED
from colloquia.errors import ColloquiaError
from colloquia.gui import navigation, plain
from colloquia.lab.keeping.forking import fork

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.logbook.folder import RunFolder

MOST_TIMES = 50
_SAID, _TROUBLE = "fork-asked", "fork-trouble"


def fork_form(
    folder: RunFolder, conversation: Mapping[str, Any], turn: Mapping[str, Any], models: Sequence[str]
) -> None:
    """Show the form.

    Args:
        folder: The run folder.
        conversation: Its row of the frame ``conversations``, as plain values.
        turn: The row of the last turn that is shared, in the same way.
        models: Friendly names that can sit in a seat.
    """
    number, said = int(turn["turn_id"]), turn["content"] or ""
    with st.expander("Fork here", icon=":material/fork_right:"):
        st.caption(
            f"Continuations that share turns 1 to {number:d}. Where something is changed, as many without the change "
            "are held beside them. The next run holds them; this conversation stays as it is."
        )
        with st.form("fork", border=False):
            times = st.number_input("Continuations", 1, MOST_TIMES, value=1, step=1)
            text = st.text_area(
                f"Turn {number:d} as it is heard from now on", said, key=f"fork-{turn['experiment_id']}-{number:d}",
                disabled=turn["move"] is not None, help="A move cannot be changed. Emptied, the turn is taken out.",
            )  # fmt: skip
            seats = {name[5:]: role for name, role in conversation.items() if name.startswith("role_") and role}
            swapped = {role: _seat(number, role, conversation, models) for number, role in seats.items()}
            if st.form_submit_button("Plan them", icon=":material/fork_right:"):
                changed = {role: model for role, model in swapped.items() if model}
                edit = text if text.strip() and text != said else None
                _ask(
                    folder, conversation["trial_id"], number, times=times, models=changed, edit=edit,
                    delete=bool(said.strip()) and not text.strip(),
                )  # fmt: skip
        _outcome()


def _seat(number: str, role: str, conversation: Mapping[str, Any], models: Sequence[str]) -> str | None:
    """Let somebody else sit in a seat from now on; None where nobody does."""
    now = conversation[f"model_{number}"]
    others = [name for name in models if name != now]
    return st.selectbox(
        f"Who sits in seat {int(number):d} from now on",
        others,
        index=None,
        placeholder=f"{role}: {now}",
        key=f"fork-{number}",
    )


def _ask(
    folder: RunFolder, trial_id: str, turn: int, *, times: int, models: dict[str, str], edit: str | None, delete: bool
) -> None:
    try:
        asked = fork(trial_id, turn, folder=folder.path, times=times, models=models, edit=edit, delete=delete)
    except ColloquiaError as error:
        st.session_state[_TROUBLE] = str(error)
    else:
        st.session_state[_SAID] = (asked.times, asked.label != UNCHANGED)


def _outcome() -> None:
    if trouble := st.session_state.pop(_TROUBLE, None):
        plain.message("error", "Nothing was planned.", trouble)
    if said := st.session_state.pop(_SAID, None):
        times, is_changed = said
        kinds = f"with the change and {times:d} without it" if is_changed else "without a change"
        st.success(f"Planned: {times:d} {kinds}.", icon=":material/check_circle:")
        navigation.link("configure", "See what they come to, and start")
