"""The operating system as it is: what the one object that talks to it asks of it.

Whether a flush reaches the operating system shows on what cannot be flushed: a pipe, and the directories of a file
system that keeps nothing.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from errno import EACCES, EBADF, EINVAL, EIO
from pathlib import Path

import pytest
from unit.logbook.disks import Shelf

from colloquia.errors import StorageError
from colloquia.logbook.disk import ABANDONED_SECONDS, APPEND, CREATE, AppendFile, Disk, stored

PROC = Path("/proc")
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions and no such files")
linux = pytest.mark.skipif(not PROC.is_dir(), reason="only Linux shows its processes as files")


def descriptors() -> set[str]:
    """Return what this process has open."""
    return {path.name for path in (PROC / "self" / "fd").iterdir()}


@posix
def test_what_is_made_is_its_owners_only(tmp_path: Path) -> None:
    """Directories and files, however open the machine is."""
    before = os.umask(0)
    try:
        Disk().make_dir(tmp_path / "made")
        os.close(Disk().open(tmp_path / "made" / "file", CREATE))
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "made" / "file").stat().st_mode) == 0o600


def test_a_directory_that_somebody_else_has_just_made_is_as_good(tmp_path: Path) -> None:
    """Two processes may make the same folder."""
    Disk().make_dir(tmp_path / "made")
    Disk().make_dir(tmp_path / "made")

    assert (tmp_path / "made").is_dir()


def test_a_file_that_nobody_has_is_as_good_as_removed(tmp_path: Path) -> None:
    """Removing it again is no failure."""
    (tmp_path / "file").touch()

    Disk().remove(tmp_path / "file")
    Disk().remove(tmp_path / "file")

    assert not (tmp_path / "file").exists()


@posix
def test_a_link_is_never_written_through(tmp_path: Path) -> None:
    """Whoever puts one in the place of the log does not get its lines elsewhere."""
    (tmp_path / "elsewhere").write_bytes(b"mine")
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match=r"links|symbolic"):
        Disk().open(tmp_path / "log", APPEND)

    assert (tmp_path / "elsewhere").read_bytes() == b"mine"


@posix
def test_a_program_that_is_started_inherits_no_file(tmp_path: Path) -> None:
    """A log is given to nobody."""
    descriptor = Disk().open(tmp_path / "log", CREATE)

    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


def test_writing_tells_how_much_was_written(tmp_path: Path) -> None:
    """And all of it is written by who asks for all."""
    descriptor = Disk().open(tmp_path / "file", CREATE)

    assert Disk().write(descriptor, b"four") == 4
    Disk().write_all(descriptor, b"more")
    os.close(descriptor)

    assert (tmp_path / "file").read_bytes() == b"fourmore"


def test_what_is_written_in_pieces_is_written_whole(tmp_path: Path) -> None:
    """A disk may take less than it is given."""

    class Sip(Disk):
        def write(self, descriptor: int, data: bytes | memoryview) -> int:
            return super().write(descriptor, bytes(data)[:3])

    descriptor = Disk().open(tmp_path / "file", CREATE)
    Sip().write_all(descriptor, b"0123456789")
    os.close(descriptor)

    assert (tmp_path / "file").read_bytes() == b"0123456789"


@linux
def test_a_flush_is_asked_of_the_operating_system() -> None:
    """Which refuses it for a pipe: nobody has taken the flush for done."""
    out, into = os.pipe()
    try:
        with pytest.raises(OSError) as refused:  # noqa: PT011 (the number says which)
            Disk().sync(into)
    finally:
        os.close(out)
        os.close(into)

    assert refused.value.errno == EINVAL


@linux
def test_a_flush_of_names_is_asked_of_the_operating_system_and_leaves_nothing_open() -> None:
    """Which refuses it for a directory that is on no disk, after it was opened and before it is closed."""
    before = descriptors()

    with pytest.raises(OSError) as refused:  # noqa: PT011 (the number says which)
        Disk().sync_dir(PROC)

    assert refused.value.errno == EINVAL
    assert descriptors() == before


@linux
def test_flushing_the_names_of_a_directory_leaves_nothing_open(tmp_path: Path) -> None:
    """However often it is done."""
    before = descriptors()

    Disk().sync_dir(tmp_path)

    assert descriptors() == before


def test_a_closed_file_is_closed(tmp_path: Path) -> None:
    """Its descriptor is no longer good for anything."""
    descriptor = Disk().open(tmp_path / "file", CREATE)

    Disk().close(descriptor)

    with pytest.raises(OSError) as refused:  # noqa: PT011 (the number says which)
        os.fstat(descriptor)
    assert refused.value.errno == EBADF


def test_cutting_leaves_the_beginning(tmp_path: Path) -> None:
    """To the byte."""
    (tmp_path / "file").write_bytes(b"0123456789")
    descriptor = Disk().open(tmp_path / "file", APPEND)

    Disk().truncate(descriptor, 4)
    os.close(descriptor)

    assert (tmp_path / "file").read_bytes() == b"0123"


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_takes_files_only_from_who_may_write_and_enter(tmp_path: Path) -> None:
    """One of the two is not enough."""
    may = {}
    for mode in (0o700, 0o600, 0o500):
        tmp_path.chmod(mode)
        may[mode] = Disk().may_write(tmp_path)
    tmp_path.chmod(0o700)

    assert may == {0o700: True, 0o600: False, 0o500: False}


def test_a_directory_that_is_missing_takes_no_files(tmp_path: Path) -> None:
    """Nor does a file; a directory of ones own does."""
    (tmp_path / "file").touch()

    assert Disk().may_write(tmp_path)
    assert not Disk().may_write(tmp_path / "missing")
    assert not Disk().may_write(tmp_path / "file")


def test_what_a_path_is(tmp_path: Path) -> None:
    """A directory, something else, or nothing; a size, and 0 of nothing."""
    (tmp_path / "file").write_bytes(b"four")

    assert [Disk().is_dir(tmp_path / name) for name in (".", "file", "missing")] == [True, False, None]
    assert [Disk().size(tmp_path / name) for name in ("file", "missing")] == [4, 0]
    with Disk().read(tmp_path / "file") as file, Disk().read(tmp_path / "missing") as missing:
        assert (file.read(), missing.read()) == (b"four", b"")


def test_only_replacements_that_nobody_has_touched_for_an_hour_are_abandoned(tmp_path: Path) -> None:
    """Younger ones may be under way; other files are nobody's to sweep."""
    now = time.time()
    for name, age in ((".old.tmp", ABANDONED_SECONDS + 60), (".new.tmp", ABANDONED_SECONDS - 60), ("old.tmp", 10**6)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (now - age, now - age))

    assert [path.name for path in Disk().abandoned(tmp_path)] == [".old.tmp"]
    assert 3000 < ABANDONED_SECONDS < 4000


