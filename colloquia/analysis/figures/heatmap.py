"""Model by model: the mean of a quantity for each pair of seats, first seat in rows, second in columns."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any, Literal

import altair as alt
import pandas as pd

from colloquia.analysis.figures.figure import GREY, Figure, caption, counted, titled
from colloquia.analysis.figures.intervals import COLUMNS, FEWEST, how, means
from colloquia.analysis.quantities import by_conversation, quantity
from colloquia.analysis.rounding import rounded
from colloquia.analysis.statistics.contrasts import marginal_means
from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.result import table as as_table
from colloquia.design.controls import TALK
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames

Whose = Literal["both", "first", "second"]
"""Whose turns count: those of both seats, or of one."""
CELL_POINTS = 64
MEAN = "· mean ·"
"""Stands where the name of a model stands, for the mean over all."""
MOST_MODELS = 40


def heatmap(frames: Frames, name: str = "words", *, whose: Whose = "both") -> Figure:
    """Return the mean of a quantity for each pair of models, one value for each conversation behind it.

    Args:
        frames: What is drawn, conversations of two seats.
        name: A quantity of turns; see :mod:`colloquia.analysis.quantities`.
        whose: Whose turns count.

    Raises:
        DesignError: there is no such quantity, or there are too many models to draw.
    """
    about = quantity(name, frames)
    values = _values(frames, name, whose)
    table = means(values, ["model_1", "model_2"])
    if table["model_1"].nunique() > MOST_MODELS:
        raise DesignError(f"More than {MOST_MODELS} models do not fit into a chart: filter some.")
    margins = _margins(values)
    rows, columns = seat_titles(frames)
    speakers = {"both": "", "first": f", turns of {rows}", "second": f", turns of {columns}"}[whose]
    title = f"{about.title}: who talks with whom{speakers}"
    return Figure(
        name=f"heatmap-{name}-{whose}",
        title=title,
        caption=caption(
            frames,
            f"Means over {counted(int(table['conversations'].sum()), 'conversation')}; below each mean, half the width "
            "of its 95 % interval over conversations and their number.",
            f"Cells of fewer than {FEWEST} conversations are grey. The colour is centred on the mean of all cells; "
            "framed cells are models with themselves.",
            "The last column and the last row are the means of rows and columns, each partner weighted equally: what a "
            "model does whoever it meets, and what it brings out in others."
            if len(margins)
            else "",
            how(pd.concat([table, margins])),
        ),
        chart=_chart(frames, (table, margins), (rows, columns), title, about.title),
        table=pd.concat([table, margins], ignore_index=True),
        code=f"heatmap(frames, {name!r}, whose={whose!r})",
    )


def _values(frames: Frames, name: str, whose: Whose) -> pd.DataFrame:
    """Return one value for each conversation of two who hear each other; control arms are none."""
    values = by_conversation(frames, name, by_seat=whose != "both")
    if {"model_1", "model_2"} <= set(values):
        values = values[values["model_1"].notna() & values["model_2"].notna()]
    if "arm" in values:
        values = values[values["arm"].isna() | (values["arm"] == TALK)]
    if whose == "both":
        return values
    return values[values["speaker_role"] == values["role_1" if whose == "first" else "role_2"]]


def _margins(values: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each row and of each column over its cells, each weighted equally; none of a single cell."""
    parts = []
    if len(values) and min(values["model_1"].nunique(), values["model_2"].nunique()) > 1:
        rows = Conversations(rows=values[["experiment_id", "model_1", "model_2", "value"]].reset_index(drop=True))
        for own, other in (("model_1", "model_2"), ("model_2", "model_1")):
            found = marginal_means(rows, own, within=[other])
            levels = [each.name.partition(" = ")[2] for each in found]
            parts.append(as_table(found).rename(columns={"estimate": "mean"}).assign(**{own: levels, other: MEAN}))
    columns = ["model_1", "model_2", *COLUMNS]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def seat_titles(frames: Frames) -> tuple[str, str]:
    """Return how rows and columns are called: by the role where it has one name in all scenarios."""
    titles = []
    for column, seat in (("role_1", "First seat"), ("role_2", "Second seat")):
        has_seat = column in frames.conversations
        roles = sorted(set(frames.conversations[column].dropna())) if has_seat else []
        titles.append(roles[0] if len(roles) == 1 and roles[0] not in ("A", "B") else seat)
    return titles[0], titles[1]


