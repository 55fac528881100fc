"""Bugs that are planted in the package, and the command with one: ``python -m reliability.planted BUG run ...``.

The package knows nothing of this. A bug is put in place of the right behaviour in a process of its own; a proof that
does not notice it is no proof. Where the package has changed so that a bug no longer fits, the exit code is 99.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from colloquia.cli.app import main
from colloquia.errors import Fault
from colloquia.logbook import jsonl
from colloquia.providers import replies
from colloquia.running import call, lanes, session
from colloquia.running.executors import executor

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.logbook.entries import AttemptEnded
    from colloquia.logbook.record import TurnRow

DOES_NOT_FIT = 99
LATE_SECONDS = 0.4
"""How long a turn that was reported as done is not yet written."""


def skip_tail_repair() -> None:
    """Leave half a line at the end of a log as it stands."""
    _replace(session, "repair_tail", lambda _folder, _name: None)


def acknowledge_before_write() -> None:
    """Report a turn as done, and write it a little later."""
    closed = _right(jsonl.Writer, "close")
    late: set[asyncio.Task[None]] = set()

    def turn(self: jsonl.Writer, ended: AttemptEnded | None, row: TurnRow, on_disk: Callable[[], None]) -> None:
        async def later() -> None:
            await asyncio.sleep(LATE_SECONDS)
            await self.answer(ended, row)

        task = asyncio.create_task(later())
        late.add(task)
        task.add_done_callback(late.discard)
        on_disk()

    async def close(self: jsonl.Writer) -> None:
        await asyncio.gather(*late)
        await closed(self)

    _replace(jsonl.Writer, "turn", turn)
    _replace(jsonl.Writer, "close", close)


def write_a_turn_twice() -> None:
    """Write the line of a turn two times."""
    handed_over = _right(jsonl.Writer, "turn")

    def turn(self: jsonl.Writer, ended: AttemptEnded | None, row: TurnRow, on_disk: Callable[[], None]) -> None:
        handed_over(self, ended, row, on_disk)
        handed_over(self, None, row, lambda: None)

    _replace(jsonl.Writer, "turn", turn)


def retry_a_refusal() -> None:
    """Ask again where a model refused."""
    asked = _right(call.Caller, "reply")

    async def reply(self: call.Caller, request: ChatRequest) -> Reply:
        first: Reply = await asked(self, request)
        if first.outcome == "refusal":
            first = await asked(self, request)
        return first

    _replace(call.Caller, "reply", reply)


def ignore_the_stored_prefix() -> None:
    """Begin each conversation anew, whatever the log has of it."""
    converse = _right(executor, "converse")

    async def begun_anew(talk: Any, _stored: object, **options: Any) -> str | None:
        reason: str | None = await converse(talk, (), **options)
        return reason

    _replace(executor, "converse", begun_anew)


def shorten_a_hint() -> None:
    """Wait a tenth of what a server asks to."""

    def refused(lane: lanes.Lane, _left: object, hint_seconds: float | None = None) -> None:
        if hint_seconds:  # and keep the pace, which would hide it where a hint is short
            lane.close_for(hint_seconds / 10)

    _replace(lanes.Lane, "refused", refused)


def go_on_with_a_refused_key() -> None:
    """Take a refused key for the trouble of one conversation."""
    read = _right(replies, "fault")

    def misread(told: Any, wait_seconds: float | None) -> Fault:
        found: Fault = read(told, wait_seconds)
        return Fault.STOP_TRIAL if found is Fault.STOP_RUN else found

    _replace(replies, "fault", misread)


BUGS: dict[str, Callable[[], None]] = {
    "skip-tail-repair": skip_tail_repair,
    "acknowledge-before-write": acknowledge_before_write,
    "write-a-turn-twice": write_a_turn_twice,
    "retry-a-refusal": retry_a_refusal,
    "ignore-the-stored-prefix": ignore_the_stored_prefix,
    "shorten-a-hint": shorten_a_hint,
    "go-on-with-a-refused-key": go_on_with_a_refused_key,
}
"""By name; their first line says what goes wrong."""


def plant(name: str) -> None:
    """Put a bug in place of the right behaviour, for as long as this process lives.

    Raises:
        AttributeError: the package has changed, and the bug no longer fits.
    """
    BUGS[name]()


def _right(owner: object, name: str) -> Callable[..., Any]:
    """Return what does the right thing, before it is replaced."""
    found: Callable[..., Any] = getattr(owner, name)
    return found


def _replace(owner: object, name: str, bug: object) -> None:
    _right(owner, name)
    setattr(owner, name, bug)


if __name__ == "__main__":
    try:
        plant(sys.argv[1])
    except AttributeError:
        sys.exit(DOES_NOT_FIT)
    main(sys.argv[2:])
