"""Exports: the tables of a run folder in other forms, with their codebook, with or without what was said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from colloquia.analysis import tables
from colloquia.analysis.codebook import TABLES, codebook
from colloquia.analysis.convokit import corpus
from colloquia.analysis.extracting import FORMATS, TEXTS, extract, extract_parts, named, without_texts
from colloquia.analysis.harvest import harvest
from colloquia.analysis.turn_stream import TurnStream
from colloquia.errors import DesignError, nearest
from colloquia.lab.bundling import bundle
from colloquia.lab.reporting import writable, write_file
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

CONVOKIT, BUNDLE = "convokit", "bundle"
FORMS = (*FORMATS, CONVOKIT, BUNDLE)
EXPORT = "export"
"""Where exports are put, in the run folder."""


def export_as(
    folder: Path | str,
    form: str,
    *,
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
        out: Where; ``export`` in the run folder.
        with_text: Whether what was said and asked goes along.
        everything: Also conversations that the latest study no longer plans.
        allow_code: Run the Python of procedures of your own, which knows their outcomes.

    Raises:
        DesignError: there is no such form.
        FolderError: there is no log, or nothing can be written there.
    """
    if form not in FORMS:
        raise DesignError(f"--format {form}: no such form.{nearest(form, FORMS)} There are: {', '.join(FORMS)}.")
    place = Path(folder)
    if form == BUNDLE:
        return (bundle(place, out or place / "bundle.zip", with_text=with_text),)
    if form == CONVOKIT:
        frames = tables.load(place, everything=everything, allow_code=allow_code)
        files, there = corpus(frames, with_text=with_text), out or place / EXPORT / CONVOKIT
        return tuple(write_file(there / name, data) for name, data in files.items())
    stream = TurnStream(harvest=harvest(RunFolder(place), everything=everything, allow_code=allow_code))
    return tuple(_tables(stream, form, out or place / EXPORT, with_text=with_text))


def _tables(stream: TurnStream, form: str, there: Path, *, with_text: bool) -> Iterator[Path]:
    """Write each table that has rows, turns as they come out of the log, and then the codebook."""
    if turns := _turns(stream, there, form, without=() if with_text else TEXTS):
        yield turns
    frames = stream.frames
    for name in TABLES:
        if len(frame := getattr(frames, name)):
            kept = frame if with_text else without_texts(frame)
            yield write_file(there / named(name, stream.sources, form), extract(kept, form))
    yield write_file(there / named("codebook", stream.sources, form), extract(codebook(frames, stream.missing), form))


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
