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
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.conversation.kind import Kind
from colloquia.conversation.steps import End, Speak, Step, following
from colloquia.conversation.transcript import turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.transcript import Event, Turn
    from colloquia.places import Place

WAYS = ("round robin", "random", "named", "moderator")


@dataclass(frozen=True, kw_only=True)
class Group(Kind):
    """A conversation of several seats."""

    next: str = "round robin"
    """How it is found who speaks next: ``round robin``, ``random``, ``named`` or ``moderator``."""
    moderator: str | None = None
    """The role that names who is next, where ``next`` is ``moderator``."""

    seats_may_change = True

    def check(self, place: Place) -> None:
        """Make sure that there is such a way, and a moderator where one chooses.

        Raises:
            DesignError: a setting says something that cannot be.
        """
        way = place.at("next").known(place.at("next").text(self.next), WAYS, what="way to choose who speaks next")
        if (way == "moderator") != (self.moderator is not None):
            raise place.at("moderator").error('goes with next = "moderator", which needs the role of the moderator.')
        if self.moderator is not None:
            named = place.at("moderator").text(self.moderator)
            place.at("moderator").known(named, self.setup.roles, what="role of this scenario")

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return whose turn it is, or the end by length."""
        said = turns(events)
        if len(said) >= self.num_turns:
            return End(reason="length")
        if not said:
            return Speak(role=self.roles[0], line=self.opening)
        return Speak(role=self._next(said))

    def _next(self, said: Sequence[Turn]) -> str:
        last, absent = said[-1], self.setup.absent(len(said))
        present = [role for role in self.roles if role not in absent]
        others = [role for role in present if role != last.role]
        if self.next == "random" and others:
            return others[self.setup.draws.integer("next speaker", last.turn_id + 1) % len(others)]
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
