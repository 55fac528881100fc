"""One published proof: its figures, and what is needed to repeat them. ``docs/reliability/PART.json`` holds one."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from reliability.house import ROOT, Commit, Machine, commit, machine, without_places
from reliability.row import Row  # noqa: TC001 (msgspec reads annotations at run time)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FOLDER = ROOT / "docs" / "reliability"


@dataclass(frozen=True, kw_only=True)
class Record:
    """The figures of one proof."""

    part: str
    seed: int
    date: str
    """UTC, the day on which it ended."""
    seconds: float
    commit: Commit
    machine: Machine
    rows: tuple[Row, ...]

    @property
    def command(self) -> str:
        """What repeats it."""
        arguments = f' ARGS="--seed {self.seed}"' if self.seed != 1 else ""
        return f"make reliability-full PART={self.part}{arguments}"


def made_here(part: str, seed: int, seconds: float, rows: Sequence[Row]) -> Record:
    """Return the record of a proof that has just ended on this machine, free of names and places."""
    return Record(
        part=part,
        seed=seed,
        date=time.strftime("%Y-%m-%d", time.gmtime()),
        seconds=round(seconds, 1),
        commit=commit(),
        machine=machine(),
        rows=tuple(
            replace(row, details=without_places(row.details), figure=without_places(row.figure)) for row in rows
        ),
    )


def keep(record: Record, folder: Path = FOLDER) -> Path:
    """Write a record in the place of the one before, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record.part}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    return path


def kept(folder: Path = FOLDER) -> list[Record]:
    """Return all records, by name of their parts."""
    return [msgspec.json.decode(path.read_bytes(), type=Record) for path in sorted(folder.glob("*.json"))]


def is_broken(row: Row) -> bool:
    """Tell whether a claim failed, or a bug that was planted was not caught."""
    return row.failures == 0 if row.is_planted else row.failures > 0
