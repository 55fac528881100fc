"""Two seats or more: who speaks next goes round, is drawn, is named by the last turn, or is named by a moderator.

``round robin``
    The seats in their order, beginning with the opener.
``random``
    Each turn another seat than the last, drawn from the study's seed.
``named``
    Whom the last turn names: the role that is named last in it. Where it names nobody, the seats go round.
``moderator``
    The moderator speaks every other turn and names who is next; where it names nobody, the others go round.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colloquia.conversation.steps import End, Speak, Step, following, nobody
from colloquia.conversation.transcript import turns
from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from colloquia.conversation.draws import Draws
    from colloquia.conversation.steps import Setup
    from colloquia.conversation.transcript import Event, Turn

VERSION = 1
"""Stands in the identity of every group conversation; rises when this file changes what is said."""
DEFAULTS: Mapping[str, str | None] = {"next": "round robin", "moderator": None}
"""Settings that a study may write."""
WAYS = ("round robin", "random", "named", "moderator")
MOST_SEATS = None
SEATS_MAY_CHANGE = True
"""Somebody may join or leave on the way."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """A conversation of several seats."""

    roles: tuple[str, ...]
    """In seat order, beginning with the opener."""
    num_turns: int
    """Utterances, all seats together."""
    draws: Draws
    next: str = "round robin"
    moderator: str | None = None
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
        return Speak(role=self._next(said))

    def lengthened(self, num_turns: int) -> Group:
        """Return the same group with another length."""
        return replace(self, num_turns=num_turns)

    def _next(self, said: Sequence[Turn]) -> str:
        last, absent = said[-1], self.absent(len(said))
        present = [role for role in self.roles if role not in absent]
        others = [role for role in present if role != last.role]
        if self.next == "random" and others:
            return others[self.draws.integer("next speaker", last.turn_id + 1) % len(others)]
        if self.next == "named" and (named := _named(last, present)):
            return named
        if self.next == "moderator" and self.moderator in present:
            return self._moderated(said, self.moderator, present)
        return following(last.role, self.roles, absent)

    def _moderated(self, said: Sequence[Turn], moderator: str, present: Sequence[str]) -> str:
        others = [role for role in present if role != moderator]
        if said[-1].role != moderator or not others:
            return moderator
        before = next((turn.role for turn in reversed(said) if turn.role != moderator), None)
        if named := _named(said[-1], others):
            return named
        absent = [role for role in self.roles if role not in others]
        return following(before, self.roles, absent) if before else others[0]


def _named(turn: Turn, roles: Sequence[str]) -> str | None:
    """Return the role that is named last in a turn, as a whole word, its own speaker apart."""
    text = turn.content or ""
    found = {
        role: [match.start() for match in re.finditer(rf"(?<!\w){re.escape(role)}(?!\w)", text, re.IGNORECASE)]
        for role in roles
        if role != turn.role
    }
    named = {role: places[-1] for role, places in found.items() if places}
    return max(named, key=lambda role: (named[role], len(role))) if named else None


def made(setup: Setup, settings: Mapping[str, str | None]) -> Group:
    """Return the group of a conversation.

    Raises:
        DesignError: a setting says something that cannot be.
    """
    way, moderator = settings["next"] or "", settings["moderator"]
    if way not in WAYS:
        raise DesignError(f"next: {way!r} is no way to choose who speaks next.{nearest(way, WAYS)}")
    if (way == "moderator") != (moderator is not None):
        raise DesignError('moderator: goes with next = "moderator", which needs the role of the moderator.')
    if moderator is not None and moderator not in setup.roles:
        raise DesignError(f"moderator: {moderator!r} is no role of this scenario.{nearest(moderator, setup.roles)}")
    return Group(
        roles=setup.from_opener,
        num_turns=setup.num_turns,
        draws=setup.draws,
        next=way,
        moderator=moderator,
        opening=setup.opening,
        absent=setup.absent,
    )
