"""A conversation on its way: what was said, what comes next, and what each seat has seen.

A walk starts from nothing, asks the procedure what comes next, and takes the event it is given. Where the log has
one, it is taken from there; where the log has none, that step is the next work. Resuming, replaying and checking are
therefore the same walk.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from colloquia.conversation.chat_model import Occasion, Reply
from colloquia.conversation.probing import Probing
from colloquia.conversation.steps import Announce, End, Move, Speak
from colloquia.conversation.transcript import Announcement, Event, Events, Turn
from colloquia.conversation.views import views_of
from colloquia.errors import DamagedLogError, DesignError
from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from colloquia.conversation.chat_model import ChatRequest
    from colloquia.conversation.probes import AskedProbe, Probe
    from colloquia.conversation.probing import Due
    from colloquia.conversation.steps import Step
    from colloquia.conversation.talk import Talk
    from colloquia.conversation.transcript import Answer
    from colloquia.conversation.views import View, Windowed


class Asked(Struct, kw_only=True, frozen=True):
    """A turn or a move that nobody has taken yet, and the request for it."""

    role: str
    turn_id: int
    line: str | None
    """The scripted line, where the procedure has one; then there is no request."""
    request: ChatRequest | None
    step: Speak | Move
    """What the procedure asked for."""

    @property
    def sha256(self) -> str | None:
        """Hash of the request; None where nobody is asked."""
        return self.request.sha256 if self.request else None

    def heard(self, turn: Turn) -> Turn:
        """Return the turn with what the procedure knows of it: who hears it, and what of it."""
        if isinstance(self.step, Speak):
            return turn if turn.audience == self.step.audience else structs.replace(turn, audience=self.step.audience)
        return structs.replace(turn, audience=self.step.audience, heard=self.step.heard(turn.content or ""))

    def read(self, turn: Turn) -> Turn:
        """Return the turn with its round and the move that is read in it, where one was asked for."""
        if isinstance(self.step, Speak):
            return turn
        return structs.replace(turn, round=self.step.round, move=self.step.read(self.role, turn.content or ""))

    def stand_in(self, text: str) -> Turn:
        """Return a turn that could be taken here: its scripted line, else ``text``, above a move where one is asked."""
        said = f"{text}\n{self.step.example(self.role)}" if isinstance(self.step, Move) else text
        reply = Reply(content=said if self.line is None else self.line, source="scripted")
        return self.heard(self.read(Turn(turn_id=self.turn_id, role=self.role, reply=reply)))

    def fits(self, turn: Turn) -> bool:
        """Tell whether a turn of the log can be the one that is asked for here."""
        if (turn.turn_id, turn.role) != (self.turn_id, self.role):
            return False
        if isinstance(self.step, Speak):
            return turn.round is None and turn.move is None
        is_known = turn.move is None or self.step.read(self.role, turn.move) == turn.move
        return turn.round == self.step.round and is_known

    def __str__(self) -> str:
        """Return it in words: which turn, and of which round."""
        of_round = f" in round {self.step.round}" if isinstance(self.step, Move) else ""
        return f"turn {self.turn_id} by {self.role!r}{of_round}"


class Question(Struct, kw_only=True, frozen=True):
    """A probe that is due, and the request for its answer."""

    probe: Probe
    asked: AskedProbe
    text: str
    """As it is asked."""
    request: ChatRequest


class _Together(Struct, kw_only=True, frozen=True):
    """What seats are shown at once: an event, or all moves of a round."""

    events: tuple[Event, ...]
    absent: frozenset[str]
    """Roles that are not there, and see none of it."""

    def show(self, role: str, view: View | Windowed) -> None:
        """Show it to a seat, its own move first: it was made before the others were known."""
        if role in self.absent:
            return
        if len(self.events) == 1:
            view.see(self.events[0])
            return
        for event in sorted(self.events, key=lambda event: not isinstance(event, Turn) or event.role != role):
            view.see(event)


class Walk:
    """A conversation on its way: the transcript so far and every seat's view of it."""

    def __init__(self, talk: Talk, answers: Mapping[AskedProbe, Answer] | None = None) -> None:
        """Begin with nothing said.

        Args:
            talk: What decides the conversation.
            answers: The answers to its probes that are on file; None where probes are of no interest.
        """
        self.talk = talk
        self.events = Events()
        self.round: list[Turn] = []
        """Moves of a round that is not complete; nobody has seen them yet."""
        self._moving: Move | None = None
        self._foreseen: tuple[Turn, Step] | None = None
        """A turn that was about to be taken, and what comes after it."""
        self._probing = Probing(() if answers is None else talk.probes, answers or {}, asked_from=talk.asked_from)
        self._shown: list[_Together] = []
        self._views = views_of(talk.seats, kickoff=talk.kickoff, go_on=talk.go_on)
        self._place_of = {seat.role: number for number, seat in enumerate(talk.seats)}
        self._own_turns = dict.fromkeys(self._place_of, 0)

    @property
    def turns(self) -> list[Turn]:
        """The turns among the events."""
        return self.events.turns

    def next(self) -> Asked | End:
        """Return the next turn to be taken, or how the conversation ended; announcements are made on the way."""
        step = self._step()
        return step if isinstance(step, End) else self._asked(step, self._missing(step)[0])

    def due(self, on_text: Callable[[str], None] | None = None) -> Sequence[Asked] | End:
        """Return what can be asked for now: one turn, or every missing move of a round; or how the talk ended."""
        step = self._step()
        if isinstance(step, End):
            return step
        missing = self._missing(step)
        watcher = on_text if len(missing) == 1 else None  # texts of a hidden round would take each other's place
        return [self._asked(step, role, place, watcher) for place, role in enumerate(missing)]

    def probe(self) -> Question | None:
        """Return the next probe that is due and has no answer yet; answers that are on file are taken on the way."""
        while (due := self._due_probe()) is not None:
            probe, asked = due
            if (answer := self._probing.on_file(asked)) is None:
                return self._question(probe, asked)
            self.answer(answer)
        return None

    def answer(self, answer: Answer) -> None:
        """Take in the answer to a probe, and show it to whoever is to remember it."""
        audience = self._probing.take(answer.asked)
        if audience == ():
            return
        event = structs.replace(answer, audience=audience)
        self.events.append(event)
        self._show(_Together(events=(event,), absent=self.talk.schedule.absent(self.said)))

    def pass_by(self, asked: AskedProbe) -> None:
        """Leave a probe unanswered, and go on without it."""
        self._probing.take(asked)

    def take(self, turn: Turn) -> Asked:
        """Append a turn that the log has, and return what it answers.

        Raises:
            DamagedLogError: it is not the turn that the procedure asks for, or an answer before it is not on file.
        """
        while (question := self.probe()) is not None:
            if question.probe.shown != "never":
                raise DamagedLogError(
                    f"conversation {self.talk.trial_id}: the log has turn {turn.turn_id} by {turn.role!r} where the "
                    f"answer to the {question.asked.beside} comes next. Run `colloquia check` to see what is damaged."
                )
            self.pass_by(question.asked)
        asked = self.next()
        if isinstance(asked, End) or not asked.fits(turn):
            expected = "the end" if isinstance(asked, End) else str(asked)
            of_round = f" in round {turn.round}" if turn.round is not None else ""
            move = f", with the move {turn.move!r}," if turn.move is not None else ""
            raise DamagedLogError(
                f"conversation {self.talk.trial_id}: the log has turn {turn.turn_id} by {turn.role!r}{of_round}{move} "
                f"where {expected} comes next. Run `colloquia check` to see what is damaged."
            )
        self.add(asked.heard(turn))
        return asked

    def add(self, event: Event) -> None:
        """Append ``event`` to the transcript and show it to every seat that is there; a move once its round is made."""
        if isinstance(event, Turn) and (heard := self.talk.schedule.heard(event.turn_id)) is not None:
            event = structs.replace(event, heard=heard)
        said = self.said
        self._probing.is_fresh = False
        self.events.append(event)
        if isinstance(event, Turn):
            self._own_turns[event.role] += 1
        if self._moving is not None and isinstance(event, Turn):
            self.round.append(event)
            if len(self.round) < len(self._moving.roles):
                return
        together = _Together(events=tuple(self.round) or (event,), absent=self.talk.schedule.absent(said))
        self._moving, self.round = None, []
        self._probing.is_fresh = isinstance(event, Turn)
        self._show(together)

    def ending(self, turn: Turn) -> str | None:
        """Return how the procedure ends the conversation after ``turn``; None where it goes on, or ends by length."""
        events = Events(self.events)
        events.append(turn)
        step = self.talk.procedure.next_step(events)
        self._foreseen = turn, step
        step = self._behind_announcements(step, events)
        return step.reason if isinstance(step, End) and step.reason != "length" else None

    def is_last_of_round(self, asked: Asked) -> bool:
        """Tell whether nothing is missing of its round once this turn is taken."""
        return isinstance(asked.step, Speak) or len(self.round) + 1 == len(asked.step.roles)

    def _step(self) -> Speak | Move | End:
        """Return what the procedure asks for, once all announcements before it are made."""
        while self._moving is None:
            if self.turns and self.turns[-1].ended_by:
                return End(reason=self.turns[-1].ended_by)
            match self._next_step():
                case Announce(text=text, audience=audience):
                    self.add(Announcement(text=text, audience=audience))
                case Move() as move:
                    self._moving = move
                case Speak() | End() as step:
                    return step
        return self._moving

    def _next_step(self) -> Step:
        """Return what the procedure asks for, which is asked once only where it was asked ahead."""
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is not None and self.events[-1] is foreseen[0]:
            return foreseen[1]
        return self.talk.procedure.next_step(self.events)

    def _behind_announcements(self, step: Step, events: Events) -> Speak | Move | End:
        """Return what is asked for after ``events`` once the announcements are made that come before it."""
        while isinstance(step, Announce):
            events.append(Announcement(text=step.text, audience=step.audience))
            step = self.talk.procedure.next_step(events)
        return step

    def _show(self, together: _Together) -> None:
        self._shown.append(together)
        for role, view in self._views.items():
            together.show(role, view)

    def _due_probe(self) -> Due | None:
        """Return the next probe that is due now: directly after a turn, or before a move that is to be made."""
        if self._probing.is_silent:
            return None
        said, absent = self.said, self.talk.schedule.absent(self.said)
        if self._probing.is_fresh:
            is_over = self._probing.looks_for_end and self._is_over()
            due = self._probing.after(said, absent, is_over=is_over)
            if due is not None or is_over:
                return due
        if not self._probing.looks_for_moves or self.round:
            return None
        step = self._step()
        return self._probing.before_move(said, absent, step.roles) if isinstance(step, Move) else None

    def _is_over(self) -> bool:
        """Tell whether nothing more will be said."""
        if self.turns and self.turns[-1].ended_by:
            return True
        events = Events(self.events)
        return isinstance(self._behind_announcements(self.talk.procedure.next_step(events), events), End)

    def question(self, asked: AskedProbe) -> Question:
        """Return what a role is asked by a probe if it is asked now, whether it is due or not."""
        return self._question(self._probing.probe_of(asked), asked)

    def _question(self, probe: Probe, asked: AskedProbe) -> Question:
        what = f"{asked.beside} after turn {asked.after_turn}"
        draws = self.talk.draws
        text = probe.answers.worded(probe.question, lambda option: draws.integer(f"place of {option} in {what}"))
        self._prompt_anew(asked.role)
        occasion = self._occasion(asked.role, asked.after_turn, draws.integer(what), beside=asked.beside)
        request = self._views[asked.role].request(occasion, question=text)
        return Question(probe=probe, asked=asked, text=text, request=request)

    def _missing(self, step: Speak | Move) -> tuple[str, ...]:
        return (step.role,) if isinstance(step, Speak) else step.roles[len(self.round) :]

    @property
    def said(self) -> int:
        """Turns that were said before the round that is being made, if one is."""
        return len(self.turns) - len(self.round)

    def _prompt_anew(self, role: str) -> None:
        """Give a seat the prompt that the schedule has for it by now: its view is made again from all it heard."""
        prompt = self.talk.schedule.prompt(role, self.said)
        if prompt is None or prompt == self._views[role].seat.prompt:
            return
        changed = [replace(seat, prompt=prompt) if seat.role == role else seat for seat in self.talk.seats]
        view = views_of(changed, kickoff=self.talk.kickoff, go_on=self.talk.go_on)[role]
        for together in self._shown:
            together.show(role, view)
        self._views[role] = view

    def _asked(
        self, step: Speak | Move, role: str, place: int = 0, on_text: Callable[[str], None] | None = None
    ) -> Asked:
        turn_id = len(self.turns) + 1 + place
        line = step.line if isinstance(step, Speak) else step.lines.get(role)
        if line is not None:
            return Asked(role=role, turn_id=turn_id, line=line, request=None, step=step)
        self._prompt_anew(role)
        occasion = self._occasion(role, turn_id, self.talk.draws.integer("turn", turn_id))
        request = self._views[role].request(occasion, on_text)
        return Asked(role=role, turn_id=turn_id, line=None, request=request, step=step)

    def _occasion(self, role: str, turn_id: int, draw: int, beside: str | None = None) -> Occasion:
        return Occasion(
            trial_id=self.talk.trial_id,
            turn_id=turn_id,
            role=role,
            seat=self._place_of[role],
            own_turns=self._own_turns[role],
            draw=draw,
            beside=beside,
        )


