"""Where one is: the run folder, conversation and turn that the URL names, and links that keep them.

What stands in the URL is never taken for a path: a run folder is one of those that lie here, found by its name.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from colloquia.gui import plain
from colloquia.lab.equipping.serving import FURTHER
from colloquia.lab.keeping.folders import DEFAULT_FOLDER
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN, CONVERSATION, TURN = "run", "conversation", "turn"
RUNS = Path("runs")
"""Where run folders lie, beside ``data``."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_MOST_TURN_DIGITS = 7
_REMEMBERED = "run-last-looked-at"


def run_folders() -> dict[str, RunFolder]:
    """Return the run folders that can be looked at, by the name that the URL has for them; newest first."""
    named = {_name(path): RunFolder(path) for path in _places() if is_run_folder(RunFolder(path))}
    return dict(sorted(named.items(), key=lambda item: _changed(item[1]), reverse=True))


def is_run_folder(folder: RunFolder) -> bool:
    """Tell whether anything of a run lies in a folder."""
    names = (folder.log, folder.journal, folder.state, folder.study, "draft.toml")
    return any((folder.path / name).is_file() for name in names)


def name_of(folder: RunFolder) -> str:
    """Return the name that the URL has for a run folder."""
    return _name(folder.path)


def run_name() -> str | None:
    """Return the name of the run folder that is looked at: of the URL, else the newest; None without any."""
    return st.query_params.get(RUN) or next(iter(run_folders()), None)


def run_folder(*, says_so: bool = True) -> RunFolder | None:
    """Return the run folder that is looked at.

    Args:
        says_so: Where the URL names a folder that is not here, say so and what can be done.

    Returns:
        None where the URL names one that is not here, and where there is none at all.
    """
    name, folders = run_name(), run_folders()
    if name is None or name in folders:
        return folders[name] if name else None
    if says_so:
        plain.message("warning", "That run is not in this folder: it was moved or deleted, or the link is another's.")
        if folders and st.button("Show the newest run", icon=":material/history:"):
            go_to(run=None, conversation=None, turn=None)
            st.rerun()
    return None


def conversation() -> str | None:
    """Return the id of the conversation that the URL names, if it can be one."""
    named = st.query_params.get(CONVERSATION, "")
    return named if _ID.fullmatch(named) else None


def turn() -> int | None:
    """Return the number of the turn that the URL names, if it can be one."""
    named = st.query_params.get(TURN, "")
    is_number = named.isascii() and named.isdecimal() and len(named) <= _MOST_TURN_DIGITS
    return int(named) if is_number and int(named) > 0 else None


def go_to(**places: str | int | None) -> None:
    """Put places into the URL of this page, or take those that are None out of it."""
    for name, place in places.items():
        if place is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = str(place)


def address() -> str:
    """Return the link that leads here again: page, run, conversation and turn, without filters."""
    places = {name: st.query_params[name] for name in (RUN, CONVERSATION, TURN) if name in st.query_params}
    return f"{(st.context.url or '').partition('?')[0]}?{urlencode(places)}"


def keep_place() -> None:
    """Keep the run in the URL when the reader goes from page to page: the navigation itself forgets it."""
    named = st.query_params.get(RUN) or st.session_state.get(_REMEMBERED)
    if named and named in run_folders():
        st.query_params[RUN] = named
        st.session_state[_REMEMBERED] = named


def _places() -> Iterator[Path]:
    """Yield the folders that may be run folders, each once."""
    further = os.environ.get(FURTHER)
    found = [DEFAULT_FOLDER, *sorted(path for path in RUNS.glob("*") if path.is_dir())]
    found += [Path(further)] if further else []
    yield from {path.resolve(): path for path in found}.values()


def _name(path: Path) -> str:
    """Return the folder's own name, made fit for a URL; one from elsewhere cannot take the name of one that is here."""
    name, is_here = path.name, path.parent in (RUNS, DEFAULT_FOLDER.parent)
    if _ID.fullmatch(name) and is_here:
        return name
    mark = sha256(str(path.resolve()).encode(errors="replace")).hexdigest()[:6]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', path.resolve().name)[:60].strip('-') or 'run'}-{mark}"


def _changed(folder: RunFolder) -> float:
    names = (folder.log, folder.journal, folder.state, folder.study)
    return max((path.stat().st_mtime for name in names if (path := folder.path / name).exists()), default=0.0)
