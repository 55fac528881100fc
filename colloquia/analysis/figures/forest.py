"""Forest: estimates one below the other with their intervals, the largest first, and where none would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from colloquia.analysis.figures.figure import GREY, HOLLOW, PALETTE, Figure, caption, titled
from colloquia.analysis.rounding import rounded
from colloquia.analysis.statistics.result import CONFIDENCE
from colloquia.analysis.statistics.result import table as tabled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.tables import Frames

ROW_POINTS = 22
MOST_ROWS = 60
MOST_WRITTEN = 24
"""With more estimates than this their numbers are not written beside the dots."""
WRITTEN_ROW_POINTS = 30


def forest(
    frames: Frames, estimates: Sequence[Estimate], *, title: str, unit: str, code: str, bound: float | None = None
) -> Figure:
    """Return estimates with their intervals, sorted by size; those whose interval holds zero are hollow.

    Args:
        frames: What they were made from.
        estimates: Differences and effects in the same unit.
        title: What is shown.
        unit: What stands below the axis.
        code: The call that gives the estimates.
        bound: Half the width of a band within which a difference counts as none.
    """
    drawn = sorted(estimates, key=lambda each: -each.estimate)[:MOST_ROWS]
    table = tabled(drawn).assign(is_apart=[each.excludes_zero for each in drawn])
    confidence = 100 * max((each.confidence for each in drawn), default=CONFIDENCE)
    band = f" The band is what counts as no difference, {bound:g} either way." if bound is not None else ""
    return Figure(
        name="forest-" + "-".join(title.lower().split()),
        title=title,
        caption=caption(
            frames,
            f"Estimates with {confidence:g} % intervals over conversations; hollow where that holds zero.{band}",
            f"Made by {'; '.join(dict.fromkeys(each.method for each in drawn))}." if drawn else "",
        ),
        chart=_chart(frames, table, (title, unit), bound),
        table=table,
        code=code,
    )


def _chart(frames: Frames, table: pd.DataFrame, titles: tuple[str, str], bound: float | None) -> alt.LayerChart:
    title, unit = titles
    shown = table.assign(
        said=[
            f"{rounded(found, 3)} [{rounded(low, 3)}, {rounded(high, 3)}]"
            for found, low, high in table[["estimate", "low", "high"]].to_numpy(dtype="float64")
        ]
    )
    colour = alt.condition("datum.is_apart", alt.value(PALETTE[0]), alt.value(GREY))
    base = alt.Chart(shown).encode(y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=320)))
    coloured = base.encode(color=colour)
    across = alt.X("estimate:Q", title=unit, axis=alt.Axis(grid=False))
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color=GREY, strokeDash=[3, 3])
    intervals = coloured.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=unit), x2="high:Q")
    dots = coloured.mark_point(size=64, opacity=1, strokeWidth=2).encode(
        x=across,
        fill=alt.condition("datum.is_apart", alt.value(PALETTE[0]), alt.value(HOLLOW)),
        tooltip=[
            alt.Tooltip("name:N", title="What"),
            alt.Tooltip("estimate:Q", title="Estimate", format=",.4~r"),
            alt.Tooltip("low:Q", title="from", format=",.4~r"),
            alt.Tooltip("high:Q", title="to", format=",.4~r"),
            alt.Tooltip("conversations:Q", title="Conversations"),
        ],
    )
    layers = [zero.encode(x=alt.X("at:Q", title=unit)), intervals, dots]
    if len(table) <= MOST_WRITTEN:
        numbers = base.mark_text(dy=-10, fontSize=10).encode(x=across, text="said:N")
        layers.append(numbers)
    if bound is not None:
        ends = pd.DataFrame({"from": [-bound], "to": [bound]})
        band = alt.Chart(ends).mark_rect(color=GREY, opacity=0.15)
        layers.insert(0, band.encode(x=alt.X("from:Q", title=unit), x2="to:Q"))
    rows = ROW_POINTS if len(table) > MOST_WRITTEN else WRITTEN_ROW_POINTS
    return alt.LayerChart(layer=layers).properties(
        title=titled(frames, title), width="container", height=alt.Step(rows)
    )
