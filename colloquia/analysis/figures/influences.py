"""Who follows whom: an arrow for each ordered pair of models whose influence over turns is not none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from colloquia.analysis.figures.figure import GREY, PALETTE, Figure, asked, caption, counted, titled
from colloquia.analysis.figures.intervals import how, means
from colloquia.analysis.quantities import quantity
from colloquia.analysis.statistics.statistics import statistics
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from colloquia.analysis.tables import Frames

MOST_MODELS = 16
SIZE = 360
_SHORT = 0.13
"""Arrows end so far from the middle of a name."""
_FOUND = ("experiment_id", "partner_model", "speaker_model", "value")


def influences(frames: Frames, name: str = "words") -> Figure:
    """Return how far each model follows the last turn of each other, as a network and a table.

    Args:
        frames: What is drawn: dyads in turn, 20 turns or more.
        name: A quantity of turns.

    Raises:
        DesignError: there is no such quantity, or there are too many models to draw.
    """
    about = quantity(name, frames)
    title = f"{about.title}: who follows whom"
    found, why = asked(frames, (), lambda: statistics(frames, name).follows())
    table = _between_models(found.rows if found else pd.DataFrame(columns=_FOUND))
    if table["on"].nunique() > MOST_MODELS:
        raise DesignError(f"More than {MOST_MODELS} models do not fit into a network: filter some.")
    return Figure(
        name=f"influences-{name}",
        title=title,
        caption=caption(frames, *(_said(table, found.count) if found else (why,))),
        chart=_chart(frames, table, title),
        table=table,
        code=f"influences(frames, {name!r})",
    )


def _between_models(found: pd.DataFrame) -> pd.DataFrame:
    """Return the influence of each model on each other, over conversations."""
    named = found.rename(columns={"partner_model": "of", "speaker_model": "on"})
    talks = named.groupby(["experiment_id", "of", "on"], sort=False)["value"].mean().reset_index()
    table = means(talks, ["of", "on"]).rename(columns={"mean": "influence"})
    table["is_drawn"] = (table["low"] > 0) | (table["high"] < 0)
    return table


def _said(table: pd.DataFrame, conversations: int) -> tuple[str, ...]:
    arrows = (
        "An arrow from one model to another: the second follows what the first said last (its slope psi, own last "
        f"turn and trend held fixed), where the 95 % interval excludes none; {int(table['is_drawn'].sum())} of "
        f"{len(table)}, over {counted(conversations, 'conversation')}. Width is size; blue follows, orange goes the "
        "other way; a ring is a model with itself."
    )
    return arrows, "Predictive: causal only where the turns of a partner were scripted or changed.", how(table)


def _chart(frames: Frames, table: pd.DataFrame, title: str) -> alt.LayerChart:
    models = sorted(set(table["of"]) | set(table["on"]))
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(models)) / max(len(models), 1)
    places = {model: (float(np.cos(angle)), float(np.sin(angle))) for model, angle in zip(models, angles, strict=True)}
    chart = alt.LayerChart(layer=[*_arrows(_edges(table, places)), *_names(places)])
    return chart.properties(title=titled(frames, title), width=SIZE, height=SIZE)


def _arrows(edges: pd.DataFrame) -> Iterator[alt.Chart]:
    """Yield the lines of all arrows, their heads, and the rings of models with themselves."""
    sizes, legend = alt.Scale(domain=[0, 1], range=[1, 8]), alt.Legend(values=[0.1, 0.3, 1.0], symbolType="stroke")
    ways = alt.Scale(domain=["follows", "opposes"], range=[PALETTE[0], PALETTE[1]])
    tooltip = [
        alt.Tooltip("of:N", title="Of"), alt.Tooltip("on:N", title="On"),
        alt.Tooltip("influence:Q", title="Influence", format=",.3~r"),
        alt.Tooltip("low:Q", title="95 % from", format=",.3~r"), alt.Tooltip("high:Q", title="95 % to", format=",.3~r"),
    ]  # fmt: skip
    drawn = alt.Chart(edges).encode(color=alt.Color("way:N", title=None, scale=ways), tooltip=tooltip)
    between, alone = drawn.transform_filter("!datum.is_self"), drawn.transform_filter("datum.is_self")
    width = alt.StrokeWidth("size:Q", title="Influence", scale=sizes, legend=legend)
    yield between.mark_rule(opacity=0.75).encode(**_at("x", "y"), x2="x2:Q", y2="y2:Q", strokeWidth=width)
    heads = between.mark_point(shape="triangle", filled=True, opacity=1, size=110)
    yield heads.encode(**_at("x2", "y2"), angle=alt.Angle("turn:Q", scale=None))
    yield alone.mark_point(size=1_000, filled=False, opacity=0.75).encode(**_at("x", "y"), strokeWidth=width)


def _names(places: Mapping[str, tuple[float, float]]) -> Iterator[alt.Chart]:
    """Yield a dot for each model, and the names: those of the upper half above their dots."""
    nodes = pd.DataFrame([(model, *place) for model, place in places.items()], columns=["model", "x", "y"])
    yield alt.Chart(nodes).mark_point(filled=True, size=160, color=GREY, opacity=1).encode(**_at("x", "y"))
    for half, aside in ((nodes[nodes["y"] > 0], -28), (nodes[nodes["y"] <= 0], 28)):
        names = alt.Chart(half).mark_text(fontSize=13, fontWeight="bold", dy=aside)
        yield names.encode(**_at("x", "y"), text="model:N")


def _at(x: str, y: str) -> dict[str, Any]:
    """Return where marks are drawn, by two columns."""
    scale = alt.Scale(domain=[-1.5, 1.5])
    return {"x": alt.X(f"{x}:Q", axis=None, scale=scale), "y": alt.Y(f"{y}:Q", axis=None, scale=scale)}


def _edges(table: pd.DataFrame, places: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Return the arrows with both ends; the two of a pair lie side by side."""
    rows = []
    for row in table[table["is_drawn"]].to_dict("records"):
        one, other = np.array(places[row["of"]]), np.array(places[row["on"]])
        is_self = row["of"] == row["on"]
        along = np.zeros(2) if is_self else (other - one) / np.linalg.norm(other - one)
        aside = 0.05 * np.array([along[1], -along[0]])
        start, end = one + _SHORT * along + aside, other - _SHORT * along + aside
        rows.append({
            **{key: row[key] for key in ("of", "on", "influence", "low", "high")}, "is_self": is_self,
            "size": min(abs(row["influence"]), 1.0), "way": "follows" if row["influence"] > 0 else "opposes",
            "x": start[0], "y": start[1], "x2": end[0], "y2": end[1],
            "turn": float(np.degrees(np.arctan2(along[0], along[1]))),
        })  # fmt: skip
    columns = ["of", "on", "influence", "low", "high", "is_self", "size", "way", "x", "y", "x2", "y2", "turn"]
    return pd.DataFrame(rows, columns=columns)
