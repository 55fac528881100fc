"""Procedures played out by scripted seats, without models: what is asked, what is said, what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders import setup, turn

from colloquia.conversation.steps import Announce, End, Move
from colloquia.conversation.transcript import Announcement, Turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.conversation.kind import Kind
    from colloquia.conversation.transcript import Event

    Says = Callable[[str, int], str]
    """What a role says at its turn of that number."""

__all__ = ["play", "read_by", "said", "setup"]


def play(procedure: Kind, says: Says) -> tuple[list[Event], str]:
    """Return all that happens when every role says what it is told to, and how it ended."""
    events: list[Event] = []
    while True:
        step = procedure.next_step(events)
        if isinstance(step, End):
            return events, step.reason
        if isinstance(step, Announce):
            events.append(Announcement(text=step.text, audience=step.audience))
            continue
        roles = step.roles if isinstance(step, Move) else (step.role,)
        for role in roles:
            turn_id = len(said(events)) + 1
            line = step.lines.get(role) if isinstance(step, Move) else step.line
            text = says(role, turn_id) if line is None else line
            known = {"round": step.round, "move": step.read(role, text)} if isinstance(step, Move) else {}
            events.append(turn(turn_id, role, text, audience=step.audience, **known))


def said(events: list[Event]) -> list[Turn]:
    """Return the turns."""
    return [event for event in events if isinstance(event, Turn)]


def read_by(events: list[Event], role: str) -> list[str]:
    """Return the announcements that a role reads."""
    made = [event for event in events if isinstance(event, Announcement)]
    return [event.text for event in made if event.audience is None or role in event.audience]
