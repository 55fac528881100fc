"""Groups side by side: a dot and an interval for each scenario, model or level of a factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from colloquia.analysis.figures.figure import PALETTE, Figure, caption, colours, counted, titled
from colloquia.analysis.figures.intervals import how, means
from colloquia.analysis.quantities import by_conversation, quantity
from colloquia.analysis.selecting import factors, seats
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.analysis.tables import Frames

ROW_POINTS = 34
TICKS = 8


def comparison(frames: Frames, name: str = "words", *, by: str = "scenario", split: str | None = None) -> Figure:
    """Return the mean of a quantity in each group of conversations, with its interval.

    Args:
        frames: What is drawn.
        name: A quantity of turns; see :mod:`colloquia.analysis.quantities`.
        by: What makes the groups: ``scenario``, ``speaker_model``, ``speaker_role`` or a factor.
        split: What else to tell apart within a group, by colour.

    Raises:
        DesignError: there is no such quantity, or no such column.
    """
    about = quantity(name, frames)
    keys = [by, *([split] if split else [])]
    values = _by_conversation(frames, name, keys)
    table = means(values, keys)
    title = f"{about.title} by {' and '.join(in_words(key) for key in keys)}"
    return Figure(
        name="-".join(("comparison", name, *keys)),
        title=title,
        caption=caption(
            frames,
            f"Means and 95 % intervals over {counted(values['experiment_id'].nunique(), 'conversation')}; the "
            "number beside each dot is its conversations.",
            how(table),
        ),
        chart=_chart(frames, table, keys, (title, about.title)),
        table=table,
        code=f"comparison(frames, {name!r}, by={by!r}{f', split={split!r}' if split else ''})",
    )


def _by_conversation(frames: Frames, name: str, keys: list[str]) -> pd.DataFrame:
    """Return one row for each conversation in each group: where a model talks with itself, that is one conversation."""
    is_by_seat = any(key in ("speaker_model", "speaker_role") for key in keys)
    values = by_conversation(frames, name, by_seat=is_by_seat)
    for key in keys:
        if key not in values:
            raise DesignError(f"Conversations have no column {key!r}.{nearest(key, values.columns)}")
    grouped = values.astype(dict.fromkeys(keys, "str")).groupby(["experiment_id", *keys], sort=True)
    return grouped["value"].mean().reset_index()


def paired_differences(frames: Frames, name: str, *, by: str = "scenario") -> pd.DataFrame:
    """Return the mean difference between each two levels of ``by``, over conversations that match in all else.

    Conversations match where who sits where, the iteration and all other factors are the same: then they share
    their draws. A study that has no such pairs gives no rows.

    Raises:
        DesignError: there is no such quantity or column.
    """
    values = by_conversation(frames, name)
    if by not in values:
        raise DesignError(f"Conversations have no column {by!r}.{nearest(by, values.columns)}")
    matched = [key for key in _matching(values) if key != by]
    known = values.assign(**{key: values[key].astype("object").where(values[key].notna(), "") for key in matched})
    wide = known.pivot_table(index=matched, columns=by, values="value", aggfunc="mean", observed=True)
    levels = sorted(wide.columns)
    rows = []
    for place, first in enumerate(levels):
        for second in levels[place + 1 :]:
            difference = (wide[first] - wide[second]).dropna().rename("value").reset_index()
            if len(difference):
                found = means(difference.assign(first=str(first), second=str(second)), ["first", "second"])
                rows.append(found.rename(columns={"conversations": "pairs", "mean": "difference"}))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["first", "second", *_PAIRED])


_PAIRED = ("pairs", "difference", "low", "high", "method")


def _matching(values: pd.DataFrame) -> list[str]:
    """Return what is the same in conversations that match: never an outcome, such as what a probe or a judge found."""
    return ["scenario", "iteration", "arm", *seats(values), *factors(values)]


def in_words(key: str) -> str:
    """Return a column as it is called beside a chart."""
    known = {"speaker_model": "model", "speaker_role": "role", "model_1": "first model", "model_2": "second model"}
    return known.get(key, key)


def _chart(frames: Frames, table: pd.DataFrame, keys: Sequence[str], titles: tuple[str, str]) -> alt.LayerChart:
    shown = table.rename(columns={keys[0]: "group", **({keys[1]: "split"} if keys[1:] else {})})
    picked = alt.selection_point(name="group", fields=["group"], empty=False)
    base = alt.Chart(shown).encode(y=alt.Y("group:N", title=in_words(keys[0]).capitalize()))
    coloured = base.encode(color=alt.value(PALETTE[0]))
    if keys[1:]:
        base = base.encode(yOffset="split:N")
        coloured = base.encode(
            color=alt.Color("split:N", title=in_words(keys[1]).capitalize(), scale=colours(shown["split"]))
        )
    scale = alt.Scale(zero=False)
    axis = alt.Axis(tickCount=TICKS)
    intervals = coloured.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=titles[1], scale=scale, axis=axis), x2="high:Q"
    )
    dots = (
        coloured.mark_point(filled=True, size=90, opacity=1)
        .encode(
            x=alt.X("mean:Q", title=titles[1], scale=scale),
            tooltip=[
                alt.Tooltip("group:N", title=in_words(keys[0]).capitalize()),
                alt.Tooltip("mean:Q", title="Mean", format=",.4~r"),
                alt.Tooltip("low:Q", title="95 % from", format=",.4~r"),
                alt.Tooltip("high:Q", title="95 % to", format=",.4~r"),
                alt.Tooltip("conversations:Q", title="Conversations"),
            ],
        )
        .add_params(picked)
    )
    numbers = base.mark_text(align="left", dx=8, dy=-9, fontSize=10).encode(x="mean:Q", text="conversations:Q")
    chart: alt.LayerChart = (intervals + dots + numbers).properties(
        title=titled(frames, titles[0]), width="container", height=alt.Step(ROW_POINTS)
    )
    return chart
