"""Scenarios: the prompts as a table, one scenario at a time to write in, and what each seat will be sent first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import streamlit as st

from colloquia.design.words import IN_SCENARIO
from colloquia.gui import plain
from colloquia.gui.configuring import grids
from colloquia.gui.configuring.desk import text_field
from colloquia.lab.drafting.draft_tables import scenario_rows, scenarios_of
from colloquia.lab.drafting.outlook import first_requests

if TYPE_CHECKING:
    from colloquia.gui.configuring.desk import Desk
    from colloquia.lab.planning.matrix import Cell
from colloquia.lab.drafting.outlook import FirstRequest

_CHOSEN = "configured-scenario"

GRID = grids.Grid(
    name="scenarios",
    path=("scenarios",),
    columns=("scenario", "role", "prompt"),
    alt="Scenarios with a prompt for each role",
    config={
        "scenario": st.column_config.TextColumn(width="small", required=True),
        "role": st.column_config.TextColumn(width="small", help="Empty: one prompt for both seats."),
        "prompt": st.column_config.TextColumn(width="large"),
    },
    rows_of=scenario_rows,
    value_of=scenarios_of,
)


def show(desk: Desk) -> None:
    """Show the panel."""
    st.caption(
        "One row for each role; leave the role empty where one prompt serves both seats. A word in braces, such as "
        "{name}, is filled by a slot or a factor."
    )
    grids.show(desk, GRID)
    scenarios = desk.words.get("scenarios")
    names = list(scenarios) if isinstance(scenarios, dict) else []
    if not names:
        st.info("No scenario yet. Write one into the table: a name, and what the models are told.")
        return
    if st.session_state.get(_CHOSEN) not in names:
        st.session_state[_CHOSEN] = names[0]
    chosen = st.selectbox("Scenario", names, key=_CHOSEN)
    _prompts(desk, chosen)
    _preview(desk, chosen)


def _prompts(desk: Desk, name: str) -> None:
    entry = desk.words["scenarios"][name]
    if not isinstance(entry, dict):
        st.caption("Both seats are told")
        text_field(desk, ("scenarios", name))
        return
    roles = [role for role in entry if role not in IN_SCENARIO]
    for column, role in zip(st.columns(len(roles) or 1), roles, strict=False):
        with column:
            plain.text(role)
            text_field(desk, ("scenarios", name, role))


def _preview(desk: Desk, name: str) -> None:
    st.markdown("##### What each seat is sent first")
    outlook = desk.sight().outlook
    cells = [cell for cell in outlook.cells if cell.trial and cell.scenario == name] if outlook else []
    if not cells:
        st.caption("Shown as soon as the study holds together; what is missing stands under Consequences.")
        return
    labels = [_label(cell) for cell in cells]
    chosen = st.selectbox("Seating and levels", range(len(cells)), format_func=labels.__getitem__, key=f"seen-{name}")
    trial = cells[min(chosen, len(cells) - 1)].trial
    if trial is None:
        return
    requests = first_requests(trial)
    for column, request in zip(st.columns(len(requests) or 1), requests, strict=True):
        with column:
            _request(request)


def _label(cell: Cell) -> str:
    return " · ".join(filter(None, (cell.column, *cell.labels.values(), f"opens: {cell.opener}")))


def _request(request: FirstRequest) -> None:
    plain.text(f"{request.role}: {request.name} ({request.slug}), turn {request.turn}")
    if request.line is not None:
        st.caption("Says by script, nobody is asked")
        plain.block(request.line)
        return
    for message in request.messages:
        plain.text(f"{message.role}")
        plain.block(message.content)
    with st.popover("Fields sent besides", icon=":material/data_object:"):
        plain.block(json.dumps(dict(request.fields), indent=2, ensure_ascii=False))
