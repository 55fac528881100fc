"""The fault matrix through a real socket: each row is played by the simulator against a whole run.

The door of the command is used in this process, pauses and patience scaled with the simulator's clock; signals go to
the real command in a process of its own. What is right stands in ``rehearsing/matrix.py``; it is asserted on the log,
the journal, the exit code, what is printed and the simulator's own account.
"""

from __future__ import annotations

import contextlib
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reliability.planted import BUGS, plant
from reliability.progress import Progress
from reliability.rehearsing import scenes
from reliability.rehearsing.matrix import ELSEWHERE, MATRIX, uncovered
from reliability.rehearsing.striking import blow, broken
from reliability.row import Row
from reliability.side_by_side import done

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from reliability.row import Scale

PART = "faults"
SEEDS: dict[Scale, int] = {"short": 1, "full": 10}
FAULTS_PER_SHORT_ROW = 2
TIMES_PER_FAULT = 2
"""So often each fault strikes in a full proof, at least; each row at least once for each seed."""
LONGEST_SECONDS = 120
BUGS_TO_CATCH = {
    "retry-a-refusal": (12, "refusal-filter"),
    "shorten-a-hint": (1, "status-429-seconds"),
    "go-on-with-a-refused-key": (4, "status-401"),
}
"""Planted bugs, and the row and fault by which each has to show."""

Played = Callable[[Path, int], Iterator[str]]


class OutOfTimeError(BaseException):
    """A run took so long that it has to be hanging; nothing between here and there may catch it."""


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Play every row of the matrix that a socket can show."""
    progress = Progress(PART, scale, seed)
    jobs = [(row, number) for number in range(SEEDS[scale]) for row in MATRIX]
    left = [job for job in jobs if _key(*job) not in progress.done]
    began = time.monotonic()
    for count, (job, told) in enumerate(done([(*job, seed, scale) for job in left], _job), start=1):
        result = _broken_down(told) if isinstance(told, str) else told
        progress.keep(_key(*job[:2]), result)
        for text in result["broken"]:
            say(f"row {job[0]}: {text}")
        if count % len(MATRIX) == 0 or count == len(left):
            say(f"{count:,} of {len(left):,} rows played in {time.monotonic() - began:.0f} s")
    found = {row: [progress.done[_key(row, number)] for number in range(SEEDS[scale])] for row in MATRIX}
    return [
        _summary(found),
        *(_row(row, results) for row, results in found.items()),
        *(_caught(bug, seed) for bug in BUGS_TO_CATCH),
    ]


def _job(row: int, number: int, seed: int, scale: Scale) -> dict[str, Any]:
    """Play one row of the matrix once: some of its faults, and its scenes."""
    drawn = seed * 1000 + number
    found: list[str] = []
    tried = 0
    for name, play in _plays(row, number, drawn, scale):
        tried += 1
        with tempfile.TemporaryDirectory(prefix="colloquia-faults-") as folder, _limited():
            wrong = list(_played(play, Path(folder), drawn))
        if wrong:
            found.append(f"{name}: {', and '.join(wrong[:3])}")
    return {"tried": tried, "broken": found}


def _plays(row: int, number: int, drawn: int, scale: Scale) -> Iterator[tuple[str, Played]]:
    """Yield what is to be played of a row, by names that say how to repeat it."""
    for fault in _faults(row, number, drawn, scale):
        one = blow(row, fault, drawn)
        yield str(one), lambda place, _seed, one=one: iter(broken(place, one))  # type: ignore[misc]
    for name in MATRIX[row].scenes:
        yield f"{name}, seed {drawn}", getattr(scenes, name)


def _faults(row: int, number: int, drawn: int, scale: Scale) -> list[str]:
    """Return which faults of a row strike this time: over all seeds each comes up equally often."""
    names = sorted(MATRIX[row].verdicts)
    if not names:
        return []
    if scale == "short":
        return random.Random(drawn).sample(names, min(len(names), FAULTS_PER_SHORT_ROW))
    each = -(-len(names) * TIMES_PER_FAULT // SEEDS["full"])
    return [names[(number * each + place) % len(names)] for place in range(each)]


def _played(play: Played, place: Path, seed: int) -> Iterator[str]:
    try:
        yield from play(place, seed)
    except OutOfTimeError:
        yield f"it did not end within {LONGEST_SECONDS} s"
    except Exception as error:  # noqa: BLE001 (nothing is raised for a broken claim)
        yield f"the proof itself broke down: {type(error).__name__}: {error}"


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """End the block by force where it takes too long."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _broken_down(why: str) -> dict[str, Any]:
    """Return what stands in place of a job that came to nothing: a claim that failed."""
    return {"tried": 1, "broken": [why]}


def _summary(found: dict[int, list[dict[str, Any]]]) -> Row:
    missing = uncovered()
    runs = sum(result["tried"] for results in found.values() for result in results)
    elsewhere = "; ".join(f"row {row}, {shown}" for row, shown in ELSEWHERE.items())
    unnamed = f" Faults that no row names: {', '.join(missing)}." if missing else ""
    return Row(
        part=PART,
        claim="Every row of the fault matrix is played against a whole run, or shown elsewhere by name.",
        tried=len(MATRIX) + len(ELSEWHERE),
        unit="rows",
        failures=len(missing),
        figure=f"{len(found)} rows in {runs:,} runs",
        details=f"Rows that no socket can show: {elsewhere}.{unnamed}",
    )


def _row(row: int, results: Sequence[dict[str, Any]]) -> Row:
    failed = [text for result in results for text in result["broken"]]
    return Row(
        part=PART,
        claim=f"Row {row}. {MATRIX[row].right}",
        tried=sum(result["tried"] for result in results),
        unit="runs",
        failures=len(failed),
        details="; ".join(failed[:3]),
    )


def _caught(bug: str, seed: int) -> Row:
    """Plant a bug in a process of its own, and say what showed."""
    told = next(result for _, result in done([(bug, seed)], _planted, at_once=1))
    result = _broken_down(told) if isinstance(told, str) else told
    return Row(
        part=PART,
        claim=(BUGS[bug].__doc__ or bug).partition("\n")[0],
        tried=1,
        unit="runs",
        failures=len(result["broken"]) if result.get("is_fit") else 0,
        details=next(iter(result["broken"]), "nothing was noticed"),
        is_planted=True,
    )


def _planted(bug: str, seed: int) -> dict[str, Any]:
    row, fault = BUGS_TO_CATCH[bug]
    try:
        plant(bug)
    except AttributeError as error:
        return {"is_fit": False, "broken": [f"the bug could not be planted: {error}"]}
    with tempfile.TemporaryDirectory(prefix="colloquia-faults-") as folder, _limited():
        return {"is_fit": True, "broken": broken(Path(folder), blow(row, fault, seed))}


def _key(row: int, number: int) -> str:
    return f"row {row}, {number}"
