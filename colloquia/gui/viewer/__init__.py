"""The viewer of transcripts: text exactly as it was said, and never anything but text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_TURNS = 2_000
"""More turns than this are shown in parts."""


@dataclass(frozen=True, kw_only=True)
class ShownTurn:
    """One turn as it stands in the viewer."""

    turn: int
    speaker: str
    side: int
    """Which seat, counted from 0: the colour and the margin."""
    text: str | None
    model: str = ""
    meta: str = ""
    """Latency, tokens, cost, in words."""
    badges: tuple[str, ...] = ()
    pieces: tuple[tuple[str, bool], ...] | None = None
    """The text in pieces, each with whether it is marked; None where nothing is marked."""
    is_picked: bool = False


def show(
    turns: Sequence[ShownTurn],
    *,
    conversation: str,
    key: str,
    focus: int | None = None,
    height: int | None = 640,
    follow: bool = False,
    note: str = "",
) -> int | None:
    """Show a transcript, and return the turn whose number was clicked just now.

    Args:
        turns: What is shown, in order.
        conversation: Tells one conversation from another, so that a live one is appended to.
        key: The viewer's own key on the page.
        focus: The turn to scroll to.
        height: Pixels; None for as high as it is long.
        follow: Keep the newest turn in sight while the reader is at the end.
        note: A sentence above the turns.
    """
    data = {
        "turns": [asdict(turn) for turn in turns[-MOST_TURNS:]],
        "conversation": conversation,
        "focus": focus,
        "height": height,
        "follow": follow,
        "note": note,
    }
    picked: int | None = _component()(data=data, key=key, on_picked_change=lambda: None).picked
    return picked


@cache
def _component() -> Callable[..., Any]:
    here = files(__package__ or "colloquia.gui.viewer")
    component: Callable[..., Any] = st.components.v2.component(
        "colloquia_viewer",
        html='<div class="note" hidden></div><div class="turns" role="log" aria-label="Transcript" tabindex="0"></div>',
        css=here.joinpath("viewer.css").read_text(encoding="utf-8"),
        js=here.joinpath("viewer.js").read_text(encoding="utf-8"),
    )
    return component
