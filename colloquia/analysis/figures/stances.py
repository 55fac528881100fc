"""Where participants stood before and after: a line from the first private answer to the last, for each seat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from colloquia.analysis.figures.figure import Figure, caption, colours, counted, titled
from colloquia.analysis.figures.intervals import how, means
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames

SINGLE = 30
"""So many seats are drawn one by one, at equal distances in the order of conversations."""
ENDS = ("first answer", "last answer")
BY = ("speaker_role", "speaker_model", "scenario")


def stances(frames: Frames, probe: str, *, by: str = "speaker_role") -> Figure:
    """Return the first and the last answer of each seat to a probe that asks for a number.

    Args:
        frames: What is drawn.
        probe: Its name in the study.
        by: What colours tell apart: ``speaker_role``, ``speaker_model`` or ``scenario``.

    Raises:
        DesignError: there is no such probe, or colours cannot tell that apart.
    """
    if by not in BY:
        raise DesignError(f"Stances cannot be told apart by {by!r}; they can by {', '.join(BY)}.")
    known = frames.probes["probe"].dropna().unique()
    if len(known) and probe not in known:
        raise DesignError(f"No probe {probe!r}.{nearest(probe, known)} There are: {', '.join(known)}.")
    ends = _ends(frames.probes, probe, by)
    talks = ends.groupby(["experiment_id", "by", "end"], sort=False)["value"].mean().reset_index()
    table = means(talks, ["by", "end"])
    title = f"{probe}: first and last answer"
    seats, conversations = len(ends) // 2, ends["experiment_id"].nunique()
    return Figure(
        name=f"stances-{probe}-{by}",
        title=title,
        caption=caption(
            frames,
            f"Thick: means over {counted(conversations, 'conversation')}, with 95 % intervals; thin: "
            f"{min(SINGLE, seats)} of {counted(seats, 'seat')}. Seats without two readable answers are left out.",
            "Extreme first answers drift to the middle by themselves: compare with a control.",
            how(table),
        ),
        chart=_chart(frames, ends, table, (title, probe, by)),
        table=table.rename(columns={"by": by}),
        code=f"stances(frames, {probe!r}, by={by!r})",
    )


def _ends(probes: pd.DataFrame, probe: str, by: str) -> pd.DataFrame:
    """Return two rows for each seat: its first and its last readable answer."""
    asked = probes[probes["probe"] == probe]
    numbers = pd.to_numeric(asked["answer"], errors="coerce")
    read = asked.assign(value=numbers, by=asked[by].astype("str")).dropna(subset=["value"])
    seats = read.sort_values("after_turn", kind="stable").groupby(["experiment_id", "speaker_role", "by"], sort=True)
    both = seats["value"].agg(["first", "last", "size"]).reset_index()
    long = both[both["size"] > 1].melt(
        id_vars=["experiment_id", "speaker_role", "by"], value_vars=["first", "last"], var_name="end"
    )
    return long.assign(end=long["end"] + " answer").astype({"value": "float64"})


def _chart(frames: Frames, ends: pd.DataFrame, table: pd.DataFrame, titles: tuple[str, str, str]) -> alt.LayerChart:
    title, probe, by = titles
    colour = alt.Color("by:N", title=by.removeprefix("speaker_").capitalize(), scale=colours(table["by"]))
    across = alt.X("end:N", title=None, sort=list(ENDS), scale=alt.Scale(padding=0.25), axis=alt.Axis(labelAngle=0))
    single = (
        alt.Chart(_some(ends))
        .mark_line(strokeWidth=0.8, opacity=0.35)
        .encode(
            x=across,
            y=alt.Y("value:Q", title=probe, scale=alt.Scale(zero=False)),
            color=colour,
            detail=["experiment_id:N", "speaker_role:N"],
        )
    )
    base = alt.Chart(table).encode(x=across, color=colour)
    bars = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=probe), y2="high:Q")
    mean = base.mark_line(strokeWidth=3.5, point=alt.OverlayMarkDef(size=90)).encode(
        y=alt.Y("mean:Q", title=probe),
        tooltip=[
            alt.Tooltip("by:N", title=by.removeprefix("speaker_").capitalize()),
            alt.Tooltip("end:N", title="When"),
            alt.Tooltip("mean:Q", title="Mean", format=",.4~r"),
            alt.Tooltip("low:Q", title="95 % from", format=",.4~r"),
            alt.Tooltip("high:Q", title="95 % to", format=",.4~r"),
            alt.Tooltip("conversations:Q", title="Conversations"),
        ],
    )
    chart = alt.LayerChart(layer=[single, bars, mean])
    return chart.properties(title=titled(frames, title), width=320, height=320)


def _some(ends: pd.DataFrame) -> pd.DataFrame:
    """Return the answers of a few seats, picked by rule and not by look."""
    seats = ends[["experiment_id", "speaker_role"]].drop_duplicates().sort_values(["experiment_id", "speaker_role"])
    kept = seats.iloc[np.unique(np.linspace(0, len(seats) - 1, SINGLE).astype(int))] if len(seats) else seats
    return kept.merge(ends, on=["experiment_id", "speaker_role"])
