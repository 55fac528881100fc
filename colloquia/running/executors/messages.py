"""What the process that writes and a worker tell each other: structs, which are unpacked without code of Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from colloquia.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.errors import Failure
    from colloquia.logbook.entries import AttemptEnded, AttemptStarted, LaneChanged, Noted


class End(Struct, frozen=True, kw_only=True):
    """How a conversation left a worker."""

    ended_by: str | None = None
    """``length``, ``phrase`` ...; null where it was left unfinished."""
    is_called_off: bool = False
    """True where the run or a model was stopped."""
    failure: Failure | None = None
    """The call that failed for good."""
    slug: str = ""
    """Whom that call asked."""
    error: str | None = None
    """What broke where no call did."""


class Event(Struct, frozen=True, kw_only=True):
    """Something that a worker wants written down, or that a conversation ended; one of the four."""

    number: int
    trial_id: str | None = None
    entry: AttemptStarted | AttemptEnded | LaneChanged | Noted | None = None
    """A line of the journal; beside a turn or an answer, the end of its attempt."""
    turn: Turn | None = None
    answer: Answer | None = None
    end: End | None = None


class Batch(Struct, frozen=True, kw_only=True):
    """What a worker tells."""

    events: list[Event]
    in_flight: dict[str, int]
    """Its calls under way, by slug."""
    widths: dict[str, int]
    """Calls that its lanes let be under way as things stand, by slug."""
    waits: dict[str, float]
    """For how many seconds servers ask it to wait, by slug."""
    short_usd: float = 0.0
    """What it lacks for the cheapest call that waits for dollars; 0 where none does."""
    reserved_usd: float = 0.0
    """What its calls under way may cost."""
    returned_usd: float = 0.0
    """What it gives back of its lease."""


class Told(Struct, frozen=True, kw_only=True):
    """What a worker is told."""

    written: list[int]
    """Numbers of events that are on disk."""
    places: dict[str, int]
    """Calls that it may have under way, by slug."""
    waits: dict[str, float]
    """For how many seconds servers ask any worker to wait, by slug."""
    seconds: float
    """For so long it gathers what it has to tell, unless a batch is full before."""
    lease_usd: float = 0.0
    """Dollars that it may spend beyond those it was given before."""
    is_denied: bool = False
    """True where no dollars are left and none will come back."""
    is_recalled: bool = False
    """True where others lack what it does not need now."""
    is_paused: bool = False
    stop: tuple[str, str] | None = None
    """Why the run was stopped, in a word and in a sentence."""
    stopped_models: Mapping[str, str] = field(default_factory=dict)
