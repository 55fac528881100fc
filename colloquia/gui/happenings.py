"""What happens in a run: the journal as a table with filters, and small charts of its pace."""

from __future__ import annotations

import time
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from colloquia.gui import words
from colloquia.gui.ink import MARGIN, ink
from colloquia.lab.watching.events import KINDS
from colloquia.lab.watching.pace import STEP_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.lab.watching.events import Event
    from colloquia.lab.watching.following import View
    from colloquia.lab.watching.pace import Step

MOST_ROWS = 200
CHART_SECONDS = 2.0
"""A chart is not drawn anew more often."""
CHART_STEPS = 60
CHART_PIXELS = 90
_NAMES = {"error": "Errors", "retry": "Retries", "budget": "Budget", "run": "Runs", "note": "Notes"}


def journal(view: View) -> None:
    """Show what the machine did, newest first."""
    st.markdown("#### Event journal")
    chosen = st.pills(
        "Show", KINDS, selection_mode="multi", format_func=_NAMES.__getitem__, key="kinds", label_visibility="collapsed"
    )
    numbers = {course.trial_id: course.number for course in view.courses}
    events = [event for event in view.events if not chosen or event.kind in chosen][:MOST_ROWS]
    if not events:
        st.caption("Nothing of this kind has happened.")
        return
    st.dataframe(
        pd.DataFrame([_row(event, numbers) for event in events]),
        hide_index=True,
        height=min(38 + 36 * len(events), 260),
        alt="Event journal, newest first",
        column_config={
            "time": st.column_config.Column(width="small"),
            "kind": st.column_config.Column(width="small"),
            "conversation": st.column_config.Column(width=120),
            "what": st.column_config.Column(width="large"),
        },
    )


def _row(event: Event, numbers: dict[str, int]) -> dict[str, str]:
    number = numbers.get(event.trial_id or "")
    turn = f" turn {event.turn_id}" if event.turn_id else ""
    return {
        "time": words.clock(event.at),
        "kind": event.kind,
        "conversation": f"#{number}{turn}" if number else "",
        "what": event.what,
        "details": event.details,
    }


def charts(view: View, *, run: str) -> None:
    """Show how fast turns come, how long models took, and what was spent."""
    kept: dict[str, Any] = st.session_state.setdefault("charts", {})
    if kept.get("run") != run or time.monotonic() - kept["at"] > CHART_SECONDS:
        kept.update(run=run, at=time.monotonic(), drawn=_drawn(view))
    for title, alt, spec in kept["drawn"]:
        st.caption(title)
        st.vega_lite_chart(
            spec=spec | {"config": ink(), "padding": MARGIN},
            height=spec.get("height", CHART_PIXELS),
            key=f"chart-{title}",
            alt=alt,
        )


def _drawn(view: View) -> list[tuple[str, str, dict[str, Any]]]:
    """Return title, words for those who do not see it, and specification of each chart."""
    every = sorted(view.pace.steps.items())
    steps = every[-CHART_STEPS:]
    found = []
    has_passed = len(steps) > 1  # of one moment nothing can be drawn
    if has_passed:
        per_minute = [
            {"at": begins * 1000, "value": turns * 60 / STEP_SECONDS} for begins, turns in _with_silences(steps)
        ]
        found.append(("Turns per minute", f"The last: {per_minute[-1]['value']:.0f}", _over_time(per_minute, "step")))
    latencies = [{"model": name, "value": median(found) / 1000} for name, found in view.pace.latencies.items() if found]
    if latencies:
        found.append(("Latency by model, median, seconds", f"{len(latencies):d} models", _by_model(latencies)))
    if has_passed and any(step.cost_usd for _, step in steps):
        total, spent = sum(step.cost_usd for _, step in every[:-CHART_STEPS]), []
        for begins, step in steps:
            total += step.cost_usd
            spent.append({"at": begins * 1000, "value": total})
        found.append(("Spent, dollars", f"In all {total:.4f}", _over_time(spent, "step-after")))
    return found


def _with_silences(steps: list[tuple[int, Step]]) -> Iterator[tuple[int, int]]:
    """Yield how many turns came by step, and none at the first and the last step of each pause between two of them."""
    for (begins, step), (following, _) in pairwise(steps):
        yield begins, step.turns
        if following > begins + STEP_SECONDS:
            yield from ((silent, 0) for silent in sorted({begins + STEP_SECONDS, following - STEP_SECONDS}))
    yield from ((begins, step.turns) for begins, step in steps[-1:])


def _over_time(values: list[dict[str, float]], interpolate: str) -> dict[str, Any]:
    return {
        "data": {"values": values},
        "mark": {"type": "area", "interpolate": interpolate, "line": True, "opacity": 0.35, "color": "#0072b2"},
        "encoding": {
            "x": {"field": "at", "type": "temporal", "axis": {"title": None, "format": "%H:%M:%S", "tickCount": 3}},
            "y": {"field": "value", "type": "quantitative", "axis": {"title": None, "tickCount": 3}},
            "tooltip": [
                {"field": "at", "type": "temporal", "format": "%H:%M:%S", "title": "time"},
                {"field": "value", "type": "quantitative", "format": ".4~f"},
            ],
        },
    }


def _by_model(values: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "data": {"values": values},
        "height": max(CHART_PIXELS, 24 + 18 * len(values)),
        "mark": {"type": "bar", "color": "#009e73", "height": {"band": 0.7}},
        "encoding": {
            "y": {
                "field": "model",
                "type": "nominal",
                "axis": {"title": None, "labelLimit": 110, "labelOverlap": False},
            },
            "x": {"field": "value", "type": "quantitative", "axis": {"title": None, "tickCount": 4}},
            "tooltip": [{"field": "model"}, {"field": "value", "type": "quantitative", "format": ".3~f"}],
        },
    }
