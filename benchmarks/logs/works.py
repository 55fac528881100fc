"""``python -m benchmarks.logs.works WORK FOLDER OUT``: one work in a process of its own, and what it took.

Each is measured from its first byte to its last: the imports, and for a resume the plan, are made before.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks.turns.cores import cpu_seconds, memory_kb

if TYPE_CHECKING:
    from collections.abc import Callable

    Prepared = Callable[[], object]


class Took(msgspec.Struct, kw_only=True, frozen=True):
    """What a work took."""

    cpu_seconds: float
    mb: float
    """Of memory, at most, the interpreter and all it has imported included."""


class _Keys(msgspec.Struct, gc=False):
    trial_id: str = ""
    turn_id: int = 0


def scan(folder: Path, _out: Path) -> Prepared:
    """Read two keys of each line of log and journal, and nothing else: no checksum, no account."""

    def work() -> None:
        decode = msgspec.json.Decoder(_Keys).decode
        for name in ("experiment_log.jsonl", "journal.jsonl"):
            turns: dict[str, int] = {}
            with (folder / name).open("rb", 1 << 20) as file:
                for line in file:
                    row = decode(line)
                    turns[row.trial_id] = row.turn_id

    return work


def resume(folder: Path, _out: Path) -> Prepared:
    """Read log and journal, checked, and return what is missing with all that was said in it."""
    from colloquia import studies
    from colloquia.design.forecast import Expectations
    from colloquia.design.trials import trials
    from colloquia.logbook.contents import read
    from colloquia.logbook.folder import RunFolder
    from colloquia.providers.registry import default_view
    from colloquia.running.work import difference, reply_tokens

    planned = trials(studies.parse((folder / RunFolder.study).read_text(encoding="utf-8")), default_view)

    def work() -> None:
        found = read(RunFolder(folder))
        known = Expectations(prices={}, reply_tokens=reply_tokens(planned, found.spoken))
        missing = difference(
            planned, found.turns, found.answers, expectations=known, quarantined=found.quarantined
        ).work
        if found.damage or len(missing) != len(planned) // 100 or not all(each.said for each in missing):
            raise ValueError(f"{len(missing)} conversations are missing, {len(found.damage)} things are damaged")

    return work


def csv(folder: Path, _out: Path) -> Prepared:
    """Write the table of turns."""
    from colloquia.logbook.contents import rows
    from colloquia.logbook.csv import write_turns
    from colloquia.logbook.folder import RunFolder

    run_folder = RunFolder(folder)
    return lambda: write_turns(run_folder, rows(run_folder), factor_names=(), is_planned=lambda _trial_id: True)


def tables(folder: Path, _out: Path) -> Prepared:
    """Write all tables, as a run does at its end."""
    from colloquia.lab.keeping.folders import export

    return lambda: export(folder)


def frames(folder: Path, _out: Path) -> Prepared:
    """Return all frames."""
    from colloquia.analysis.tables import load

    return lambda: load(folder)


def parquet(folder: Path, out: Path) -> Prepared:
    """Write the table of turns as Parquet."""
    from colloquia.lab.keeping.exporting import export_as

    return lambda: export_as(folder, "parquet", only=["turns"], out=out / "turns")


def all_parquet(folder: Path, out: Path) -> Prepared:
    """Write all frames as Parquet, and the codebook."""
    from colloquia.lab.keeping.exporting import export_as

    return lambda: export_as(folder, "parquet", out=out / "parquet")


def duckdb_csv(folder: Path, out: Path) -> Prepared:
    """Copy the log into a CSV, as duckdb does it by itself."""
    return _duckdb(folder, f"to '{out / 'duckdb.csv'}' (header)")


def duckdb_parquet(folder: Path, out: Path) -> Prepared:
    """Copy the log into Parquet, as duckdb does it by itself, compressed as ours is."""
    return _duckdb(folder, f"to '{out / 'duckdb.parquet'}' (format parquet, compression zstd)")


def duckdb_frame(folder: Path, _out: Path) -> Prepared:
    """Return the log as a frame, as duckdb does it by itself."""
    import duckdb

    return lambda: duckdb.sql(f"select * from {_log(folder)}").df()  # noqa: S608 (our own path)


def _duckdb(folder: Path, target: str) -> Prepared:
    import duckdb

    return lambda: duckdb.sql(f"copy (select * from {_log(folder)}) {target}")  # noqa: S608 (our own path)


def _log(folder: Path) -> str:
    return f"read_json('{folder / 'experiment_log.jsonl'}', format='newline_delimited')"


WORKS: dict[str, Callable[[Path, Path], Prepared]] = {
    each.__name__: each
    for each in (scan, resume, csv, tables, frames, parquet, all_parquet, duckdb_csv, duckdb_parquet, duckdb_frame)
}


def main(name: str, folder: str, out: str) -> int:
    """Do one work, and print what it took."""
    work = WORKS[name](Path(folder), Path(out))
    before = cpu_seconds()
    work()
    took = Took(cpu_seconds=cpu_seconds() - before, mb=memory_kb("VmHWM") / 1024)
    sys.stdout.write(msgspec.json.encode(took).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
