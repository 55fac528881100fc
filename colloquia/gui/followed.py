"""The run folders that are being followed, and the runs that were started from here: shared by all tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from colloquia.lab.watching.following import Following

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.lab.running.starting import Started
    from colloquia.logbook.folder import RunFolder

MOST_FOLLOWED = 24
"""Run folders whose totals are kept in memory."""


def followed(folder: RunFolder) -> Following:
    """Return the one reader of a run folder."""
    return _following(str(folder.path.resolve()), folder)


def note_start(started: Started) -> None:
    """Remember a process that was started from here, to show what it does before it first says something."""
    _starts()[str(started.folder.path.resolve())] = started


def start_of(folder: RunFolder) -> Started | None:
    """Return the process that was started here last for a folder; None where none was since the server began."""
    return _starts().get(str(folder.path.resolve()))


def stamp(folder: RunFolder) -> tuple[tuple[int, int, int], ...]:
    """Return what changes whenever a run folder's tables would: size, time and identity of each file behind them."""
    names = (folder.log, folder.journal, folder.probes, folder.measures, folder.judgements, folder.forks)
    return tuple(_print(folder.path / name) for name in names)


def _print(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_size, found.st_mtime_ns, found.st_ino)


@st.cache_resource(max_entries=MOST_FOLLOWED, show_spinner=False)
def _following(path: str, _folder: RunFolder) -> Following:  # noqa: ARG001 (the path is what tells one from another)
    return Following(_folder)


@st.cache_resource(show_spinner=False)
def _starts() -> dict[str, Started]:
    return {}
