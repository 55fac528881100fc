"""What happens at given turns besides what the seats say.

Announcements and lines that are said for a seat are steps, so a schedule wraps the procedure; an edit, another prompt,
and who is there are asked for by turn. All are pure functions of the transcript, so a scheduled conversation resumes
and replays like any other. What happens after turn 0 happens before the first. Who is there after a turn is settled
before anything is announced after it; who is not there hears nothing, also not later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from msgspec import structs

from colloquia.conversation.steps import Announce, Move, Speak, Step
from colloquia.conversation.transcript import Announcement, Turn, turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.steps import Procedure
    from colloquia.conversation.transcript import Event


@dataclass(frozen=True, kw_only=True)
class Announced:
    """A text made known after a turn."""

    after: int
    """Turns that were said before; 0 for before the first."""
    text: str
    to: tuple[str, ...] | None = None
    """Roles that read it; None where all do."""

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation."""
        return {"after": self.after, "announce": self.text, "to": self.to}


@dataclass(frozen=True, kw_only=True)
class Said:
    """A line that a role says at its next turn after a turn, in place of being asked."""

    after: int
    role: str
    line: str

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation."""
        return {"after": self.after, "role": self.role, "say": self.line}


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A turn that all but its speaker hear as another text.

    Its row keeps what was said, and that is what procedure and rules read.
    """

    after: int
    """The turn."""
    text: str

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation."""
        return {"after": self.after, "edit": self.text}


@dataclass(frozen=True, kw_only=True)
class Prompted:
    """A prompt that takes the place of a role's own from a turn on."""

    after: int
    role: str
    prompt: str

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation."""
        return {"after": self.after, "role": self.role, "prompt": self.prompt}


@dataclass(frozen=True, kw_only=True)
class Attended:
    """A role that joins after a turn, or leaves."""

    after: int
    role: str
    is_there: bool
    """True from a turn on after which it joins, False from one after which it leaves."""

    def identity(self) -> dict[str, Any]:
        """Return what stands for it in the identity of a conversation."""
        return {"after": self.after, "join" if self.is_there else "leave": self.role}


Happening = Announced | Said | Edited | Prompted | Attended


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What happens besides, asked for by turn."""

    happenings: tuple[Happening, ...] = ()
    """In the order of the study."""

    def absent(self, said: int) -> frozenset[str]:
        """Return the roles that are not there when ``said`` turns were said; one that joins is not there before."""
        if not self.happenings:
            return frozenset()
        changes = [each for each in self.happenings if isinstance(each, Attended)]
        there = {each.role: not each.is_there for each in sorted(changes, key=_after, reverse=True)}
        there |= {each.role: each.is_there for each in sorted(changes, key=_after) if each.after <= said}
        return frozenset(role for role, is_there in there.items() if not is_there)

    def heard(self, turn_id: int) -> str | None:
        """Return what all but its speaker hear in place of a turn, None where they hear what was said."""
        edits = [each.text for each in self.happenings if isinstance(each, Edited) and each.after == turn_id]
        return edits[-1] if edits else None

    def prompt(self, role: str, said: int) -> str | None:
        """Return the prompt that has taken the place of a role's own when ``said`` turns were said, None for none."""
        given = [
            each for each in self.happenings if isinstance(each, Prompted) and each.role == role and each.after <= said
        ]
        return max(reversed(given), key=_after).prompt if given else None


@dataclass(frozen=True, kw_only=True)
class Scheduled:
    """A procedure, and what happens besides."""

    procedure: Procedure
    happenings: tuple[Happening, ...]
    """In the order of the study."""

    @property
    def num_turns(self) -> int:
        """Utterances, all seats together."""
        return self.procedure.num_turns

    def next_step(self, events: Sequence[Event]) -> Step:
        """Return the announcement that is due, or what the procedure asks for, its lines perhaps written here."""
        due, known = self._due(events)
        if due is not None:
            return Announce(text=due.text, audience=due.to)
        step = self.procedure.next_step(known)
        if isinstance(step, Speak) and step.line is None:
            return structs.replace(step, line=self._line(step.role, events))
        if isinstance(step, Move):
            said = {role: self._line(role, events) for role in step.roles if role not in step.lines}
            lines = {role: line for role, line in said.items() if line is not None}
            return structs.replace(step, lines={**step.lines, **lines})
        return step

    def lengthened(self, num_turns: int) -> Scheduled:
        """Return the same with another length."""
        return replace(self, procedure=self.procedure.lengthened(num_turns))

    def outcomes(self, said: Sequence[Turn]) -> Mapping[str, str | float | None]:
        """Return what came of a conversation, by column of its table."""
        return self.procedure.outcomes(said)

    def earnings(self, said: Sequence[Turn]) -> Mapping[int, float]:
        """Return what moves earned their players, by turn."""
        return self.procedure.earnings(said)

    def _due(self, events: Sequence[Event]) -> tuple[Announced | None, list[Event]]:
        """Return the announcement that is due, if one is, and the events that the procedure knows of.

        Whenever the procedure is asked, which is never in the middle of a round, what is due comes before all else. So
        an announcement made while one was due is that one.
        """
        waiting = sorted((each for each in self.happenings if isinstance(each, Announced)), key=_after)
        known: list[Event] = []
        said = 0
        for event in events:
            if isinstance(event, Announcement) and self._is_due(waiting, said):
                waiting.pop(0)
                continue
            known.append(event)
            said += isinstance(event, Turn)
        return (waiting[0] if self._is_due(waiting, said) else None), known

    def _is_due(self, waiting: Sequence[Announced], said: int) -> bool:
        return bool(waiting) and waiting[0].after <= said < self.num_turns

    def _line(self, role: str, events: Sequence[Event]) -> str | None:
        """Return the line that is to be said at this turn: that of the last happening whose turn this is."""
        now = len(turns(events))
        last = max((turn.turn_id for turn in turns(events) if turn.role == role), default=0)
        due = [
            each.line
            for each in self.happenings
            if isinstance(each, Said) and each.role == role and last <= each.after <= now
        ]
        return due[-1] if due else None


def _after(happening: Happening) -> int:
    return happening.after
