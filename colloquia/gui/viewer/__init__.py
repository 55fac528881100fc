"""The viewer of transcripts: text exactly as it was said, and never anything but text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import streamlit as st

from colloquia.gui import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.logbook.record import TurnRow

MOST_TURNS = 10_000
"""Of a longer conversation the last turns are shown, and a note says so."""
BADGED = ("simulated", "scripted", "embedded", "human")
"""Sources of a turn that are said wherever it is read: no finding about a language model may rest on it."""


@dataclass(frozen=True, kw_only=True)
class ShownTurn:
    """One turn as it stands in the viewer; all its texts may be foreign, and are shown exactly."""

    turn: int
    speaker: str
    """Role, or how it is called where names are hidden."""
    side: int
    """Which seat, counted from 0: the colour and the margin."""
    text: str | None
    """None where there was none."""
    model: str = ""
    meta: str = ""
    """Latency, tokens, cost, in words."""
    badges: tuple[str, ...] = ()
    pieces: tuple[tuple[str, bool], ...] | None = None
    """The text in pieces, each with whether it is marked; None where nothing is marked."""
    is_picked: bool = False
    is_writing: bool = False
    """True for a turn that is being generated."""


def badges_of(source: str, *, is_refusal: bool = False, is_truncated: bool = False) -> tuple[str, ...]:
    """Return what must be said of a turn wherever it is read."""
    found = [(source.upper(), source in BADGED), ("REFUSAL", is_refusal), ("CUT", is_truncated)]
    return tuple(word for word, holds in found if holds)


def of_row(row: TurnRow, roles: Sequence[str]) -> ShownTurn:
    """Return a turn of the log as it stands in the viewer; ``roles`` are those of the conversation, in seat order."""
    return ShownTurn(
        turn=row.turn_id,
        speaker=row.speaker_role,
        model=row.speaker_model,
        side=roles.index(row.speaker_role) if row.speaker_role in roles else 0,
        text=row.content,
        meta=words.facts(row.latency_ms, row.output_tokens, row.cost_usd),
        badges=badges_of(row.source, is_refusal=row.is_refusal, is_truncated=row.is_truncated),
    )


def show(
    turns: Sequence[ShownTurn],
    *,
    conversation: str,
    key: str,
    focus: int | None = None,
    height: int | None = 640,
    follow: bool = False,
    note: str = "",
    writing: ShownTurn | None = None,
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
        writing: The turn that is being generated.
    """
    left_out = len(turns) - MOST_TURNS
    notes = [note, f"The first {left_out:,} turns are left out here." if left_out > 0 else ""]
    data = {
        "turns": [asdict(turn) for turn in turns[-MOST_TURNS:]],
        "conversation": conversation,
        "focus": focus,
        "height": height,
        "follow": follow,
        "note": " ".join(filter(None, notes)),
        "writing": asdict(writing) if writing else None,
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
