"""Lines at the edges: files of one byte, lines at the start of a file, and descriptors given back."""

from __future__ import annotations

import asyncio
from errno import EACCES, EIO
from typing import TYPE_CHECKING, BinaryIO

import pytest
from unit.logbook.samples import ended, row_of, started

from colloquia.errors import StorageError
from colloquia.logbook.disk import Disk
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.jsonl import Durable, Writer, repair_tail
from colloquia.logbook.lines import lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Counting(Disk):
    """A disk that knows what is open, and whose flush fails as often as it is told to."""

    def __init__(self, failing: int = 0) -> None:
        self.is_open: set[int] = set()
        self.failing = failing

    def open(self, path: Path, flags: int) -> int:
        descriptor = super().open(path, flags)
        self.is_open.add(descriptor)
        return descriptor

    def close(self, descriptor: int) -> None:
        super().close(descriptor)
        self.is_open.remove(descriptor)

    def sync(self, descriptor: int) -> None:
        if self.failing:
            self.failing -= 1
            raise OSError(EIO, "Input/output error")
        super().sync(descriptor)


class Unreadable(Disk):
    """A disk that writes and does not read."""

    def read(self, path: Path) -> BinaryIO:
        raise PermissionError(EACCES, "Permission denied")


@pytest.mark.parametrize(
    ("whole", "tail"),
    [(b"", b"x"), (b"\n", b""), (b"\n", b"x"), (b"\n", b"x" * 65_535), (b"\n", b"x" * 65_536), (b"\n\n", b"")],
    ids=["a byte", "a line feed", "an empty line", "a block behind it", "more than a block", "two line feeds"],
)
def test_the_last_line_end_is_found_wherever_it_stands(folder: RunFolder, whole: bytes, tail: bytes) -> None:
    """Also as the first byte of the file, or of a block."""
    folder.make()
    (folder.path / folder.log).write_bytes(whole + tail)

    assert repair_tail(folder, folder.log) == (len(tail) or None)
    assert (folder.path / folder.log).read_bytes() == whole


def test_a_file_is_cut_to_what_was_on_disk_before_a_group_is_tried_again(folder: RunFolder) -> None:
    """What a failed flush left behind does not stand there twice."""
    folder.make()
    file = Durable(RunFolder(folder.path, Counting(failing=1)), folder.log)

    file.commit(b"one\n")
    file.commit(b"two\n")
    file.close()

    assert [line.data for line in lines(folder, folder.log)] == [b"one", b"two"]


def test_a_later_group_that_is_tried_again_takes_nothing_from_those_before(folder: RunFolder) -> None:
    """The file is cut to the end of all that was flushed, and not of the last of it."""
    folder.make()
    disk = Counting()
    file = Durable(RunFolder(folder.path, disk), folder.log)
    for number in (b"one", b"two", b"three"):
        file.commit(number + b"\n")

    disk.failing = 1
    file.commit(b"four\n")
    file.close()

    assert [line.data for line in lines(folder, folder.log)] == [b"one", b"two", b"three", b"four"]


def test_a_file_that_somebody_else_has_cut_is_not_written_on(folder: RunFolder) -> None:
    """The end of a line is expected where the last flush left one."""
    folder.make()
    disk = Counting()
    file = Durable(RunFolder(folder.path, disk), folder.log)
    file.commit(b"one\ntwo\n")
    (folder.path / folder.log).write_bytes(b"one\ntw")
    disk.failing = 1

    with pytest.raises(StorageError, match="is not as it was left"):
        file.commit(b"three\n")

    file.close()
    assert b"three" not in (folder.path / folder.log).read_bytes()[:8]


def test_a_log_that_cannot_be_looked_at_is_not_written_on(folder: RunFolder) -> None:
    """Whether it ends with a whole line is unknown; the message says what is wrong."""
    folder.make()
    (folder.path / folder.log).write_bytes(b"one\n")

    with pytest.raises(StorageError, match="cannot be read"):
        Durable(RunFolder(folder.path, Unreadable()), folder.log).commit(b"two\n")

    assert (folder.path / folder.log).read_bytes() == b"one\n"


def _repair(folder: RunFolder) -> None:
    repair_tail(folder, folder.log)


def _write(folder: RunFolder) -> None:
    async def run() -> None:
        writer = Writer(folder)
        await writer.journal(started("t", 1))
        await writer.answer(ended("t", 1), row_of("t", 1))
        await writer.close()
        await writer.close()

    asyncio.run(run())


def _write_twice(folder: RunFolder) -> None:
    file = Durable(folder, folder.log)
    file.commit(b"one\n")
    file.close()
    file.close()


@pytest.mark.parametrize(
    ("what", "failing"),
    [(_repair, 0), (_write, 0), (_write, 1), (_write_twice, 0), (_write_twice, 1)],
    ids=["repair", "writer", "writer on a disk that hiccups", "one file", "one file on a disk that hiccups"],
)
def test_every_file_is_given_back(folder: RunFolder, what: Callable[[RunFolder], None], failing: int) -> None:
    """Once and not twice, also after a flush that failed."""
    folder.make()
    (folder.path / folder.log).write_bytes(b"stump" if what is _repair else b"")
    disk = Counting(failing)

    what(RunFolder(folder.path, disk))

    assert disk.is_open == set()


def test_a_file_is_given_back_where_its_name_cannot_be_flushed(folder: RunFolder) -> None:
    """Whoever cannot have it holds nothing of it."""

    class Forgetting(Counting):
        def sync_dir(self, path: Path) -> None:
            raise OSError(EIO, "Input/output error")

    folder.make()
    disk = Forgetting()

    with pytest.raises(StorageError, match=r"Input/output error"):
        RunFolder(folder.path, disk).append(folder.log)

    assert disk.is_open == set()
