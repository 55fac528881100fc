"""The shape of a conversation before it is held: who would be asked at each turn, and what the request would hold.

The conversation is walked through with a mark in place of each reply, so that whatever makes requests what they are
(who speaks when, memory windows, announcements, hidden moves, prompts that change) is counted as it will be sent. A
mark is one character for private use; where the walk ends early, because a procedure makes nothing of marks, the seats
are taken to go on in turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.conversation.steps import End
from colloquia.conversation.walk import Walk

if TYPE_CHECKING:
    from colloquia.conversation.participants import Seat
    from colloquia.conversation.walk import Asked
    from colloquia.design.trials import Trial

_FIRST_MARK = 0xF0000
"""The first of 65,534 characters for private use."""
_MARKS = re.compile("[\U000f0000-\U000ffffd]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One turn as it would be asked for."""

    seat: Seat
    line: str | None
    """What is said in place of asking."""
    characters: int
    """Of the request, apart from what was said in turns before."""
    holds: tuple[int, ...]
    """The turns before whose texts the request holds."""


def shape(trial: Trial) -> tuple[Call, ...]:
    """Return every turn of a conversation of its planned length."""
    walk, seats, found = Walk(trial.talk), {seat.role: seat for seat in trial.talk.seats}, list[Call]()
    while len(found) < trial.num_turns and not isinstance(asked := walk.next(), End):
        found.append(_call(asked, seats[asked.role]))
        walk.add(asked.stand_in(chr(_FIRST_MARK + asked.turn_id)))
    for number in range(len(found), trial.num_turns):
        seat = trial.talk.seats[number % len(seats)]
        found.append(Call(seat=seat, line=None, characters=len(seat.prompt), holds=tuple(range(1, number + 1))))
    return tuple(found)


def _call(asked: Asked, seat: Seat) -> Call:
    texts = [message.content for message in asked.request.messages] if asked.request else []
    marks = [ord(mark) - _FIRST_MARK for mark in _MARKS.findall("".join(texts))]
    held = [turn for turn in marks if 0 < turn < asked.turn_id]
    return Call(seat=seat, line=asked.line, characters=sum(map(len, texts)) - len(held), holds=tuple(sorted(set(held))))
