"""Runs on disks that fail at a chosen call, and what stands in their folder afterwards."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from errno import EACCES, EIO, ENOSPC
from itertools import product
from typing import TYPE_CHECKING
from unittest.mock import patch

from colloquia.errors import ColloquiaError, StorageError
from colloquia.logbook import contents
from colloquia.logbook.disk import Disk
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.jsonl import Durable
from colloquia.running import session
from reliability.chance import chance
from reliability.disks import FaultyDisk, Mishap
from reliability.oracle import badly_ended, lost, transcripts, unfinished, unlisted, whole_lines
from reliability.stage import bench, held, scratch
from reliability.tally import Tally

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from colloquia.lab.planning.bench import Bench
    from reliability.disks import When
    from reliability.oracle import Transcripts
    from reliability.stage import Held

TURNS = 4
LOG_WRITE = f"write {RunFolder.log}"
WHENS: tuple[When, ...] = ("before", "after", "half")
ERRNOS = (ENOSPC, EIO, EACCES)


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a call fails."""

    when: When
    errno: int | None = None
    is_for_good: bool = False

    def mishap(self, at: int) -> Mishap:
        """Return this failure at the call ``at``."""
        return Mishap(at=at, when=self.when, errno=self.errno, is_for_good=self.is_for_good)

    def fits(self, call: str) -> bool:
        """Tell whether the call can fail so: only what writes can be done by half."""
        return self.when != "half" or call.startswith("write ")


ONCE = tuple(Way(when=when, errno=errno) for errno, when in product(ERRNOS, WHENS))
FOR_GOOD = tuple(replace(way, is_for_good=True) for way in ONCE)
DEATHS = tuple(Way(when=when) for when in WHENS)
FAMILIES = {"once": ONCE, "for good": FOR_GOOD, "death": DEATHS}
THEATRES = ("a new folder", "torn tails", "no tables")
LONGEST_CHAIN = 4
SHARE = 0.5
"""Of the kinds of call; so many are tried where not all are."""


@dataclass(frozen=True, kw_only=True)
class Theatre:
    """A study, and the folder that its runs begin with."""

    name: str
    place: Path
    """A directory for everything that is tried."""
    laid_out: Bench
    expected: Transcripts
    """What the study must come to."""
    start: Path | None = None
    """The folder that an earlier run left behind; None to begin with nothing."""

    def calls(self, order: str) -> list[str]:
        """Return what a run asks of a disk on which nothing goes wrong."""
        disk = FaultyDisk(Disk())
        held(self.laid_out, RunFolder(self._fresh(), disk), chance(order))
        return disk.calls

    def struck(self, mishaps: Sequence[Mishap], order: str, tally: Tally) -> None:
        """Let one run after the other fail, and the last one not; take in what is wrong in the end."""
        path = self._fresh()
        healthy, kept, wrong = RunFolder(path), b"", list[str]()
        for number, mishap in enumerate(mishaps):
            disk = FaultyDisk(Disk(), mishap)
            run = self._held(RunFolder(path, disk), f"{order}/{number}" if number else order, disk)
            if disk.struck is None:
                return
            tally.kinds[disk.struck] += 1
            wrong += self._left_behind(healthy, run, kept, has_died=disk.is_dead)
            kept = whole_lines(healthy)
        last = self._held(healthy, f"{order}/last")
        if not whole_lines(healthy).startswith(kept):
            wrong.append("a line that stood in the log was changed")
        wrong += unfinished(healthy, last, self.laid_out.trials, self.expected)
        case = f"{self.name}, order {order}, {' then '.join(map(str, mishaps))}"
        tally.add(case, [told.replace(f"{self.place}/", "") for told in wrong])

    def _held(self, folder: RunFolder, order: str, disk: FaultyDisk | None = None) -> Held:
        if disk is None:
            return held(self.laid_out, folder, chance(order))
        run = held(self.laid_out, folder, chance(order), is_alive=lambda: not disk.is_dead)
        disk.release()
        return run

    def _left_behind(self, folder: RunFolder, run: Held, kept: bytes, *, has_died: bool) -> Iterator[str]:
        if not has_died:
            yield from badly_ended(run)
        try:
            yield from lost(folder, run.witness.acknowledged)
            yield from unlisted(folder, run.witness.asked)
        except ColloquiaError as error:
            yield f"the folder cannot be read: {error}"
        if not whole_lines(folder).startswith(kept):
            yield "a line that stood in the log was changed"

    def _fresh(self) -> Path:
        path = self.place / "run"
        shutil.rmtree(path, ignore_errors=True)
        if self.start is not None:
            shutil.copytree(self.start, path)
        return path