def _chart(
    frames: Frames, tables: tuple[pd.DataFrame, pd.DataFrame], seats: tuple[str, str], title: str, unit: str
) -> alt.LayerChart:
    table, margins = tables
    centre = float(table["mean"].mean()) if len(table) else 0.0
    reach = max(float((table["mean"] - centre).abs().max()) if len(table) else 0.0, abs(centre) * 1e-3, 1e-9)
    cells = _written(table).assign(
        is_thin=table["conversations"] < FEWEST,
        is_self=table["model_1"] == table["model_2"],
        is_strong=(table["mean"] - centre).abs() > 0.6 * reach,
    )
    picked = alt.selection_point(name="cell", fields=["model_1", "model_2"], empty=False)
    base = alt.Chart(cells).encode(
        x=alt.X("model_2:N", title=seats[1], axis=alt.Axis(labelAngle=-30), sort=_order(table["model_2"], margins)),
        y=alt.Y("model_1:N", title=seats[0], sort=_order(table["model_1"], margins)),
    )
    scale = alt.Scale(scheme="purpleorange", domain=[centre - reach, centre, centre + reach], reverse=True)
    squares = (
        base.mark_rect(strokeWidth=2)
        .encode(
            color=alt.condition("datum.is_thin", alt.value("#d9d9d9"), alt.Color("mean:Q", title=unit, scale=scale)),
            stroke=alt.condition("datum.is_self", alt.value(GREY), alt.value(None)),
            tooltip=[
                alt.Tooltip("model_1:N", title=seats[0]),
                alt.Tooltip("model_2:N", title=seats[1]),
                alt.Tooltip("mean:Q", title="Mean", format=",.4~r"),
                alt.Tooltip("low:Q", title="95 % from", format=",.4~r"),
                alt.Tooltip("high:Q", title="95 % to", format=",.4~r"),
                alt.Tooltip("conversations:Q", title="Conversations"),
            ],
        )
        .add_params(picked)
    )
    ink = alt.condition("datum.is_strong && !datum.is_thin", alt.value("white"), alt.value("#222222"))
    layers = [squares, *_texts(base, color=ink)]
    if len(margins):
        layers += _texts(base.properties(data=_written(margins)), weight="bold")
    chart = alt.LayerChart(layer=layers)
    return chart.properties(title=titled(frames, title), width=alt.Step(CELL_POINTS), height=alt.Step(CELL_POINTS))


def _texts(
    base: alt.Chart,
    *,
    color: Any = alt.Undefined,  # noqa: ANN401 (a colour or a condition)
    weight: Literal["normal", "bold"] = "normal",
) -> list[alt.Chart]:
    """Return the mean of each cell, half the width of its interval, and how many conversations are behind it."""
    return [
        base.mark_text(dy=-12, fontSize=13, fontWeight=weight).encode(text="shown:N", color=color),
        base.mark_text(dy=4, fontSize=11).encode(text="width:N", color=color),
        base.mark_text(dy=18, fontSize=11).encode(text="behind:N", color=color),
    ]


def _written(table: pd.DataFrame) -> pd.DataFrame:
    ends = (table["low"].astype("float64"), table["high"].astype("float64"))
    return table.assign(
        shown=[rounded(mean, 3) for mean in table["mean"]],
        width=[
            "" if isnan(high - low) else f"± {rounded((high - low) / 2, 2)}" for low, high in zip(*ends, strict=True)
        ],
        behind=[f"n = {number:,}" for number in table["conversations"]],
    )


def _order(names: pd.Series[str], margins: pd.DataFrame) -> list[str]:
    return [*sorted(names.unique()), *([MEAN] if len(margins) else [])]
