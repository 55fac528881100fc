"""The lines of a file, one by one, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.logbook.folder import RunFolder


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a file, as it stands there."""

    number: int
    """Counted from 1."""
    offset: int
    """Where it begins, in bytes."""
    data: bytes
    r"""Its bytes, without the ``\n``."""
    is_torn: bool
    r"""True for a tail that has no ``\n``."""


def lines(folder: RunFolder, name: str) -> Iterator[Line]:
    """Yield the lines of a file, one at a time; none where there is no file.

    Raises:
        FolderError: the file cannot be read.
    """
    offset = 0
    with folder.reading(name) as file:
        for number, data in enumerate(file, start=1):
            yield Line(number=number, offset=offset, data=data.removesuffix(b"\n"), is_torn=data[-1:] != b"\n")
            offset += len(data)
