"""Two quantities of turns against each other, such as latency against length; many are put into bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from colloquia.analysis.figures.figure import Figure, caption, colours, counted, titled
from colloquia.analysis.quantities import by_turn, quantity

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames

MOST_POINTS = 800
"""More turns than this are put into bins."""
BINS = 30


def relation(frames: Frames, x: str = "output_tokens", y: str = "latency") -> Figure:
    """Return a chart of quantity ``y`` against quantity ``x``, one point a turn, or binned where there are many.

    Raises:
        DesignError: there is no such quantity.
    """
    keys = ["experiment_id", "turn_id", "speaker_model"]
    across = by_turn(frames, x)[[*keys, "value"]].rename(columns={"value": "x"})
    up = by_turn(frames, y)[[*keys, "value"]].rename(columns={"value": "y"})
    turns = across.merge(up, on=keys).rename(columns={"speaker_model": "model"})
    is_binned = len(turns) > MOST_POINTS
    table = _binned(turns) if is_binned else turns[["model", "x", "y"]].assign(turns=1)
    titles = quantity(x, frames).title, quantity(y, frames).title
    title = f"{titles[1]} against {titles[0][0].lower()}{titles[0][1:]}"
    return Figure(
        name=f"relation-{x}-{y}",
        title=title,
        caption=caption(
            frames,
            f"{counted(len(turns), 'turn')}.",
            f"Each mark is a bin of a {BINS} by {BINS} grid, its size the turns in it." if is_binned else "",
        ),
        chart=_chart(frames, table, titles, title),
        table=table.rename(columns={"x": x, "y": y}),
        code=f"relation(frames, {x!r}, {y!r})",
    )


def _binned(turns: pd.DataFrame) -> pd.DataFrame:
    """Return the turns counted in a grid, each bin at its middle."""
    binned = turns.assign(x=_middles(turns["x"]), y=_middles(turns["y"]))
    return binned.groupby(["model", "x", "y"], sort=True, observed=True).size().rename("turns").reset_index()


def _middles(values: pd.Series[float]) -> pd.Series[float]:
    low, width = float(values.min()), max(float(values.max() - values.min()) / BINS, 1e-12)
    return low + (((values - low) // width).clip(upper=BINS - 1) + 0.5) * width


def _chart(frames: Frames, table: pd.DataFrame, titles: tuple[str, str], title: str) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(table)
        .mark_circle(opacity=0.6)
        .encode(
            x=alt.X("x:Q", title=titles[0]),
            y=alt.Y("y:Q", title=titles[1]),
            size=alt.Size("turns:Q", legend=None, scale=alt.Scale(range=[20, 240])),
            color=alt.Color("model:N", title="Model", scale=colours(table["model"])),
            tooltip=[
                alt.Tooltip("model:N", title="Model"),
                alt.Tooltip("x:Q", title=titles[0], format=",.3~r"),
                alt.Tooltip("y:Q", title=titles[1], format=",.3~r"),
                alt.Tooltip("turns:Q", title="Turns"),
            ],
        )
        .properties(title=titled(frames, title), width="container", height=280)
    )
    return chart
