"""What is varied: factors with their levels, items, slots, and which combinations exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.gui import plain
from colloquia.gui.configuring import grids
from colloquia.gui.configuring.desk import line_field
from colloquia.lab.drafting.draft_tables import factor_rows, factors_of, items_of, slot_rows, slots_of

if TYPE_CHECKING:
    from colloquia.gui.configuring.desk import Desk

FACTORS = grids.Grid(
    name="factors",
    path=("factors",),
    columns=("factor", "label", "value"),
    alt="Factors with their levels",
    config={
        "factor": st.column_config.TextColumn(width="small", required=True),
        "label": st.column_config.TextColumn(width="small", help="What tables show; empty: the value itself."),
        "value": st.column_config.TextColumn(width="large", help="The text that fills the slot, or the setting."),
    },
    rows_of=factor_rows,
    value_of=lambda rows, _: factors_of(rows),
)
ITEMS = grids.Grid(
    name="items",
    path=("items",),
    columns=("name", "text"),
    alt="Items",
    config={"name": st.column_config.TextColumn(width="small"), "text": st.column_config.TextColumn(width="large")},
    rows_of=lambda words: slot_rows(words, "items"),
    value_of=items_of,
)
SLOTS = grids.Grid(
    name="slots",
    path=("slots",),
    columns=("name", "text"),
    alt="Slots",
    config={"name": st.column_config.TextColumn(width="small"), "text": st.column_config.TextColumn(width="large")},
    rows_of=lambda words: slot_rows(words, "slots"),
    value_of=lambda rows, _: slots_of(rows),
)


def show(desk: Desk) -> None:
    """Show the panel."""
    st.markdown("##### Factors")
    st.caption(
        "A factor named like a slot of a prompt fills it, level by level; one named like a setting, such as "
        "`temperature` or `opens`, sets it. Every combination of levels is held."
    )
    grids.show(desk, FACTORS)
    line_field(
        "Which combinations exist", desk, ("where",), placeholder="all",
        hint="Such as goal == 'escape' and not risk == 'told'. Cells that are left out are grey in the design matrix.",
    )  # fmt: skip
    st.markdown("##### Items")
    st.caption("Stimuli that stand for many more, such as claims: crossed like factors, with draws of their own.")
    grids.show(desk, ITEMS)
    _elsewhere(desk)
    st.markdown("##### Slots")
    st.caption("Texts that several prompts use.")
    grids.show(desk, SLOTS)


def _elsewhere(desk: Desk) -> None:
    """Name the kinds of items that are tables or files: they are edited there."""
    items, shown = desk.words.get("items"), {row["name"] for row in slot_rows(desk.words, "items")}
    for name, entry in items.items() if isinstance(items, dict) else ():
        if name not in shown:
            plain.text(f"{name}: {entry}" if isinstance(entry, str) else f"{name}: a table of {len(entry):,} rows")
