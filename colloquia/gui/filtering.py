"""The filter bar that pages share: what is selected stands in the URL, so that a link shows the same conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from colloquia.analysis.selecting import Selection, ended_by, seats
from colloquia.lab.labelling import labelled

if TYPE_CHECKING:
    from colloquia.analysis.tables import Frames
    from colloquia.logbook.folder import RunFolder

BOUND: Literal["query-params"] = "query-params"
"""A widget with this keeps its value in the URL under its key."""


def select(**values: str) -> None:
    """Set filters of the bar, for a callback of a button that leads to another page: there they stand in the bar."""
    for name, value in values.items():
        st.session_state[name] = [value]


def filter_bar(folder: RunFolder, frames: Frames) -> Selection:
    """Show the filters that all views share, and return what they select."""
    conversations = frames.conversations
    columns = seats(conversations)
    everyone = sorted({name for column in columns for name in conversations[column].dropna()})
    numbers = sorted(int(number) for number in set(conversations["iteration"]))
    with st.expander("Filters", icon=":material/filter_list:"):
        left, middle, right = st.columns(3)
        scenarios = left.multiselect("Scenario", sorted(set(conversations["scenario"])), key="scenario", bind=BOUND)
        models = left.multiselect("Model, in any seat", everyone, key="model", bind=BOUND)
        first = middle.multiselect("First seat", everyone, key="first", bind=BOUND)
        second = middle.multiselect("Second seat", everyone, key="second", bind=BOUND)
        iterations = right.multiselect("Iteration", numbers, key="iteration", bind=BOUND)
        ended = right.multiselect("Ended by", sorted(set(ended_by(conversations))), key="ended", bind=BOUND)
        labels = labelled(folder)
        label = right.multiselect("Label", sorted(labels), key="label", bind=BOUND) if labels else []
    return Selection(
        scenarios=tuple(scenarios),
        models=tuple(models),
        first=tuple(first),
        second=tuple(second),
        iterations=tuple(iterations),
        endings=tuple(ended),
        among=frozenset().union(*(labels[each] for each in label)) if label else None,
    )
