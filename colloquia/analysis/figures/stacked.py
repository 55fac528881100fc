"""Shares of labels along a conversation, one bar for each step: what figures of moves and of answers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from colloquia.analysis.figures.figure import colours, titled

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames

MOST_LABELS = 8
"""Beyond so many labels the rarest are taken together."""
OTHERS = "(others)"
MOST_CHARACTERS = 40
"""Of a label; longer ones are cut."""


def shares_of(rows: pd.DataFrame, *, over: str, label: str) -> pd.DataFrame:
    """Return ``over``, ``label``, ``count`` and ``share`` of each label at each step."""
    named = rows[label].astype("str").str.slice(stop=MOST_CHARACTERS)
    common = list(named.value_counts().index[:MOST_LABELS])
    kept = rows.assign(**{label: named.where(named.isin(common), OTHERS)})
    counts = kept.groupby([over, label], sort=True).size().rename("count").reset_index()
    return counts.assign(share=counts["count"] / counts.groupby(over)["count"].transform("sum"))


def stacked(frames: Frames, table: pd.DataFrame, *, over: str, label: str, title: str) -> alt.Chart:
    """Return a bar for each step, cut by label."""
    called = {"after_turn": "Turns said before"}.get(over, over.capitalize())
    chart: alt.Chart = (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x=alt.X(f"{over}:O", title=called, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("share:Q", title="Share", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color(f"{label}:N", title=label.capitalize(), scale=colours(table[label])),
            tooltip=[
                alt.Tooltip(f"{over}:O", title=called),
                alt.Tooltip(f"{label}:N", title=label.capitalize()),
                alt.Tooltip("count:Q", title="Number"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
        .properties(title=titled(frames, title), width="container", height=240)
    )
    return chart
