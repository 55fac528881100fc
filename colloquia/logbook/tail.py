"""What was appended to a file of lines since it was last looked at: only new bytes are read.

A torn last line is left for the next look: the writer may be in the middle of it. A file that was deleted, replaced by
another or cut is noticed, and then read from its beginning.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import UnsupportedOperation
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from colloquia.logbook.folder import RunFolder

_BLOCK_BYTES = 1 << 17


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Some lines that stand together in a file."""

    offset: int
    """Where the first begins."""
    number: int
    """Of the first, counted from 1."""
    data: bytes
    """They, and behind the last of them perhaps the beginning of another, which is none of them."""
    ends: Sequence[int]
    r"""Where each of them has its ``\n``, counted from where the first begins."""

    @property
    def lines(self) -> Sequence[bytes]:
        r"""The same one by one, without their ``\n``."""
        return self.data.split(b"\n")[:-1]

    def offsets(self) -> Iterator[int]:
        """Yield where each line begins."""
        offset, begin = self.offset, 0
        for end in self.ends:
            yield offset + begin
            begin = end + 1


@dataclass(kw_only=True)
class Tail:
    """One growing file, and how far it was read."""

    folder: RunFolder
    name: str
    offset: int = 0
    """Where the next line begins."""
    number: int = 0
    """How many lines were read in blocks."""
    is_torn: bool = False
    r"""True where something stood behind the last ``\n`` at the last look."""
    _identity: tuple[int, int] | None = None
    _last: bytes | None = None
    """The last line before ``offset``: where it is another now, the file was written anew."""

    def is_another(self) -> bool:
        """Tell whether the file is no longer the one whose beginning was read.

        Raises:
            FolderError: it cannot be read.
        """
        if self._last is None:
            return False
        with self.folder.reading(self.name) as file:
            return not self._is_the_same(file, self._last)

    def start_anew(self) -> None:
        """Read from the beginning at the next look."""
        self.offset, self.number, self.is_torn, self._identity, self._last = 0, 0, False, None, None

    def blocks(self) -> Iterator[Block]:
        """Yield the whole lines that were appended, many at once, and where each ends.

        Raises:
            FolderError: the file cannot be read.
        """
        for data in self.pieces():
            ends, before = _ends(data), self.number
            self.number += len(ends)
            yield Block(offset=self.offset - ends[-1] - 1, number=before + 1, data=data, ends=ends)

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole lines that were appended, many at once, each time perhaps with the beginning of the next.

        That is read once more with the rest of its line: to cut it off, or to add the rest, would copy all before it.

        Raises:
            FolderError: the file cannot be read.
        """
        with self.folder.reading(self.name) as file:
            self._identity, self.is_torn = _identity(file), False
            file.seek(self.offset)
            while data := file.read(_BLOCK_BYTES):
                if b"\n" not in data:
                    data += file.readline()
                end = data.rfind(b"\n") + 1
                self.is_torn = not end or end < len(data) < _BLOCK_BYTES
                if end:
                    self.offset += end
                    self._last = data[data.rfind(b"\n", 0, end - 1) + 1 : end]
                    yield data
                if self.is_torn:
                    return
                file.seek(self.offset)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        r"""Yield where each whole line that was appended begins, and the line without its ``\n``.

        Raises:
            FolderError: the file cannot be read.
        """
        for block in self.blocks():
            yield from zip(block.offsets(), block.lines, strict=True)

    def at(self, offsets: Iterable[int]) -> Iterator[bytes]:
        r"""Yield lines that were read before, without their ``\n``, by where they begin.

        Raises:
            FolderError: the file cannot be read.
        """
        with self.folder.reading(self.name) as file:
            for offset in offsets:
                file.seek(offset)
                yield file.readline().removesuffix(b"\n")

    def _is_the_same(self, file: BinaryIO, last: bytes) -> bool:
        if _identity(file) != self._identity:
            return False
        file.seek(self.offset - len(last))
        return file.read(len(last)) == last


def _ends(data: bytes) -> list[int]:
    """Return where lines end; asked for one by one they are found faster than the lines are cut out."""
    ends = []
    end = data.find(b"\n")
    while end >= 0:
        ends.append(end)
        end = data.find(b"\n", end + 1)
    return ends


def _identity(file: BinaryIO) -> tuple[int, int] | None:
    """Return what tells this file from another of the same name; None where there is none."""
    try:
        found = os.fstat(file.fileno())
    except UnsupportedOperation:
        return None
    return (found.st_dev, found.st_ino)
