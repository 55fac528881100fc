"""A quantity turn by turn: single conversations thin, the mean thick, with its interval and how many there are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import altair as alt
import numpy as np

from colloquia.analysis.figures.figure import Figure, caption, colours, counted, titled
from colloquia.analysis.figures.intervals import how, means
from colloquia.analysis.quantities import by_turn, quantity
from colloquia.analysis.selecting import talking
from colloquia.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames

SINGLE = 20
"""So many conversations are drawn one by one, at equal distances in the order of their ids."""
TICKS = 20
"""So many turns, about, are named along the chart."""
SPLITS = ("scenario", "speaker_model", "speaker_role")


def trajectory(frames: Frames, name: str = "words", *, split: str = "scenario") -> Figure:
    """Return a quantity over the turns of conversations.

    Args:
        frames: What is drawn.
        name: A quantity of turns; see :mod:`colloquia.analysis.quantities`.
        split: What colours tell apart: ``scenario``, ``speaker_model`` or ``speaker_role``.

    Raises:
        DesignError: there is no such quantity or split.
    """
    if split not in SPLITS:
        raise DesignError(f"A trajectory cannot be split by {split!r}; it can by {', '.join(SPLITS)}.")
    about = quantity(name, frames)
    talks = talking(frames)
    turns = by_turn(talks, name).rename(columns={split: "split"})
    table = means(turns.assign(split=turns["split"].astype("str")), ["split", "turn_id"])
    title = f"{about.title}, turn by turn"
    conversations = turns["experiment_id"].nunique()
    return Figure(
        name=f"trajectory-{name}-{split}",
        title=title,
        caption=caption(
            frames,
            f"Thick: mean over conversations at each turn, with its 95 % interval; thin: {min(SINGLE, conversations)} "
            f"of {counted(conversations, 'conversation')}. Below each turn: how many conversations have it.",
            "Control arms are left out." if talks is not frames else "",
            how(table),
        ),
        chart=_chart(frames, turns, table, (title, about.title, split)),
        table=table.rename(columns={"split": split}),
        code=f"trajectory(frames, {name!r}, split={split!r})",
    )


def _chart(frames: Frames, turns: pd.DataFrame, table: pd.DataFrame, titles: tuple[str, str, str]) -> alt.LayerChart:
    """Return one chart, not two above each other: only one alone can be as wide as its place."""
    title, unit, split = titles
    called = split.removeprefix("speaker_").capitalize()
    colour = alt.Color("split:N", title=called, scale=colours(table["split"]))
    scale = alt.Scale(type="point", padding=0.5)
    across = alt.X("turn_id:O", title="Turn", axis=_axis(table), scale=scale)
    single = (
        alt.Chart(_some(turns))
        .mark_line(strokeWidth=0.7, opacity=0.35)
        .encode(x=across, y=alt.Y("value:Q", title=unit), color=colour, detail="experiment_id:N")
    )
    base = alt.Chart(table).encode(x=across, color=colour)
    band = base.mark_area(opacity=0.2).encode(y=alt.Y("low:Q", title=unit), y2="high:Q")
    mean = base.mark_line(strokeWidth=3, point=True).encode(
        y=alt.Y("mean:Q", title=unit),
        tooltip=[
            alt.Tooltip("split:N", title=called),
            alt.Tooltip("turn_id:Q", title="Turn"),
            alt.Tooltip("mean:Q", title="Mean", format=",.4~r"),
            alt.Tooltip("low:Q", title="95 % from", format=",.4~r"),
            alt.Tooltip("high:Q", title="95 % to", format=",.4~r"),
            alt.Tooltip("conversations:Q", title="Conversations"),
        ],
    )
    chart: alt.LayerChart = (single + band + mean).properties(
        title=titled(frames, title), width="container", height=320
    )
    return chart


def _axis(table: pd.DataFrame) -> alt.Axis:
    """Return turns along the chart, below each how many conversations have it."""
    numbers = table.groupby("turn_id")["conversations"].sum().reset_index()
    named = numbers.iloc[:: max(len(numbers) // TICKS, 1)]
    shown = dict(zip(named["turn_id"].tolist(), named["conversations"].tolist(), strict=True))
    said = f"[datum.label, 'n = ' + {json.dumps(shown)}[datum.label]]"
    return alt.Axis(values=list(shown), labelExpr=said, labelAngle=0, labelOverlap="greedy", grid=False)


def _some(turns: pd.DataFrame) -> pd.DataFrame:
    """Return the turns of a few conversations, picked by rule and not by look."""
    ids = np.sort(turns["experiment_id"].unique())
    drawn = ids[np.unique(np.linspace(0, len(ids) - 1, SINGLE).astype(int))] if len(ids) else ids
    return turns[turns["experiment_id"].isin(drawn)][["experiment_id", "turn_id", "split", "value"]]
