"""A study as it is being written: ``draft.toml`` in a run folder, which a run freezes.

Every change is on disk at once. Nothing is asked of any model here, and no key is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colloquia import studies
from colloquia.errors import ColloquiaError, DesignError
from colloquia.lab.drafting import wording
from colloquia.lab.drafting.lines import line_of
from colloquia.lab.keeping.folders import DEFAULT_FOLDER
from colloquia.lab.planning.bench import find_study
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.studies import Study

LOADED = "draft-loaded.toml"
"""The text that the draft began with, for the difference."""
EMPTY = """\
# A new study. Names are yours; docs/vocabulary.md says what the words mean.
title = "A new study"
num_turns = 6

[models]
one = "scripted:random"
other = "scripted:random"

[scenarios]
train = "You are chatting with someone you have just met on a train."
"""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The text of a study that is being written, and the run folder it belongs to."""

    folder: RunFolder
    text: str

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return self.folder.path / self.folder.draft

    @property
    def words(self) -> dict[str, Any]:
        """What it says, checked no further.

        Raises:
            DesignError: it is no TOML.
        """
        return wording.words_of(self.text)

    def with_word(self, path: Sequence[str], value: object) -> Draft:
        """Return the draft with one value put in place, or taken out where it is None."""
        return replace(self, text=wording.changed(self.text, path, value))

    def with_words(self, values: Mapping[str, object]) -> Draft:
        """Return the draft with some words of the study put in place; those that are None are taken out."""
        draft = self
        for word, value in values.items():
            draft = draft.with_word((word,), value)
        return draft

    def save(self) -> None:
        """Write it to its folder, whole or not at all.

        Raises:
            FolderError: the folder cannot be written.
            StorageError: the disk failed.
        """
        self.folder.make()
        self.folder.replace(self.folder.draft, self.text.encode())


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Why a draft cannot be run."""

    message: str
    """In plain words, beginning with the word that it is about."""
    line: int | None
    """Where in the text; None where it is about something that is not there."""


def opened(folder: RunFolder) -> Draft | None:
    """Return what is being written in a run folder: its draft, else the study of its latest run; None without either.

    A frozen study that is opened for the first time becomes the draft, with the files that it names beside it.

    Raises:
        DesignError: what is there cannot be read.
    """
    if (draft := _text(folder, folder.draft)) is not None:
        return Draft(folder=folder, text=draft)
    frozen = _text(folder, folder.study)
    if frozen is None:
        return None
    return _begun(folder, frozen, find_study(None, folder.path))


def loaded(path: Path, folder: RunFolder) -> Draft:
    """Make the study of a file the draft of a run folder, with the files that it names beside it.

    A ``simulation_config.py`` is run to be read: it is the researcher's own, and read only when they ask.

    Raises:
        DesignError: it cannot be read, or the study in it cannot be run.
    """
    study = studies.read(path)
    text = _page(study, path) if path.suffix == ".py" else path.read_text(encoding="utf-8-sig")
    return _begun(folder, text, study)


def new(folder: RunFolder) -> Draft:
    """Make a small study the draft of a run folder."""
    return _begun(folder, EMPTY, None)


def checked(draft: Draft) -> tuple[Study | None, Trouble | None]:
    """Return the study that a saved draft makes, or why it makes none."""
    try:
        return studies.read(draft.path), None
    except ColloquiaError as error:
        return None, trouble(draft, error)


def trouble(draft: Draft, error: ColloquiaError) -> Trouble:
    """Return what an error means for the text of a draft."""
    message = str(error).removeprefix(f"{draft.path.name}: ")
    try:
        draft.words  # noqa: B018 (what is no TOML has its line in this error)
    except DesignError as syntax:
        message = str(syntax)
    return Trouble(message=message, line=line_of(draft.text, message))


def difference(draft: Draft) -> tuple[str, str]:
    """Return what the draft is compared with, and how it differs, as a unified difference; empty where it does not."""
    frozen = _text(draft.folder, draft.folder.study)
    name = "the study of the latest run" if frozen is not None else "what was loaded"
    before = frozen if frozen is not None else _text(draft.folder, LOADED) or ""
    lines = unified_diff(before.splitlines(), draft.text.splitlines(), "before", "draft.toml", lineterm="", n=2)
    return name, "\n".join(lines)


def folder_for(path: Path, runs: Path) -> RunFolder:
    """Return the run folder that a study file asks for where that lies among those shown, else a new one.

    Raises:
        DesignError: the study cannot be read.
    """
    named = Path(studies.read(path).experiment.run_dir)
    return RunFolder(named) if named == DEFAULT_FOLDER or named.parent == runs else new_folder(runs)


def new_folder(runs: Path, name: str = "study") -> RunFolder:
    """Return the first of ``name-1``, ``name-2`` ... that is not there yet, not made."""
    number = 1
    while (runs / f"{name}-{number}").exists():
        number += 1
    return RunFolder(runs / f"{name}-{number}")


def copy_files(study: Study, folder: RunFolder) -> None:
    """Put the files that a study names beside the draft of a folder, under the same paths.

    Raises:
        DesignError: one is not there.
        StorageError: the disk failed.
    """
    if study.folder.resolve() == folder.path.resolve():
        return
    for named, path in study.files().items():
        folder.replace(named, path.read_bytes())


def _begun(folder: RunFolder, text: str, study: Study | None) -> Draft:
    folder.make()
    if study is not None:
        copy_files(study, folder)
        _copy_items(text, study, folder)
    folder.replace(LOADED, text.encode())
    draft = Draft(folder=folder, text=text)
    draft.save()
    return draft


def _copy_items(text: str, study: Study, folder: RunFolder) -> None:
    """Put tables of items beside the draft, where its text names them."""
    items = wording.words_of(text).get("items")
    for named in items.values() if isinstance(items, dict) else ():
        if isinstance(named, str) and study.folder.resolve() != folder.path.resolve():
            folder.replace(named, (study.folder / named).read_bytes())


def _page(study: Study, path: Path) -> str:
    """Return the study of a Python page as TOML that a person would write."""
    words = study.experiment.words()
    models = {name: entry["slug"] if set(entry) == {"slug"} else entry for name, entry in words["models"].items()}
    text = f"# Loaded from {path.name}; that file stays as it is.\n"
    for word, value in {**words, "models": models}.items():
        text = wording.changed(text, (word,), value)
    return text


def _text(folder: RunFolder, name: str) -> str | None:
    if not (folder.path / name).is_file():
        return None
    try:
        with folder.reading(name) as file:
            return file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DesignError(f"{folder.path / name} is not UTF-8 text.") from None
