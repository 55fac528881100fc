"""What every kind of procedure has: a setup, settings that are its fields, a length, and what comes of a conversation.

A kind is a frozen dataclass whose fields, ``setup`` apart, are the settings that a study may write. It either says
for any transcript what comes next (``next_step``), or, as :class:`Staged`, is written as it is played: from top to
bottom, a generator that yields one step after the other and is sent the turns that each brought.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import MISSING, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from colloquia.conversation.moves import shortest
from colloquia.conversation.steps import Announce, End, Move, Setup, Step
from colloquia.conversation.transcript import Announcement, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.transcript import Event
    from colloquia.places import Place

Play = Generator[Step, tuple[Turn, ...], None]
"""A conversation from its beginning: yields steps, is sent the turns of each ``Speak`` and ``Move``."""

Outcome = str | int | float | bool | None
"""What stands in a column of a table; None where it is not known."""


@dataclass(frozen=True, kw_only=True)
class Kind(ABC):
    """A kind of procedure, made for one conversation."""

    setup: Setup

    version: ClassVar[int] = 1
    """Stands in the identity of its conversations; rises when its file changes what is said."""
    most_seats: ClassVar[int | None] = None
    seats_may_change: ClassVar[bool] = False
    """True where somebody may join or leave on the way."""
    has_moves: ClassVar[bool] = False
    """True where typed moves are made, so that there can be a deal."""
    lengths: ClassVar[frozenset[str]] = frozenset()
    """Settings that stand in for ``num_turns``; like it they are no part of an identity."""
    words: ClassVar[frozenset[str]] = frozenset()
    """Words in braces that its texts are filled with as it goes, such as ``{round}``."""

    @abstractmethod
    def next_step(self, events: Sequence[Event]) -> Step:
        """Return what comes after ``events``; the same events always give the same step."""

    def check(self, place: Place) -> None:  # noqa: B027 (many kinds have nothing to check)
        """Make sure that the settings can be.

        Raises:
            DesignError: one cannot; the message begins with its path below ``place``.
        """

    @classmethod
    def settings(cls) -> dict[str, Any]:
        """Return the settings that a study may write, with their defaults; those it must write are ``MISSING``."""
        return {each.name: _default(each) for each in fields(cls) if each.name != "setup"}

    @classmethod
    def seats(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG003 (some kinds have a setting for it)
        """Return the roles of a scenario in which one prompt serves all seats."""
        return ("A", "B")

    @property
    def num_turns(self) -> int:
        """Utterances, all seats together."""
        return self.setup.num_turns

    @property
    def own_length(self) -> int | None:
        """How many turns a setting of its own makes it; None where ``num_turns`` says so."""
        return None

    @property
    def roles(self) -> tuple[str, ...]:
        """The order in which the roles are likely to speak; what a forecast rests on."""
        return self.setup.from_opener

    @property
    def opening(self) -> str | None:
        """A scripted line said as turn 1."""
        return self.setup.opening

    def lengthened(self, num_turns: int) -> Self:
        """Return the same procedure with another length."""
        return replace(self, setup=replace(self.setup, num_turns=num_turns))

    def slots(self, role: str) -> dict[str, str]:  # noqa: ARG002 (some kinds tell each role its own)
        """Return what fills slots in the prompt of a role: the settings that are texts or numbers."""
        values = {name: getattr(self, name) for name in self.settings()}
        return {name: as_text(value) for name, value in values.items() if isinstance(value, str | int | float)}

    def outcomes(self, said: Sequence[Turn]) -> dict[str, Outcome]:  # noqa: ARG002 (most have none)
        """Return what came of a conversation, by column; the same columns for any turns, also for none."""
        return {}

    def earnings(self, said: Sequence[Turn]) -> dict[int, float]:  # noqa: ARG002 (most have none)
        """Return what moves earned their players, by turn; those that earned nothing known are left out."""
        return {}


class Staged(Kind):
    """A procedure that is written as it is played.

    Its generator may run from the beginning whenever the next step is wanted, so it must depend on nothing but the
    setup, the settings and what it is sent: no clock, no chance but ``setup.draws``. Where the events go on from those
    that it was last asked about, it is only taken up where it stood. It may go on for ever: the length ends the
    conversation.
    """

    @abstractmethod
    def play(self) -> Play:
        """Yield one step after the other; ``Speak`` and ``Move`` bring the turns that were taken, in seat order."""

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return the first step that ``events`` do not answer, or the end where it would be beyond the length."""
        known = [event for event in events if isinstance(event, Turn | Announcement)]
        played: _Played | None = self.__dict__.pop(_PLAYED, None)
        if played is None or known[: played.place] != played.events:
            played = _Played(self.play())
        while not isinstance(played.step, End):
            if not isinstance(played.step, Announce) and played.said >= self.num_turns:
                return End(reason="length")
            if len(known) - played.place < _answers(played.step):  # a round that is half made is still to be made
                played.events = known[: played.place]
                if played.events:
                    self.__dict__[_PLAYED] = played
                break
            played.go_on(known)
        return played.step


_PLAYED = "_played"
"""Where a procedure keeps how far it was played; no field of it, and no part of what it is."""


class _Played:
    """A play on its way: what it asked for last, and the events that it was sent."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.place = self.said = 0
        self.events: Sequence[Event] = []
        self.step = self._next(None)

    def go_on(self, known: Sequence[Event]) -> None:
        """Send the events that answer its step."""
        answers = known[self.place : self.place + _answers(self.step)]
        brought = tuple(event for event in answers if isinstance(event, Turn))
        self.place, self.said = self.place + len(answers), self.said + len(brought)
        self.step = self._next(brought)

    def _next(self, brought: tuple[Turn, ...] | None) -> Step:
        try:
            return next(self._play) if brought is None else self._play.send(brought)
        except StopIteration:
            return End(reason="length")


def _answers(step: Step) -> int:
    """Return how many events answer a step."""
    return len(step.roles) if isinstance(step, Move) else 1


def _default(each: Any) -> Any:  # noqa: ANN401 (a field of a dataclass, and its default)
    return each.default if each.default_factory is MISSING else each.default_factory()


def as_text(value: str | float) -> str:
    """Return a setting as it fills a slot."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else shortest(value)


def worded(text: str, **words: str) -> str:
    """Return a researcher's ``text`` with the words of a procedure filled in; any other brace stays."""
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), text)


def enumerated(words: Sequence[str], joint: str) -> str:
    """Return words as an enumeration: ``J or F``, ``J, F or K``."""
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else words[0]


def shuffled(words: Sequence[str], setup: Setup, what: str, turn: int) -> tuple[str, ...]:
    """Return words in an order that is drawn."""
    left = list(words)
    return tuple(left.pop(setup.draws.integer(f"{what} {place}", turn) % place) for place in range(len(left), 0, -1))
