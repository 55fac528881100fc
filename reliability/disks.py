"""Disks that fail at a chosen call, and a disk in memory that knows what a power cut would leave.

A :class:`FaultyDisk` stands before another disk and counts its calls; one of them, or all from one on, go wrong. After
a :class:`Death` nothing reaches the disk any more, as after ``SIGKILL`` or a power cut.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeVar, cast

from colloquia.logbook.disk import Disk

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from _typeshed import WriteableBuffer
    from filelock import FileLock

Result = TypeVar("Result")
When = Literal["before", "after", "half"]

_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp$")


class Death(BaseException):
    """The process ends at this call; whatever it still does reaches no disk."""


@dataclass(frozen=True, kw_only=True)
class Mishap:
    """What goes wrong at which call of a disk."""

    at: int
    """Counted from 1."""
    when: When
    """Before the call did anything, after it did all, or half-way (of a write a prefix is written)."""
    errno: int | None = None
    """What the operating system says; None where the process dies."""
    is_for_good: bool = False
    """True where every later call fails in the same way."""

    def __str__(self) -> str:
        """Return it in words."""
        what = "death" if self.errno is None else os.strerror(self.errno)
        return f"{what} {self.when} call {self.at}{' and all later ones' if self.is_for_good else ''}"


class FaultyDisk(Disk):
    """A disk on which one thing goes wrong, and that remembers what was asked of it."""

    def __init__(self, disk: Disk, mishap: Mishap | None = None) -> None:
        self.calls: list[str] = []
        """What was called, on which file."""
        self.struck: str | None = None
        """The call that went wrong first; None while none has."""
        self.is_dead = False
        self._disk = disk
        self._mishap = mishap
        self._names: dict[int, str] = {}
        self._locks: list[FileLock] = []

    def make_dir(self, path: Path) -> None:  # noqa: D102
        self._call("make_dir", path, lambda: self._disk.make_dir(path))

    def open(self, path: Path, flags: int) -> int:  # noqa: D102
        descriptor = self._call("open", path, lambda: self._disk.open(path, flags), undo=self._disk.close)
        self._names[descriptor] = path.name
        return descriptor

    def write(self, descriptor: int, data: bytes | memoryview) -> int:  # noqa: D102
        return self._call(
            "write",
            self._names[descriptor],
            lambda: self._disk.write(descriptor, data),
            half=lambda: self._disk.write(descriptor, data[: len(data) // 2]),
        )

    def sync(self, descriptor: int) -> None:  # noqa: D102
        self._call("sync", self._names[descriptor], lambda: self._disk.sync(descriptor))

    def truncate(self, descriptor: int, size: int) -> None:  # noqa: D102
        self._call("truncate", self._names[descriptor], lambda: self._disk.truncate(descriptor, size))

    def close(self, descriptor: int) -> None:
        """Close the file, whatever is said of it: a descriptor is gone even where closing it fails."""
        self._disk.close(descriptor)
        self._call("close", self._names[descriptor], lambda: None)

    def replace(self, source: Path, target: Path) -> None:  # noqa: D102
        self._call("replace", target, lambda: self._disk.replace(source, target))

    def remove(self, path: Path) -> None:  # noqa: D102
        self._call("remove", path, lambda: self._disk.remove(path))

    def sync_dir(self, path: Path) -> None:  # noqa: D102
        self._call("sync_dir", path, lambda: self._disk.sync_dir(path))

    def size(self, path: Path) -> int:  # noqa: D102
        return self._call("size", path, lambda: self._disk.size(path))

    def is_dir(self, path: Path) -> bool | None:  # noqa: D102
        return self._call("is_dir", path, lambda: self._disk.is_dir(path))

    def may_write(self, path: Path) -> bool:  # noqa: D102
        return self._call("may_write", path, lambda: self._disk.may_write(path))

    def abandoned(self, path: Path) -> list[Path]:  # noqa: D102
        return self._call("abandoned", path, lambda: self._disk.abandoned(path))

    def read(self, path: Path) -> BinaryIO:
        """Return a file of which every reading is a call of its own."""
        file = self._call("read", path, lambda: self._disk.read(path), undo=lambda file: file.close())
        return io.BufferedReader(_Reading(file, lambda act: self._call("read on", path, act)))

    def lock(self, path: Path) -> FileLock | None:  # noqa: D102
        lock = self._call("lock", path, lambda: self._disk.lock(path), undo=_release)
        self._locks += [lock] if lock else []
        return lock

    def release(self) -> None:
        """Give all locks back, as the operating system does when a process is gone."""
        for lock in self._locks:
            lock.release()

    def _call(
        self,
        what: str,
        file: Path | str,
        act: Callable[[], Result],
        *,
        half: Callable[[], object] | None = None,
        undo: Callable[[Result], object] = lambda _: None,
    ) -> Result:
        if self.is_dead:
            raise Death
        name = file if isinstance(file, str) else file.name
        self.calls.append(f"{what} {_TEMPORARY.sub('.tmp', name)}")
        mishap = self._mishap
        if mishap is None or not self._is_hit(mishap):
            return act()
        self.struck = self.struck or self.calls[-1]
        self.is_dead = mishap.errno is None
        if mishap.when == "after":
            undo(act())
        elif mishap.when == "half" and half is not None:
            half()
        if mishap.errno is None:
            raise Death
        raise OSError(mishap.errno, os.strerror(mishap.errno))

    def _is_hit(self, mishap: Mishap) -> bool:
        return len(self.calls) == mishap.at or (mishap.is_for_good and len(self.calls) > mishap.at)


class _Reading(io.RawIOBase):
    """A file whose every reading is counted, and may go wrong."""

    def __init__(self, file: BinaryIO, call: Callable[[Callable[[], bytes]], bytes]) -> None:
        super().__init__()
        self._file = file
        self._call = call

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._call(lambda: self._file.read(len(view)))
        view[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()


@dataclass(eq=False)
class _File:
    """What a name leads to."""

    data: bytearray = field(default_factory=bytearray)
    """As whoever reads it now sees it."""
    flushed: bytes = b""
    """As it surely is on disk."""


@dataclass(frozen=True)
class _Change:
    """A change of names in one directory that is not surely on disk."""

    gone: Path | None = None
    come: Path | None = None
    file: _File | None = None
    """What ``come`` leads to; None for a directory."""


class MemoryDisk(Disk):
    """A disk in memory that promises what POSIX does and nothing more.

    Bytes are safe once their file was flushed, names once their directory was. Whatever was not may be lost, each by
    itself: an appended end in part, a cut that was not flushed, a new name, a rename.
    """

    def __init__(self, *existing: Path) -> None:
        self._files: dict[Path, _File] = {}
        self._directories = {ancestor for path in existing for ancestor in (path, *path.parents)}
        self._safe_files: dict[Path, _File] = {}
        self._safe_directories = set(self._directories)
        self._changes: dict[Path, list[_Change]] = {}
        self._open: dict[int, tuple[_File, str]] = {}
        self._opened = 0
        self._is_locked = False

    def after_a_power_cut(self, draws: random.Random) -> MemoryDisk:
        """Return a disk with what is left when the power goes now, drawn from all that may be."""
        keeps = draws.choice((0.0, 0.5, 1.0))
        files, directories = dict(self._safe_files), set(self._safe_directories)
        for changes in self._changes.values():
            for change in changes:
                if draws.random() < keeps:
                    _apply(change, files, directories)
        left = MemoryDisk()
        left._directories = {path for path in directories if directories.issuperset(path.parents)}
        contents = {id(file): _left(file, draws) for file in files.values()}
        for path, file in files.items():
            if path.parent in left._directories:
                data = contents[id(file)]
                left._files[path] = _File(data=bytearray(data), flushed=data)
        left._safe_files, left._safe_directories = dict(left._files), set(left._directories)
        return left

    def make_dir(self, path: Path) -> None:  # noqa: D102
        if path not in self._directories:
            self._change(path.parent, _Change(come=path))

    def open(self, path: Path, flags: int) -> int:  # noqa: D102
        if path in self._files and flags & os.O_EXCL:
            raise FileExistsError(path)
        if path not in self._files:
            if not flags & os.O_CREAT or path.parent not in self._directories:
                raise FileNotFoundError(path)
            self._change(path.parent, _Change(come=path, file=_File()))
        if flags & os.O_TRUNC:
            self._files[path].data.clear()
        self._opened += 1
        self._open[self._opened] = (self._files[path], path.name)
        return self._opened

    def write(self, descriptor: int, data: bytes | memoryview) -> int:  # noqa: D102
        self._open[descriptor][0].data += data
        return len(data)

    def sync(self, descriptor: int) -> None:  # noqa: D102
        file, name = self._open[descriptor]
        if self.flushes(name):
            file.flushed = bytes(file.data)

    def flushes(self, name: str) -> bool:
        """Tell whether flushing a file has an effect; overridden where a bug is planted."""
        del name
        return True

    def truncate(self, descriptor: int, size: int) -> None:  # noqa: D102
        del self._open[descriptor][0].data[size:]

    def close(self, descriptor: int) -> None:  # noqa: D102
        del self._open[descriptor]

    def replace(self, source: Path, target: Path) -> None:  # noqa: D102
        self._change(target.parent, _Change(gone=source, come=target, file=self._files[source]))

    def remove(self, path: Path) -> None:  # noqa: D102
        if path in self._files:
            self._change(path.parent, _Change(gone=path))

    def sync_dir(self, path: Path) -> None:  # noqa: D102
        for change in self._changes.pop(path, ()):
            _apply(change, self._safe_files, self._safe_directories)

    def size(self, path: Path) -> int:  # noqa: D102
        return len(self._files[path].data) if path in self._files else 0

    def is_dir(self, path: Path) -> bool | None:  # noqa: D102
        if path in self._directories:
            return True
        return False if path in self._files else None

    def may_write(self, path: Path) -> bool:  # noqa: D102
        return path in self._directories

    def read(self, path: Path) -> BinaryIO:  # noqa: D102
        return io.BytesIO(bytes(self._files[path].data) if path in self._files else b"")

    def abandoned(self, path: Path) -> list[Path]:
        """Return nothing: no replacement here is old enough."""
        del path
        return []

    def lock(self, path: Path) -> FileLock | None:  # noqa: D102
        del path
        if self._is_locked:
            return None
        self._is_locked = True
        return cast("FileLock", _Lock(self))

    def unlock(self) -> None:
        """Let the next one have the lock."""
        self._is_locked = False

    def _change(self, directory: Path, change: _Change) -> None:
        _apply(change, self._files, self._directories)
        self._changes.setdefault(directory, []).append(change)


class _Lock:
    """A lock that is held."""

    def __init__(self, disk: MemoryDisk) -> None:
        self._disk = disk

    def release(self) -> None:
        self._disk.unlock()


def _release(lock: FileLock | None) -> None:
    if lock is not None:
        lock.release()


def _apply(change: _Change, files: dict[Path, _File], directories: set[Path]) -> None:
    if change.gone is not None:
        files.pop(change.gone, None)
    if change.come is not None and change.file is None:
        directories.add(change.come)
    elif change.come is not None and change.file is not None:
        files[change.come] = change.file


def _left(file: _File, draws: random.Random) -> bytes:
    """Return what is left of a file: what was flushed, and of the rest whatever the disk had got round to."""
    now, safe = bytes(file.data), file.flushed
    if now == safe:
        return safe
    if not now.startswith(safe):  # it was cut, and that was not flushed
        return draws.choice((now, safe))
    end = draws.randrange(len(safe), len(now) + 1)
    zeros = draws.randrange(len(now) - end + 1) if draws.random() < 0.25 else 0
    return now[:end] + bytes(zeros)
