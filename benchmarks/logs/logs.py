"""What the log of a million turns costs: read for a resume, written as tables, loaded, beside others in one round."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.logs.folder import CONVERSATIONS, make
from benchmarks.logs.works import Took
from reliability.house import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SECONDS = 900
"""A work that takes longer is stopped."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A work of ours, and what it is held against."""

    ours: str
    title: str
    beside: str
    named: str
    most_times: float
    most_mb: float | None = None

    def holds(self, ratio: float, mb: float) -> bool:
        """Tell whether all is reached that is to be."""
        return ratio <= self.most_times and (self.most_mb is None or mb <= self.most_mb)


@dataclass(frozen=True, kw_only=True)
class Works:
    """Some works on the same folder; a part of the page."""

    TITLE: str
    rows: tuple[Row, ...]
    alone: Mapping[str, str] = field(default_factory=dict)
    """What is measured too, and held against nothing: its title by name."""
    VERSIONS: tuple[str, ...] = ("duckdb", "msgspec", "pandas")

    @property
    def names(self) -> tuple[str, ...]:
        """All works, each of ours after what it is held against."""
        return (*(name for row in self.rows for name in (row.beside, row.ours)), *self.alone)

    async def run(self, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
        """Make the folder, do every work so many times, each in a process of its own, and remove all of it."""
        taken: dict[str, list[Took]] = {name: [] for name in self.names}
        with tempfile.TemporaryDirectory(prefix="logs") as named:
            place = Path(named)
            turns = make(place / "run")
            size = (place / "run" / "experiment_log.jsonl").stat().st_size
            say(f"{turns:,} turns in {CONVERSATIONS:,} conversations, {size / 1e6:,.0f} MB")
            for number in range(rounds):
                for name, found in taken.items():
                    found.append(once(name, place))
                    say(f"round {number + 1}, {name}: {found[-1].cpu_seconds:.2f} s of CPU, {found[-1].mb:,.0f} MB")
        about = {"rounds": rounds, "turns": turns, "conversations": CONVERSATIONS, "bytes": size}
        return about | self.found_of(taken)

    def found_of(self, taken: Mapping[str, list[Took]]) -> dict[str, Any]:
        """Return what rounds come to: medians, and medians of the ratios within a round."""
        medians = {
            name: {"cpu_seconds": median(took.cpu_seconds for took in found), "mb": median(took.mb for took in found)}
            for name, found in taken.items()
        }
        ratios = {
            row.ours: median(
                ours.cpu_seconds / other.cpu_seconds
                for ours, other in zip(taken[row.ours], taken[row.beside], strict=True)
            )
            for row in self.rows
        }
        holds = all(row.holds(ratios[row.ours], medians[row.ours]["mb"]) for row in self.rows)
        return {"medians": medians, "ratios": ratios, "holds": holds}

    def section(self, found: Mapping[str, Any]) -> Iterator[str]:
        """Yield the lines of the page."""
        yield (
            f"{found['turns']:,} turns in {found['conversations']:,} conversations, {found['bytes'] / 1e6:,.0f} MB of "
            "log, and a journal of two lines a turn; each work in a process of its own, from first byte to last. Ours "
            "compares the checksum of every line and leaves out what is damaged or stands twice; the others do neither."
        )
        yield ""
        yield "| | CPU, s | beside | CPU, s | times | to reach | memory, MB | to reach |"
        yield "|---|---:|---|---:|---:|---|---:|---|"
        for row in self.rows:
            yield _line(row, found["medians"], found["ratios"])
        for name, title in self.alone.items():
            medians = found["medians"][name]
            yield f"| {title} | {medians['cpu_seconds']:.1f} | | | | | {medians['mb']:,.0f} | |"


LOGS = Works(
    TITLE="The log of a million turns",
    rows=(
        Row(
            ours="resume", title="log and journal read and checked for a resume, a hundredth unfinished", beside="scan",
            named="a plain msgspec scan of two keys of both files", most_times=4, most_mb=100,
        ),
        Row(
            ours="csv", title="turns as CSV", beside="duckdb_csv", named="duckdb's own copy of the log", most_times=1.3,
            most_mb=200,
        ),
    ),
)  # fmt: skip
FRAMES = Works(
    TITLE="The frames of a million turns",
    rows=(
        Row(
            ours="frames", title="`load()`", beside="duckdb_frame", named="the log as a frame of duckdb", most_times=1.5
        ),
        Row(
            ours="parquet", title="turns as Parquet (Zstandard)", beside="duckdb_parquet",
            named="duckdb's own copy of the log, Zstandard too", most_times=1.5,
        ),
    ),
    alone={
        "all_parquet": "all frames as Parquet, with their codebook",
        "tables": "all tables that a run writes at its end",
    },
)  # fmt: skip


def once(name: str, place: Path) -> Took:
    """Let a process do one work."""
    answer = subprocess.run(  # noqa: S603 (this very Python and package)
        [sys.executable, "-m", "benchmarks.logs.works", name, str(place / "run"), str(place)],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=SECONDS,
    )  # fmt: skip
    return msgspec.json.decode(answer.stdout.splitlines()[-1], type=Took)


def _line(row: Row, medians: Mapping[str, Mapping[str, float]], ratios: Mapping[str, float]) -> str:
    ours, ratio = medians[row.ours], ratios[row.ours]
    times = f"{row.most_times:g} times: " + ("reached" if ratio <= row.most_times else "**not reached**")
    memory = ""
    if row.most_mb is not None:
        memory = f"{row.most_mb:g} MB: " + ("reached" if ours["mb"] <= row.most_mb else "**not reached**")
    return (
        f"| {row.title} | {ours['cpu_seconds']:.1f} | {row.named} | {medians[row.beside]['cpu_seconds']:.1f} | "
        f"{ratio:.2f} | {times} | {ours['mb']:,.0f} | {memory} |"
    )
