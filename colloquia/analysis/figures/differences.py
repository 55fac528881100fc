"""Differences between levels, over conversations that match in all else: a dot and an interval for each two levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from colloquia.analysis.figures.comparison import ROW_POINTS, TICKS, paired_differences
from colloquia.analysis.figures.figure import GREY, PALETTE, Figure, caption, counted, titled
from colloquia.analysis.figures.intervals import how
from colloquia.analysis.quantities import quantity

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames

MOST_PAIRS = 30
"""With more pairs of levels than this those of the largest differences are drawn; the table has them all."""


def differences(frames: Frames, name: str = "words", *, by: str = "scenario") -> Figure:
    """Return the mean difference of a quantity between each two levels of ``by``.

    Args:
        frames: What is drawn.
        name: A quantity; see :mod:`colloquia.analysis.quantities`.
        by: The scenario or a factor.

    Raises:
        DesignError: there is no such quantity or column.
    """
    about = quantity(name, frames)
    table = paired_differences(frames, name, by=by)
    title = f"{about.title}: differences between levels of {by}"
    left_out = len(table) - MOST_PAIRS
    return Figure(
        name=f"differences-{name}-{by}",
        title=title,
        caption=caption(
            frames,
            f"Mean differences within matched pairs of {counted(len(frames.conversations), 'conversation')}, and their "
            "95 % intervals; the number beside each dot is its pairs.",
            "Matched: the same models in the same seats, the same iteration and all else equal.",
            how(table),
            f"The {MOST_PAIRS} largest of {len(table)} are drawn." if left_out > 0 else "",
        ),
        chart=_chart(frames, table, (title, about.title)),
        table=table,
        code=f"differences(frames, {name!r}, by={by!r})",
    )


def _chart(frames: Frames, table: pd.DataFrame, titles: tuple[str, str]) -> alt.LayerChart:
    largest = table.reindex(table["difference"].abs().sort_values(ascending=False).index)[:MOST_PAIRS]
    shown = largest.assign(pair=largest["first"] + " − " + largest["second"])  # noqa: RUF001 (a minus)
    base = alt.Chart(shown).encode(y=alt.Y("pair:N", title=None, axis=alt.Axis(labelLimit=260)))
    across = alt.X(
        "difference:Q", title=f"Difference: {titles[1][0].lower()}{titles[1][1:]}", axis=alt.Axis(tickCount=TICKS)
    )
    zero = alt.Chart(shown).mark_rule(strokeDash=[4, 4], color=GREY).encode(x=alt.datum(0))
    intervals = base.mark_rule(strokeWidth=2, color=PALETTE[0]).encode(x=alt.X("low:Q"), x2="high:Q")
    dots = base.mark_point(filled=True, size=90, opacity=1, color=PALETTE[0]).encode(
        x=across,
        tooltip=[
            alt.Tooltip("pair:N", title="Difference"),
            alt.Tooltip("difference:Q", title="Mean", format=",.4~r"),
            alt.Tooltip("low:Q", title="95 % from", format=",.4~r"),
            alt.Tooltip("high:Q", title="95 % to", format=",.4~r"),
            alt.Tooltip("pairs:Q", title="Pairs"),
        ],
    )
    numbers = base.mark_text(align="left", dx=8, dy=-9, fontSize=10).encode(x="difference:Q", text="pairs:Q")
    chart: alt.LayerChart = (zero + intervals + dots + numbers).properties(
        title=titled(frames, titles[0]), width="container", height=alt.Step(ROW_POINTS)
    )
    return chart
