"""Whatever the disk does, nobody is told that a line is safe which is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from errno import EIO
from functools import partial
from typing import TYPE_CHECKING

import pytest
from unit.logbook.disks import FaultyDisk, ForgetfulDisk, SlowDisk
from unit.logbook.samples import AT, ended, row_of, started

from colloquia.errors import StorageError
from colloquia.logbook.disk import Disk
from colloquia.logbook.entries import AttemptEnded, Noted, decode_entry
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.jsonl import Writer, repair_tail
from colloquia.logbook.lines import lines
from colloquia.logbook.record import decode_turn, encode

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.logbook.record import TurnRow


def _log(folder: RunFolder) -> list[TurnRow]:
    return [decode_turn(line.data) for line in lines(folder, folder.log) if not line.is_torn]


def _journal(folder: RunFolder) -> list[object]:
    return [decode_entry(line.data) for line in lines(folder, folder.journal) if not line.is_torn]


def test_a_log_that_shrank_under_the_writer_is_not_written_on(tmp_path: Path) -> None:
    """After a failed flush the file is looked at again; if lines are gone, that is said."""
    folder = RunFolder(tmp_path)

    class Vandal(FaultyDisk):
        def sync(self, descriptor: int) -> None:
            if self.calls + 1 == self._fail_at:
                (tmp_path / folder.log).write_bytes(b"")
            super().sync(descriptor)

    async def run(disk: FaultyDisk) -> None:
        writer = Writer(replace(folder, disk=disk))
        await writer.answer(None, row_of("t", 1))
        disk._fail_at = disk.calls + 2
        with pytest.raises(StorageError, match="not as it was left"):
            await writer.answer(None, row_of("t", 2))
        with pytest.raises(StorageError):
            await writer.close()

    asyncio.run(run(Vandal(10**6, "before")))


async def _talk_until_the_disk_fails(writer: Writer, heard: list[int]) -> None:
    for turn_id in range(1, 6):
        await writer.journal(started("t", turn_id))
        assert heard == [*range(1, turn_id)]
        writer.turn(ended("t", turn_id), row_of("t", turn_id), partial(heard.append, turn_id))
    await writer.written()


def test_a_turn_that_a_failing_disk_did_not_take_is_told_to_nobody_and_kept_until_the_end(tmp_path: Path) -> None:
    """Whoever goes on hears of the failure, and closing writes what was handed over."""
    folder = RunFolder(tmp_path)
    told: list[int] = []

    async def run() -> None:
        disk = FaultyDisk(10**6, "before", is_broken_for_good=True)
        writer = Writer(replace(folder, disk=disk))
        await writer.journal(started("t", 1))
        disk._fail_at = disk.calls + 1
        writer.turn(ended("t", 1), row_of("t", 1), partial(told.append, 1))
        with pytest.raises(StorageError):
            await writer.journal(started("t", 2))
        with pytest.raises(StorageError):
            writer.turn(ended("t", 2), row_of("t", 2), partial(told.append, 2))
        with pytest.raises(StorageError):
            await writer.written()
        disk._fail_at = 10**6
        await writer.close()

    asyncio.run(run())

    assert [row.turn_id for row in _log(folder)] == [1, 2]
    assert not told


@pytest.mark.parametrize("breaks", ["writing", "telling"])
def test_whatever_goes_wrong_with_a_group_nothing_after_it_counts_as_done(tmp_path: Path, breaks: str) -> None:
    """Nobody waits for a turn; so whoever comes next hears that it is not there, and waits for nothing in vain."""
    folder = RunFolder(tmp_path)

    class Odd(Disk):
        is_odd = breaks == "writing"

        def sync(self, descriptor: int) -> None:
            if self.is_odd:
                raise MemoryError("there is none")
            super().sync(descriptor)

    def tell() -> None:
        raise KeyError("gone")

    async def run() -> None:
        disk = Odd()
        writer = Writer(replace(folder, disk=disk))
        writer.turn(ended("t", 1), row_of("t", 1), tell if breaks == "telling" else lambda: None)
        with pytest.raises(StorageError, match=r"there is none|gone"):
            await writer.journal(started("t", 2))
        with pytest.raises(StorageError):
            await writer.written()
        disk.is_odd = False
        await writer.close()
        with pytest.raises(StorageError, match="closed"):
            await writer.written()

    asyncio.run(run())

    assert [row.turn_id for row in _log(folder)] == [1]
    starts = [] if breaks == "writing" else ["AttemptStarted"]  # on disk, and nobody was told: its call was not made
    assert [type(entry).__name__ for entry in _journal(folder)] == [*starts, "AttemptEnded"]


@pytest.mark.parametrize("when", ["before", "after", "half"])
def test_one_failure_of_any_disk_call_is_survived(tmp_path: Path, when: str) -> None:
    """A write or flush that fails once is repeated on a fresh descriptor: nothing lost, nothing twice."""
    for k in range(1, 200):
        folder = RunFolder(tmp_path / str(k))
        folder.make()
        disk = FaultyDisk(k, when)
        heard: list[int] = []

        async def run(folder: RunFolder, disk: FaultyDisk, heard: list[int]) -> None:
            writer = Writer(replace(folder, disk=disk))
            await _talk_until_the_disk_fails(writer, heard)
            await writer.close()

        asyncio.run(run(folder, disk, heard))

        assert heard == [1, 2, 3, 4, 5]
        assert (folder.path / folder.log).read_bytes() == b"".join(encode(row_of("t", n)) for n in heard)
        assert len(_journal(folder)) == 10
        if not disk.has_failed:
            return
    pytest.fail("the disk never stopped failing")


def _calls_of_a_healthy_run(folder: RunFolder) -> int:
    """Return how often five turns touch the disk before the writer is closed."""
    folder.make()
    disk = FaultyDisk(10**6, "before")

    async def run() -> int:
        writer = Writer(replace(folder, disk=disk))
        await _talk_until_the_disk_fails(writer, [])
        calls = disk.calls
        await writer.close()
        return calls

    return asyncio.run(run())


async def _talk_to_a_broken_disk(folder: RunFolder) -> list[int]:
    writer, heard = Writer(folder), list[int]()
    with pytest.raises(StorageError, match="No space left"):
        await _talk_until_the_disk_fails(writer, heard)
    with pytest.raises(StorageError, match="No space left"):
        await writer.journal(Noted(at=AT, run_id="r", subject="later", message=""))
    with pytest.raises(StorageError):
        await writer.close()
    return heard


@pytest.mark.parametrize("when", ["before", "after", "half"])
def test_a_disk_that_breaks_for_good_at_any_call_loses_nothing_that_was_heard(tmp_path: Path, when: str) -> None:
    """Everyone is told, every later call too; what was heard is in the file, and the tail can be repaired."""
    for k in range(1, _calls_of_a_healthy_run(RunFolder(tmp_path / "healthy")) + 1):
        folder = RunFolder(tmp_path / str(k))
        folder.make()

        heard = asyncio.run(_talk_to_a_broken_disk(replace(folder, disk=FaultyDisk(k, when, is_broken_for_good=True))))

        for name in (folder.log, folder.journal):
            repair_tail(folder, name)
        said = [row.turn_id for row in _log(folder)]
        assert said[: len(heard)] == heard
        assert said == list(range(1, len(said) + 1))


def test_a_result_held_in_memory_is_written_when_the_disk_has_room_again(tmp_path: Path) -> None:
    """A paid turn that could not be written is not thrown away: closing tries once more."""
    disk = FaultyDisk(10**6, "before", is_broken_for_good=True)
    folder = RunFolder(tmp_path, disk)

    async def run() -> None:
        writer = Writer(folder)
        await writer.answer(ended("t", 1), row_of("t", 1))
        disk._fail_at = disk.calls + 1
        for trial_id in ("t", "u"):
            with pytest.raises(StorageError, match="make room"):
                await writer.answer(ended(trial_id, 2), row_of(trial_id, 2))
            with pytest.raises(StorageError):
                await writer.journal(started(trial_id, 3))
        disk._fail_at = 10**6
        await writer.close()

    asyncio.run(run())

    assert [(row.trial_id, row.turn_id) for row in _log(folder)] == [("t", 1), ("t", 2), ("u", 2)]
    assert all(isinstance(entry, AttemptEnded) for entry in _journal(folder)), "calls never made stand in no journal"


class Breaking(SlowDisk):
    """A disk that breaks when it is let go, for one file, until it is mended."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.is_broken = True
        self._name = name

    def sync(self, descriptor: int) -> None:
        """Fail for the one file."""
        super().sync(descriptor)
        if self.is_broken and self._names[descriptor] == self._name:
            raise OSError(EIO, "Input/output error")


