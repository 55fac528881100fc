"""The operating system, as far as the run folder needs it, in one object.

Directories are made for their owner only (0700), files too (0600), and a file is never written through a link. Every
call that touches the disk is one method, so that a test can let each of them fail.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import takewhile
from typing import TYPE_CHECKING, BinaryIO

from filelock import FileLock, Timeout

from colloquia.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABANDONED_SECONDS = 3600
"""A half-written replacement that nobody has touched for so long is swept away."""
APPEND = os.O_WRONLY | os.O_APPEND
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL

_ALWAYS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Disk:
    """The operating system, as far as the run folder needs it; every method may raise ``OSError``."""

    def make_dir(self, path: Path) -> None:
        """Make a directory for its owner only."""
        path.mkdir(mode=0o700, exist_ok=True)

    def open(self, path: Path, flags: int) -> int:
        """Return a descriptor of a file, for its owner only where it is made; a link is refused."""
        return os.open(path, flags | _ALWAYS, 0o600)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write some of ``data`` and return how much."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Return when all that was written is on disk."""
        os.fsync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file to ``size`` bytes."""
        os.ftruncate(descriptor, size)

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""
        os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Rename a file, over another where there is one."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)

    def sync_dir(self, path: Path) -> None:
        """Return when the names in a directory are on disk."""
        if os.name == "nt":
            return  # Windows keeps its own account of names and has no such call
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def size(self, path: Path) -> int:
        """Return the size of a file in bytes, 0 where there is none."""
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return 0

    def is_dir(self, path: Path) -> bool | None:
        """Tell whether a path is a directory; None where there is nothing."""
        return path.is_dir() or (False if path.exists() else None)

    def may_write(self, path: Path) -> bool:
        """Tell whether files can be made in a directory."""
        return os.access(path, os.W_OK | os.X_OK)

    def read(self, path: Path) -> BinaryIO:
        """Return a file to read from, empty where there is none."""
        try:
            return path.open("rb")
        except FileNotFoundError:
            return BytesIO()

    def files(self, path: Path) -> list[Path]:
        """Return the files in a directory, none where there is no directory."""
        return [file for file in path.iterdir() if not file.is_dir()] if path.is_dir() else []

    def abandoned(self, path: Path) -> list[Path]:
        """Return the half-written replacements in a directory that nobody has touched for long."""
        limit = time.time() - ABANDONED_SECONDS
        return [file for file in path.glob(".*.tmp") if file.stat().st_mtime < limit]

    def lock(self, path: Path) -> FileLock | None:
        """Return the lock of a file, held by this process, or None where another holds it."""
        lock = FileLock(path, timeout=0, mode=0o600, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            return None
        return lock

    def make_dirs(self, path: Path) -> None:
        """Make a directory and those above it, where they are missing, and return when their names are on disk."""
        missing = list(takewhile(lambda candidate: self.is_dir(candidate) is None, (path, *path.parents)))
        for directory in reversed(missing):
            self.make_dir(directory)
            self.sync_dir(directory.parent)

    def write_all(self, descriptor: int, data: bytes) -> None:
        """Write all of ``data``."""
        rest = memoryview(data)
        while rest:
            rest = rest[self.write(descriptor, rest) :]


class AppendFile:
    """A file that only grows. What was written is on disk when :meth:`sync` has returned."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._path = path
        with stored(path):
            self._descriptor = disk.open(path, APPEND | os.O_CREAT)
            try:
                disk.sync_dir(path.parent)
            except OSError:
                self.close()
                raise

    def write(self, data: bytes) -> None:
        """Append ``data``.

        Raises:
            StorageError: the disk failed; some of ``data`` may stand in the file.
        """
        with stored(self._path):
            self._disk.write_all(self._descriptor, data)

    def sync(self) -> None:
        """Return when all that was written is on disk.

        Raises:
            StorageError: the disk failed; what is on disk is unknown, and asking again would not tell.
        """
        with stored(self._path):
            self._disk.sync(self._descriptor)

    def close(self) -> None:
        """Give the file back; what was not synced may be lost."""
        with suppress(OSError):
            self._disk.close(self._descriptor)


@contextmanager
def stored(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a failed write into a :class:`StorageError`."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{path} could not be written ({error.strerror or error}). What was reported as done is safe; make room or "
            "mend the disk, and run again to go on."
        ) from error
