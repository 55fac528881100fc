"""Exports: the tables of a run folder in other forms, with their codebook, with or without what was said."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from colloquia.analysis import tables
from colloquia.analysis.codebook import TABLES, codebook
from colloquia.analysis.convokit import corpus
from colloquia.analysis.extracting import FORMATS, TEXTS, extract, extract_parts, named, without_texts
from colloquia.analysis.harvest import harvest
from colloquia.analysis.turn_stream import TurnStream
from colloquia.errors import DesignError, nearest
from colloquia.garbage import collecting_rarely
from colloquia.lab.keeping.writing import writable, write_file
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

CONVOKIT, BUNDLE = "convokit", "bundle"
FORMS = (*FORMATS, CONVOKIT, BUNDLE)
TURNS, CODEBOOK = "turns", "codebook"
WRITTEN = (*TABLES, CODEBOOK)
"""What can be written each in a file of its own."""
EXPORT = "export"
"""Where exports are put, in the run folder."""


@collecting_rarely()
def export_as(
    folder: Path | str,
    form: str,
    *,
    only: Collection[str] = (),
    out: Path | None = None,
    with_text: bool = True,
    everything: bool = False,
    allow_code: bool = False,
) -> tuple[Path, ...]:
    """Write a run folder in another form, and return the files.

    Args:
        folder: The run folder.
        form: ``csv``, ``jsonl``, ``parquet`` (a file for each table and the codebook), ``convokit`` (a corpus) or
            ``bundle`` (one file that holds all, to be replayed).
        only: The tables to write, ``codebook`` among them; all where none is named.
        out: Where; ``export`` in the run folder.
        with_text: Whether what was said and asked goes along.
        everything: Also conversations that the latest study no longer plans.
        allow_code: Run the Python of procedures of your own, which knows their outcomes.

    Raises:
        DesignError: there is no such form, no such table, or the form is not made of tables.
        FolderError: there is no log, or nothing can be written there.
    """
    _check(form, only)
    place = Path(folder)
    if form == BUNDLE:
        from colloquia.lab.keeping.bundling import bundle  # with the report, the figures and all they need

        return (bundle(place, out or place / "bundle.zip", with_text=with_text),)
    if form == CONVOKIT:
        frames = tables.load(place, everything=everything, allow_code=allow_code)
        files, there = corpus(frames, with_text=with_text), out or place / EXPORT / CONVOKIT
        return tuple(write_file(there / name, data) for name, data in files.items())
    wanted = [name for name in WRITTEN if name in only] or WRITTEN
    read = harvest(RunFolder(place), everything=everything, allow_code=allow_code)
    stream = TurnStream(harvest=read, is_alone=set(wanted) == {TURNS})
    return tuple(_tables(stream, form, out or place / EXPORT, wanted, with_text=with_text))


def _check(form: str, only: Collection[str]) -> None:
    """Make sure that there is such a form, and that these tables can be written in it apart from others."""
    if form not in FORMS:
        raise DesignError(f"--format {form}: no such form.{nearest(form, FORMS)} There are: {', '.join(FORMS)}.")
    if only and form not in FORMATS:
        raise DesignError(
            f"--table says which tables {', '.join(FORMATS)} are made of; a {form} holds all: leave it out."
        )
    for name in only:
        if name not in WRITTEN:
            raise DesignError(
                f"--table {name}: no such table.{nearest(name, WRITTEN)} There are: {', '.join(WRITTEN)}."
            )


def _tables(stream: TurnStream, form: str, there: Path, wanted: Collection[str], *, with_text: bool) -> Iterator[Path]:
    """Write each table that is wanted and has rows, turns as they come out of the log, and the codebook at last."""
    if TURNS not in wanted:  # names of files say where turns come from, and the codebook what they lack
        deque(stream.tables(), maxlen=0)
    elif turns := _turns(stream, there, form, without=() if with_text else TEXTS):
        yield turns
    for name in (each for each in wanted if each != TURNS):
        frame = codebook(stream.frames, stream.missing) if name == CODEBOOK else getattr(stream.frames, name)
        if len(frame):
            kept = frame if with_text else without_texts(frame)
            yield write_file(there / named(name, stream.sources, form), extract(kept, form))


def _turns(stream: TurnStream, there: Path, form: str, without: Collection[str]) -> Path | None:
    """Write the turns, if there are any; only then it is known where they come from, which their file is named by."""
    unnamed = there / f".turns.{form}.tmp"
    with writable(unnamed):
        try:
            with unnamed.open("wb") as file:
                extract_parts(stream.tables(without), form, file)
            return unnamed.replace(there / named("turns", stream.sources, form)) if stream.sources else None
        finally:
            unnamed.unlink(missing_ok=True)
