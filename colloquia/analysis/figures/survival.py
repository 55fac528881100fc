"""Survival: the share of conversations in which something has not happened yet, turn by turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from colloquia.analysis.figures.figure import Figure, caption, colours, titled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.analysis.statistics.survival import Curve
    from colloquia.analysis.tables import Frames


def survival(frames: Frames, curves: Mapping[str, Curve], *, what: str, by: str, code: str) -> Figure:
    """Return Kaplan-Meier curves, one for each level, with their 95 % bands.

    Args:
        frames: What they were made from.
        curves: By level.
        what: What has not happened yet.
        by: What the levels are levels of.
        code: The call that gives the curves.
    """
    parts = [_from_the_start(curve.frame).assign(level=str(level)) for level, curve in curves.items()]
    table = pd.concat(parts, ignore_index=True)
    events = sum(curve.events for curve in curves.values())
    number = sum(curve.conversations for curve in curves.values())
    title = f"Until {what}"
    return Figure(
        name=f"survival-{by}",
        title=title,
        caption=caption(
            frames,
            f"Share of conversations in which it has not happened, with 95 % bands; it happened in {events:,} of "
            f"{number:,}. A conversation that ended before is counted as long as it lasted.",
        ),
        chart=_chart(frames, table, title, by),
        table=table,
        code=code,
    )


def _from_the_start(frame: pd.DataFrame) -> pd.DataFrame:
    start = {"time": 0.0, "at_risk": frame["at_risk"].max(), "share": 1.0, "low": 1.0, "high": 1.0}
    return pd.concat([pd.DataFrame([start]), frame], ignore_index=True).fillna({"events": 0.0, "censored": 0.0})


def _chart(frames: Frames, table: pd.DataFrame, title: str, by: str) -> alt.LayerChart:
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(table).encode(
        x=alt.X("time:Q", title="Turn"),
        color=alt.Color("level:N", title=by.capitalize(), scale=colours(table["level"])),
    )
    band = base.mark_area(opacity=0.18, interpolate="step-after").encode(
        y=alt.Y("low:Q", title="Share of conversations", scale=scale, axis=alt.Axis(format="%")), y2="high:Q"
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2.5).encode(y=alt.Y("share:Q", scale=scale))
    chart: alt.LayerChart = (band + line).properties(title=titled(frames, title), width="container", height=220)
    return chart
