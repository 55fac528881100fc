"""Study files: ``study.toml`` and ``simulation_config.py`` read into one study, and a study frozen as TOML."""

from __future__ import annotations

import csv
import runpy
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import tomli_w

from colloquia.conversation.kind import Kind
from colloquia.design.models import prefix, recording
from colloquia.design.procedures import is_own
from colloquia.design.study import Experiment
from colloquia.design.words import NEEDED, WORDS
from colloquia.errors import ColloquiaError, DesignError, nearest
from colloquia.own_code import defined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST_STUDY_BYTES = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Study:
    """A study, and where the files that it names are to be found."""

    experiment: Experiment
    folder: Path
    """The folder beside which its files lie."""
    origin: str
    """What it was read from, for messages."""
    home: Path | None = None
    """The run folder that it was frozen in; None for a study that was never run."""
    runs_code: bool = False
    """True where the study itself is Python, so that Python named in it needs no further leave."""

    def files(self) -> dict[str, Path]:
        """Return the files that the study names (a model's weights apart), by the path it names them with.

        Raises:
            DesignError: a path leaves the study's folder, or nothing is there.
        """
        named = dict(_files_named(self.experiment))
        return {path: _beside(self.folder, path, where) for path, where in named.items()}


def read(path: Path, *, kept: Path | None = None) -> Study:
    """Return the study that the file holds.

    Args:
        path: A ``.toml`` or ``.py`` file.
        kept: For a study frozen in a run folder: where copies of the files that it names are kept.

    Raises:
        DesignError: the file is missing or unreadable, or the study in it cannot be run.
    """
    if not path.is_file():
        beside = path.with_name("study.toml")
        what = f"the one at {beside}" if beside.is_file() else "a study.toml or a simulation_config.py"
        raise DesignError(f"No study at {path}: name {what}.")
    if path.suffix not in (".toml", ".py"):
        raise DesignError(f"{path}: a study is a .toml or a .py file.")
    try:
        words = _read_python(path) if path.suffix == ".py" else _read_toml(path)
        experiment = Experiment.from_words(_with_tables(words, path.resolve().parent))
    except DesignError as error:
        raise DesignError(f"{path.name}: {error}") from None
    beside = path.resolve().parent
    is_all_beside = all((beside / named).is_file() for named, _ in _files_named(experiment))
    return Study(
        experiment=experiment,
        folder=kept if kept and not is_all_beside else beside,
        origin=str(path),
        home=path.parent if kept else None,
        runs_code=path.suffix == ".py",
    )


def parse(text: str, beside: Path | None = None) -> Experiment:
    """Return the study that a TOML text holds, as ``frozen`` writes it; files of items lie ``beside`` it.

    Raises:
        DesignError: it is no TOML, or the study in it cannot be run.
    """
    words = _parse_toml(text)
    return Experiment.from_words(_with_tables(words, beside) if beside else words)


def frozen(experiment: Experiment) -> str:
    """Return the study as the text of a ``study.toml`` that reads back as an equal study."""
    return tomli_w.dumps(experiment.words())


def own_procedures(experiment: Experiment, folder: Path) -> dict[str, type[Kind]]:
    """Return the procedures of the researcher's own that a study names, by ``FILE.py:NAME``; their files are run.

    Raises:
        DesignError: a file is not there, cannot be run, or holds no such procedure.
    """
    found: dict[str, type[Kind]] = {}
    for kind, where in _own_kinds(experiment):
        file, _, name = kind.rpartition(":")
        procedure = defined(_beside(folder, file, where), name)
        if not (isinstance(procedure, type) and issubclass(procedure, Kind)):
            raise DesignError(f"{where}: {file} has no procedure {name!r}: a class of that name that is a Kind.")
        found[kind] = procedure
    return found


