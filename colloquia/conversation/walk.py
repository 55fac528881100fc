"""A conversation on its way: what was said, what comes next, and what each seat has seen.

A walk starts from nothing, asks the procedure what comes next, and takes the event it is given. Where the log has
one, it is taken from there; where the log has none, that step is the next work. Resuming, replaying and checking are
therefore the same walk.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from colloquia.conversation.chat_model import Occasion
from colloquia.conversation.schedule import Schedule
from colloquia.conversation.steps import Announce, End, Speak
from colloquia.conversation.transcript import Announcement, Event, Turn, turns
from colloquia.conversation.views import views_of
from colloquia.errors import DamagedLogError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.conversation.draws import Draws
    from colloquia.conversation.participants import Seat
    from colloquia.conversation.steps import Procedure
    from colloquia.conversation.stopping import Rule


@dataclass(frozen=True, kw_only=True)
class Talk:
    """All that decides what is said in one conversation, the models' answers apart."""

    trial_id: str
    seats: tuple[Seat, ...]
    procedure: Procedure
    kickoff: str
    go_on: str
    stop: tuple[Rule, ...]
    draws: Draws
    schedule: Schedule = field(default_factory=Schedule)
    """What happens besides, at given turns."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A turn that nobody has taken yet, and the request for it."""

    role: str
    turn_id: int
    line: str | None
    """The scripted line, where the procedure has one; then there is no request."""
    request: ChatRequest | None


class Walk:
    """A conversation on its way: the transcript so far and every seat's view of it."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.events: list[Event] = []
        self._views = views_of(talk.seats, kickoff=talk.kickoff, go_on=talk.go_on)
        self._seat_of = {seat.role: number for number, seat in enumerate(talk.seats)}

    def next(self, on_text: Callable[[str], None] | None = None) -> Asked | End:
        """Return the next turn to be taken, or how the conversation ended; announcements are made on the way."""
        while True:
            said = turns(self.events)
            if said and said[-1].ended_by:
                return End(reason=said[-1].ended_by)
            match self.talk.procedure.next_step(self.events):
                case Announce(text=text, audience=audience):
                    self.add(Announcement(text=text, audience=audience))
                case Speak(role=role, line=line):
                    return self._asked(role, line, len(said) + 1, on_text)
                case End() as end:
                    return end

    def take(self, turn: Turn) -> Asked:
        """Append a turn that the log has, and return what it answers.

        Raises:
            DamagedLogError: it is not the turn that the procedure asks for.
        """
        asked = self.next()
        expected = "the end" if isinstance(asked, End) else f"turn {asked.turn_id} by {asked.role!r}"
        if isinstance(asked, End) or (asked.turn_id, asked.role) != (turn.turn_id, turn.role):
            raise DamagedLogError(
                f"conversation {self.talk.trial_id}: the log has turn {turn.turn_id} by {turn.role!r} where "
                f"{expected} comes next. Run `colloquia check` to see what is damaged."
            )
        self.add(turn)
        return asked

    def add(self, event: Event) -> None:
        """Append ``event`` to the transcript and show it to every seat that is there."""
        if isinstance(event, Turn) and (heard := self.talk.schedule.heard(event.turn_id)) is not None:
            event = replace(event, heard=heard)
        absent = self.talk.schedule.absent(len(turns(self.events)))
        self.events.append(event)
        for role, view in self._views.items():
            if role not in absent:
                view.see(event)

    def _prompt_anew(self, role: str) -> None:
        """Give a seat the prompt that the schedule has for it by now: its view is made again from all it heard."""
        seats, said = self.talk.seats, 0
        prompt = self.talk.schedule.prompt(role, len(turns(self.events)))
        if prompt is None or prompt == self._views[role].seat.prompt:
            return
        changed = [replace(seat, prompt=prompt) if seat.role == role else seat for seat in seats]
        view = views_of(changed, kickoff=self.talk.kickoff, go_on=self.talk.go_on)[role]
        for event in self.events:
            if role not in self.talk.schedule.absent(said):
                view.see(event)
            said += isinstance(event, Turn)
        self._views[role] = view

    def _asked(self, role: str, line: str | None, turn_id: int, on_text: Callable[[str], None] | None) -> Asked:
        if line is not None:
            return Asked(role=role, turn_id=turn_id, line=line, request=None)
        self._prompt_anew(role)
        occasion = Occasion(
            trial_id=self.talk.trial_id,
            turn_id=turn_id,
            role=role,
            seat=self._seat_of[role],
            own_turns=sum(turn.role == role for turn in turns(self.events)),
            draw=self.talk.draws.integer("turn", turn_id),
        )
        return Asked(role=role, turn_id=turn_id, line=None, request=self._views[role].request(occasion, on_text))


def replay(talk: Talk, stored: Iterable[Turn]) -> Iterator[tuple[Asked, Turn]]:
    """Yield each stored turn beside the request that it must have answered.

    Raises:
        DamagedLogError: a stored turn is not the one that the procedure asks for.
    """
    walk = Walk(talk)
    for turn in stored:
        yield walk.take(turn), turn