def test_a_lock_is_held_once_and_can_be_given_back_by_any_thread(tmp_path: Path) -> None:
    """Nobody waits for it: it is had at once or not at all."""
    lock = Disk().lock(tmp_path / "lock")

    second = Disk().lock(tmp_path / "lock")

    assert lock is not None
    assert second is None
    assert lock.is_locked
    assert lock.timeout == 0

    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    third = Disk().lock(tmp_path / "lock")
    assert third is not None
    third.release()


def test_all_directories_above_are_made_and_their_names_flushed_from_the_top(tmp_path: Path) -> None:
    """Each name is on disk before what lies below it is made."""
    done: list[tuple[str, str]] = []

    class Noting(Disk):
        def make_dir(self, path: Path) -> None:
            done.append(("make", path.name))
            super().make_dir(path)

        def sync_dir(self, path: Path) -> None:
            done.append(("flush", path.name))

    Noting().make_dirs(tmp_path / "one" / "two")
    Noting().make_dirs(tmp_path / "one" / "two")

    assert done == [("make", "one"), ("flush", tmp_path.name), ("make", "two"), ("flush", "one")]


def test_a_grown_file_is_flushed_and_given_back(tmp_path: Path) -> None:
    """What was written before is still there; closing twice does no harm."""
    (tmp_path / "log").write_bytes(b"one\n")
    noted: list[str] = []

    class Noting(Disk):
        def sync(self, descriptor: int) -> None:
            noted.append("sync")

        def close(self, descriptor: int) -> None:
            noted.append("close")
            super().close(descriptor)

    file = AppendFile(Noting(), tmp_path / "log")
    file.write(b"two\n")
    file.sync()
    file.close()
    file.close()

    assert noted == ["sync", "close", "close"]
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


def test_a_file_whose_name_cannot_be_flushed_is_not_had(tmp_path: Path) -> None:
    """After a power cut it might not be there: nobody is to write in it."""

    class Forgetting(Disk):
        def sync_dir(self, path: Path) -> None:
            raise OSError(EIO, "Input/output error")

    with pytest.raises(StorageError, match="Input/output error"):
        AppendFile(Forgetting(), tmp_path / "log")


def test_what_the_operating_system_says_is_told_with_the_path_and_the_remedy() -> None:
    """Also where it has no words of its own."""
    with (
        pytest.raises(StorageError, match=r"log could not be written \(Permission denied\).*run again"),
        stored(Path("log")),
    ):
        raise PermissionError(EACCES, "Permission denied")
    with pytest.raises(StorageError, match=r"\(odd\)"), stored(Path("log")):
        raise OSError("odd")


def test_a_shelf_reads_like_a_disk() -> None:
    """The fake that other tests rest on."""
    with Shelf(log=b"x").read(Path("log.jsonl")) as file, Shelf().read(Path("log.jsonl")) as missing:
        assert (file.read(), missing.read()) == (b"x", b"")
