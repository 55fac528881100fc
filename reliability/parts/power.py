"""Part ``power``: the power goes at a random moment, and whatever was not flushed may be gone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reliability.blackouts import DISKS, blackouts
from reliability.steps import broken, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reliability.row import Row, Scale
    from reliability.steps import Step

PART = "power"
CUTS: dict[Scale, int] = {"short": 200, "full": 5_000}
PIECES: dict[Scale, int] = {"short": 1, "full": 10}
PLANTED_CUTS = 40
APART = 1_000_000
"""Numbers of studies that one piece leaves to itself."""
DETAILS = (
    "A disk in memory that promises what POSIX does and nothing more: bytes are safe once their file was flushed, "
    "names once their directory was; anything else may be lost, each by itself, an appended end in part or read as "
    "zeros. Studies are cut off several times in a row, also while they go on from a cut."
)
PLANTED = {
    "skip fsync of the log": "Report a turn as done without flushing the log.",
    "skip fsync of the journal": "Make a call without flushing the journal.",
    "skip fsync of directories": "Never flush the names of new and renamed files.",
    "acknowledge before write": "Report a turn as done, and write it afterwards.",
}


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Cut the power of a run, again and again."""
    found = taken(PART, scale, seed, dict(_steps(scale, seed)), say)
    kept, completed = found["kept"], found["completed"]
    return [
        *broken(PART, found),
        kept.row(
            PART,
            "After a power cut every turn that was reported as done is on disk as it was said, every call that was "
            "made is in the journal, and no line is damaged.",
            "power cuts",
            figure=f"in {len(kept.kinds)} kinds of disk call",
            details=DETAILS,
        ),
        completed.row(
            PART,
            "A study whose power was cut is completed by the next run: every planned turn once, in order, verified.",
            "studies",
        ),
        *(found[bug].row(PART, claim, "power cuts", is_planted=True) for bug, claim in PLANTED.items()),
    ]


def _steps(scale: Scale, seed: int) -> Iterator[tuple[str, Step]]:
    for piece in range(PIECES[scale]):
        cuts = CUTS[scale] // PIECES[scale]
        yield f"cuts, piece {piece}", partial(blackouts, str(seed), "sound", piece * APART, cuts)
    for bug in DISKS:
        if bug in PLANTED:
            yield f"planted: {bug}", partial(blackouts, str(seed), bug, 0, PLANTED_CUTS)
