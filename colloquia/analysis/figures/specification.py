"""Specification curve: one answer by every choice that could be defended, the largest first, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from colloquia.analysis.figures.figure import GREY, PALETTE, Figure, caption, counted, titled

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames

ROW_POINTS = 22


def specification(frames: Frames, table: pd.DataFrame) -> Figure:
    """Return an answer over choices.

    Args:
        frames: What it was made of.
        table: Of one answer: ``answer`` (its number), ``choice``, ``estimate``, ``low``, ``high``, ``n``, ``claim``;
            the first row is what is reported.
    """
    number, reported = int(table["answer"].iloc[0]), table["choice"].iloc[0]
    title = f"Answer {number} by each choice"
    others = table[table["choice"] != reported]
    same = int(others["same_sign"].sum())
    return Figure(
        name=f"specification-{number}",
        title=title,
        caption=caption(
            frames,
            f"{table['claim'].iloc[0]}. The sign is the same in {same} of {len(others)} other choices; the dashed line "
            "is what is reported, the dotted one none. 95 % intervals over up to "
            f"{counted(int(table['n'].max()), 'conversation')}.",
        ),
        chart=_chart(frames, table, title, reported),
        table=table,
        code="specification(frames, table)",
    )


def _chart(frames: Frames, table: pd.DataFrame, title: str, reported: str) -> alt.LayerChart:
    shown = table.sort_values("estimate", ascending=False, kind="stable").assign(is_it=table["choice"] == reported)
    unit = "Estimate, in the units of the answer"
    colour = alt.condition("datum.is_it", alt.value(PALETTE[5]), alt.value(PALETTE[0]))
    base = alt.Chart(shown).encode(
        y=alt.Y("choice:N", title=None, sort=None, axis=alt.Axis(labelLimit=320)), color=colour
    )
    found = alt.Chart(shown[shown["is_it"]]).mark_rule(color=PALETTE[5], strokeDash=[5, 3], opacity=0.7)
    none = alt.Chart(alt.InlineData([{"at": 0.0}])).mark_rule(color=GREY, strokeDash=[1, 3])
    intervals = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=unit), x2="high:Q")
    dots = base.mark_point(filled=True, size=64, opacity=1).encode(
        x=alt.X("estimate:Q", title=unit, axis=alt.Axis(grid=False)),
        tooltip=[
            alt.Tooltip("choice:N", title="Choice"),
            alt.Tooltip("estimate:Q", title="Estimate", format=",.4~r"),
            alt.Tooltip("low:Q", title="from", format=",.4~r"),
            alt.Tooltip("high:Q", title="to", format=",.4~r"),
            alt.Tooltip("n:Q", title="Conversations"),
        ],
    )
    layers = [
        none.encode(x=alt.X("at:Q", title=unit)),
        found.encode(x=alt.X("estimate:Q", title=unit)),
        intervals,
        dots,
    ]
    return alt.LayerChart(layer=layers).properties(
        title=titled(frames, title), width="container", height=alt.Step(ROW_POINTS)
    )
