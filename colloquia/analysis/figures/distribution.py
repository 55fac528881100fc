"""Distribution of a quantity over turns, one line for each model: how many turns lie below each value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from colloquia.analysis.figures.figure import MOST_MARKS, Figure, caption, colours, counted, titled
from colloquia.analysis.quantities import by_turn, quantity

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames

POINTS = 200
"""A line steps up at so many values, at most; of more, some are left out evenly, and the shares of the others stand."""


def distribution(frames: Frames, name: str = "latency", *, first_tries_only: bool = False) -> Figure:
    """Return the cumulative distribution of a quantity of turns, by model.

    Args:
        frames: What is drawn.
        name: A quantity of turns; see :mod:`colloquia.analysis.quantities`.
        first_tries_only: Leave out turns that were asked for more than once.

    Raises:
        DesignError: there is no such quantity.
    """
    about = quantity(name, frames)
    turns = by_turn(frames, name)
    if first_tries_only:
        tried_once = frames.turns.loc[frames.turns["attempts"] == 1, ["experiment_id", "turn_id"]]
        turns = turns.merge(tried_once, on=["experiment_id", "turn_id"])
    lines = [_line(model, group["value"]) for model, group in turns.groupby("speaker_model", sort=True)]
    table = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame(columns=["model", "share", "value"])
    title = f"{about.title}: distribution over turns"
    return Figure(
        name=f"distribution-{name}",
        title=title,
        caption=caption(
            frames,
            f"Share of turns at or below each value; {counted(len(turns), 'turn')}.",
            "Turns of one conversation are not independent: this describes, it does not test.",
            "Turns that were asked for more than once are left out." if first_tries_only else "",
        ),
        chart=_chart(frames, table, about.title, title, is_log=_is_log(turns["value"])),
        table=_summary(turns),
        code=f"distribution(frames, {name!r}{', first_tries_only=True' if first_tries_only else ''})",
    )


def _line(model: object, values: pd.Series[float]) -> pd.DataFrame:
    """Return the share of turns at or below each value that was seen, beginning with none of them at the least."""
    seen, counts = np.unique(values, return_counts=True)
    shares = np.cumsum(counts) / len(values)
    if len(seen) > POINTS:
        kept = np.unique(np.searchsorted(shares, np.linspace(shares[0], 1.0, POINTS)))
        seen, shares = seen[kept], shares[kept]
    return pd.DataFrame({"model": str(model), "share": [0.0, *shares], "value": [seen[0], *seen]})


def _is_log(values: pd.Series[float]) -> bool:
    """Tell whether a logarithmic axis shows the values better: all positive, the largest 20 times the smallest."""
    return bool(len(values) and values.min() > 0 and values.max() / values.min() > 20)  # noqa: PLR2004 (see above)


def _chart(frames: Frames, table: pd.DataFrame, unit: str, title: str, *, is_log: bool) -> alt.Chart:
    scale = alt.Scale(type="log") if is_log else alt.Scale(zero=False)
    chart: alt.Chart = (
        alt.Chart(table.iloc[:MOST_MARKS])
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("value:Q", title=unit, scale=scale),
            y=alt.Y("share:Q", title="Share of turns", axis=alt.Axis(format="%")),
            order=alt.Order("share:Q"),
            color=alt.Color("model:N", title="Model", scale=colours(table["model"])),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("value:Q", title=unit, format=",.3~r"),
                alt.Tooltip("share:Q", title="Share of turns", format=".0%"),
            ],
        )
        .properties(title=titled(frames, title), width="container", height=280)
    )
    return chart


def _summary(turns: pd.DataFrame) -> pd.DataFrame:
    grouped = turns.groupby("speaker_model", sort=True)["value"]
    summary = grouped.describe(percentiles=[0.05, 0.25, 0.5, 0.75, 0.95])
    return summary.rename_axis("model").rename(columns={"count": "turns"}).reset_index()
