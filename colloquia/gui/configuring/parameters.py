"""Parameters: how long, how often, who sits with whom, who opens, what is sampled; every other word below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.design.words import IN_SCENARIO
from colloquia.gui.configuring import grids
from colloquia.gui.configuring.desk import choice_field, line_field, number_field, whole_field
from colloquia.lab.drafting.draft_tables import OTHERS, other_rows, others_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from colloquia.gui.configuring.desk import Desk

PAIRINGS = ("all", "distinct", "unordered", "self")
_OPENS = ("first", "second", "both")


def show(desk: Desk) -> None:
    """Show the panel."""
    line_field("Title", desk, ("title",))
    _length(desk)
    _seats(desk)
    _sampling(desk)
    _beginning(desk)
    st.markdown("##### Further words")
    st.caption('All other words of a study, each with its value as the file writes it, such as `12` or `["goodbye"]`.')
    grids.show(desk, _others(desk.words))


def _length(desk: Desk) -> None:
    left, middle, right = st.columns(3)
    with left:
        whole_field("Turns of a conversation", desk, ("num_turns",), hint="Utterances, all seats together.")
    with middle:
        whole_field("Iterations", desk, ("iterations",), hint="Conversations of each cell.", placeholder="1")
    with right:
        number_field(
            "Cap, dollars", desk, ("max_cost",), step=1.0, placeholder="no cap",
            hint="For all that is ever spent in this run folder. Empty: no cap.",
        )  # fmt: skip


def _seats(desk: Desk) -> None:
    left, middle, right = st.columns(3)
    with left:
        choice_field("Pairing", desk, ("pairing",), PAIRINGS, default="all", hint=_PAIRING_HINT)
    with middle:
        choice_field("Who speaks first", desk, ("opens",), (*_OPENS, *_roles(desk.words)), default="first")
    with right:
        whole_field("Seed", desk, ("seed",), hint="Where every draw comes from.", placeholder="1")


_PAIRING_HINT = "all: ordered pairs and each with itself · distinct: ordered pairs · unordered: each two once · self"


def _sampling(desk: Desk) -> None:
    left, middle, right = st.columns(3)
    with left:
        number_field("Temperature", desk, ("sampling", "temperature"), placeholder="not sent", hint=_SAMPLING_HINT)
    with middle:
        number_field("Top p", desk, ("sampling", "top_p"), step=0.05, placeholder="not sent", hint=_SAMPLING_HINT)
    with right:
        whole_field("Longest reply, tokens", desk, ("sampling", "max_tokens"), placeholder="1024", hint=_SAMPLING_HINT)


_SAMPLING_HINT = "For all models; a model's own value wins."


def _beginning(desk: Desk) -> None:
    left, middle, right = st.columns(3)
    with left:
        line_field(
            "Kick-off", desk, ("kickoff",), placeholder="[The conversation begins. You speak first.]",
            hint="A stage direction that only the first speaker sees.",
        )  # fmt: skip
    with middle:
        line_field("Opening", desk, ("opening",), hint="A scripted line, said as turn 1. Then there is no kick-off.")
    with right:
        line_field(
            "Go on", desk, ("go_on",), placeholder="[Please continue.]",
            hint="What is sent to one who speaks again with nothing heard in between.",
        )  # fmt: skip


def _roles(words: Mapping[str, Any]) -> list[str]:
    scenarios = words.get("scenarios")
    entries = scenarios.values() if isinstance(scenarios, dict) else ()
    found = [role for entry in entries if isinstance(entry, dict) for role in entry if role not in IN_SCENARIO]
    return [role for role in dict.fromkeys(found) if role not in _OPENS]


def _others(words: Mapping[str, Any]) -> grids.Grid:
    written = [row["word"] for row in other_rows(words)]
    return grids.Grid(
        name="others",
        path=(),
        columns=("word", "value"),
        alt="Further words of the study",
        config={
            "word": st.column_config.SelectboxColumn(options=sorted({*OTHERS, *written}), width="small"),
            "value": st.column_config.TextColumn(width="large"),
        },
        rows_of=other_rows,
        value_of=lambda rows, _: others_of(rows),
    )
