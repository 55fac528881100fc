"""The design matrix: what is held, what is left out, what each cell costs; a clicked cell can be excluded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd
import streamlit as st

from colloquia.design.forecast import Forecast, total
from colloquia.gui import plain, words
from colloquia.gui.choosing import one_of
from colloquia.gui.configuring.desk import write
from colloquia.gui.ink import MARGIN, ink
from colloquia.lab.drafting import excluding
from colloquia.lab.planning import amounts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.design.study import Experiment
    from colloquia.gui.configuring.desk import Desk
    from colloquia.lab.drafting.drafting import Draft
    from colloquia.lab.planning.matrix import Cell

MOST_MARKS = 5_000
_ROW_HEIGHT, _COLUMN_WIDTH = 34, 56
_ROW, _COLUMN, _CLICKED = "matrix-row", "matrix-column", "matrix-clicked"
_SHOWN = ("Conversations", "Turns", "Dollars, likely", "Tokens, likely")


@dataclass(frozen=True, kw_only=True)
class _Square:
    """One square of the matrix: all cells of a row and a column, whoever opens."""

    cells: tuple[Cell, ...]

    @property
    def conversations(self) -> int:
        return sum(cell.conversations for cell in self.cells)

    @property
    def forecast(self) -> Forecast:
        return total(cell.forecast for cell in self.cells)


def show(desk: Desk) -> None:
    """Show the panel."""
    sight = desk.sight()
    if sight.outlook is None:
        st.info("The matrix is shown as soon as the study holds together; what is missing stands under Consequences.")
        return
    squares = _squares(sight.outlook.cells)
    quantity = one_of("In each cell", _SHOWN, key="matrix-quantity")
    table = _table(squares, quantity)
    if len(table) > MOST_MARKS:
        st.caption(f"{len(table):,} cells are too many to draw; here they are as a table.")
        st.dataframe(table, hide_index=True, alt="Cells of the design")
    else:
        _chart(table, quantity)
    left_out = int((table["state"] == "left out").sum())
    st.caption(f"{len(table) - left_out:,} cells are held, {left_out:,} are left out (grey). Click one to change that.")
    _change(desk, sight.outlook.bench.experiment, squares)


def _squares(cells: Sequence[Cell]) -> dict[tuple[str, str], _Square]:
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        found.setdefault((cell.row, cell.column), []).append(cell)
    return {place: _Square(cells=tuple(each)) for place, each in found.items()}


def _table(squares: dict[tuple[str, str], _Square], quantity: str) -> pd.DataFrame:
    return pd.DataFrame([_mark(row, column, square, quantity) for (row, column), square in squares.items()])


def _mark(row: str, column: str, square: _Square, quantity: str) -> dict[str, Any]:
    forecast, number = square.forecast, square.conversations
    value: float | None = {
        "Conversations": number,
        "Turns": forecast.turns,
        "Dollars, likely": forecast.cost_usd,
        "Tokens, likely": forecast.input_tokens + forecast.output_tokens,
    }[quantity]
    shown = words.amount(value) if quantity.startswith("Dollars") else f"{value:,}"
    return {
        "row": row,
        "column": column,
        "value": value if number else None,
        "shown": shown if number else "-",
        "conversations": number,
        "dollars": words.amount(forecast.cost_usd) if number else "",
        "state": "held" if number else "left out",
    }


def _chart(table: pd.DataFrame, quantity: str) -> None:
    rows, columns = list(dict.fromkeys(table["row"])), list(dict.fromkeys(table["column"]))
    known = table["value"].dropna()
    most = float(known.max()) if len(known) else 0.0
    base = alt.Chart(table).encode(
        x=alt.X(
            "column:N",
            sort=columns,
            title="seating, first seat → second",
            axis=alt.Axis(labelAngle=-35, labelOverlap=False, labelLimit=200),
        ),
        y=alt.Y("row:N", sort=rows, title=None, axis=alt.Axis(labelLimit=260)),
        tooltip=["row", "column", "state", "conversations", "dollars"],
    )
    boxes = base.mark_rect(stroke="#7f8a94", strokeWidth=0.5, cornerRadius=3, cursor="pointer").encode(
        color=alt.condition("datum.state == 'held'", alt.value("#2f81c7"), alt.value("#8a8f94")),
        opacity=alt.Opacity("value:Q", legend=None, scale=alt.Scale(domain=[0, most or 1], range=[0.15, 0.6])),
    )
    clicked = alt.selection_point(name="cell", fields=["row", "column"])
    numbers = base.mark_text(fontSize=13).encode(text="shown:N")
    state = st.altair_chart(
        (boxes.add_params(clicked) + numbers).properties(
            width=alt.Step(_COLUMN_WIDTH),
            height=alt.Step(_ROW_HEIGHT),
            config=alt.Config.from_dict(ink()),
            padding=MARGIN,
        ),
        width="content",
        key=f"matrix-{quantity}",
        alt=f"Design matrix with {len(rows):d} rows and {len(columns):d} seatings",
        on_select="rerun",
        selection_mode=["cell"],
    )
    chosen = state["selection"].get("cell") or []
    if chosen and chosen != st.session_state.get(_CLICKED):
        st.session_state[_CLICKED] = chosen
        st.session_state[_ROW], st.session_state[_COLUMN] = chosen[0]["row"], chosen[0]["column"]


def _change(desk: Desk, experiment: Experiment, squares: dict[tuple[str, str], _Square]) -> None:
    rows = list(dict.fromkeys(row for row, _ in squares))
    columns = list(dict.fromkeys(column for _, column in squares))
    for key, options in ((_ROW, rows), (_COLUMN, columns)):
        if st.session_state.get(key) not in options:
            st.session_state[key] = None
    left, right = st.columns(2)
    row = left.selectbox("Scenario and levels", rows, index=None, key=_ROW)
    column = right.selectbox("Seating", columns, index=None, key=_COLUMN)
    square = squares.get((row or "", column or ""))
    if square is None:
        return
    plain.text(f"{row}, {column}: {amounts.count(square.conversations, 'conversation')}")
    cell = square.cells[0]
    with st.container(horizontal=True):
        _levels(desk, cell)
        _seating(desk, experiment, cell)


def _levels(desk: Desk, cell: Cell) -> None:
    is_held = any(each.scenario == cell.scenario and each.labels == cell.labels and each.trial for each in _all(desk))
    if is_held:
        _button("Exclude this row", desk, lambda draft: excluding.without_levels(draft, cell.scenario, cell.labels))
    elif excluding.can_return(desk.draft, cell.scenario, cell.labels):
        _button("Bring this row back", desk, lambda draft: excluding.with_levels(draft, cell.scenario, cell.labels))
    else:
        st.caption("This row is left out by what stands in *Which combinations exist*, on Factors.")


def _seating(desk: Desk, experiment: Experiment, cell: Cell) -> None:
    seatings = experiment.pairs.get(cell.scenario, ())
    is_alone, what = excluding.is_alone(desk.draft, cell.scenario), (cell.scenario, cell.seating)
    if cell.seating not in seatings and seatings:
        label = "Bring this seating back in this scenario" if is_alone else "Bring this seating back in all scenarios"
        _button(label, desk, lambda draft: excluding.with_seating(draft, experiment, *what))
    elif len(seatings) > 1:
        label = "Exclude this seating in this scenario" if is_alone else "Exclude this seating in all scenarios"
        _button(label, desk, lambda draft: excluding.without_seating(draft, experiment, *what))


def _all(desk: Desk) -> tuple[Cell, ...]:
    outlook = desk.sight().outlook
    return outlook.cells if outlook else ()


def _button(label: str, desk: Desk, change: Callable[[Draft], Draft]) -> None:
    st.button(label, on_click=write, args=(desk.folder, change))
