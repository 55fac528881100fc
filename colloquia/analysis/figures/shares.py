"""Where the differences of a round robin come from: the model, its partner, the pair, or chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from colloquia.analysis.figures.figure import PALETTE, Figure, asked, caption, counted, titled
from colloquia.analysis.quantities import quantity
from colloquia.analysis.statistics.statistics import statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.analysis.statistics.social_relations import RoundRobin
    from colloquia.analysis.tables import Frames

ROW_POINTS = 46
COLUMNS = ("role", "source", "share", "low", "high", "models")
SOURCES = ("actor", "partner", "relationship", "error")
_COLOURS = (*PALETTE[:3], "#c4c4c4")


def shares(frames: Frames, name: str = "words") -> Figure:
    """Return the shares of the variance between pairs of models, by role.

    Args:
        frames: What is drawn: every pair of four models or more.
        name: A quantity that seats have; see :mod:`colloquia.analysis.quantities`.

    Raises:
        DesignError: there is no such quantity.
    """
    about = quantity(name, frames)
    found, why = asked(frames, (), lambda: statistics(frames, name).round_robin())
    table = _table(found or {})
    title = f"{about.title}: where the differences come from"
    return Figure(
        name=f"shares-{name}",
        title=title,
        caption=caption(frames, *(_said(found) if found else [why])),
        chart=_chart(frames, table, title),
        table=table,
        code=f"shares(frames, {name!r})",
    )


def _said(found: Mapping[str, RoundRobin]) -> list[str]:
    robin = next(iter(found.values()))
    conversations = max(each.mean.conversations for each in found.values())
    bars = (
        f"Shares of the variance between the means of pairs, {len(robin.models)} models in "
        f"{counted(conversations, 'conversation')}. "
        "Actor: how a model behaves whoever it meets; partner: what it brings out in others; relationship: what is "
        "special to a pair; error: chance of the conversations. In brackets 95 % intervals; bars of negative "
        "estimates are not drawn, the table has them."
    )
    return [
        bars,
        f"Made by {robin.shares[0].method}.",
        *dict.fromkeys(warning for each in found.values() for warning in each.warnings),
    ]


def _table(found: Mapping[str, RoundRobin]) -> pd.DataFrame:
    rows = [
        (role, source, each.estimate, each.low, each.high, each.conversations)
        for role, robin in found.items()
        for source, each in zip(SOURCES, robin.shares, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(("share", "low", "high"), "float64"))


def _chart(frames: Frames, table: pd.DataFrame, title: str) -> alt.LayerChart:
    drawn = table[table["share"] > 0].reset_index(drop=True)
    end = drawn.groupby("role", sort=False)["share"].cumsum()
    shown = drawn.assign(
        end=end,
        start=end - drawn["share"],
        middle=end - drawn["share"] / 2,
        said=[f"{100 * share:.0f} %" if share > _WIDE / 2 else "" for share in drawn["share"]],
        below=[
            f"[{100 * low:.0f}, {100 * high:.0f}]" if share > _WIDE else ""
            for share, low, high in drawn[["share", "low", "high"]].to_numpy(dtype="float64")
        ],
    )
    base = alt.Chart(shown).encode(y=alt.Y("role:N", title=None))

    def across(column: str) -> alt.X:
        return alt.X(f"{column}:Q", title="Share of the variance between pairs", axis=alt.Axis(format="%"))

    sources = alt.Scale(domain=list(SOURCES), range=list(_COLOURS))
    bars = base.mark_bar().encode(
        x=across("start"), x2="end:Q",
        color=alt.Color("source:N", title=None, scale=sources, legend=alt.Legend(orient="bottom")),
        tooltip=[
            alt.Tooltip("role:N", title="Role"), alt.Tooltip("source:N", title="Source"),
            alt.Tooltip("share:Q", title="Share", format=".1%"), alt.Tooltip("low:Q", title="95 % from", format=".1%"),
            alt.Tooltip("high:Q", title="95 % to", format=".1%"),
        ],
    )  # fmt: skip
    ink = alt.condition("datum.source == 'actor'", alt.value("white"), alt.value("#222222"))
    values = base.mark_text(dy=-6, fontSize=12).encode(x=across("middle"), text="said:N", color=ink)
    notes = base.mark_text(dy=8, fontSize=9).encode(x=across("middle"), text="below:N", color=ink)
    chart = alt.LayerChart(layer=[bars, values, notes])
    return chart.properties(title=titled(frames, title), width="container", height=alt.Step(ROW_POINTS))


_WIDE = 0.09
"""A bar of a smaller share has no room for its interval."""
