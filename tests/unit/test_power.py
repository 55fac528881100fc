"""The disk whose power goes: it promises what POSIX does, so that what fails on it may fail anywhere."""

from __future__ import annotations

import os
from pathlib import Path

from reliability.chance import chance
from reliability.disks import MemoryDisk

PLACE = Path("/in/memory")
ANEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def write(disk: MemoryDisk, data: bytes, flags: int = ANEW) -> None:
    """Write a file, and wait until it and its name are on disk."""
    descriptor = disk.open(PLACE / "file", flags)
    disk.write(descriptor, data)
    disk.sync(descriptor)
    disk.close(descriptor)
    disk.sync_dir(PLACE)


def test_a_file_that_is_written_anew_holds_nothing_of_what_it_held() -> None:
    """Also where that is left of a run before the power went."""
    disk = MemoryDisk(PLACE)
    write(disk, b"half of a long te")

    left = disk.after_a_power_cut(chance("1"))
    write(left, b"short")

    assert left.read(PLACE / "file").read() == b"short"


def test_a_file_that_grows_keeps_what_it_held() -> None:
    """What was flushed is there after a cut."""
    disk = MemoryDisk(PLACE)
    write(disk, b"one ")
    write(disk, b"two", os.O_WRONLY | os.O_APPEND)

    assert disk.after_a_power_cut(chance("1")).read(PLACE / "file").read() == b"one two"
