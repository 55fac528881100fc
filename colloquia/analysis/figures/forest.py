"""Forest: estimates one below the other with their intervals, the largest first, and where none would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from colloquia.analysis.figures.figure import GREY, PALETTE, Figure, caption, titled
from colloquia.analysis.statistics.result import table as tabled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.tables import Frames

ROW_POINTS = 22
MOST_ROWS = 60


def forest(
    frames: Frames, estimates: Sequence[Estimate], *, title: str, unit: str, code: str, bound: float | None = None
) -> Figure:
    """Return estimates with their intervals, sorted by size; those whose interval holds zero are grey.

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
    band = f" The band is what counts as no difference, {bound:g} either way." if bound is not None else ""
    return Figure(
        name="forest-" + "-".join(title.lower().split()),
        title=title,
        caption=caption(
            frames,
            f"Estimates with {100 * drawn[0].confidence:g} % intervals over conversations; grey where the interval "
            f"holds zero.{band}",
        ),
        chart=_chart(frames, table, (title, unit), bound),
        table=table,
        code=code,
    )


def _chart(frames: Frames, table: pd.DataFrame, titles: tuple[str, str], bound: float | None) -> alt.LayerChart:
    title, unit = titles
    colour = alt.condition("datum.is_apart", alt.value(PALETTE[0]), alt.value(GREY))
    base = alt.Chart(table).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=320)), color=colour
    )
    zero = alt.Chart(pd.DataFrame({"at": [0.0]})).mark_rule(color="#888", strokeDash=[3, 3]).encode(x="at:Q")
    intervals = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=unit), x2="high:Q")
    dots = base.mark_point(filled=True, size=64, opacity=1).encode(
        x=alt.X("estimate:Q", title=unit),
        tooltip=[
            alt.Tooltip("name:N", title="What"),
            alt.Tooltip("estimate:Q", title="Estimate", format=".4~g"),
            alt.Tooltip("low:Q", title="from", format=".4~g"),
            alt.Tooltip("high:Q", title="to", format=".4~g"),
            alt.Tooltip("conversations:Q", title="Conversations"),
        ],
    )
    layers = [zero, intervals, dots]
    if bound is not None:
        ends = pd.DataFrame({"from": [-bound], "to": [bound]})
        layers.insert(0, alt.Chart(ends).mark_rect(color=GREY, opacity=0.15).encode(x="from:Q", x2="to:Q"))
    return alt.LayerChart(layer=layers).properties(
        title=titled(frames, title), width="container", height=alt.Step(ROW_POINTS)
    )
