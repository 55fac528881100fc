"""Bundles: all that a study is, in one file, and whether its tables come out of its log again.

A bundle holds the study, the log and everything beside it, every table with its codebook, figures, methods and report,
an R script, and the hash of each file. To replay it is to make every table anew from the log in it, offline, and to
compare them byte for byte. Measures whose inputs have changed are computed anew; all others are kept as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from colloquia.analysis.codebook import TABLES, codebook
from colloquia.analysis.extracting import extract, without_texts
from colloquia.analysis.report.findings import primary
from colloquia.analysis.report.report import report as made_from
from colloquia.analysis.retries import COLUMNS as RETRY_COLUMNS
from colloquia.analysis.scripts import SEATS, lme4_script, seat_table
from colloquia.errors import FolderError
from colloquia.lab.keeping import folders, measuring
from colloquia.lab.keeping.reporting import REPORT, gathered, named_tables
from colloquia.logbook import archive, measurements
from colloquia.logbook.csv import table
from colloquia.logbook.folder import RunFolder
from colloquia.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from colloquia.analysis.report.evidence import Evidence
    from colloquia.analysis.report.report import Report

SUMS = "SHA256SUMS"
ABOUT = "bundle.json"
_ROOM = "tables/"
_KEPT = ("log", "journal", "study", "probes", "judgements", "measures", "labels", "forks")
"""Files of a run folder that go along, as :class:`RunFolder` calls them."""
_WITHOUT_TEXT = ("study", "measures")
"""Those that hold nothing of what was said."""
_README = """\
{title}
A bundle of Colloquia {version}{sources}.

study.toml             the study, as it was run; files/ holds what it names
experiment_log.jsonl   the data: one line for each turn, each with its checksum
journal.jsonl          what the machine did; the other .jsonl: what measures, judges and people said
tables/                every table as CSV; codebook.csv says what each column holds
figures/               every figure as SVG
report.html, methods.txt
analysis.R             linear mixed models by lme4, over tables/seats.csv
SHA256SUMS             the hash of each file: sha256sum -c SHA256SUMS

colloquia replay THIS-FILE makes every table anew from the log, offline, and says which differ.
{note}"""
_NO_TEXT = """
This bundle was made without what was said, for licences that let only numbers pass: it has no log, no transcripts and
no report, and cannot be replayed. The hashes of the log it was made from stand in bundle.json.
"""


class Manifest(msgspec.Struct, kw_only=True, frozen=True):
    """What ``bundle.json`` says."""

    title: str
    made_with: dict[str, str]
    """Versions of what made the tables."""
    sources: str
    """``SCRIPTED``, ``EMBEDDED``, ``SIMULATED``, where such turns are among them."""
    with_text: bool
    hashes: dict[str, str]
    """Of the files of the run folder that it was made from."""
    schema: int = 1


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What a replay came to."""

    manifest: Manifest
    altered: tuple[str, ...]
    """Files that are not as they were packed."""
    same: tuple[str, ...]
    """Tables that came out of the log byte for byte."""
    differing: Mapping[str, int]
    """Tables that did not, each with its first line that differs."""
    missing: tuple[str, ...]
    """Tables that the bundle has and the log no longer gives, or the reverse."""
    damage: tuple[str, ...]
    """What is damaged in its logs, in words."""
    kept: tuple[str, ...]
    """Measures that were not checked, because what they need is not installed here."""
    made_with: Mapping[str, str]
    """Versions here."""

    @property
    def is_same(self) -> bool:
        """Whether every table came out again."""
        return not (self.altered or self.differing or self.missing)


def bundle(folder: Path, out: Path, *, with_text: bool = True) -> Path:
    """Write the bundle of a run folder, and return its path.

    Raises:
        DesignError: no conversation has a turn.
        FolderError: there is no log, or the file cannot be written.
    """
    evidence = gathered(folder)
    found = made_from(evidence)
    files: dict[str, bytes] = dict(_tables(folder, evidence, found, with_text=with_text))
    files |= dict(_beside(RunFolder(folder), with_text=with_text))
    files |= {f"figures/{figure.name}.svg": figure.data("svg") for figure in found.figures}
    files |= {"methods.txt": found.methods.encode(), "analysis.R": _script(evidence)}
    if with_text:
        files[REPORT] = found.html.encode()
    files |= _front(evidence, with_text=with_text)
    files[SUMS] = "".join(f"{_digest(data)}  {name}\n" for name, data in sorted(files.items())).encode()
    archive.pack(out, files)
    return out


def replay(path: Path, into: Path | None = None) -> Replayed:
    """Make every table of a bundle anew from its log, and return which differ.

    Args:
        path: The bundle.
        into: An empty or new folder to unpack into, kept afterwards; else a passing one.

    Raises:
        FolderError: it is no bundle, was made without text, or ``into`` is not empty.
    """
    if into is not None:
        if into.exists() and any(into.iterdir()):
            raise FolderError(f"{into} is not empty: name a new folder.")
        return _replay(path, RunFolder(into))
    with TemporaryDirectory(prefix="colloquia-replay-") as passing:
        return _replay(path, RunFolder(Path(passing)))


