"""What a run folder holds, read without the package, so that no reader of it can hide its writer's mistakes."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

LOG = "experiment_log.jsonl"
JOURNAL = "journal.jsonl"
TABLE = "experiment_log.csv"
FILES = (LOG, JOURNAL)
LONGEST_CELL = 2**31 - 1

Line = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The whole lines of the log and of the journal, in order."""

    rows: list[Line] = field(default_factory=list)
    entries: list[Line] = field(default_factory=list)

    def of(self, event: str) -> list[Line]:
        """Return the journal's entries of one kind."""
        return [entry for entry in self.entries if entry["event"] == event]


def read(folder: Path) -> Evidence:
    """Return what stands in a run folder; a tail without its line end was never reported as done."""
    return Evidence(rows=_lines(folder / LOG), entries=_lines(folder / JOURNAL))


def whole(path: Path) -> bytes:
    """Return the bytes of a file's whole lines; nothing where there is no file."""
    data = _bytes(path)
    return data[: data.rfind(b"\n") + 1]


def tail(path: Path) -> bytes:
    """Return what follows the last line end of a file."""
    data = _bytes(path)
    return data[data.rfind(b"\n") + 1 :]


def table(folder: Path) -> list[dict[str, str]] | None:
    """Return the rows of ``experiment_log.csv``, every cell a text; None where there is none."""
    csv.field_size_limit(LONGEST_CELL)
    try:
        with (folder / TABLE).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        return None


def cell(value: object) -> str:
    """Return a value of the log as it has to stand in a table."""
    if value is None:
        return ""
    return value if isinstance(value, str) else repr(value)


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder and its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in whole(path).split(b"\n")[:-1]]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
