"""People at the terminal: what a human seat is asked, and the line that is typed in answer."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from colloquia.cli.terminal import COMMAND, plain, say
from colloquia.errors import FolderError
from colloquia.lab.keeping import liveness
from colloquia.logbook.folder import RunFolder
from colloquia.providers.inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from colloquia.providers.inbox import Question

POLL_SECONDS = 0.1
_GO_ON = "\\"
"""A line that ends with it goes on in the next."""


def answer(path: Path, *, name: str | None = None) -> None:
    """Answer for human seats until the run of a folder is over, or nothing more is typed.

    Raises:
        FolderError: no run goes on there, and none left a question.
    """
    folder = RunFolder(path)
    inbox = Inbox(path / RunFolder.inbox)
    if _next(inbox, name) is None and not liveness.state(path).is_live:
        raise FolderError(f"No run is going on in {path}, so nobody is asked anything. Begin with {COMMAND} run.")
    say(f"Waiting for questions in {path}; Ctrl-C ends the answering, never the run.")
    while (question := _next(inbox, name)) is not None or not liveness.last_state(folder).is_over:
        if question is None:
            time.sleep(POLL_SECONDS)
            continue
        for line in _shown(question):
            say(line)
        if (text := _typed(sys.stdin.readline)) is None:
            say("Nothing more was typed; the run goes on waiting.")
            return
        inbox.answer(question, text)
    say("The run is over.")


@asynccontextmanager
async def answering(path: Path) -> AsyncIterator[None]:
    """Ask the person at this terminal, where there is one, while the block runs."""
    if not sys.stdin.isatty() or os.name == "nt":
        say(f"People are asked in another terminal: {COMMAND} answer --run-dir {path}")
        yield
        return
    task = asyncio.create_task(_answer_here(Inbox(path / RunFolder.inbox)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _answer_here(inbox: Inbox) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    while True:
        if (question := _next(inbox, None)) is None:
            await asyncio.sleep(POLL_SECONDS)
            continue
        for line in _shown(question):
            say(line)
        loop.add_reader(sys.stdin.fileno(), ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(sys.stdin.fileno())
            ready.clear()
        if (text := _typed(sys.stdin.readline)) is None:
            say("Nothing more is typed here; Ctrl-C stops the run, which can be resumed.")
            return
        inbox.answer(question, text)


def _next(inbox: Inbox, name: str | None) -> Question | None:
    wanted = (each for each in inbox.waiting() if name is None or each.slug.partition(":")[2] == name)
    return next(wanted, None)


def _typed(read: Callable[[], str]) -> str | None:
    """Return what is typed, over several lines where they end with a backslash; None at the end of input."""
    lines: list[str] = []
    while line := read():
        text = line.rstrip("\r\n")
        lines.append(text.removesuffix(_GO_ON))
        if not text.endswith(_GO_ON):
            return "\n".join(lines)
    return "\n".join(lines) if lines else None


def _shown(question: Question) -> Iterator[str]:
    """Yield what the person is told: the prompt once, then what was heard since the own last turn."""
    yield ""
    who = question.slug.partition(":")[2] or "you"
    yield plain(f"Turn {question.turn_id} of conversation {question.trial_id[:8]}: {who} speaks as {question.seat}.")
    for line in question.messages:
        if line.role == "system" and question.is_first:
            yield from (plain(f"    {part}") for part in line.content.splitlines())
    yield from (plain(f"  > {part}") for part in question.messages[-1].content.splitlines())
    yield f"What does {plain(question.seat)} say? (one line; a backslash at its end goes on)"
