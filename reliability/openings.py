"""Commands that find a file they cannot open or look at, in the study's folder or in the run folder."""

from __future__ import annotations

import io
import os
import shutil
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from errno import EACCES, EIO
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from colloquia.cli.app import main
from reliability.stage import scratch
from reliability.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

ERRNOS = (EACCES, EIO)
MEANT = (0, 1, 2, 3)
"""Exit codes that say something: done, something is damaged or failed, cannot be done, stopped and resumable."""
STUDY = """
num_turns = 2
[models]
ada = "scripted:lines lines.txt"
[scenarios]
train = "You sit on a train."
"""
DOORS = {
    "run": ["run", "study.toml", "--run-dir", "new"],
    "run again": ["run", "study.toml", "--run-dir", "data"],
    "run from the folder": ["run", "--run-dir", "data"],
    "plan": ["plan", "study.toml", "--run-dir", "data"],
    "status": ["status", "--run-dir", "data"],
    "show": ["show", "1", "--run-dir", "data"],
    "check": ["check", "--run-dir", "data"],
    "verify": ["verify", "--run-dir", "data"],
    "export": ["export", "--run-dir", "data"],
    "stop": ["stop", "--run-dir", "data"],
}


class _Guard:
    """Counts how often files are opened or looked at, and lets one time fail."""

    def __init__(self, place: Path, fail_at: int, errno: int) -> None:
        self.calls: list[str] = []
        self._place = place
        self._fail_at = fail_at
        self._errno = errno

    def standing_before(self, what: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``act`` with the guard before it."""

        def guarded(path: Path, *arguments: object, **options: object) -> Any:
            if path.absolute().is_relative_to(self._place):
                self.calls.append(f"{what} {path.name}")
                if len(self.calls) == self._fail_at:
                    raise OSError(self._errno, os.strerror(self._errno), str(path))
            return act(path, *arguments, **options)

        return guarded


def closed_doors(door: str) -> dict[str, Tally]:
    """Let a command fail to open or to look at each file that it wants to, one at a time."""
    tally = Tally()
    with scratch() as place, _standing_in(place):
        (place / "study.toml").write_text(STUDY)
        (place / "lines.txt").write_text("Hello.\nGood-bye.\n")
        _code(["run", "study.toml", "--run-dir", "data"])
        for errno in ERRNOS:
            at = 0
            while True:
                at += 1
                shutil.rmtree(place / "new", ignore_errors=True)
                guard = _Guard(place, at, errno)
                wrong = list(_wrong(DOORS[door], guard))
                if len(guard.calls) < at:
                    break
                tally.kinds[guard.calls[at - 1]] += 1
                tally.add(f"{door}, {guard.calls[at - 1]}, {os.strerror(errno)}", wrong)
    return {"closed": tally}


def _wrong(arguments: list[str], guard: _Guard) -> Iterator[str]:
    opened, looked_at = Path.open, Path.stat
    with (
        patch.object(Path, "open", guard.standing_before("open", opened)),
        patch.object(Path, "stat", guard.standing_before("look at", looked_at)),
    ):
        try:
            code = _code(arguments)
        except Exception as error:  # noqa: BLE001 (that nothing is raised is what is tried)
            yield f"a traceback, {type(error).__name__}: {error}"
            return
    if code not in MEANT:
        yield f"exit code {code}"


def _code(arguments: list[str]) -> int:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            main(arguments)
        except SystemExit as left:
            return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0


@contextmanager
def _standing_in(place: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)
