"""Answers to probes on their way to disk: with their attempts, once, in order, and held where the disk fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from unit.logbook.disks import RecordingDisk
from unit.logbook.samples import ended, row_of
from unit.logbook.test_answers import answer, row
from unit.logbook.test_broken_disk import Breaking

from colloquia.errors import StorageError
from colloquia.logbook.contents import answer_rows
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.jsonl import Writer
from colloquia.logbook.record import encode

if TYPE_CHECKING:
    from pathlib import Path

MOOD = {"beside": "probe mood of buyer"}


def test_an_answer_brings_the_end_of_its_attempt_where_there_was_one(folder: RunFolder) -> None:
    """Nothing else gets into the journal."""

    async def write() -> None:
        writer = Writer(folder)
        await writer.probe(ended("t", 0, **MOOD), row("t"))
        await writer.probe(None, row("u"))
        await writer.close()

    folder.make()
    asyncio.run(write())

    assert (folder.path / folder.journal).read_bytes() == encode(ended("t", 0, **MOOD))
    assert [each.trial_id for each in answer_rows(folder)] == ["t", "u"]


def test_what_a_broken_disk_held_up_is_written_once_and_in_order(tmp_path: Path) -> None:
    """The turn beside an answer that could not be written stands once; answers stand in the order they were given."""
    disk = Breaking(RunFolder.probes)
    folder = RunFolder(tmp_path, disk)

    async def run() -> None:
        writer = Writer(folder)
        together = [
            asyncio.create_task(writer.answer(ended("t", 1), row_of("t", 1))),
            asyncio.create_task(writer.probe(ended("t", 1, **MOOD), row("t", answer(1.0, 1)))),
        ]
        await asyncio.to_thread(disk.is_flushing.wait, 30)
        later = asyncio.create_task(writer.probe(ended("t", 1, **MOOD), row("t", answer(2.0, 1, "seller"))))
        await asyncio.sleep(0)
        disk.may_go.set()
        told = await asyncio.gather(*together, later, return_exceptions=True)
        assert [type(each) for each in told] == [StorageError] * 3
        disk.is_broken = False
        await writer.close()

    asyncio.run(run())

    assert (folder.path / folder.log).read_bytes() == encode(row_of("t", 1))
    assert [each.answer for each in answer_rows(folder)] == [1.0, 2.0]


def test_every_file_is_given_back(tmp_path: Path) -> None:
    """A process that holds many studies runs out of none."""

    class Counting(RecordingDisk):
        def close(self, descriptor: int) -> None:
            super().close(descriptor)
            self.done.append(("close", self._names[descriptor]))

    disk = Counting()
    folder = RunFolder(tmp_path, disk)

    async def write() -> None:
        writer = Writer(folder)
        await writer.answer(ended("t", 1), row_of("t", 1))
        await writer.probe(ended("t", 1, **MOOD), row("t", answer(1.0, 1)))
        await writer.close()

    asyncio.run(write())

    opened, closed = ([name for act, name in disk.done if act == what] for what in ("open", "close"))
    assert sorted(opened) == sorted(closed) == sorted([folder.journal, folder.log, folder.probes])
