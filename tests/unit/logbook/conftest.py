"""What the tests of the room ``logbook`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from unit.logbook.samples import ended

from colloquia.logbook.entries import FolderMade
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import TurnRow, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run folder that is not made yet, on an ordinary disk."""
    return RunFolder(tmp_path / "data")


@pytest.fixture
def filled(folder: RunFolder) -> Callable[..., RunFolder]:
    """Fills the run folder with rows and entries: by default the ends of their attempts, and always the folder's id."""

    def fill(rows: Iterable[TurnRow] = (), entries: Iterable[Any] | None = None) -> RunFolder:
        folder.make()
        rows = [*rows]
        (folder.path / folder.log).write_bytes(b"".join(map(encode, rows)))
        journal = (
            [ended(row.trial_id, row.turn_id, run_id=row.run_id) for row in rows] if entries is None else [*entries]
        )
        if not any(isinstance(entry, FolderMade) for entry in journal):
            journal.append(FolderMade(at="2026-01-01T00:00:00.000Z", folder_id="0" * 8 + "-0000-4000-8000-" + "0" * 12))
        (folder.path / folder.journal).write_bytes(b"".join(map(encode, journal)))
        return folder

    return fill
