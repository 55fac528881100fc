"""Analyze: how sound the data is, then groups, pairs of models, turn by turn, latency and tokens; numbers behind each.

Every value comes from :mod:`colloquia.analysis`. What is selected and which view is open stand in the URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import streamlit as st

from colloquia.analysis.figures.comparison import comparison, in_words, paired_differences
from colloquia.analysis.figures.distribution import distribution
from colloquia.analysis.figures.endings import endings
from colloquia.analysis.figures.heatmap import Whose, heatmap
from colloquia.analysis.figures.relation import relation
from colloquia.analysis.figures.trajectory import SPLITS, trajectory
from colloquia.analysis.health import health, mixed_providers
from colloquia.analysis.quantities import QUANTITIES, by_turn
from colloquia.analysis.selecting import Selection, factors
from colloquia.gui.filtering import BOUND, filter_bar, select
from colloquia.gui.navigation import open_page
from colloquia.gui.showing import draw
from colloquia.gui.tables import frames_here

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from colloquia.analysis.tables import Frames


def page() -> None:
    """Show the page."""
    st.title("Analyze")
    found = frames_here()
    if found is None:
        return
    folder, frames = found
    selection = filter_bar(folder, frames)
    selected = selection.of(frames)
    st.text(selection.in_words(frames))
    if selected.turns.empty:
        st.info("No turn is selected. Take something out of the filters, or run the study first.")
        return
    view = st.segmented_control("View", list(VIEWS), default="Overview", required=True, key="view", bind=BOUND)
    VIEWS[view or "Overview"](selected)


def _overview(frames: Frames) -> None:
    """Show failures before results, then what it cost."""
    found = health(frames)
    troubles = found[found["number"] > 0]
    if troubles.empty:
        st.success("All conversations that are selected ran as planned.", icon=":material/check_circle:")
    for row in troubles[troubles["needs_care"]].itertuples():
        st.warning(
            f"{row.number:,} of {row.of:,} {row.unit}: {row.what}. What is missing or cut may not be like the rest.",
            icon=":material/warning:",
        )
    turns, conversations = frames.turns, frames.conversations
    with st.container(horizontal=True):
        st.metric("Conversations", f"{len(conversations):,}")
        st.metric("Turns", f"{len(turns):,}")
        st.metric("Billed", _money(turns["cost_usd"]))
        st.metric("Tokens in", _amount(turns["input_tokens"]))
        st.metric("Tokens out", _amount(turns["output_tokens"]))
    draw(endings(frames))
    st.subheader("What went otherwise than planned")
    st.dataframe(found, hide_index=True, column_config={"share": st.column_config.NumberColumn(format="percent")})
    for model, providers in mixed_providers(turns).items():
        st.text(f"{model} was served by {', '.join(providers)}: not one model, perhaps.")
    st.subheader("Cells")
    st.dataframe(frames.cells, hide_index=True)


def _compare(frames: Frames) -> None:
    """Show groups of conversations side by side, and differences of matched pairs."""
    name = _quantity("words")
    groups = _groups(frames.conversations)
    left, right = st.columns(2)
    by = left.selectbox("Groups", groups, format_func=in_words, key="by", bind=BOUND)
    splits = ["nothing", *(each for each in groups if each != by)]
    split = right.selectbox("Colours", splits, format_func=in_words, key="split", bind=BOUND)
    draw(comparison(frames, name, by=by, split=None if split == "nothing" else split))
    if by in frames.conversations:
        differences = paired_differences(frames, name, by=by)
        if len(differences):
            st.subheader("Differences of matched conversations")
            st.caption("Matched: the same models in the same seats, the same iteration and all else equal.")
            st.dataframe(differences, hide_index=True)


def _pairs(frames: Frames) -> None:
    """Show model by model; a cell that is clicked leads to its conversations."""
    name = _quantity("words")
    whose: Whose = st.segmented_control(
        "Whose turns", get_args(Whose), default="both", required=True, key="whose", bind=BOUND
    )
    picked = draw(heatmap(frames, name, whose=whose), pick="cell")
    if not picked:
        st.caption("Click a cell to read its conversations.")
        return
    cell = {"first": picked["model_1"], "second": picked["model_2"]}
    conversations = Selection(first=(cell["first"],), second=(cell["second"],)).of(frames).conversations
    st.text(f"{cell['first']} with {cell['second']}: {len(conversations)} conversations")
    if st.button("Read them", icon=":material/forum:", on_click=select, kwargs=cell):
        open_page("transcripts")


def _trajectory(frames: Frames) -> None:
    """Show a quantity turn by turn."""
    name = _quantity("words")
    split = st.segmented_control(
        "Lines", SPLITS, default=SPLITS[0], required=True, format_func=in_words, key="lines", bind=BOUND
    )
    draw(trajectory(frames, name, split=split or SPLITS[0]))


def _latency(frames: Frames) -> None:
    """Show how long models took, how fast they wrote, what it cost."""
    if frames.turns["latency_ms"].isna().all():
        st.info("No turn that is selected has a latency: scripted seats take no time.")
        return
    is_first = st.toggle("Leave out turns that were asked for more than once", key="first_tries", bind=BOUND)
    for name in ("latency", "first_token", "speed", "output_tokens", "cost"):
        if len(by_turn(frames, name)):
            draw(distribution(frames, name, first_tries_only=is_first))
    draw(relation(frames, "output_tokens", "latency"))


VIEWS: dict[str, Callable[[Frames], None]] = {
    "Overview": _overview,
    "Compare": _compare,
    "Pairs of models": _pairs,
    "Turn by turn": _trajectory,
    "Latency and tokens": _latency,
}


def _quantity(default: str) -> str:
    names = list(QUANTITIES)
    return st.selectbox(
        "Quantity",
        names,
        index=names.index(default),
        format_func=lambda name: QUANTITIES[name].title,
        key="quantity",
        bind=BOUND,
    )


def _groups(conversations: pd.DataFrame) -> Sequence[str]:
    """Return what conversations can be grouped by: the scenario, who speaks, and every factor."""
    return ["scenario", "speaker_model", "speaker_role", *factors(conversations)]


def _money(costs: pd.Series[float]) -> str:
    return f"\\${costs.sum():,.4f}" if costs.notna().any() else "unknown"


def _amount(tokens: pd.Series[int]) -> str:
    return f"{int(tokens.sum()):,}" if tokens.notna().any() else "unknown"
