"""Calibration: what people say of what a judge said, for each who talks with whom; right would lie on the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from colloquia.analysis.figures.figure import GREY, PALETTE, Figure, caption, counted, titled

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames

ROW_POINTS = 26
MOST_SEATINGS = 12
"""With more of them the labelled ones of all are drawn together."""
ALL = "all"
_MEANT = {
    "scale": "For each score that judges gave (rounded), the mean of what people gave; a judge that is right lies on "
    "the line.",
    "labels": "For each verdict of the judges, how often people said the same; 1 is always. A judge that reads some "
    "less well has its dots apart.",
}


def calibration(frames: Frames, table: pd.DataFrame, *, judge: str, unit: str, is_scale: bool) -> Figure:
    """Return how often people agree with each verdict, or what they score on average where a judge gave a score.

    Args:
        frames: What was judged.
        table: ``seating``, ``verdict``, ``labelled`` and ``people``, as people's labels give them.
        judge: Its name.
        unit: What it judges: ``conversation`` or ``turn``.
        is_scale: Whether it gives numbers.
    """
    shown = table.assign(verdict=table["verdict"].map("{:g}".format if is_scale else str))
    if shown["seating"].nunique() > MOST_SEATINGS:
        shown = _together(shown)
    title = f"{judge}: what people say of its verdicts"
    said = _MEANT["scale" if is_scale else "labels"]
    drawn = counted(int(table["labelled"].sum()), unit)
    return Figure(
        name=f"calibration-{judge}",
        title=title,
        caption=caption(
            frames, said, f"Made of {drawn} that people labelled; the size of a dot is how many. Items are drawn "
            "evenly from all verdicts, so dots are no rates of all."
        ),
        chart=_chart(frames, shown, title, is_scale=is_scale),
        table=table,
        code=f"calibration(frames, table, judge={judge!r}, unit={unit!r}, is_scale={is_scale})",
    )  # fmt: skip


def _together(table: pd.DataFrame) -> pd.DataFrame:
    whole = (
        table.assign(sum=table["people"] * table["labelled"]).groupby("verdict", sort=True)[["labelled", "sum"]].sum()
    )
    return whole.assign(people=whole["sum"] / whole["labelled"], seating=ALL).reset_index()


def _chart(frames: Frames, table: pd.DataFrame, title: str, *, is_scale: bool) -> alt.LayerChart:
    base = alt.Chart(table)
    if is_scale:
        ends = [float(value) for value in table["verdict"]] + [float(value) for value in table["people"]]
        domain = [min(ends, default=0.0), max(ends, default=1.0)]
        line = alt.Chart(alt.InlineData([{"at": end} for end in domain])).mark_line(color=GREY, strokeDash=[3, 3])
        right = line.encode(x=alt.X("at:Q"), y="at:Q")
        along = alt.X("score:Q", title="Judges", scale=alt.Scale(domain=domain, nice=True))
        dots = base.transform_calculate(score="toNumber(datum.verdict)").mark_circle(opacity=0.85, color=PALETTE[0])
        placed = dots.encode(
            x=along, y=alt.Y("people:Q", title="People, mean", scale=alt.Scale(domain=domain, nice=True))
        )
        height: int | alt.Step = 300
    else:
        right = alt.Chart(alt.InlineData([{"at": 1.0}])).mark_rule(color=GREY, strokeDash=[3, 3]).encode(x="at:Q")
        along = alt.X("people:Q", title="Share in which people said the same", scale=alt.Scale(domain=[0, 1]))
        dots = base.mark_circle(opacity=0.85, color=PALETTE[0])
        row = alt.Y("row:N", title=None, sort=None, axis=alt.Axis(labelLimit=320))
        placed = dots.transform_calculate(row="datum.seating + ': ' + datum.verdict").encode(x=along, y=row)
        height = alt.Step(ROW_POINTS)
    sized = placed.encode(
        size=alt.Size("labelled:Q", title="Labelled", scale=alt.Scale(range=[30, 240])),
        tooltip=[
            alt.Tooltip("seating:N", title="Who talks"),
            alt.Tooltip("verdict:N", title="Judges said"),
            alt.Tooltip("people:Q", title="People", format=",.3~r"),
            alt.Tooltip("labelled:Q", title="Labelled"),
        ],
    )
    return alt.LayerChart(layer=[right, sized]).properties(
        title=titled(frames, title), width="container", height=height
    )
