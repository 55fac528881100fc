"""Two seats speak in turn until the planned length is reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colloquia.conversation.steps import End, Speak, Step, following, nobody
from colloquia.conversation.transcript import turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from colloquia.conversation.steps import Setup
    from colloquia.conversation.transcript import Event

VERSION = 1
"""Stands in the identity of every dialogue; rises when this file changes what is said."""
DEFAULTS: Mapping[str, str | None] = {}
"""Settings that a study may write."""
MOST_SEATS = 2
SEATS_MAY_CHANGE = True
"""Somebody may join or leave on the way."""


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """Seats take turns in order, beginning with the opener."""

    roles: tuple[str, ...]
    """In order of speaking: the opener first."""
    num_turns: int
    """Utterances, all seats together."""
    opening: str | None = None
    """A scripted line said as turn 1; None where the opener is asked."""
    absent: Callable[[int], frozenset[str]] = nobody
    """The roles that are not there when so many turns were said."""

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return whose turn it is, or the end by length."""
        said = turns(events)
        if len(said) >= self.num_turns:
            return End(reason="length")
        if not said:
            return Speak(role=self.roles[0], line=self.opening)
        return Speak(role=following(said[-1].role, self.roles, self.absent(len(said))))

    def lengthened(self, num_turns: int) -> Dialogue:
        """Return the same dialogue of another length."""
        return replace(self, num_turns=num_turns)


def made(setup: Setup, settings: Mapping[str, str | None]) -> Dialogue:  # noqa: ARG001 (a dialogue has no settings)
    """Return the dialogue of a conversation."""
    return Dialogue(roles=setup.from_opener, num_turns=setup.num_turns, opening=setup.opening, absent=setup.absent)