def replay(
    talk: Talk, stored: Iterable[Turn], answers: Mapping[AskedProbe, Answer] | None = None
) -> Iterator[tuple[Asked, Turn]]:
    """Yield each stored turn, with what the procedure knows of it, beside the request that it must have answered.

    Raises:
        DamagedLogError: a stored turn is not the one that the procedure asks for.
    """
    walk = Walk(talk, answers)
    for turn in stored:
        asked = walk.take(turn)
        yield asked, asked.heard(turn)


def unanswered(talk: Talk, said: Sequence[Turn], answers: Mapping[AskedProbe, Answer]) -> list[AskedProbe]:
    """Return the probes that are due by now and have no answer, in the order in which they are to be asked."""
    if not talk.probes:
        return []
    walk = Walk(talk, answers)
    missing: list[AskedProbe] = []
    with suppress(DamagedLogError):
        for turn in (*said, None):
            while (question := walk.probe()) is not None:
                missing.append(question.asked)
                walk.pass_by(question.asked)
            if turn is not None:
                walk.take(turn)
    return missing


def is_over(talk: Talk, said: Sequence[Turn]) -> bool:
    """Tell whether the last turn ended the conversation; one whose round is not complete has not yet."""
    if not said or said[-1].ended_by is None:
        return False
    if said[-1].round is None:
        return True
    walk = Walk(talk)
    with suppress(DamagedLogError, DesignError):
        for turn in said:
            walk.take(turn)
    return not walk.round
