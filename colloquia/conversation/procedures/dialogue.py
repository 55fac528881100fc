"""Two seats speak in turn until the planned length is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.conversation.steps import End, Speak, Step
from colloquia.conversation.transcript import turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.transcript import Event

VERSION = 1
"""Stands in the identity of every dialogue; rises when this file changes what is said."""


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """Seats take turns in order, beginning with the opener."""

    roles: tuple[str, ...]
    """In order of speaking: the opener first."""
    num_turns: int
    """Utterances, all seats together."""
    opening: str | None = None
    """A scripted line said as turn 1; None where the opener is asked."""

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return whose turn it is, or the end by length."""
        said = len(turns(events))
        if said >= self.num_turns:
            return End(reason="length")
        line = self.opening if said == 0 else None
        return Speak(role=self.roles[said % len(self.roles)], line=line)
