"""What follows what: labels of turns, such as moves, by the label of the turn before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from colloquia.analysis.figures.figure import GREY, Figure, asked, caption, counted, titled
from colloquia.analysis.statistics.statistics import labels
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames

CELL_POINTS = 72
MOST_LABELS = 25
COLUMNS = ("given", "target", "count", "expected", "residual", "share", "excess", "low", "high")


def following(frames: Frames, column: str = "move") -> Figure:
    """Return how often each label of turns follows each, and how far that is from its share of all turns.

    Args:
        frames: What is drawn.
        column: A column of ``turns`` that holds labels.

    Raises:
        DesignError: there is no such column, or it has too many labels to draw.
    """
    if column not in frames.turns:
        raise DesignError(f"Turns have no column {column!r}.{nearest(column, map(str, frames.turns.columns))}")
    if frames.turns[column].nunique() > MOST_LABELS:
        raise DesignError(f"More than {MOST_LABELS} labels do not fit into a chart: {column!r} has more.")
    found, why = asked(frames, (), lambda: labels(frames, column))
    table = found.frame if found else pd.DataFrame(columns=list(COLUMNS))
    title = f"What follows what: {column}"
    said = [why]
    if found:
        cells = (
            f"Rows: the turn before; columns: the turn; {found.transitions:,} transitions in "
            f"{counted(found.conversations, 'conversation')}. In each cell the share of the row, below it how many "
            "points that is from the label's share of all turns, with its 95 % interval."
        )
        said = [
            cells,
            f"Coloured where the interval excludes none. {found.method.capitalize()}.",
            *found.warnings,
        ]
    return Figure(
        name=f"following-{column}",
        title=title,
        caption=caption(frames, *said),
        chart=_chart(frames, table, title),
        table=table,
        code=f"following(frames, {column!r})",
    )


def _chart(frames: Frames, table: pd.DataFrame, title: str) -> alt.LayerChart:
    reach = max(float(table["excess"].abs().max()) if len(table) else 0.0, 1e-9)
    cells = table.assign(
        is_sure=(table["low"] > 0) | (table["high"] < 0),
        is_strong=table["excess"].abs() > 0.6 * reach,
        shown=[f"{100 * share:.0f} %" if share == share else "" for share in table["share"]],  # noqa: PLR0124 (no number)
        below=[
            f"{_points(each)} [{_points(low)}, {_points(high)}]" if low == low else ""  # noqa: PLR0124 (no number)
            for each, low, high in table[["excess", "low", "high"]].to_numpy(dtype="float64")
        ],
    )
    base = alt.Chart(cells).encode(
        x=alt.X("target:N", title="This turn", axis=alt.Axis(labelAngle=-30, orient="top")),
        y=alt.Y("given:N", title="The turn before"),
    )
    scale = alt.Scale(scheme="purpleorange", domain=[-reach, 0, reach], reverse=True)
    legend = alt.Legend(format="+.0%") if cells["is_sure"].any() else None
    squares = base.mark_rect(stroke=GREY, strokeWidth=0.5).encode(
        color=alt.condition(
            "datum.is_sure",
            alt.Color("excess:Q", title="Above its share", scale=scale, legend=legend),
            alt.value("#eeeeee"),
        ),
        tooltip=[
            alt.Tooltip("given:N", title="After"),
            alt.Tooltip("target:N", title="Comes"),
            alt.Tooltip("count:Q", title="Times"),
            alt.Tooltip("expected:Q", title="By chance", format=",.3~r"),
            alt.Tooltip("residual:Q", title="Adjusted residual", format="+.2f"),
        ],
    )
    ink = alt.condition("datum.is_strong && datum.is_sure", alt.value("white"), alt.value("#222222"))
    values = base.mark_text(dy=-6, fontSize=13).encode(text="shown:N", color=ink)
    notes = base.mark_text(dy=10, fontSize=9).encode(text="below:N", color=ink)
    chart = alt.LayerChart(layer=[squares, values, notes])
    return chart.properties(title=titled(frames, title), width=alt.Step(CELL_POINTS), height=alt.Step(CELL_POINTS))


def _points(share: float) -> str:
    """Return a difference of shares in points: one that rounds to nothing has no sign."""
    return f"{100 * share:+.0f}" if round(100 * share) else "0"
