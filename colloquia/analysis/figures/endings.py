"""How conversations ended, by scenario: what every other figure is conditional on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from colloquia.analysis.figures.figure import Figure, caption, colours, counted, titled
from colloquia.analysis.health import endings as count_endings

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames

ROW_POINTS = 30


def endings(frames: Frames) -> Figure:
    """Return how many conversations of each scenario reached their length, ended otherwise, failed or did not end."""
    table = count_endings(frames)
    title = "How conversations ended"
    chart: alt.Chart = (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x=alt.X("conversations:Q", title="Conversations", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("scenario:N", title="Scenario"),
            color=alt.Color("ended_by:N", title="Ended by", scale=colours(table["ended_by"])),
            tooltip=[
                alt.Tooltip("scenario:N", title="Scenario"),
                alt.Tooltip("ended_by:N", title="Ended by"),
                alt.Tooltip("conversations:Q", title="Conversations"),
            ],
        )
        .properties(title=titled(frames, title), width="container", height=alt.Step(ROW_POINTS))
    )
    return Figure(
        name="endings",
        title=title,
        caption=caption(frames, f"{counted(len(frames.conversations), 'conversation')} of the plan."),
        chart=chart,
        table=table,
        code="endings(frames)",
    )
