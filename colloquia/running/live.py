"""``live/``: the text of turns that are being generated, for whoever looks from outside; nothing else rests on it.

A talk's file is replaced at most twice a second and removed once its turn is final. So that many talks cost little,
only so many have a file at a time, and no write waits for the disk. A disk that fails here is ignored: a run never
breaks, and never waits, because somebody might be watching.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.errors import FolderError, StorageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from colloquia.logbook.folder import RunFolder

PERIOD_SECONDS = 0.5
MOST_TALKS = 50
"""So many talks have a file at a time, those that began to generate first."""
LONGEST_TEXT = 100_000
"""Of a longer text its last characters are shown."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """What the files lack."""

    texts: dict[str, str]
    """Texts that are further than their files, by trial id."""
    final: frozenset[str]
    """Talks of which nothing is being generated any more."""


@dataclass(kw_only=True)
class LiveTexts:
    """What talks have generated of their turns, and which of them have a file."""

    _texts: dict[str, str] = field(default_factory=dict)
    """Texts of the turns that are being generated, by trial id."""
    _changed: set[str] = field(default_factory=set)
    _written: set[str] = field(default_factory=set)

    def heard(self, trial_id: str, text: str) -> None:
        """Note how far a talk's turn is; an empty text says that nothing is being generated."""
        if not text:
            self._texts.pop(trial_id, None)
        elif trial_id in self._texts or len(self._texts) < MOST_TALKS:
            self._texts[trial_id] = text[-LONGEST_TEXT:]
            self._changed.add(trial_id)

    def due(self) -> Due:
        """Return what is to be written and removed now; it is taken to be done."""
        due = Due(
            texts={trial_id: self._texts[trial_id] for trial_id in self._changed & self._texts.keys()},
            final=frozenset(self._written - self._texts.keys()),
        )
        self._written = (self._written | due.texts.keys()) - due.final
        self._changed = set()
        return due


def write(folder: RunFolder, due: Due) -> None:
    """Bring the files up to date, as far as the disk lets."""
    for trial_id in due.final:
        with suppress(FolderError, StorageError):
            folder.remove(_file(folder, trial_id))
    for trial_id, text in due.texts.items():
        with suppress(FolderError, StorageError):
            folder.replace_quickly(_file(folder, trial_id), text.encode(errors="replace"))


def clear(folder: RunFolder) -> None:
    """Remove all files, those included that a run left behind which was killed."""
    with suppress(FolderError, StorageError):
        folder.remove_all(folder.live)


def read(folder: RunFolder, trial_id: str) -> str:
    """Return what a talk has generated of its turn so far, empty where nothing is being generated.

    Raises:
        FolderError: the file cannot be read.
    """
    with folder.reading(_file(folder, trial_id)) as file:
        return file.read().decode(errors="replace")


def _file(folder: RunFolder, trial_id: str) -> str:
    return f"{folder.live}/{trial_id}.txt"


@asynccontextmanager
async def live_texts(
    folder: RunFolder, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[LiveTexts]:
    """Keep the files of a run current while the block runs; none is left after it."""
    texts = LiveTexts()
    loop = asyncio.get_running_loop()

    async def keep() -> None:
        while True:
            await sleep(PERIOD_SECONDS)
            due = texts.due()
            if due.texts or due.final:
                await loop.run_in_executor(thread, write, folder, due)

    clear(folder)
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live")
    task = asyncio.create_task(keep())
    try:
        yield texts
    finally:
        task.cancel()
        await asyncio.wait([task])
        thread.shutdown()  # a write that was under way comes to its end before the clearing
        clear(folder)
