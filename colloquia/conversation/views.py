"""How one participant sees the transcript: the messages it is sent when it is its turn.

``flip``
    An optional system message with the role's prompt, then strictly alternating user and assistant, beginning and
    ending with user. What others said since one's own last turn is one user message, its parts joined by a blank
    line: bare in a dyad, ``role: text`` in a group, an announcement as the researcher wrote it. Where the first
    would be an assistant message (a scripted opening) the kick-off goes before it; where nothing was heard since
    one's own last turn, ``go_on`` follows. Own turns stand as received.
    A probe that is remembered stands there as user and assistant; others that are to know hear question and answer.
``script``
    One text: the prompt, then a ``Name: text`` line for each turn, ending with one's own ``Name:`` for the model to
    complete. A kick-off is written only where the researcher wrote one, since the last line says who speaks; it then
    stays before the opener's first line.

Hidden reasoning is never part of a view. A view grows by appending, so that each message is encoded and hashed once
and the prefix of a request stays the same byte by byte.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from hashlib import sha256
from itertools import dropwhile
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from msgspec.structs import replace

from colloquia.conversation.chat_model import ChatRequest, Message
from colloquia.conversation.hashing import ended, request_sha256
from colloquia.conversation.materials import DEFAULT_KICKOFF
from colloquia.conversation.transcript import Announcement, Answer, Turn, is_audible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from colloquia.conversation.chat_model import Occasion
    from colloquia.conversation.participants import Seat
    from colloquia.conversation.transcript import Event

_encode = msgspec.json.Encoder().encode


class View(ABC):
    """What one seat has seen so far."""

    _settles: ClassVar[bool] = True
    """Whether what a request ends with comes to stand behind it as it was."""

    def __init__(self, seat: Seat, *, is_dyad: bool, kickoff: str, go_on: str) -> None:
        self.seat = seat
        self._is_dyad = is_dyad
        self._kickoff = kickoff
        self._go_on = go_on
        self._settled: list[Message] = []
        self._settled_json = bytearray(b"[")
        self._hash = sha256(seat.participant.hashed_first + b"[")
        self._pending: list[str] = []
        self._last: tuple[Message | None, bytes] = (None, b"")
        """What the last request ended with, encoded: what is said to it will stand behind it."""

    @abstractmethod
    def see(self, event: Event) -> None:
        """Take in the next event of the transcript, or pass over it where this seat does not hear it."""

    @abstractmethod
    def _tail(self, question: str | None = None) -> Message | None:
        """Return what follows the settled messages if the seat is asked now, for its turn or by a probe."""

    def request(
        self, occasion: Occasion, on_text: Callable[[str], None] | None = None, *, question: str | None = None
    ) -> ChatRequest:
        """Return what the seat is sent if it is asked now; a sampling ``seed = "auto"`` becomes this turn's draw.

        With a ``question`` it is asked that beside the conversation, on a copy of what it has seen.
        """
        participant = self.seat.participant
        sampling = with_seed(participant.sampling, occasion.draw)
        tail = self._tail(question)
        messages = (*self._settled, tail) if tail else tuple(self._settled)
        data = _encoded(tail, self._settled) if tail else b""
        if self._settles:
            self._last = tail, data
        rest = data + b"]"
        messages_json = b"".join((self._settled_json, rest))
        is_drawn = sampling is not participant.sampling
        return ChatRequest(
            slug=participant.slug,
            routing=participant.routing,
            sampling=sampling,
            messages=messages,
            messages_json=messages_json,
            sha256=request_sha256(participant.identity_slug, participant.routing, sampling, messages_json)
            if is_drawn
            else ended(self._hash.copy(), rest),
            occasion=occasion,
            kept=len(messages) if question is None else len(self._settled),
            on_text=on_text,
        )

    def _settle(self, message: Message) -> None:
        last, data = self._last
        if message != last:
            data = _encoded(message, self._settled)
        self._last = None, b""
        self._settled_json += data
        self._hash.update(data)
        self._settled.append(message)

    def _wording(self, event: Event) -> str:
        if isinstance(event, Announcement):
            return event.text
        said = self._said(event)
        return said if self._is_dyad else f"{event.role}: {said}"

    def _said(self, said: Turn | Answer) -> str:
        """Return what this seat knows of a turn: its own as said, another's as heard."""
        if isinstance(said, Answer):
            return said.content or ""
        is_own = said.role == self.seat.role
        return (said.content if is_own or said.heard is None else said.heard) or ""


