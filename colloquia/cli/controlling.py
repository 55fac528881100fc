"""``pause``, ``resume`` and ``stop``: what is wanted of a run from another terminal, and what became of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from colloquia.cli import judging, running
from colloquia.cli.terminal import COMMAND, plain, say, there
from colloquia.errors import FolderError
from colloquia.lab.keeping import liveness
from colloquia.lab.planning.amounts import count
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from colloquia.lab.keeping.liveness import State
    from colloquia.lab.planning.bench import Options

PATIENCE_SECONDS = 10.0
"""How long a command waits for a run to say that it has heard."""
POLL_SECONDS = 0.1


def pause(folder: Path) -> None:
    """Ask the run in a folder for no new turn until it is resumed.

    Raises:
        FolderError: no run goes on there, or it is stopping.
    """
    _refuse_if_stopping(folder, "it cannot be paused")
    before = liveness.wish(folder, "pause")
    _say("Asked the run to pause", _heard(folder, before, ("pausing", "paused")), folder)


def resume(folder: Path, options: Options, *, drop: bool, is_detached: bool) -> int:
    """Take a pause back; where nothing goes on, do what is missing of what went on last; return the exit code.

    Raises:
        FolderError: no study was ever run there, or the run is stopping.
    """
    before = liveness.last_state(RunFolder(folder))
    if before.is_live:
        _refuse_if_stopping(folder, "resume it once it has ended")
        _say("Asked the run to go on", _heard(folder, liveness.wish(folder, "run"), ("running",)), folder)
        return 0
    if before.has_rest_of_judges:
        say(f"Nobody is being asked in {folder}: the judges are asked what is missing.")
        return judging.judge(folder, options, [])
    frozen = folder / RunFolder.study
    if not frozen.is_file():
        raise FolderError(f"No study was ever run in {folder}: there is nothing to resume. Begin with {COMMAND} run.")
    say(f"No run is going on in {folder}: what is missing is run again.")
    return running.run(None, options, drop=drop, is_detached=is_detached)


def stop(folder: Path, *, at_once: bool) -> None:
    """Ask the run in a folder to stop, after the turns in flight or at once.

    Raises:
        FolderError: no run goes on there.
    """
    before = liveness.wish(folder, "stop_now" if at_once else "stop")
    asked = "Asked the run to stop at once" if at_once else "Asked the run to stop"
    _say(asked, _heard(folder, before, () if at_once else ("stopping",)), folder)


def _refuse_if_stopping(folder: Path, then: str) -> None:
    if liveness.last_state(RunFolder(folder)).condition == "stopping":
        raise FolderError(f"The run in {folder} is stopping: {then}.")


def _heard(folder: Path, before: State, wanted: Collection[str]) -> State:
    """Return the state of a run once it is as wanted, has left the folder, or has taken too long to say so.

    Raises:
        FolderError: the run was lost before it heard.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        state = liveness.last_state(RunFolder(folder))
        if state.is_lost:
            raise FolderError(f"The run in {folder} was lost before it heard. Go on: {COMMAND} resume {there(folder)}")
        has_left = state.is_over and RunFolder(folder).holder() is None
        is_settled = has_left or state.run_id != before.run_id or state.condition in wanted
        if is_settled or time.monotonic() > deadline:
            return state
        time.sleep(POLL_SECONDS)


def _say(asked: str, state: State, folder: Path) -> None:
    """Say what was done, what is now the case, and what can be done next."""
    say(plain(f"{asked} in {folder} (process {state.values.get('pid')}). {_what_is_now(state)}"))
    if state.condition in ("pausing", "paused", "ended"):
        say(f"Go on: {COMMAND} resume {there(folder)}")
    elif state.condition == "stopping":
        say(f"To stop at once: {COMMAND} stop --now {there(folder)}")
    else:
        say(f"To look again: {COMMAND} status {there(folder)}")


def _what_is_now(state: State) -> str:
    under_way = state.values.get("in_flight", 0)
    calls = f"{count(under_way, 'call')} under way {'comes to its' if under_way == 1 else 'come to their'} end first"
    words = {
        "running": "It is going on.",
        "pausing": f"It is pausing: {calls}.",
        "paused": "It is paused: nothing new is asked for.",
        "stopping": f"It is stopping: {calls}.",
    }
    return words.get(state.condition, f"It has ended ({state.values.get('status')}).")
