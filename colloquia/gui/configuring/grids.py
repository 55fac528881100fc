"""Tables of the draft that can be edited: what is typed reaches the file, and what the file says reaches the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from colloquia.gui.configuring.desk import Desk
    from colloquia.lab.drafting.draft_tables import Row

_NUMBERS = frozenset({"temperature", "max_tokens"})
_AS_TYPED = frozenset({"prompt", "text", "value"})
"""Columns in which blanks at the ends mean themselves."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A part of a study as a table."""

    name: str
    """Tells this table from others."""
    path: tuple[str, ...]
    """Where in the study it stands; empty where its rows are words of the study themselves."""
    columns: tuple[str, ...]
    alt: str
    """What it is, for those who do not see it."""
    config: Mapping[str, Any]
    """How columns are shown."""
    rows_of: Callable[[Mapping[str, Any]], list[Row]]
    value_of: Callable[[list[Row], Mapping[str, Any]], dict[str, Any]]
    """What rows make, beside what the study said before."""


@dataclass(kw_only=True)
class _Kept:
    """What a table began with, what it says, and what the draft said when it last agreed with it."""

    base: pd.DataFrame
    said: list[Row]
    meant: object
    number: int


def show(desk: Desk, grid: Grid, *, beside: Mapping[str, Sequence[str]] | None = None) -> None:
    """Show a part of the draft as a table to edit, and write what is changed.

    A row that says too little for the study stays in the table until it is whole.

    Args:
        desk: Where the draft lies.
        grid: The table.
        beside: Further columns, which are only read.
    """
    slot = f"grid-{desk.name}-{grid.name}"
    kept: _Kept | None = st.session_state.get(slot)
    meant = (grid.rows_of(desk.words), dict(beside or {}))
    if kept is None or f"{slot}-{kept.number}" not in st.session_state or kept.meant != meant:
        base = frame(meant[0], grid.columns, beside or {})
        kept = _Kept(base=base, said=rows(base, grid.columns), meant=meant, number=kept.number + 1 if kept else 0)
        st.session_state[slot] = kept
    found = rows(
        st.data_editor(
            kept.base,
            key=f"{slot}-{kept.number}",
            num_rows="dynamic",
            hide_index=True,
            disabled=list(beside or {}),
            column_config=dict(grid.config),
            placeholder="",
            alt=grid.alt,
        ),
        grid.columns,
    )
    if found != kept.said:
        kept.said = found
        _write(desk, grid, found)
        kept.meant = (grid.rows_of(desk.words), dict(beside or {}))


def _write(desk: Desk, grid: Grid, found: list[Row]) -> None:
    value = grid.value_of(found, desk.words)
    if grid.path:
        desk.put(grid.path, value or None)
        return
    gone = [row["word"] for row in grid.rows_of(desk.words) if row["word"] not in value]
    for word in gone:
        desk.put((word,), None)
    for word, said in value.items():
        desk.put((word,), said)


def frame(said: Sequence[Row], columns: Sequence[str], beside: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return rows as a table."""
    made = pd.DataFrame(
        {
            column: pd.Series([row[column] for row in said], dtype="Float64" if column in _NUMBERS else "string")
            for column in columns
        }
    )
    for column, texts in beside.items():
        made[column] = pd.Series(list(texts), dtype="string")
    return made


def rows(table: pd.DataFrame, columns: Sequence[str]) -> list[Row]:
    """Return the rows of a table that say anything."""
    found = [{column: _value(row[column], column) for column in columns} for row in table.to_dict("records")]
    return [row for row in found if any(value not in ("", None) for value in row.values())]


def _value(value: Any, column: str) -> str | float | None:  # noqa: ANN401 (a cell)
    is_missing = bool(pd.isna(value))
    if column in _NUMBERS:
        return None if is_missing else float(value)
    if is_missing:
        return ""
    return str(value) if column in _AS_TYPED else str(value).strip()
