"""Disks that record, fail, hesitate, or forget what was not flushed."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from errno import ENOSPC
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from colloquia.logbook.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_Result = TypeVar("_Result")


class RecordingDisk(Disk):
    """A disk that remembers what it was asked to do, to which file, and in which order."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self._names: dict[int, str] = {}

    def make_dir(self, path: Path) -> None:
        super().make_dir(path)
        self.done.append(("make_dir", path.name))

    def open(self, path: Path, flags: int) -> int:
        descriptor = super().open(path, flags)
        self._names[descriptor] = path.name
        self.done.append(("open", path.name))
        return descriptor

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        self.done.append(("write", self._names[descriptor]))
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        self.done.append(("sync", self._names[descriptor]))

    def truncate(self, descriptor: int, size: int) -> None:
        super().truncate(descriptor, size)
        self.done.append(("truncate", self._names[descriptor]))

    def replace(self, source: Path, target: Path) -> None:
        super().replace(source, target)
        self.done.append(("replace", target.name))

    def sync_dir(self, path: Path) -> None:
        super().sync_dir(path)
        self.done.append(("sync_dir", path.name))


class FaultyDisk(Disk):
    """A disk whose k-th call fails: before it does anything, after it did, or half-way through what it writes."""

    def __init__(self, fail_at: int, when: str, *, is_broken_for_good: bool = False) -> None:
        self.calls = 0
        self._fail_at = fail_at
        self._when = when
        self._is_broken_for_good = is_broken_for_good

    @property
    def has_failed(self) -> bool:
        """True once the call that is to fail was made."""
        return self.calls >= self._fail_at

    def _call(
        self,
        act: Callable[[], _Result],
        half: Callable[[], object] | None = None,
        give_back: Callable[[_Result], object] = lambda _: None,
    ) -> _Result:
        self.calls += 1
        if self.calls != self._fail_at and not (self._is_broken_for_good and self.has_failed):
            return act()
        if self._when == "after":
            give_back(act())
        elif self._when == "half" and half is not None:
            half()
        raise OSError(ENOSPC, "No space left on device")

    def make_dir(self, path: Path) -> None:
        self._call(lambda: Disk.make_dir(self, path))

    def open(self, path: Path, flags: int) -> int:
        return self._call(lambda: Disk.open(self, path, flags), give_back=os.close)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        return self._call(
            lambda: Disk.write(self, descriptor, data),
            lambda: Disk.write(self, descriptor, data[: len(data) // 2]),
        )

    def sync(self, descriptor: int) -> None:
        self._call(lambda: Disk.sync(self, descriptor))

    def truncate(self, descriptor: int, size: int) -> None:
        self._call(lambda: Disk.truncate(self, descriptor, size))

    def replace(self, source: Path, target: Path) -> None:
        self._call(lambda: Disk.replace(self, source, target))

    def remove(self, path: Path) -> None:
        self._call(lambda: Disk.remove(self, path))

    def sync_dir(self, path: Path) -> None:
        self._call(lambda: Disk.sync_dir(self, path))

    def size(self, path: Path) -> int:
        return self._call(lambda: Disk.size(self, path))

    def is_dir(self, path: Path) -> bool | None:
        return self._call(lambda: Disk.is_dir(self, path))

    def may_write(self, path: Path) -> bool:
        return self._call(lambda: Disk.may_write(self, path))

    def abandoned(self, path: Path) -> list[Path]:
        return self._call(lambda: Disk.abandoned(self, path))

    def read(self, path: Path) -> BinaryIO:
        return self._call(lambda: Disk.read(self, path), give_back=lambda file: file.close())

    def close(self, descriptor: int) -> None:
        super().close(descriptor)
        self._call(lambda: None)


class SlowDisk(RecordingDisk):
    """A disk that flushes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_flushing = threading.Event()
        self.may_go = threading.Event()

    def sync(self, descriptor: int) -> None:
        self.is_flushing.set()
        assert self.may_go.wait(timeout=30)
        super().sync(descriptor)


class ForgetfulDisk(Disk):
    """A disk that knows what a power cut would leave: flushed bytes of files whose names were flushed."""

    def __init__(self) -> None:
        self.flushed: dict[str, int] = defaultdict(int)
        self._paths: dict[int, Path] = {}
        self._unnamed: set[Path] = set()

    def open(self, path: Path, flags: int) -> int:
        is_new = not path.exists()
        descriptor = super().open(path, flags)
        self._paths[descriptor] = path
        if is_new:
            self._unnamed.add(path)
        return descriptor

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        path = self._paths[descriptor]
        self.flushed[path.name] = path.stat().st_size

    def sync_dir(self, path: Path) -> None:
        super().sync_dir(path)
        self._unnamed = {file for file in self._unnamed if file.parent != path}

    def after_a_power_cut(self, path: Path) -> bytes:
        """Return what is left of a file."""
        return b"" if path in self._unnamed else path.read_bytes()[: self.flushed[path.name]]


class Shelf(Disk):
    """A disk that holds what a test puts there, in memory, to be read only."""

    def __init__(self, **files: bytes) -> None:
        self.files = files

    def read(self, path: Path) -> BinaryIO:
        return BytesIO(self.files.get(path.stem, b""))


class Counting(Disk):
    """A disk that counts what is read of it."""

    def __init__(self) -> None:
        self.count = 0

    def read(self, path: Path) -> BinaryIO:
        file = super().read(path)
        disk, whole = self, file.read

        class Counted:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *reason: object) -> None:
                file.close()

            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

            def __iter__(self) -> Iterator[bytes]:
                for line in file:
                    disk.count += len(line)
                    yield line

            def read(self, size: int = -1) -> bytes:
                data = whole(size)
                disk.count += len(data)
                return data

        return Counted()  # type: ignore[return-value]  # all of a file that is used
