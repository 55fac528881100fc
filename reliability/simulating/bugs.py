"""Bugs planted in the package while stories are told, each of which an invariant has to catch."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from colloquia.conversation.converse import converse
from colloquia.conversation.transcript import Turn
from colloquia.conversation.views import FlipView
from colloquia.logbook.disk import AppendFile
from colloquia.logbook.jsonl import Writer
from colloquia.running import session
from colloquia.running.budget import Budget
from colloquia.running.call import Caller
from colloquia.running.executors import executor
from reliability.blackouts import Hasty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.conversation.transcript import Event
    from colloquia.errors import Failure
    from colloquia.logbook.entries import AttemptEnded
    from colloquia.logbook.record import TurnRow

CLAIMS = {
    "skip fsync": "Write log and journal without flushing them.",
    "skip tail repair": "Leave half a line at the end of a file as it stands.",
    "acknowledge before write": "Report a turn as done, and write it afterwards.",
    "write a turn twice": "Write the line of a turn two times.",
    "retry a refusal": "Ask again where a model refused.",
    "forget a reservation": "Let calls leave without reserving what they can cost.",
    "settle a lost call at zero": "Book nothing for a call of which nobody knows what became.",
    "forget what was heard": "Leave the third turn out of what the next speaker is sent.",
    "ignore the stored prefix": "Begin each conversation anew, whatever the log has of it.",
}
"""What each bug does."""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Put a bug in place of the right behaviour while the block runs; no bug has no name."""
    if not name:
        yield
        return
    owner, attribute, bug = _BUGS[name]
    with patch.object(owner, attribute, bug):
        yield


_asked, _saw, _converse, _handed_over = Caller.reply, FlipView.see, converse, Writer.turn


async def _reply(self: Caller, request: ChatRequest) -> Reply:
    first = await _asked(self, request)
    return await _asked(self, request) if first.refusal_source is not None else first


async def _reserve(self: Budget, key: str, worst_usd: float | None) -> bool:
    del key
    return self.cap_usd is None or (worst_usd or 0.0) <= self.cap_usd - self.spent_usd


def _settle_failure(self: Budget, request: ChatRequest, failure: Failure | None) -> float | None:
    del failure
    self._reserved[request.occasion.key] = 0.0
    self._reserved.take(request.occasion.key)
    self._settled.set()
    return 0.0


def _turn_twice(self: Writer, ended: AttemptEnded | None, row: TurnRow, on_disk: Callable[[], None]) -> None:
    _handed_over(self, ended, row, on_disk)
    _handed_over(self, None, row, lambda: None)


def _see(self: FlipView, event: Event) -> None:
    if not (isinstance(event, Turn) and event.turn_id == 3 and event.role != self.seat.role):
        _saw(self, event)


async def _begun_anew(talk: Any, _stored: object, **options: Any) -> str | None:
    return await _converse(talk, (), **options)


_BUGS: dict[str, tuple[object, str, object]] = {
    "skip fsync": (AppendFile, "sync", lambda _file: None),
    "skip tail repair": (session, "repair_tail", lambda _folder, _name: None),
    "acknowledge before write": (session, "Writer", Hasty),
    "write a turn twice": (Writer, "turn", _turn_twice),
    "retry a refusal": (Caller, "reply", _reply),
    "forget a reservation": (Budget, "reserve", _reserve),
    "settle a lost call at zero": (Budget, "settle_failure", _settle_failure),
    "forget what was heard": (FlipView, "see", _see),
    "ignore the stored prefix": (executor, "converse", _begun_anew),
}
