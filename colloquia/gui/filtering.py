"""The filter bar that pages share: what is selected stands in the URL, so that a link shows the same conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st

from colloquia.analysis.selecting import Selection, ended_by, factors, seats
from colloquia.gui import damage, plain
from colloquia.gui.followed import followed
from colloquia.gui.tables import frames_here
from colloquia.lab.judging.labelling import labelled

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames
    from colloquia.logbook.folder import RunFolder

BOUND: Literal["query-params"] = "query-params"
"""A widget with this keeps its value in the URL under its key."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a page that reads looks at."""

    folder: RunFolder
    frames: Frames
    """All that the folder holds."""
    selected: Frames
    """What the filters leave of it."""
    said: str
    """The selection in words."""
    where: str | None
    """The selection as an expression, as ``--where`` takes it; None where all is selected."""


def looked_at(title: str) -> Looked | None:
    """Show a page's title, how much is selected and the filters; None where there is nothing to look at, and say so."""
    head = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    head.subheader(title, anchor=False, width="content")
    found = frames_here()
    if found is None:
        return None
    folder, frames = found
    damage.show(followed(folder).look())
    if frames.conversations.empty:
        damage.nothing_planned()
        return None
    selection = _filter_bar(folder, frames)
    said = selection.in_words(frames)
    with head:
        plain.text(said)
    return Looked(folder=folder, frames=frames, selected=selection.of(frames), said=said, where=selection.where(frames))


def select(**values: str) -> None:
    """Set filters of the bar, for a callback of a button that leads to another page: there they stand in the bar."""
    for name, value in values.items():
        st.session_state[name] = [value]


def key_of(column: str) -> str:
    """Return the key under which the bar and the URL have the filter of a factor."""
    return f"at-{column}"


def _filter_bar(folder: RunFolder, frames: Frames) -> Selection:
    """Show the filters that all views share, and return what they select."""
    conversations = frames.conversations
    columns = seats(conversations)
    everyone = sorted({name for column in columns for name in conversations[column].dropna()})
    numbers = sorted(int(number) for number in set(conversations["iteration"]))
    with st.expander("Filters", icon=":material/filter_list:"):
        left, middle, right = st.columns(3)
        with left:
            scenarios = _choice("Scenario", sorted(set(conversations["scenario"])), "scenario")
            models = _choice("Model, in any seat", everyone, "model")
        with middle:
            first = _choice("First seat", everyone, "first")
            second = _choice("Second seat", everyone, "second")
        with right:
            iterations = st.multiselect("Iteration", numbers, key="iteration", bind=BOUND)
            ended = _choice("Ended by", sorted(set(ended_by(conversations))), "ended")
        labels = labelled(folder)
        label = _choice("Label", sorted(labels), "label") if labels else []
        levels = _levels(conversations)
    return Selection(
        scenarios=tuple(scenarios),
        models=tuple(models),
        first=tuple(first),
        second=tuple(second),
        iterations=tuple(iterations),
        endings=tuple(ended),
        levels=levels,
        among=frozenset().union(*(labels[each] for each in label)) if label else None,
    )


def _levels(conversations: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Show a filter for each factor and item; their names are letters, digits, dots and ``_``."""
    found = {}
    names = [name for name in factors(conversations) if conversations[name].notna().any()]
    for place, column in enumerate(st.columns(3) if names else ()):
        for name in names[place::3]:
            with column:
                labels = sorted(set(conversations[name].dropna().astype("str")))
                found[name] = tuple(_choice(plain.as_label(name), labels, key_of(name)))
    return {name: labels for name, labels in found.items() if labels}


def _choice(label: str, options: list[str], key: str) -> list[str]:
    return st.multiselect(label, options, key=key, bind=BOUND)