def _own_kinds(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """Yield the procedures of the researcher's own, and where each is named."""
    for name, variants in experiment.variants.items():
        for kind in dict.fromkeys(variant.scenario.procedure.kind for variant in variants):
            if is_own(kind):
                yield kind, f"scenarios.{name}.procedure"


def _with_tables(words: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the words of a study with what each file of items and each rubric holds in its place."""
    found = dict(words)
    if isinstance(words.get("items"), dict):
        found["items"] = {
            name: _rows(_beside(folder, entry, f"items.{name}"), f"items.{name}") if isinstance(entry, str) else entry
            for name, entry in words["items"].items()
        }
    if isinstance(words.get("judges"), dict):
        found["judges"] = {
            name: _with_rubric(entry, folder, f"judges.{name}.rubric") for name, entry in words["judges"].items()
        }
    return found


def _with_rubric(entry: Any, folder: Path, where: str) -> Any:  # noqa: ANN401 (checked where the study is read)
    if not isinstance(entry, dict) or not isinstance(entry.get("rubric"), str):
        return entry
    path = _beside(folder, entry["rubric"], where)
    try:
        return {**entry, "rubric": _parse_toml(path.read_text(encoding="utf-8-sig"))}
    except (OSError, UnicodeDecodeError, DesignError) as error:
        raise DesignError(f"{where}: {path.name} is no rubric: {error}") from None


def _rows(path: Path, where: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            found = [dict(row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DesignError(f"{where}: {path.name} is no table of items: {error}.") from None
    for number, row in enumerate(found, start=2):
        if None in row or None in row.values():
            raise DesignError(f"{where}: {path.name}, row {number}: not as many cells as the first row has names.")
    if not found:
        raise DesignError(f"{where}: {path.name} has no rows below the names of its columns.")
    return found


def _read_toml(path: Path) -> dict[str, Any]:
    if path.stat().st_size > LARGEST_STUDY_BYTES:
        raise DesignError("is larger than 10 MB; put long lists into files beside it.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DesignError("is not UTF-8 text.") from None
    except OSError as error:
        raise DesignError(f"cannot be read: {error.strerror}.") from error
    return _parse_toml(text)


def _parse_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DesignError(f"not TOML: {error}") from None
    except RecursionError:
        raise DesignError("not TOML: it is nested too deeply to be a study.") from None


def _read_python(path: Path) -> dict[str, Any]:
    places = list(sys.path)
    sys.path.insert(0, str(path.resolve().parent))
    try:
        names = runpy.run_path(str(path))
    except ColloquiaError:
        raise
    except SystemExit as error:
        raise DesignError("ends Python itself (sys.exit); a page only says what the study is.") from error
    except Exception as error:
        raise DesignError(f"could not be read: {type(error).__name__}: {error}") from error
    finally:
        sys.path[:] = places
    return dict(_upper_case_words(names))


def _upper_case_words(names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for word in NEEDED:
        if word in names and word.upper() not in names:
            raise DesignError(f"{word}: in lower case it is a name of your own; write {word.upper()}.")
    for name, value in names.items():
        if not name.isupper() or name.startswith("_"):
            continue
        if name.lower() not in WORDS:
            known = [word.upper() for word in WORDS]
            raise DesignError(
                f"{name}: no such word in a study.{nearest(name, known)} Names of your own are written in lower case."
            )
        yield name.lower(), value


def _files_named(experiment: Experiment) -> Iterator[tuple[str, str]]:
    for kind, where in _own_kinds(experiment):
        yield kind.rpartition(":")[0], where
    asked = [(f"models.{name}", entry) for name, entry in experiment.entries.items()]
    asked += [(f"judges.{name}.by", entry) for name, judge in experiment.panels.items() for entry in judge.by]
    for where, entry in asked:
        if prefix(entry.slug) != "scripted":
            continue
        what = entry.slug.partition(":")[2].strip()
        form, _, rest = what.partition(" ")
        file = what.rpartition(":")[0]
        if form == "lines":
            yield rest.strip(), where
        elif form == "recorded":
            yield recording(rest)[0], where
        elif form not in ("always", "sequence") and file.endswith(".py"):
            yield file, where


def _beside(folder: Path, named: str, where: str) -> Path:
    if not named or "\0" in named:
        raise DesignError(f"{where}: names no file.")
    parts = PurePosixPath(named.replace("\\", "/"))
    if any(part.startswith(".") and part not in (".", "..") for part in parts.parts):
        raise DesignError(f"{where}: {named!r} is hidden; keys and settings live in such files, so none is read.")
    if parts.is_absolute() or PureWindowsPath(named).drive or ".." in parts.parts:
        raise DesignError(f"{where}: {named!r} must lie beside the study or in a folder below it.")
    try:
        path = (folder / parts).resolve(strict=True)
    except (OSError, RuntimeError):  # not there, a name too long, a link to itself
        path = None
    if path and not path.is_relative_to(folder.resolve()):
        raise DesignError(f"{where}: {named!r} leads out of the study's folder.")
    if not path or not path.is_file():
        raise DesignError(f"{where}: there is no file {named!r} beside the study ({folder}).")
    return path