def _replay(path: Path, folder: RunFolder) -> Replayed:
    names = archive.unpack(path, folder)
    manifest = _manifest(path, folder, names)
    sums = dict(_sums(folder))
    altered = [name for name, digest in sums.items() if name not in names or _digest(_data(folder, name)) != digest]
    altered += [name for name in names if name not in sums and name != SUMS]
    packed = {name: _data(folder, name) for name in names if name.startswith(_ROOM)}
    findings = folders.check(folder.path)
    kept = _measure_again(folder)
    evidence = gathered(folder.path)
    made = dict(_tables(folder.path, evidence, made_from(evidence), with_text=True))
    both = sorted(packed.keys() & made.keys())
    return Replayed(
        manifest=manifest,
        altered=tuple(sorted(altered)),
        same=tuple(name for name in both if packed[name] == made[name]),
        differing={name: _first_line(packed[name], made[name]) for name in both if packed[name] != made[name]},
        missing=tuple(sorted(packed.keys() ^ made.keys())),
        damage=tuple(findings.messages) if findings.is_damaged else (),
        kept=kept,
        made_with=dict(evidence.records.made_with),
    )


def _manifest(path: Path, folder: RunFolder, names: list[str]) -> Manifest:
    if ABOUT not in names or SUMS not in names:
        raise FolderError(f"{path} is no bundle: it has no {ABOUT} or no {SUMS}.")
    try:
        found = msgspec.json.decode(_data(folder, ABOUT), type=Manifest)
    except msgspec.MsgspecError as error:
        raise FolderError(f"{path}: {ABOUT} cannot be read: {error}.") from error
    if not found.with_text:
        raise FolderError(f"{path} was made without what was said: it has no log to replay.")
    return found


def _sums(folder: RunFolder) -> Iterator[tuple[str, str]]:
    for line in _data(folder, SUMS).decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        yield name, digest


def _data(folder: RunFolder, name: str) -> bytes:
    with folder.reading(name) as file:
        return file.read()


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _first_line(one: bytes, other: bytes) -> int:
    """Return the first line, counted from 1, in which two tables differ."""
    lines, others = one.split(b"\n"), other.split(b"\n")
    pairs = enumerate(zip(lines, others, strict=False), start=1)
    return next((number for number, (left, right) in pairs if left != right), min(len(lines), len(others)) + 1)


def _tables(folder: Path, evidence: Evidence, found: Report, *, with_text: bool) -> Iterator[tuple[str, bytes]]:
    """Yield every table: of the log, of measures, of the report, and the codebook."""
    frames = evidence.frames
    for name in TABLES:
        frame = getattr(frames, name)
        yield f"{_ROOM}{name}.csv", extract(frame if with_text else without_texts(frame), "csv")
    yield f"{_ROOM}codebook.csv", extract(codebook(frames), "csv")
    rows = folders.retries(folder)
    cells = ([getattr(row, name) for name in RETRY_COLUMNS] for row in rows)
    yield f"{_ROOM}retries.csv", b"".join(table(RETRY_COLUMNS, cells))
    yield f"{_ROOM}{SEATS}.csv", extract(_seats(evidence)[0], "csv")
    for name, each in named_tables(found):
        yield f"{_ROOM}report/{name}.csv", each.csv()


def _seats(evidence: Evidence) -> tuple[pd.DataFrame, list[str]]:
    return seat_table(evidence.frames, primary(evidence), evidence.factors)


def _script(evidence: Evidence) -> bytes:
    return lme4_script(_seats(evidence)[1], evidence.factors).encode()


def _beside(folder: RunFolder, *, with_text: bool) -> Iterator[tuple[str, bytes]]:
    for attribute in _KEPT if with_text else _WITHOUT_TEXT:
        name = getattr(folder, attribute, None)
        if name and (folder.path / name).is_file():
            yield name, _data(folder, name)
    named = folder.path / folder.files
    for path in sorted(named.rglob("*")) if named.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder.path).as_posix()
            yield name, _data(folder, name)


def _front(evidence: Evidence, *, with_text: bool) -> dict[str, bytes]:
    title = evidence.experiment.title or "An untitled study"
    manifest = Manifest(
        title=title,
        made_with=dict(evidence.records.made_with),
        sources=evidence.sources,
        with_text=with_text,
        hashes=dict(evidence.records.hashes),
    )
    sources = f"; {evidence.sources} turns are among its data" if evidence.sources else ""
    readme = _README.format(title=title, version=VERSION, sources=sources, note="" if with_text else _NO_TEXT)
    return {ABOUT: msgspec.json.format(msgspec.json.encode(manifest), indent=1), "README.txt": readme.encode()}


def _measure_again(folder: RunFolder) -> tuple[str, ...]:
    """Measure what has other inputs than when it was measured, and return what could not be looked at here."""
    current = measurements.read(folder).current.values()
    built_in = {each.id: each for each in measuring.chosen(())}
    there = dict.fromkeys(found.measure for found in current)
    lacking = {found.measure for found in current if found.embedding and not _has(found.embedding)}
    again = [built_in[name] for name in there if name in built_in and name not in lacking]
    if again:
        measuring.measure(folder.path, again)
    return tuple(name for name in there if name not in built_in or name in lacking)


def _has(embedding: str) -> bool:
    """Tell whether what an embedding comes from is installed here."""
    package = embedding.partition(" ")[0].replace("-", "_")
    return package != "wordllama" or find_spec(package) is not None
