"""Where one is: the run folder, conversation and turn that the URL names, and links that keep them.

What stands in the URL is never taken for a path: a run folder is one of those that lie here, by its name.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import streamlit as st

from colloquia.lab.folders import DEFAULT_FOLDER
from colloquia.logbook.folder import RunFolder

RUN, CONVERSATION, TURN = "run", "conversation", "turn"
RUNS = Path("runs")
FURTHER = "COLLOQUIA_RUN_DIR"
"""Environment variable with one more run folder, as `colloquia gui --run-dir` sets it."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def run_folders() -> dict[str, RunFolder]:
    """Return the run folders that can be looked at, by the name that the URL has for them; newest first."""
    found = {DEFAULT_FOLDER.name: DEFAULT_FOLDER}
    found.update({path.name: path for path in RUNS.glob("*") if path.is_dir() and _ID.fullmatch(path.name)})
    if further := os.environ.get(FURTHER):
        found[_free_name(Path(further), found)] = Path(further)
    folders = {name: RunFolder(path) for name, path in found.items() if is_run_folder(RunFolder(path))}
    return dict(sorted(folders.items(), key=lambda item: _changed(item[1]), reverse=True))


def is_run_folder(folder: RunFolder) -> bool:
    """Tell whether anything of a run lies in a folder."""
    return any((folder.path / name).is_file() for name in (folder.log, folder.journal, folder.state, folder.study))


def run_name() -> str | None:
    """Return the name of the run folder that the URL names; where it names none, of the newest; None without any."""
    named = st.query_params.get(RUN)
    if named:
        return named
    return next(iter(run_folders()), None)


def run_folder() -> RunFolder | None:
    """Return the run folder that is looked at; where the URL names one that is not here, say so and return None."""
    name, folders = run_name(), run_folders()
    if name is None or name in folders:
        return folders[name] if name else None
    st.warning(
        "That run is not in this folder. Choose one of those that are, on the page Start.", icon=":material/link_off:"
    )
    return None


def conversation() -> str | None:
    """Return the id of the conversation that the URL names, if it can be one."""
    named = st.query_params.get(CONVERSATION, "")
    return named if _ID.fullmatch(named) else None


def turn() -> int | None:
    """Return the number of the turn that the URL names, if it is one."""
    named = st.query_params.get(TURN, "")
    return int(named) if named.isdecimal() and len(named) < 7 and int(named) > 0 else None  # noqa: PLR2004 (no talk is that long)


def go_to(**places: str | int | None) -> None:
    """Put places into the URL of this page, or take those that are None out of it."""
    for name, place in places.items():
        if place is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = str(place)


def _changed(folder: RunFolder) -> float:
    times = [
        path.stat().st_mtime
        for name in (folder.log, folder.state, folder.study)
        if (path := folder.path / name).exists()
    ]
    return max(times, default=0.0)


def _free_name(path: Path, taken: dict[str, Path]) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", path.resolve().name)[:60] or "run"
    return name if name not in taken or taken[name].resolve() == path.resolve() else f"{name}-here"
