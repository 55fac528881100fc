"""What happened in a conversation, as a neutral list of events that no participant owns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from colloquia.conversation.chat_model import RefusalSource, Reply
    from colloquia.conversation.probes import AskedProbe, Value


class Turn(Struct, kw_only=True, frozen=True, gc=False):
    """One utterance: the event that the log keeps."""

    turn_id: int
    """1, 2, ... within its conversation."""
    role: str
    reply: Reply
    request_sha256: str | None = None
    """Hash of the request that it answers; None for a line nobody was asked for."""
    seed: int | None = None
    """The seed that was sent with the request."""
    refusal_source: RefusalSource | None = None
    """Who says that this is a safety refusal; None where it is none."""
    ended_by: str | None = None
    """Why the conversation ended with this turn; None where it did not, or ended by length."""
    audience: tuple[str, ...] | None = None
    """Roles that hear it; None where all do."""
    heard: str | None = None
    """What all but its speaker hear in its place: nothing where it is empty, what was said where it is None; never
    stored."""
    round: int | None = None
    """The round of a game that it belongs to, 1, 2, ...; None for a turn that is no move."""
    move: str | None = None
    """The move that was read in it; None where it is none."""
    is_struck: bool = False
    """True where a fork has taken it out: nobody has heard it, its speaker included. Never stored."""

    @property
    def content(self) -> str | None:
        """The text that was said."""
        return self.reply.content

    @property
    def is_refusal(self) -> bool:
        """True where this is a safety refusal; an in-role "no" is none."""
        return self.refusal_source is not None


class Announcement(Struct, kw_only=True, frozen=True, gc=False):
    """A text that belongs to no seat; recomputed by the procedure, never stored."""

    text: str
    audience: tuple[str, ...] | None = None
    """Roles that read it; None where all do."""


class Answer(Struct, kw_only=True, frozen=True, gc=False):
    """A probe that was asked of a role, and what came back; an event where somebody is to remember it."""

    asked: AskedProbe
    question: str
    """As it was asked."""
    reply: Reply
    value: Value
    """What was read in it; None where nothing could be."""
    request_sha256: str | None = None
    seed: int | None = None
    refusal_source: RefusalSource | None = None
    audience: tuple[str, ...] | None = ()
    """Roles that remember it; None where all do, empty where nobody does."""

    @property
    def role(self) -> str:
        """Who was asked."""
        return self.asked.role

    @property
    def content(self) -> str | None:
        """What came back."""
        return self.reply.content


Event = Turn | Announcement | Answer


def is_audible(event: Event, role: str) -> bool:
    """Tell whether ``role`` hears, reads or remembers ``event``; speakers always know their own turns."""
    if isinstance(event, Turn):
        if event.is_struck or event.role == role:
            return not event.is_struck
        if event.heard == "":
            return False
    return event.audience is None or role in event.audience


class Events(list[Event]):
    """What has happened so far, with the turns among it at hand: to look for them anew each time takes their square."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        super().__init__(events)
        self.turns: list[Turn] = (
            list(events.turns) if isinstance(events, Events) else [event for event in self if isinstance(event, Turn)]
        )

    def append(self, event: Event) -> None:
        """Add what happened next."""
        super().append(event)
        if isinstance(event, Turn):
            self.turns.append(event)


def turns(events: Sequence[Event]) -> Sequence[Turn]:
    """Return the turns among ``events``, in order."""
    return events.turns if isinstance(events, Events) else [event for event in events if isinstance(event, Turn)]
