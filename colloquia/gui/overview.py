"""The view Overview of the page Analyze: what to know before any result, what was spent, and every cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.analysis.estimates import estimates
from colloquia.analysis.figures.endings import endings
from colloquia.analysis.health import health, mixed_providers
from colloquia.gui import plain, words
from colloquia.gui.showing import draw, numbers
from colloquia.lab.planning import amounts
from colloquia.logbook.attempts import BILLED_SOURCES

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.tables import Frames
    from colloquia.gui.filtering import Looked
    from colloquia.logbook.folder import RunFolder


def show(looked: Looked) -> None:
    """Show failures before results, then what it took, then every cell."""
    frames = looked.selected
    found = health(frames)
    _troubles(found, frames)
    _amounts(frames)
    draw(endings(frames))
    st.markdown("##### What went otherwise than planned")
    numbers(found.drop(columns="needs_care"), "health(frames)", "health")
    _estimates(looked.folder, looked.frames)
    st.markdown("##### Cells")
    st.caption("Of all conversations of the folder, forks included; whatever is filtered.")
    numbers(frames.cells.dropna(axis="columns", how="all"), "frames.cells", "cells")


def _troubles(found: pd.DataFrame, frames: Frames) -> None:
    troubles = found[(found["number"] > 0) & found["needs_care"]]
    if troubles.empty:
        some = int((found["number"] > 0).sum())
        rest = f" {amounts.count(some, 'smaller thing')} to know stand below." if some else ""
        st.success(f"The selected conversations ran as planned.{rest}", icon=":material/check_circle:")
        return
    said = [f"- **{row.number:,} of {row.of:,} {row.unit}** {row.what}. {row.why}" for row in troubles.itertuples()]
    st.warning("\n".join(["Before any result:", *said]), icon=":material/warning:")
    for model, providers in mixed_providers(frames.turns).items():
        plain.text(f"{model} was served by {', '.join(providers)}.")


def _amounts(frames: Frames) -> None:
    turns, conversations = frames.turns, frames.conversations
    with st.container(horizontal=True, gap="large"):
        st.metric("Conversations", f"{len(conversations):,}", width="content")
        st.metric("Turns", f"{len(turns):,}", width="content")
        st.metric("Billed for turns", _billed(turns), width="content")
        st.metric("Tokens in", _amount(turns["input_tokens"]), width="content")
        st.metric("Tokens out", _amount(turns["output_tokens"]), width="content")


def _estimates(folder: RunFolder, frames: Frames) -> None:
    """Show the forecast beside the bill, where anything could be billed."""
    found = estimates(folder, frames.turns)
    found = found[found["estimated_usd"].notna() | (found["turns_planned"] > 0)]  # the others are of judges
    found = found[[*(name for name in found if name != "run"), "run"]]
    if found["billed_usd"].fillna(0).eq(0).all() and found["estimated_usd"].fillna(0).eq(0).all():
        return
    st.markdown("##### Estimated and billed")
    st.caption("What each run was expected to cost when it began, and what its turns cost; whatever is filtered.")
    numbers(found, "estimates(folder, frames.turns)", "estimates")


def _billed(turns: pd.DataFrame) -> str:
    """Return what turns cost, with a plus where some that were billed have no price; others cost nothing."""
    costs = turns["cost_usd"]
    is_unpriced = bool((turns["source"].isin(BILLED_SOURCES) & costs.isna()).any())
    if is_unpriced and costs.isna().all():
        return "unknown"
    return f"{words.money(float(costs.sum()))}{'+' if is_unpriced else ''}"


def _amount(tokens: pd.Series[int]) -> str:
    return f"{int(tokens.sum()):,}" if tokens.notna().any() else "unknown"
