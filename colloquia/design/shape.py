"""The shape of a conversation before it is held: who would be asked at each turn, and what the request would hold.

The conversation is walked through with a mark in place of each reply and each seat's prompt, so that whatever makes
requests what they are (who speaks when, memory windows, announcements, hidden moves, prompts that change) is counted as
it will be sent. A mark is one character for private use; where the walk ends early, because a procedure makes nothing
of marks, the seats are taken to go on in turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from colloquia.conversation.steps import End
from colloquia.conversation.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.walk import Asked
    from colloquia.design.trials import Trial

_FIRST_MARK = 0xF0000
"""The first of 65,534 characters for private use."""
_PROMPT = "\U00100000"
"""Stands for the prompt of whoever is asked."""
_MARKS = re.compile("[\U000f0000-\U000ffffd]")
_DYAD = 2
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One turn as it would be asked for."""

    role: str
    line: str | None
    """What is said in place of asking."""
    characters: int
    """Of the request, apart from the prompt and from what was said in turns before."""
    prompts: int
    """How often the request holds the prompt: once, or not at all."""
    spans: tuple[tuple[int, int], ...]
    """The turns before whose texts the request holds: from the first of each span to its last."""


def frame(trial: Trial) -> bytes | None:
    """Return what conversations of one shape have in common; None where what this one consists of is unknown.

    They may differ in the words of their prompts. Who speaks may be drawn anew for each item where there are many
    seats, though not in a dyad.
    """
    if not trial.identity:
        return None
    seats = [{**seat, "prompt": bool(seat["prompt"])} for seat in trial.identity["seats"]]
    varied = {"factors": None, "iteration": None, **({"item": None} if len(seats) <= _DYAD else {})}
    return _encode({**trial.identity, **varied, "seats": seats, "num_turns": trial.num_turns})


def shape(trial: Trial) -> tuple[Call, ...]:
    """Return every turn of a conversation of its planned length."""
    seats = tuple(replace(seat, prompt=_PROMPT) if seat.prompt else seat for seat in trial.talk.seats)
    walk, found = Walk(replace(trial.talk, seats=seats)), list[Call]()
    while len(found) < trial.num_turns and not isinstance(asked := walk.next(), End):
        found.append(_call(asked))
        walk.add(asked.stand_in(chr(_FIRST_MARK + asked.turn_id)))
    for number in range(len(found), trial.num_turns):
        before = ((1, number),) if number else ()
        found.append(Call(role=seats[number % len(seats)].role, line=None, characters=0, prompts=1, spans=before))
    return tuple(found)


def questions(trial: Trial) -> tuple[AskedProbe, ...]:
    """Return every probe that would be asked in a conversation of its planned length, in order."""
    walk = Walk(trial.talk, {})
    found: list[AskedProbe] = []
    while True:
        while (question := walk.probe()) is not None:
            found.append(question.asked)
            walk.pass_by(question.asked)
        said = len(walk.turns)
        if said >= trial.num_turns or isinstance(asked := walk.next(), End):
            break
        walk.add(asked.stand_in(chr(_FIRST_MARK + asked.turn_id)))
    for after in range(said + 1, trial.num_turns + 1):
        due = (probe for probe in trial.talk.probes if probe.is_due_after(after, is_over=False))
        found += [probe.asked(role, after) for probe in due for role in probe.ask]
    return tuple(found)


def _call(asked: Asked) -> Call:
    text = "".join(message.content for message in asked.request.messages) if asked.request else ""
    marks = (ord(mark) - _FIRST_MARK for mark in _MARKS.findall(text))
    held = [turn for turn in marks if 0 < turn < asked.turn_id]
    prompts = text.count(_PROMPT)
    return Call(
        role=asked.role,
        line=asked.line,
        characters=len(text) - len(held) - prompts,
        prompts=prompts,
        spans=tuple(_spans(sorted(set(held)))),
    )


def _spans(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each stretch of numbers that follow one another."""
    for _, found in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        stretch = [number for _, number in found]
        yield stretch[0], stretch[-1]
