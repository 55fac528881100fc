"""``control.json``: what somebody outside wants of a run, put there whole by any client and read by the run itself.

A wish names its run, so that one that comes too late says nothing to the next run. What is torn, foreign or unknown is
no wish.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

import msgspec

from colloquia.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from colloquia.logbook.folder import RunFolder
    from colloquia.running.control import Control

PERIOD_SECONDS = 0.5
"""How long a wish may lie before it is heard."""
LARGEST_BYTES = 4096

Want = Literal["run", "pause", "stop", "stop_now"]
"""``run`` takes ``pause`` back; ``stop`` lets calls under way come to their end, ``stop_now`` does not."""


class Wish(msgspec.Struct, kw_only=True, frozen=True):
    """What is wanted of one run."""

    run_id: str
    want: Want


def utter(folder: RunFolder, wish: Wish) -> None:
    """Put a wish in the place of the one before.

    Raises:
        StorageError: the disk failed.
    """
    folder.replace(folder.control, msgspec.json.encode(wish) + b"\n")


def uttered(folder: RunFolder) -> Wish | None:
    """Return the wish that was put last, or None where there is none that can be understood."""
    try:
        with folder.reading(folder.control) as file:
            data = file.read(LARGEST_BYTES + 1)
        return msgspec.json.decode(data, type=Wish) if len(data) <= LARGEST_BYTES else None
    except (FolderError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


@asynccontextmanager
async def heeded(
    folder: RunFolder,
    control: Control,
    run_id: str,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[None]:
    """Do what is wanted of a run while the block runs; ``stop_now`` cancels the task that entered it."""
    holder = asyncio.current_task()

    async def heed() -> None:
        while True:
            await sleep(PERIOD_SECONDS)  # first, since nobody knows a run before it has begun
            wish = await asyncio.to_thread(uttered, folder)
            if wish is not None and wish.run_id == run_id:
                _grant(wish.want, control, holder)

    task = asyncio.create_task(heed())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _grant(want: Want, control: Control, holder: asyncio.Task[object] | None) -> None:
    if want == "pause":
        control.pause()
    elif want == "run":
        control.resume()
    elif want == "stop":
        control.stop("stopped", "Somebody asked for it.")
    elif not control.is_cut_short:
        control.cut_short("stopped", "Somebody asked for it.")
        if holder is not None:
            holder.cancel()
