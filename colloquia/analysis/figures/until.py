"""Turns until something happens: the share of conversations in which it has not happened yet, and how many are left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from colloquia.analysis.figures.figure import Figure, asked, caption, colours, counted, titled
from colloquia.analysis.statistics.statistics import statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.analysis.statistics.survival import Curve
    from colloquia.analysis.tables import Frames

COLUMNS = ("level", "time", "at_risk", "events", "censored", "share", "low", "high")


def until(frames: Frames, name: str = "refusals", *, by: str = "scenario") -> Figure:
    """Return the curves of "turns until": the first turn that has it, or the end of conversations of which it holds.

    Args:
        frames: What is drawn.
        name: A quantity of turns (``refusals``), or a claim about conversations (``ended_by == 'deal'``).
        by: A factor of conversations, one curve for each level.

    Raises:
        DesignError: there is no such column.
    """
    curves, why = asked(frames, (by,), lambda: statistics(frames, name).curves(by))
    test, _ = asked(frames, (by,), lambda: statistics(frames, name).log_rank(by))
    table = _table(curves or {})
    title = f"Turns until: {name}"
    said = [why]
    if curves:
        number, events = (
            sum(each.conversations for each in curves.values()),
            sum(each.events for each in curves.values()),
        )
        steps = (
            f"Share of conversations in which it has not happened yet, with 95 % band; it happened in {events:,} of "
            f"{counted(number, 'conversation')}, the others ended before (ticks). Below: how many are left."
        )
        said = [
            steps,
            f"{next(iter(curves.values())).method}.",
            test.sentence if test and len(curves) > 1 else "",
        ]
    return Figure(
        name=f"until-{name}-{by}",
        title=title,
        caption=caption(frames, *said),
        chart=_chart(frames, table, title, by),
        table=table.rename(columns={"level": by}),
        code=f"until(frames, {name!r}, by={by!r})",
    )


def _table(curves: Mapping[object, Curve]) -> pd.DataFrame:
    """Return the steps of all curves, each beginning with everybody at turn 0."""
    parts = []
    for level, curve in curves.items():
        start = {"time": 0.0, "at_risk": curve.conversations, "events": 0, "censored": 0, "share": 1.0, "low": 1.0,
                 "high": 1.0}  # fmt: skip
        parts.append(pd.concat([pd.DataFrame([start]), curve.frame], ignore_index=True).assign(level=str(level)))
    found = pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else pd.DataFrame(columns=list(COLUMNS))
    return found.sort_values(["level", "time"], kind="stable", ignore_index=True)


def _chart(frames: Frames, table: pd.DataFrame, title: str, by: str) -> alt.VConcatChart:
    colour = alt.Color("level:N", title=by.replace("_", " ").capitalize(), scale=colours(table["level"]))
    base = alt.Chart(table).encode(x=alt.X("time:Q", title=None, axis=alt.Axis(tickMinStep=1)), color=colour)
    share = alt.Y("share:Q", title="Not yet", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1]))
    band = base.mark_area(opacity=0.15, interpolate="step-after").encode(y=alt.Y("low:Q", title="Not yet"), y2="high:Q")
    line = base.mark_line(strokeWidth=2.5, interpolate="step-after").encode(
        y=share,
        tooltip=[
            alt.Tooltip("level:N", title=by.replace("_", " ").capitalize()),
            alt.Tooltip("time:Q", title="Turn"),
            alt.Tooltip("share:Q", title="Not yet", format=".0%"),
            alt.Tooltip("at_risk:Q", title="Left before it"),
            alt.Tooltip("events:Q", title="Happened at it"),
        ],
    )
    ended = base.transform_filter("datum.censored > 0").mark_tick(thickness=1.5, size=9, orient="horizontal")
    ticks = ended.encode(y=share)
    left = (
        alt.Chart(table)
        .mark_line(strokeWidth=2, interpolate="step-before")
        .encode(
            x=alt.X("time:Q", title="Turn", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("at_risk:Q", title="n", axis=alt.Axis(tickCount=2)),
            color=colour,
        )
        .properties(width="container", height=45)
    )
    upper = alt.LayerChart(layer=[band, line, ticks])
    upper = upper.properties(title=titled(frames, title), width="container", height=280)
    chart: alt.VConcatChart = alt.vconcat(upper, left, spacing=4)
    return chart