@pytest.mark.parametrize("name", [RunFolder.log, RunFolder.journal])
def test_what_came_while_the_disk_was_breaking_is_held_too_and_written_once(tmp_path: Path, name: str) -> None:
    """Whichever file failed: nothing paid for is lost, nothing stands twice, calls never made stand nowhere."""
    disk = Breaking(name)
    folder = RunFolder(tmp_path, disk)

    async def run() -> None:
        writer = Writer(folder)
        first = asyncio.create_task(writer.answer(ended("t", 1), row_of("t", 1)))
        await asyncio.to_thread(disk.is_flushing.wait, 30)
        second = asyncio.create_task(writer.answer(ended("u", 1), row_of("u", 1)))
        third = asyncio.create_task(writer.journal(started("v", 1)))
        await asyncio.sleep(0)
        disk.may_go.set()
        told = await asyncio.gather(first, second, third, return_exceptions=True)
        assert [type(answer) for answer in told] == [StorageError] * 3
        disk.is_broken = False
        await writer.close()

    asyncio.run(run())

    assert _log(folder) == [row_of("t", 1), row_of("u", 1)]
    assert _journal(folder) == [ended("t", 1), ended("u", 1)]


def test_everyone_who_waits_hears_of_a_broken_disk(tmp_path: Path) -> None:
    """Nobody waits for ever, and nobody is told that a lost line is safe."""
    disk = FaultyDisk(1, "before", is_broken_for_good=True)

    async def run() -> list[object]:
        writer = Writer(RunFolder(tmp_path, disk))
        told = await asyncio.gather(
            *(writer.answer(ended(f"t{n}", 1), row_of(f"t{n}", 1)) for n in range(30)), return_exceptions=True
        )
        with pytest.raises(StorageError):
            await writer.close()
        return list(told)

    told = asyncio.run(run())

    assert [type(answer) for answer in told] == [StorageError] * 30


def test_a_power_cut_loses_nothing_that_was_heard(tmp_path: Path) -> None:
    """Of every file only what was flushed is left, and that holds all turns reported as done."""
    disk = ForgetfulDisk()
    folder = RunFolder(tmp_path / "data", disk)
    folder.make()

    async def run() -> None:
        writer = Writer(folder)
        for turn_id in range(1, 11):
            await writer.answer(ended("t", turn_id), row_of("t", turn_id))
            left = disk.after_a_power_cut(folder.path / folder.log)
            assert left == b"".join(encode(row_of("t", n)) for n in range(1, turn_id + 1))
            assert disk.after_a_power_cut(folder.path / folder.journal).count(b"\n") == turn_id
        await writer.close()

    asyncio.run(run())
