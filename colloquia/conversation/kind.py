"""What every kind of procedure has: a setup, settings that are its fields, a length, and what comes of a conversation.

A kind is a frozen dataclass whose fields, ``setup`` apart, are the settings that a study may write. It either says
for any transcript what comes next (``next_step``), or, as :class:`Staged`, is written as it is played: from top to
bottom, a generator that yields one step after the other and is sent the turns that each brought.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Generator
from dataclasses import MISSING, dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from colloquia.conversation.moves import shortest
from colloquia.conversation.steps import End, Move, Setup, Speak, Step
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
    has_opening: ClassVar[bool] = True
    """False where its first turn is a move or a question, for which a scripted opening cannot stand."""
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
        values = {name: getattr(self, name) for name in _setting_names(type(self))}
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
    setup, the settings and what it is sent: no clock, no chance but ``setup.draws``. Where the events begin as those
    that it was asked about before, it is only taken up where it stood. It may go on for ever: the length ends the
    conversation.
    """

    @abstractmethod
    def play(self) -> Play:
        """Yield one step after the other; ``Speak`` and ``Move`` bring the turns that were taken, in seat order."""

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return the first step that ``events`` do not answer, or the end where it would be beyond the length."""
        course: _Course | None = self.__dict__.pop("_course", None)
        if course is None or not course.is_begun_by(events):
            course = _Course(self.play(), self.num_turns)
        step = course.after(events)
        if not isinstance(step, End):  # a talk that is over keeps nothing
            self.__dict__["_course"] = course
        return step

    def __getstate__(self) -> dict[str, Any]:
        """Return what it is, without what is only remembered."""
        return {name: value for name, value in self.__dict__.items() if name != "_course"}


class _Course:
    """A generator under way: what it was sent, and every step that it waited at."""

    def __init__(self, play: Play, most: int) -> None:
        self._play = play
        self._most = most
        self._sent: list[Event] = []
        self._places = [0]
        """How many events it had been sent at each of its steps."""
        self._steps = [_within(next(play, _LENGTH), said=0, most=most)]
        self._said = 0

    def is_begun_by(self, events: Sequence[Event]) -> bool:
        """Tell whether ``events`` and what it was sent begin alike, as far as both go."""
        known = min(len(events), len(self._sent))
        ours = list(events[:known])
        if ours != self._sent[:known]:
            return False
        self._sent[:known] = ours  # the very objects, which compare fastest
        return True

    def after(self, events: Sequence[Event]) -> Step:
        """Return the step at which it waits after ``events``, having been sent what it was not sent yet."""
        while len(self._sent) < len(events) and self._goes_on(events):
            pass
        return self._steps[bisect_right(self._places, len(events)) - 1]

    def _goes_on(self, events: Sequence[Event]) -> bool:
        """Send what answers its last step, if that is there; return whether it was."""
        step = self._steps[-1]
        if isinstance(step, End):
            return False
        wanted = len(step.roles) if isinstance(step, Move) else 1
        answers, end = _next_known(events, len(self._sent), wanted)
        if len(answers) < wanted:  # a round that is half made is still to be made
            return False
        brought = tuple(event for event in answers if isinstance(event, Turn))
        self._sent += events[len(self._sent) : end]
        self._said += len(brought)
        try:
            step = self._play.send(brought)
        except StopIteration:
            step = _LENGTH
        self._places.append(len(self._sent))
        self._steps.append(_within(step, said=self._said, most=self._most))
        return True


def _within(step: Step, *, said: int, most: int) -> Step:
    """Return a step, or the end where it would go beyond the length."""
    return _LENGTH if said >= most and isinstance(step, Speak | Move) else step


_LENGTH = End(reason="length")


def _next_known(events: Sequence[Event], start: int, wanted: int) -> tuple[list[Event], int]:
    """Return the next turns and announcements from a place on, answers to probes left out, and where they end."""
    found: list[Event] = []
    for place in range(start, len(events)):
        if isinstance(events[place], Turn | Announcement):
            found.append(events[place])
        if len(found) == wanted:
            return found, place + 1
    return found, len(events)


@lru_cache(maxsize=64)  # a researcher's own file makes another class each time it is run
def _setting_names(kind: type[Kind]) -> tuple[str, ...]:
    return tuple(kind.settings())


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
