"""A disk that can die at any moment, and tells what became durable on it, file by file, when it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reliability.disks import FaultyDisk

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.disk import Disk
    from reliability.disks import Mishap


class WitnessedDisk(FaultyDisk):
    """A disk before another one.

    Args:
        disk: The disk behind it.
        mishap: What goes wrong on it.
        on_flush: Told the name of a file and what was appended to it and is now durable.
    """

    def __init__(self, disk: Disk, mishap: Mishap | None, on_flush: Callable[[str, bytes], None]) -> None:
        super().__init__(disk, mishap)
        self._on_flush = on_flush
        self._pending: dict[str, bytearray] = {}

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write, and remember what waits to be flushed."""
        written = super().write(descriptor, data)
        self._pending.setdefault(self._names[descriptor], bytearray()).extend(data[:written])
        return written

    def sync(self, descriptor: int) -> None:
        """Flush, and tell."""
        super().sync(descriptor)
        name = self._names[descriptor]
        if data := self._pending.pop(name, None):
            self._on_flush(name, bytes(data))

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut; what was not flushed is not believed to be there any more."""
        super().truncate(descriptor, size)
        self._pending.pop(self._names[descriptor], None)
