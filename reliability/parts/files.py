"""Part ``files``: every call to the disk fails in every way, and every byte of a small log is cut off or changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reliability import damage, mishaps, openings
from reliability.steps import broken, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reliability.row import Row, Scale
    from reliability.steps import Step

PART = "files"
ORDERS: dict[Scale, int] = {"short": 1, "full": 3}
"""Orders of events in which every call is let fail."""
CHAINS: dict[Scale, int] = {"short": 20, "full": 2_000}
"""Folders in which one run after the other fails."""
CHAINS_AT_ONCE = 250
VALUES: dict[Scale, int] = {"short": 3, "full": 255}
"""Values that every byte of a log is changed to."""
REFUSED: dict[Scale, Sequence[str]] = {"short": ("run again", "check", "status"), "full": tuple(openings.DOORS)}
"""Commands that files are closed to."""
CHUNKS: dict[Scale, int] = {"short": 1, "full": 10}
RUNS: dict[Scale, int] = {"short": 15, "full": 1_000}
"""Damaged folders, of each kind, that a run goes on from."""

SOUND = "nothing reported as done is lost or changed, and the next run has every planned turn once, in order, verified."
GOOD = "the run makes that good or ends with StorageError or FolderError;"
UNITS = {
    "once": "system calls failed",
    "for good": "system calls failed",
    "death": "system calls died in",
    "chain": "folders",
    "cut": "byte offsets",
    "flip": "bytes changed",
    "run on a cut": "folders",
    "run on a flip": "folders",
    "doors": "bytes changed",
    "closed": "files refused",
}
CLAIMS = {
    "once": f"Where a disk call fails once (before, after, half-way), {GOOD} {SOUND}",
    "for good": f"Where a disk call fails (before, after, half-way), as do all after it, {GOOD} {SOUND}",
    "death": f"Where the process dies before, in or after a disk call, {SOUND}",
    "chain": f"Where run after run fails or dies at some disk call, {SOUND}",
    "cut": "A log or journal cut off at any byte is read: no crash, no turn taken for another, every whole line read, "
    "and what is missing is reported.",
    "flip": "A log or journal with any byte changed is read: no crash, no changed turn accepted, every other line is "
    "read, the damage is reported, and the conversation of an answer that is lost is set aside.",
    "run on a cut": "A run goes on from a log or journal cut off at any byte, and completes the study.",
    "run on a flip": "A run goes on from a log or journal with any byte changed: it leaves what is damaged alone, "
    "completes the rest, and says so.",
    "closed": "A command that cannot open or look at a file of the study or the run folder says so; no traceback.",
    "doors": "With any byte of a small file changed, the doors that read it say what is wrong and never crash.",
}
DETAILS = {
    "once": "ENOSPC, EIO and EACCES. Three cells; begun in a new folder, on torn tails, and with only tables missing.",
    "cut": "Also between two lines: a journal that lacks how a turn of the log was asked for has lost lines. Only what "
    "comes after the last call, the end of a run, cannot be missed: a kill leaves the same.",
    "doors": f"{', '.join(damage.SMALL_FILES)}.",
}
PLANTED = {
    "skip tail repair": "Leave a torn tail as it is before the next run writes.",
    "believe a failed flush": "Take what a disk failed to do for done.",
    "skip the checksum": "Believe a line without looking at its checksum.",
    "believe a short journal": "Take a journal that lost its last lines for all there was.",
}


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Let the disk do to run folders whatever it can."""
    found = taken(PART, scale, seed, dict(_steps(scale, seed)), say)
    figures = {
        "once": f"{len(found['once'].kinds)} kinds of call",
        "flip": f"each byte to {VALUES[scale]} other values",
    }
    rows = [
        found[name].row(PART, claim, UNITS[name], figure=figures.get(name, ""), details=DETAILS.get(name, ""))
        for name, claim in CLAIMS.items()
    ]
    planted = [found[name].row(PART, claim, "cases", is_planted=True) for name, claim in PLANTED.items()]
    return [*broken(PART, found), *rows, *planted]


def _steps(scale: Scale, seed: int) -> Iterator[tuple[str, Step]]:
    for number, name in enumerate(mishaps.THEATRES):
        for family in mishaps.FAMILIES:
            for order in range(ORDERS[scale]):
                step = partial(mishaps.all_calls, number, family, f"{seed}/{order}", is_whole=scale == "full")
                yield f"{family}, {name}, order {order}", step
    for first in range(0, CHAINS[scale], CHAINS_AT_ONCE):
        numbers = range(first, min(first + CHAINS_AT_ONCE, CHAINS[scale]))
        yield f"chains from {first}", partial(mishaps.chains, numbers, str(seed))
    yield "cuts", partial(damage.all_cuts, seed)
    for chunk in range(CHUNKS[scale]):
        yield f"flips, piece {chunk}", partial(damage.all_flips, seed, VALUES[scale], chunk, CHUNKS[scale])
    yield "runs on damaged logs", partial(damage.runs, seed, RUNS[scale])
    for name in damage.SMALL_FILES:
        yield f"doors, {name}", partial(damage.doors, seed, name, VALUES[scale])
    for door in REFUSED[scale]:
        yield f"closed files, {door}", partial(openings.closed_doors, door)
    yield "planted: skip tail repair", partial(mishaps.skipped_tail_repair, str(seed))
    yield "planted: believe a failed flush", partial(mishaps.believed_flush, str(seed))
    yield "planted: skip the checksum", partial(damage.skipped_checksum, seed)
    yield "planted: believe a short journal", partial(damage.believed_journal, seed)
