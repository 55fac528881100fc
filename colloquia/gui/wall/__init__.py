"""The wall: every conversation of a run as a tile, with its state as icon and word; a click chooses one."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.lab.watching.course import Course, Doing

MOST_TILES = 300
"""More conversations than this are shown in part, those first that are being held or failed."""
WORDS: dict[Doing, tuple[str, str]] = {
    "speaking": ("●", "speaking"),
    "retrying": ("↻", "trying again"),
    "open": ("◐", "begun"),
    "waiting": ("○", "waiting"),
    "failed": ("⚠", "failed"),
    "done": ("✓", "done"),
}
"""What a conversation does: icon and word."""
UNPLANNED = ("·", "not in the plan")
"""What is said of a conversation that the latest study leaves out: it is neither done nor missing."""
_FIRST: tuple[Doing, ...] = ("speaking", "retrying", "failed", "open", "waiting", "done")


def show(
    courses: Sequence[Course],
    *,
    chosen: str | None,
    is_pinned: bool,
    key: str,
    height: int,
    on_pick: Callable[[], None],
) -> None:
    """Show the wall.

    Args:
        courses: The conversations.
        chosen: The one that is read now, by trial id.
        is_pinned: Whether the reader chose it, so that the wall is scrolled to it once.
        key: The wall's own key on the page; ``st.session_state[key].picked`` is the trial id that was clicked.
        height: Pixels.
        on_pick: Called when a tile was clicked.
    """
    tiles = [_tile(course, chosen) for course in fitting(courses)]
    data = {"tiles": tiles, "brings": chosen if is_pinned else None, "height": height}
    _component()(data=data, key=key, on_picked_change=on_pick)


def fitting(courses: Sequence[Course]) -> list[Course]:
    """Return the conversations that have room on the wall, in their order."""
    if len(courses) <= MOST_TILES:
        return list(courses)
    first = sorted(courses, key=lambda course: (_FIRST.index(course.doing), course.number))[:MOST_TILES]
    return sorted(first, key=lambda course: course.number)


def _tile(course: Course, chosen: str | None) -> dict[str, Any]:
    icon, word = WORDS[course.doing] if course.is_planned else UNPLANNED
    if course.doing == "speaking" and course.speaker:
        word = f"{course.speaker} is speaking"
    elif course.ended_by and course.doing == "done" and course.is_planned:
        word = f"ended: {course.ended_by}"
    return {
        "id": course.trial_id,
        "name": f"#{course.number} {course.scenario}",
        "who": " ↔ ".join(name for _, name in course.seats),
        "turns": f"{course.turns}/{course.planned_turns}" if course.planned_turns else f"{course.turns}",
        "share": course.share,
        "icon": icon,
        "doing": course.doing,
        "word": word,
        "hint": course.message,
        "isChosen": course.trial_id == chosen,
    }


@cache
def _component() -> Callable[..., Any]:
    here = files(__package__ or "colloquia.gui.wall")
    component: Callable[..., Any] = st.components.v2.component(
        "colloquia_wall",
        html='<div class="wall" role="listbox" aria-label="Conversations"></div>',
        css=here.joinpath("wall.css").read_text(encoding="utf-8"),
        js=here.joinpath("wall.js").read_text(encoding="utf-8"),
    )
    return component
