"""Files wherever the researcher wants them, whose folders are made on the way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from colloquia.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Make the folder of a file that is about to be written, wherever the researcher wants it.

    Raises:
        FolderError: it cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise FolderError(f"{path} cannot be written ({error.strerror}): name another place.") from error


def write_file(path: Path, data: bytes) -> Path:
    """Write a file wherever the researcher wants it, and return its path.

    Raises:
        FolderError: it cannot be written there.
    """
    with writable(path):
        path.write_bytes(data)
    return path
