"""Two seats speak in turn until the planned length is reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colloquia.conversation.steps import End, Speak, Step
from colloquia.conversation.transcript import turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.steps import Setup
    from colloquia.conversation.transcript import Event

VERSION = 1
"""Stands in the identity of every dialogue; rises when this file changes what is said."""
DEFAULTS: Mapping[str, str | None] = {}
"""Settings that a study may write."""
MOST_SEATS = 2


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

    def lengthened(self, num_turns: int) -> Dialogue:
        """Return the same dialogue of another length."""
        return replace(self, num_turns=num_turns)


def made(setup: Setup, settings: Mapping[str, str | None]) -> Dialogue:  # noqa: ARG001 (a dialogue has no settings)
    """Return the dialogue of a conversation."""
    return Dialogue(roles=setup.from_opener, num_turns=setup.num_turns, opening=setup.opening)