def theatres(place: Path, seed: str) -> list[Theatre]:
    """Return the study in a new folder, on what a killed run left behind, and on a finished run without its tables."""
    laid_out = bench(chance(seed), num_turns=TURNS)
    killed, finished = place / "killed", place / "finished"
    held(laid_out, RunFolder(finished), chance(seed))
    expected = transcripts(contents.read(RunFolder(finished)))
    for table in (RunFolder.turns_csv, RunFolder.conversations_csv):
        (finished / table).unlink()
    new = Theatre(name=THEATRES[0], place=place, laid_out=laid_out, expected=expected)
    _kill(new, killed, seed)
    return [new, replace(new, name=THEATRES[1], start=killed), replace(new, name=THEATRES[2], start=finished)]


def all_calls(number: int, family: str, order: str, *, is_whole: bool) -> dict[str, Tally]:
    """Let every disk call of a run fail in every way of a family; or one call of half of its kinds, in one way."""
    tally = Tally()
    with scratch() as place:
        theatre = theatres(place, order)[number]
        for way, at in _cases(theatre.calls(order), FAMILIES[family], chance(order, family), is_whole=is_whole):
            theatre.struck([way.mishap(at)], order, tally)
    return {family: tally}


def chains(numbers: Iterable[int], seed: str) -> dict[str, Tally]:
    """Let one run after the other fail in the same folder."""
    tally = Tally()
    with scratch() as place:
        stages = theatres(place, seed)[:2]
        for number in numbers:
            order = f"{seed}/chain {number}"
            draws = chance(order)
            theatre = draws.choice(stages)
            latest = len(theatre.calls(order)) // 2
            ways = [draws.choice((*ONCE, *FOR_GOOD, *DEATHS)) for _ in range(draws.randint(2, LONGEST_CHAIN))]
            theatre.struck([way.mishap(draws.randint(1, latest)) for way in ways], order, tally)
    return {"chain": tally}


def skipped_tail_repair(order: str) -> dict[str, Tally]:
    """Plant a bug: torn tails stay as they are."""
    with patch.object(session, "repair_tail", lambda _folder, _name: None):
        return {"skip tail repair": _planted(order, Way(when="half"))}


def believed_flush(order: str) -> dict[str, Tally]:
    """Plant a bug: what the disk did not do is taken for done."""
    committed = Durable.commit

    def commit(self: Durable, data: bytes) -> None:
        with suppress(StorageError):
            committed(self, data)

    with patch.object(Durable, "commit", commit):
        return {"believe a failed flush": _planted(order, Way(when="half", errno=EIO, is_for_good=True))}


def _planted(order: str, way: Way) -> Tally:
    """Let every writing of the log fail in one way."""
    tally = Tally()
    with scratch() as place:
        theatre = theatres(place, order)[0]
        for at, call in enumerate(theatre.calls(order), start=1):
            if call == LOG_WRITE:
                theatre.struck([way.mishap(at)], order, tally)
    return tally


def _cases(
    calls: Sequence[str], ways: Sequence[Way], draws: random.Random, *, is_whole: bool
) -> Iterator[tuple[Way, int]]:
    places: dict[str, list[int]] = {}
    for at, call in enumerate(calls, start=1):
        places.setdefault(call, []).append(at)
    for call, found in places.items():
        fitting = [way for way in ways if way.fits(call)]
        if is_whole:
            yield from ((way, at) for at in found for way in fitting)
        elif draws.random() < SHARE:
            yield draws.choice(fitting), draws.choice(found)


def _kill(theatre: Theatre, path: Path, seed: str) -> None:
    """Leave behind what a run leaves that dies half-way through a line of the log, with a torn journal as well."""
    writes = [at for at, call in enumerate(theatre.calls(seed), start=1) if call == LOG_WRITE]
    disk = FaultyDisk(Disk(), Mishap(at=writes[len(writes) // 2], when="half"))
    held(theatre.laid_out, RunFolder(path, disk), chance(seed))
    disk.release()
    journal = path / RunFolder.journal
    journal.write_bytes(journal.read_bytes() + b'{"event":"attempt_ended","at":"2026-')
