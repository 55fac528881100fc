"""Faults of the connection: the reply was made and is billed, and something happens on its way."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from colloquia.providers.simulator.fault import Disconnects, Refuses, Repeats
from colloquia.providers.simulator.script import SIGNATURE, Ending, Pause, Repeat, Send, chunk
from colloquia.providers.simulator.shapes import COMMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.providers.simulator.script import Action

    Script = list[Action]

LATE_SECONDS = 3600.0
"""Longer than any client waits."""
SLOW_SECONDS = 30.0
CLIENT_CLOSED = 499
"""A gateway's word for a caller that hung up, also where it was itself that did; no status to try again."""
_LENGTH = re.compile(rb"content-length: (\d+)")


def _parts(script: Script) -> tuple[Script, Send, Script]:
    """Return what comes before the head, the head, and what follows."""
    place = next(number for number, action in enumerate(script) if isinstance(action, Send))
    head = script[place]
    return script[:place], head if isinstance(head, Send) else Send(b""), script[place + 1 :]


def _bytewise(script: Script) -> Script:
    """Return a script that writes one byte at a time."""
    return list(chain.from_iterable(_bytes(action) for action in script))


def _bytes(action: Action) -> Script:
    if not isinstance(action, Send):
        return [action]
    last = len(action.data) - 1
    return [*(Send(action.data[at : at + 1]) for at in range(last)), replace(action, data=action.data[last:])]


def _half(script: Script) -> Script:
    """Return the first half of a body, cut anywhere."""
    sent = [action for action in script if isinstance(action, Send)]
    half = sum(len(action.data) for action in sent) // 2
    kept: Script = []
    for action in script:
        if isinstance(action, Send):
            kept.append(Send(action.data[:half], action.tokens if len(action.data) <= half else 0))
            half -= len(action.data)
            if half <= 0:
                break
        else:
            kept.append(action)
    return kept


def _broken_off(*ending: Action) -> Callable[[Script], Script]:
    def change(script: Script) -> Script:
        before, head, body = _parts(script)
        return [*before, head, *_half(body), *ending]

    return change


def _only_head(script: Script) -> Script:
    before, head, _ = _parts(script)
    return [*before, head, Ending.HANG]


def _dripping(script: Script) -> Script:
    before, head, body = _parts(script)
    drops = [action for action in _bytewise(body) if isinstance(action, Send)]
    return [*before, head, *(action for drop in drops for action in (Pause(1.0), drop))]


def _with_length(change: Callable[[int], int], *ending: Action) -> Callable[[Script], Script]:
    def changed(script: Script) -> Script:
        before, head, body = _parts(script)
        data = _LENGTH.sub(lambda found: b"content-length: %d" % change(int(found[1])), head.data)
        return [*before, replace(head, data=data), *body, *ending]

    return changed


def _bad_chunk(script: Script) -> Script:
    before, head, body = _parts(script)
    return [*before, head, *_half(body), Send(b"\r\nsimulated\r\n"), Ending.CLOSE]


def _commented(script: Script) -> Script:
    before, head, body = _parts(script)
    return [*before, head, body[0], Repeat(chunk(COMMENT + b"\n\n"), 1.0)]


def _given_up(status: int) -> Callable[[Script], Script]:
    headers = "".join(f"{name}: {value}\r\n" for name, value in {**SIGNATURE, "content-length": "0"}.items())
    head = Send(f"HTTP/1.1 {status} Simulated\r\n{headers}\r\n".encode(), status=status)
    return lambda _script: [Pause(SLOW_SECONDS), head]


FAULTS = (
    Refuses(name="connection-refused", does="Nobody listens; with `between` only.", row=20),
    Repeats(name="same-id", does="The reply bears the generation id of the reply before it.", row=22),
    *(
        Disconnects(
            name=f"status-{status}-billed",
            does=f"A gateway gives up with status {status}; the model went on, and its reply is billed.",
            row=7 if status == CLIENT_CLOSED else 8,
            change=_given_up(status),
        )
        for status in (408, CLIENT_CLOSED, 504, 520, 522, 524)
    ),
    Disconnects(
        name="stream-comments",
        does="Nothing but comments, on and on.",
        row=19,
        fits_only="streamed",
        change=_commented,
    ),
    Disconnects(
        name="never-answer",
        does="The request is read and never answered.",
        row=21,
        change=lambda _script: [Ending.HANG],
    ),
    Disconnects(
        name="close-unanswered",
        does="The request is read and the connection closed.",
        row=20,
        change=lambda _script: [Ending.CLOSE],
    ),
    Disconnects(
        name="reset-unanswered",
        does="The request is read and the connection reset.",
        row=20,
        change=lambda _script: [Ending.RESET],
    ),
    Disconnects(
        name="no-http",
        does="The answer is not HTTP.",
        row=20,
        change=lambda _script: [Send(b"SIMULATED NONSENSE\r\n\r\n"), Ending.CLOSE],
    ),
    Disconnects(name="stall-after-head", does="Headers come, then nothing.", row=21, change=_only_head),
    Disconnects(
        name="stall-in-body", does="Half of the body comes, then nothing.", row=21, change=_broken_off(Ending.HANG)
    ),
    Disconnects(name="slow-drip", does="The body comes by one byte a second.", row=21, change=_dripping),
    Disconnects(
        name="reset-in-body",
        does="Half of the body comes, then a reset.",
        row=20,
        change=_broken_off(Pause(1.0), Ending.RESET),
    ),
    Disconnects(
        name="close-in-body",
        does="Half of the body comes, then the connection is closed.",
        row=17,
        change=_broken_off(Ending.CLOSE),
    ),
    Disconnects(
        name="bad-chunk",
        does="A chunk has no length.",
        row=17,
        fits_only="streamed",
        change=_bad_chunk,
    ),
    Disconnects(
        name="length-too-long",
        does="Content-Length says more than comes.",
        row=17,
        fits_only="whole",
        change=_with_length(lambda length: length + 100, Ending.CLOSE),
    ),
    Disconnects(
        name="length-too-short",
        does="Content-Length says less than comes.",
        row=17,
        fits_only="whole",
        change=_with_length(lambda length: length // 2, Ending.CLOSE),
    ),
    Disconnects(
        name="late-answer",
        does="The answer comes an hour late; a whole reply is billed all the same.",
        row=21,
        change=lambda script: [Pause(LATE_SECONDS), *script],
    ),
    Disconnects(
        name="slow-answer",
        does="The answer comes half a minute late.",
        row=21,
        change=lambda script: [Pause(SLOW_SECONDS), *script],
    ),
    Disconnects(
        name="keep-alive-closed",
        does="The connection is closed after the answer, which had not said so.",
        row=20,
        change=lambda script: [*script, Ending.CLOSE],
    ),
    Disconnects(
        name="hang-after-end",
        does="The answer is complete, and the end of a stream never comes.",
        row=17,
        fits_only="streamed",
        change=lambda script: [*script[:-1], Ending.HANG],
    ),
    Disconnects(
        name="byte-by-byte",
        does="Every byte comes alone.",
        row=17,
        change=_bytewise,
    ),
)
