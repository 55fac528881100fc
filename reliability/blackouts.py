"""Runs on a disk whose power goes at a random moment, again and again, until one is left to finish."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from colloquia.errors import ColloquiaError
from colloquia.lab.running import runs
from colloquia.logbook import contents
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.jsonl import Writer
from colloquia.running import session
from reliability.chance import chance
from reliability.disks import FaultyDisk, MemoryDisk, Mishap
from reliability.mishaps import WHENS
from reliability.oracle import lost, transcripts, unfinished, unlisted
from reliability.stage import bench, held
from reliability.tally import Tally

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from colloquia.lab.planning.bench import Bench
    from colloquia.logbook.entries import AttemptEnded
    from colloquia.logbook.record import TurnRow
    from reliability.oracle import Transcripts
    from reliability.stage import Held

PLACE = Path("/in/memory/study")
"""Where the run folder is, on a disk that has nothing but the two directories above it."""
MOST_CUTS = 4
"""Cuts that one study suffers before it is left alone."""
TURNS = 4


class NoFlush(MemoryDisk):
    """A disk on which flushing one file has no effect: the same as a program that does not flush it."""

    name = ""

    def flushes(self, name: str) -> bool:
        """Tell whether it is another file."""
        return name != self.name


class NoFlushOfLog(NoFlush):
    """The log is never flushed."""

    name = RunFolder.log


class NoFlushOfJournal(NoFlush):
    """The journal is never flushed."""

    name = RunFolder.journal


class NoFlushOfNames(MemoryDisk):
    """Directories are never flushed."""

    def sync_dir(self, path: Path) -> None:
        """Do nothing."""


DISKS: dict[str, type[MemoryDisk]] = {
    "sound": MemoryDisk,
    "skip fsync of the log": NoFlushOfLog,
    "skip fsync of the journal": NoFlushOfJournal,
    "skip fsync of directories": NoFlushOfNames,
    "acknowledge before write": MemoryDisk,
}
"""The disk of a sound program, and of each planted bug."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """One study, and what becomes of its folder."""

    laid_out: Bench
    expected: Transcripts
    kind: type[MemoryDisk]
    calls: int
    """Disk calls of a run that nothing happens to."""
    draws: random.Random
    name: str

    def told(self, cuts: int, kept: Tally, completed: Tally) -> None:
        """Cut the power so often, then leave the study alone; count each cut, and whether it was completed."""
        disk = self.kind(*PLACE.parents)
        for number in range(cuts):
            mishap = Mishap(at=self.draws.randint(1, self.calls), when=self.draws.choice(WHENS))
            faulty = FaultyDisk(disk, mishap)
            run = self._held(faulty)
            disk = disk.after_a_power_cut(self.draws)
            if faulty.struck:
                kept.kinds[faulty.struck] += 1
            moment = f"at call {mishap.at}" if faulty.struck else "after its end"
            kept.add(
                f"{self.name}, cut {number + 1}, {mishap.when} {moment}", self._missing(RunFolder(PLACE, disk), run)
            )
        folder = RunFolder(PLACE, disk)
        with patch.object(runs, "are_tables_current", lambda _: False):  # this disk knows no times
            last = held(self.laid_out, folder, self.draws)
        completed.add(f"{self.name}, after {cuts} cuts", self._incomplete(folder, last))

    def _held(self, disk: FaultyDisk) -> Held:
        return held(self.laid_out, RunFolder(PLACE, disk), self.draws, is_alive=lambda: not disk.is_dead)

    def _missing(self, folder: RunFolder, run: Held) -> Iterator[str]:
        try:
            yield from lost(folder, run.witness.acknowledged)
            yield from unlisted(folder, run.witness.asked)
        except ColloquiaError as error:
            yield f"the folder cannot be read: {error}"

    def _incomplete(self, folder: RunFolder, last: Held) -> Iterator[str]:
        try:
            yield from unfinished(folder, last, self.laid_out.trials, self.expected)
        except ColloquiaError as error:
            yield f"the folder cannot be read: {error}"


def blackouts(seed: str, bug: str, first: int, cuts: int) -> dict[str, Tally]:
    """Cut the power ``cuts`` times, over as many studies as that takes, from the ``first`` on.

    Args:
        seed: Of all draws.
        bug: Which bug is planted; ``sound`` for none.
        first: Number of the first study, so that others can do the rest.
        cuts: How often.
    """
    kept, completed = Tally(), Tally()
    laid_out = bench(chance(seed), num_turns=TURNS)
    counting = FaultyDisk(MemoryDisk(*PLACE.parents))
    held(laid_out, RunFolder(PLACE, counting), chance(seed))
    expected = transcripts(contents.read(RunFolder(PLACE, counting)))
    number = first
    with _planted(bug):
        while kept.tried < cuts:
            draws = chance(seed, number)
            story = Story(
                laid_out=laid_out,
                expected=expected,
                kind=DISKS[bug],
                calls=len(counting.calls),
                draws=draws,
                name=f"study {number}",
            )
            story.told(min(draws.randint(1, MOST_CUTS), cuts - kept.tried), kept, completed)
            number += 1
    if bug == "sound":
        return {"kept": kept, "completed": completed}
    return {bug: kept, f"{bug}, completed": completed}


@contextmanager
def _planted(bug: str) -> Iterator[None]:
    if bug != "acknowledge before write":
        yield
        return
    with patch.object(session, "Writer", Hasty):
        yield


class Hasty(Writer):
    """A writer that says that a turn is done, and writes it afterwards."""

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder)
        self._late: list[asyncio.Task[None]] = []

    def turn(self, ended: AttemptEnded | None, row: TurnRow, on_disk: Callable[[], None]) -> None:
        """Say at once that it is on disk."""
        self._late.append(asyncio.create_task(self.answer(ended, row)))
        on_disk()

    async def close(self) -> None:
        """Close once all is written."""
        await asyncio.gather(*self._late)
        await super().close()