class FlipView(View):
    """One's own turns as assistant, all that was heard as user."""

    def __init__(self, seat: Seat, *, is_dyad: bool, kickoff: str, go_on: str) -> None:
        super().__init__(seat, is_dyad=is_dyad, kickoff=kickoff, go_on=go_on)
        self._has_begun = False
        """True once it has said or heard anything, probes at the start apart."""
        if seat.prompt:
            self._settle(Message(role="system", content=seat.prompt))

    def see(self, event: Event) -> None:
        """Append one's own turn or answer after what was heard before it, or remember what was heard."""
        if not is_audible(event, self.seat.role):
            return
        if not isinstance(event, Announcement) and event.role == self.seat.role:
            self._settle(self._tail(event.question if isinstance(event, Answer) else None))
            self._settle(Message(role="assistant", content=self._said(event)))
            self._pending = []
        else:
            self._pending += [event.question] if isinstance(event, Answer) else []
            self._pending.append(self._wording(event))
        self._has_begun |= not isinstance(event, Answer)

    def _tail(self, question: str | None = None) -> Message:
        heard = self._pending if question is None else [*self._pending, question]
        if heard:
            return Message(role="user", content="\n\n".join(heard))
        return Message(role="user", content=self._go_on if self._has_begun else self._kickoff)


class ScriptView(View):
    """One growing text that ends with the name of who speaks next."""

    _settles = False

    def __init__(self, seat: Seat, *, is_dyad: bool, kickoff: str, go_on: str) -> None:
        super().__init__(seat, is_dyad=is_dyad, kickoff=kickoff, go_on=go_on)
        self._text = f"{seat.prompt}\n\n" if seat.prompt else ""
        self._has_lines = False

    def see(self, event: Event) -> None:
        """Append the event as a line of its own."""
        if not is_audible(event, self.seat.role):
            return
        if isinstance(event, Announcement):
            self._text += f"{_on_one_line(event.text)}\n"
        else:
            question = event.question if isinstance(event, Answer) else None
            is_directed = event.role == self.seat.role or question is not None
            direction = self._direction(question) if is_directed else ""
            self._text += f"{direction}{event.role}: {_on_one_line(self._said(event))}\n"
        self._has_lines |= not isinstance(event, Answer)

    def _tail(self, question: str | None = None) -> Message:
        return Message(role="script", content=f"{self._text}{self._direction(question)}{self.seat.role}:")

    def _direction(self, question: str | None = None) -> str:
        if question is not None:
            return f"{_on_one_line(question)}\n"
        is_written = not self._has_lines and self._kickoff != DEFAULT_KICKOFF
        return f"{_on_one_line(self._kickoff)}\n" if is_written else ""


class Windowed:
    """A view that holds only the last turns, beginning with what another said; made anew for each request."""

    def __init__(self, seat: Seat, memory: int, make: Callable[[], View]) -> None:
        self.seat = seat
        self._memory = memory
        self._make = make
        self._events: list[Event] = []

    def see(self, event: Event) -> None:
        """Remember the next event of the transcript, where this seat hears it."""
        if is_audible(event, self.seat.role):
            self._events.append(event)

    def request(
        self, occasion: Occasion, on_text: Callable[[str], None] | None = None, *, question: str | None = None
    ) -> ChatRequest:
        """Return what the seat is sent if it is asked now, for its turn or by a probe; the next window is another."""
        view = self._make()
        for event in self._window():
            view.see(event)
        return replace(view.request(occasion, on_text, question=question), kept=0)

    def _window(self) -> list[Event]:
        """Return the last turns and what was announced among them.

        Own turns at the beginning are left out, unless nothing else is there: who is alone remembers what it said.
        """
        places = [place for place, event in enumerate(self._events) if isinstance(event, Turn)]
        if len(places) <= self._memory:
            return self._events
        window = self._events[places[-self._memory] :]
        heard = list(dropwhile(lambda event: isinstance(event, Turn) and event.role == self.seat.role, window))
        return heard or window


VIEWS: dict[str, type[View]] = {"flip": FlipView, "script": ScriptView}
"""Every view a study can name."""


def views_of(seats: Sequence[Seat], *, kickoff: str, go_on: str) -> dict[str, View | Windowed]:
    """Return an empty view for each seat, by role."""
    is_dyad = len(seats) <= 2  # noqa: PLR2004 (two is what dyad means)

    def make(seat: Seat) -> View:
        return VIEWS[seat.participant.view](seat, is_dyad=is_dyad, kickoff=kickoff, go_on=go_on)

    return {
        seat.role: Windowed(seat, seat.memory, partial(make, seat)) if seat.memory else make(seat) for seat in seats
    }


def with_seed(sampling: Mapping[str, Any], draw: int) -> Mapping[str, Any]:
    """Return ``sampling`` as it is sent, with ``seed = "auto"`` replaced by the turn's draw."""
    return {**sampling, "seed": draw} if sampling.get("seed") == "auto" else sampling


def _encoded(message: Message, before: list[Message]) -> bytes:
    comma = b"," if before else b""
    return comma + _encode(message)


def _on_one_line(text: str) -> str:
    return " ".join(part for part in text.splitlines() if part)
