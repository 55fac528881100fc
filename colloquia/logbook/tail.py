"""What was appended to a file of lines since it was last looked at: only new bytes are read.

A torn last line is left for the next look: the writer may be in the middle of it. A file that was deleted, replaced by
another or cut is noticed, and then read from its beginning.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from io import UnsupportedOperation
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.logbook.folder import RunFolder

_PRINT_BYTES = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a line stands in its file."""

    offset: int
    size: int
    """In bytes, its line end included."""


@dataclass(kw_only=True)
class Tail:
    """One growing file, and how far it was read."""

    folder: RunFolder
    name: str
    offset: int = 0
    """Where the next line begins."""
    _identity: tuple[int, int] | None = None
    _print: bytes = field(default=b"", repr=False)
    """The last bytes before ``offset``: where they are others now, the file was written anew."""

    def is_another(self) -> bool:
        """Tell whether the file is no longer the one whose beginning was read.

        Raises:
            FolderError: it cannot be read.
        """
        if not self.offset:
            return False
        with self.folder.reading(self.name) as file:
            return not self._is_the_same(file)

    def start_anew(self) -> None:
        """Read from the beginning at the next look."""
        self.offset, self._identity, self._print = 0, None, b""

    def lines(self) -> Iterator[tuple[Place, bytes]]:
        r"""Yield each whole line that was appended, without its ``\n``, and where it stands.

        Raises:
            FolderError: the file cannot be read.
        """
        with self.folder.reading(self.name) as file:
            self._identity = _identity(file)
            file.seek(self.offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                place = Place(offset=self.offset, size=len(line))
                self.offset += len(line)
                self._print = (self._print + line)[-_PRINT_BYTES:]
                yield place, line[:-1]

    def at(self, places: Iterator[Place]) -> Iterator[bytes]:
        r"""Yield lines that were read before, without their ``\n``.

        Raises:
            FolderError: the file cannot be read.
        """
        with self.folder.reading(self.name) as file:
            for place in places:
                file.seek(place.offset)
                yield file.read(place.size).removesuffix(b"\n")

    def _is_the_same(self, file: BinaryIO) -> bool:
        if _identity(file) != self._identity:
            return False
        file.seek(self.offset - len(self._print))
        return file.read(len(self._print)) == self._print


def _identity(file: BinaryIO) -> tuple[int, int] | None:
    """Return what tells this file from another of the same name; None where there is none."""
    try:
        found = os.fstat(file.fileno())
    except UnsupportedOperation:
        return None
    return (found.st_dev, found.st_ino)
