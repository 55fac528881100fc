"""Answers to a probe along the conversation: the mean of numbers with its interval, or the share of each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from colloquia.analysis.figures.figure import Figure, caption, colours, counted, titled
from colloquia.analysis.figures.intervals import how, means
from colloquia.analysis.figures.stacked import shares_of, stacked
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames

SPLITS = ("speaker_model", "speaker_role", "scenario")


def answers(frames: Frames, probe: str, *, split: str = "speaker_model") -> Figure:
    """Return the answers to a probe by how many turns were said before.

    Args:
        frames: What is drawn.
        probe: Its name in the study.
        split: What colours tell apart where the answers are numbers: ``speaker_model``, ``speaker_role``, ``scenario``.

    Raises:
        DesignError: nobody was asked such a probe, or there is no such split.
    """
    asked = frames.probes[frames.probes["probe"] == probe]
    if asked.empty:
        known = sorted(set(frames.probes["probe"]))
        raise DesignError(f"No answer to a probe {probe!r}.{nearest(probe, known)} There are: {', '.join(known)}.")
    if split not in SPLITS:
        raise DesignError(f"Answers cannot be split by {split!r}; they can by {', '.join(SPLITS)}.")
    read = asked[asked["answer"].notna()]
    numbers = pd.to_numeric(read["answer"], errors="coerce")
    is_number = bool(len(read)) and bool(numbers.notna().all())
    title = f"Answers to {probe}"
    chart: alt.Chart | alt.LayerChart
    if is_number:
        table, chart, said = _of_numbers(frames, read.assign(value=numbers), split, title)
    else:
        table, said = shares_of(read, over="after_turn", label="answer"), ""
        chart = stacked(frames, table, over="after_turn", label="answer", title=title)
    return Figure(
        name=f"answers-{probe}-{split}",
        title=title,
        caption=caption(
            frames,
            f"{counted(len(read), 'answer')} in {counted(asked['experiment_id'].nunique(), 'conversation')}; "
            f"{len(asked) - len(read):,} more could not be read as one. Along the chart: turns said before.",
            said,
        ),
        chart=chart,
        table=table,
        code=f"answers(frames, {probe!r}, split={split!r})",
    )


def _of_numbers(frames: Frames, read: pd.DataFrame, split: str, title: str) -> tuple[pd.DataFrame, alt.LayerChart, str]:
    """Return table, chart and what stands below it, of answers that are numbers: one value a conversation and turn."""
    keys = ["experiment_id", split, "after_turn"]
    each = read.groupby(keys, sort=True)["value"].mean().reset_index()
    table = means(each, [split, "after_turn"])
    called = split.removeprefix("speaker_").capitalize()
    shown = table.rename(columns={split: "split"})
    base = alt.Chart(shown).encode(
        x=alt.X("after_turn:Q", title="Turns said before", axis=alt.Axis(tickMinStep=1, grid=False)),
        color=alt.Color("split:N", title=called, scale=colours(shown["split"])),
    )
    band = base.mark_area(opacity=0.2).encode(y=alt.Y("low:Q", title="Answer"), y2="high:Q")
    line = base.mark_line(strokeWidth=3, point=True).encode(
        y=alt.Y("mean:Q", title="Answer", scale=alt.Scale(zero=False)),
        tooltip=[
            alt.Tooltip("split:N", title=called),
            alt.Tooltip("after_turn:Q", title="Turns said before"),
            alt.Tooltip("mean:Q", title="Mean", format=",.4~r"),
            alt.Tooltip("conversations:Q", title="Conversations"),
        ],
    )
    chart: alt.LayerChart = (band + line).properties(title=titled(frames, title), width="container", height=280)
    return table, chart, f"Means over conversations. {how(table)}"
