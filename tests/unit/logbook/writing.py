"""A process that writes turns as fast as it can, says which ones it was told are done, and waits to be killed."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from itertools import count
from pathlib import Path

from msgspec.structs import replace

from colloquia.logbook import contents
from colloquia.logbook.entries import AttemptEnded, AttemptStarted, decode_entry
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.jsonl import Writer, repair_tail
from colloquia.logbook.record import TurnRow, decode_turn


async def write(folder: RunFolder, row: TurnRow, start: AttemptStarted, end: AttemptEnded) -> None:
    """Let four conversations go on from where the log has them."""
    said = {trial_id: len(turns) for trial_id, turns in contents.read(folder).turns.items()}
    writer = Writer(folder)

    async def talk(trial_id: str) -> None:
        for turn_id in count(said.get(trial_id, 0) + 1):
            await writer.journal(replace(start, trial_id=trial_id, turn_id=turn_id))
            done = replace(end, trial_id=trial_id, turn_id=turn_id)
            on_disk = partial(print, trial_id, turn_id, flush=True)  # the test reads it
            writer.turn(done, replace(row, trial_id=trial_id, turn_id=turn_id), on_disk)

    async with asyncio.TaskGroup() as group:
        for trial_id in "abcd":
            group.create_task(talk(trial_id))


def main() -> None:
    """Repair, read, go on: what every run does."""
    folder = RunFolder(Path(sys.argv[1]))
    row, start, end = sys.stdin.buffer.read().splitlines()
    started, ended = decode_entry(start), decode_entry(end)
    assert isinstance(started, AttemptStarted)
    assert isinstance(ended, AttemptEnded)
    with folder.lock("a test"):
        for name in (folder.log, folder.journal):
            repair_tail(folder, name)
        asyncio.run(write(folder, decode_turn(row), started, ended))


main()
