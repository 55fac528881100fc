"""Files are written wherever the researcher wants them, and an obstacle is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colloquia.errors import FolderError
from colloquia.lab.keeping.writing import writable, write_file

if TYPE_CHECKING:
    from pathlib import Path


def test_folders_are_made_on_the_way(tmp_path: Path) -> None:
    """However deep; a file that was there is replaced."""
    path = tmp_path / "a" / "b" / "c.csv"

    assert write_file(path, b"one") == path
    assert write_file(path, b"two").read_bytes() == b"two"


def test_an_obstacle_is_named(tmp_path: Path) -> None:
    """With the file that was to be written, whoever writes it."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(FolderError, match=r"c\.csv cannot be written .*: name another place"):
        write_file(tmp_path / "file" / "c.csv", b"one")
    with pytest.raises(FolderError, match="name another place"), writable(tmp_path / "x"):
        (tmp_path / "y" / "z").write_bytes(b"one")
