"""Exports: the tables of a run folder in other forms, with their codebook, with or without what was said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from colloquia.analysis import tables
from colloquia.analysis.codebook import TABLES, codebook
from colloquia.analysis.convokit import corpus
from colloquia.analysis.extracting import FORMATS, extract, file_name, without_texts
from colloquia.errors import DesignError, nearest
from colloquia.lab.bundling import bundle
from colloquia.lab.reporting import write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.analysis.tables import Frames

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
    frames = tables.load(place, everything=everything, allow_code=allow_code)
    if form == CONVOKIT:
        found = corpus(frames, with_text=with_text)
        there = out or place / EXPORT / CONVOKIT
    else:
        found = dict(_files(frames, form, with_text=with_text))
        there = out or place / EXPORT
    return tuple(write_file(there / name, data) for name, data in found.items())


def _files(frames: Frames, form: str, *, with_text: bool) -> Iterator[tuple[str, bytes]]:
    for name in TABLES:
        frame = getattr(frames, name)
        if len(frame):
            kept = frame if with_text else without_texts(frame)
            yield file_name(frames, name, form), extract(kept, form)
    yield file_name(frames, "codebook", form), extract(codebook(frames), form)
