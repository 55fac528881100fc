"""Logs that were cut or changed at a chosen byte, and what a reader and the next run make of them."""

from __future__ import annotations

import io
import shutil
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, islice
from typing import TYPE_CHECKING, BinaryIO
from unittest.mock import patch

from colloquia.cli import looking
from colloquia.errors import ColloquiaError
from colloquia.lab.keeping import liveness
from colloquia.lab.planning.bench import find_study
from colloquia.logbook import contents, record
from colloquia.logbook.attempts import Attempts
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import decode_turn
from colloquia.running.wishes import Wish, utter, uttered
from reliability.chance import chance
from reliability.oracle import transcripts, whole_lines
from reliability.stage import WORDS, bench, held, scratch
from reliability.tally import Tally

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from colloquia.conversation.transcript import Turn
    from colloquia.lab.planning.bench import Bench
    from colloquia.logbook.holdings import Contents
    from colloquia.logbook.record import TurnRow
    from reliability.oracle import Transcripts

LOGS = (RunFolder.log, RunFolder.journal)
SMALL_FILES = (RunFolder.state, RunFolder.control, RunFolder.holder_file, RunFolder.study)
MARKET, LETTER = (WORDS["scenarios"][name] for name in ("market", "letter"))
RUNS = (
    {"market": {**MARKET, "num_turns": 1}},
    {"market": {**MARKET, "num_turns": 2}, "letter": {**LETTER, "num_turns": 1}},
)
"""The scenarios of each run of the original."""
EVERY = 40
"""Of so many changes to ``state.json`` one is also looked at by ``status``, which takes longer."""
LONGER = 3
"""Turns that the next run of a damaged folder wants."""


@dataclass(frozen=True)
class Shelf(RunFolder):
    """A run folder in memory, to be read only."""

    kept: Mapping[str, bytes] = field(default_factory=dict)

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """Open what stands there under a name."""
        yield io.BytesIO(self.kept.get(name, b""))


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A file of which only the beginning is left."""

    file: str
    size: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.file} cut to {self.size} bytes"

    def done_to(self, data: bytes) -> bytes:
        """Return what is left of ``data``."""
        return data[: self.size]


@dataclass(frozen=True, kw_only=True)
class Flip:
    """A file of which one byte is another."""

    file: str
    at: int
    by: int
    """Which bits are changed, 1 to 255."""

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.file}, byte {self.at} changed by 0x{self.by:02x}"

    def done_to(self, data: bytes) -> bytes:
        """Return ``data`` with the byte changed."""
        return b"%b%c%b" % (data[: self.at], data[self.at] ^ self.by, data[self.at + 1 :])


@dataclass(frozen=True, kw_only=True)
class Original:
    """A small run folder that nothing has happened to yet."""

    place: Path
    """A directory for everything that is tried."""
    path: Path
    """The folder itself."""
    longer: Bench
    """The study, with more turns than the folder has."""
    expected: Transcripts
    """What it must then come to."""

    def sizes(self, names: Iterable[str]) -> dict[str, int]:
        """Return how many bytes files of it have."""
        return {name: (self.path / name).stat().st_size for name in names}

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The bytes of both logs."""
        return {name: (self.path / name).read_bytes() for name in LOGS}

    @cached_property
    def found(self) -> Contents:
        """What a reader makes of them."""
        return contents.read(Shelf(self.path, kept=self.files))

    @cached_property
    def lines(self) -> list[tuple[int, TurnRow]]:
        """Where each line of the log ends, and what it holds."""
        pieces = self.files[RunFolder.log].splitlines(keepends=True)
        return list(zip(accumulate(map(len, pieces)), map(decode_turn, pieces), strict=True))

    def read(self, change: Cut | Flip) -> Iterator[str]:
        """Read the damaged logs, and yield what is wrong with what comes of it."""
        files = {**self.files, change.file: change.done_to(self.files[change.file])}
        try:
            found = contents.read(Shelf(self.path, kept=files))
            said = {trial_id: tuple(turns) for trial_id, turns in found.turns.items()}
        except Exception as error:  # noqa: BLE001 (that nothing is raised is what is tried)
            yield f"reading ended with {type(error).__name__}: {error}"
            return
        yield from self._wrong_turns(said, change)
        if not self._is_reported(found, change):
            yield "nothing is reported"
        if isinstance(change, Flip) and change.file == RunFolder.log and not found.torn:
            yield from (
                f"the conversation of the damaged line, {row.trial_id}, is not set aside"
                for row in self._hit(change)
                if row.request_sha256 and row.trial_id not in found.quarantined
            )

    def run_on(self, change: Cut | Flip, seed: object) -> Iterator[str]:
        """Let a run go on from the damaged folder, and yield what is wrong with what comes of it."""
        path = self.place / "damaged"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.path, path)
        (path / change.file).write_bytes(change.done_to(self.files[change.file]))
        folder = RunFolder(path)
        before, kept = contents.read(folder), whole_lines(folder)
        run = held(self.longer, folder, chance(seed))
        if run.error is not None and not isinstance(run.error, ColloquiaError):
            yield f"the run ended with a traceback, {type(run.error).__name__}: {run.error}"
        if run.summary is not None and before.damage and run.summary.exit_code == 0:
            yield "the run ended as if nothing were damaged"
        if not whole_lines(folder).startswith(kept):
            yield "a line that stood in the log was changed"
        after = transcripts(contents.read(folder))
        for trial_id, turns in self.expected.items():
            is_left = run.error is not None or trial_id in before.quarantined
            wanted = transcripts(before).get(trial_id, []) if is_left else turns
            if after.get(trial_id, []) != wanted:
                yield f"conversation {trial_id} is not as it should be"

    def _hit(self, change: Cut | Flip) -> list[TurnRow]:
        """Return the turns of the log that the change takes away: those cut off, or the lines that it touches."""
        if change.file != RunFolder.log:
            return []
        if isinstance(change, Cut):
            return [row for end, row in self.lines if end > change.size]
        first = next(number for number, (end, _) in enumerate(self.lines) if change.at < end)
        joins_the_next = change.at == self.lines[first][0] - 1
        return [row for _, row in self.lines[first : first + 1 + joins_the_next]]

    def _wrong_turns(self, found: Mapping[str, Sequence[Turn]], change: Cut | Flip) -> Iterator[str]:
        said = {(trial_id, turn.turn_id): turn for trial_id, turns in found.items() for turn in turns}
        known = {(trial_id, turn.turn_id): turn for trial_id, turns in self.found.turns.items() for turn in turns}
        yield from (f"turn {key} is accepted as it never was" for key in said if said[key] != known.get(key))
        hit = {(row.trial_id, row.turn_id) for row in self._hit(change)}
        yield from (f"turn {key}, whose line is whole, is not read" for key in known.keys() - said.keys() - hit)

    def _is_reported(self, found: Contents, change: Cut | Flip) -> bool:
        if found.damage or found.torn or found.orphans != self.found.orphans:
            return True
        return isinstance(change, Cut) and self._is_left_by_kills(change)

    def _is_left_by_kills(self, change: Cut) -> bool:
        """Tell whether a journal lost whole lines that no call hangs on, as a run that was killed there has not."""
        kept, lost = self.files[change.file][: change.size], self.files[change.file][change.size :]
        return change.file == RunFolder.journal and kept.endswith(b"\n") and b'"event":"attempt_' not in lost

    def doors(self, change: Flip, *, with_words: bool) -> Iterator[str]:
        """Damage one of the small files, and yield what the doors that read it fail with."""
        path = self.place / "doors"
        if not path.is_dir():
            shutil.copytree(self.path, path)
        whole = (self.path / change.file).read_bytes()
        (path / change.file).write_bytes(change.done_to(whole))
        try:
            _look(path, change.file, with_words=with_words)
        except ColloquiaError:
            pass
        except Exception as error:  # noqa: BLE001 (that nothing else is raised is what is tried)
            yield f"a traceback, {type(error).__name__}: {error}"
        finally:
            (path / change.file).write_bytes(whole)


def original(place: Path, seed: int) -> Original:
    """Make the folder: a study held in two runs."""
    path = place / "original"
    folder = RunFolder(path)
    for scenarios in RUNS:
        held(bench(chance(seed), scenarios=scenarios), folder, chance(seed))
    longer = bench(chance(seed), scenarios={"market": MARKET, "letter": LETTER}, num_turns=LONGER)
    whole = RunFolder(place / "longer")
    held(longer, whole, chance(seed))
    utter(folder, Wish(run_id=contents.read(folder).runs[-1].run_id, want="pause"))
    with folder.lock("run 1"):
        holder = (path / folder.holder_file).read_bytes()
    (path / folder.holder_file).write_bytes(holder)
    return Original(place=place, path=path, longer=longer, expected=transcripts(contents.read(whole)))


def cuts(first: Original) -> Iterator[Cut]:
    """Yield each log cut at each byte."""
    yield from (Cut(file=name, size=size) for name in LOGS for size in range(len(first.files[name])))


def flips(sizes: Mapping[str, int], draws: random.Random, values: int) -> Iterator[Flip]:
    """Yield each file with each byte changed, to ``values`` other values each."""
    every = range(1, 256)
    for name, size in sizes.items():
        for at in range(size):
            for by in every if values == len(every) else draws.sample(every, values):
                yield Flip(file=name, at=at, by=by)


def all_cuts(seed: int) -> dict[str, Tally]:
    """Cut both logs at every byte."""
    tally = Tally()
    with scratch() as place:
        first = original(place, seed)
        for change in cuts(first):
            tally.add(change, first.read(change))
    return {"cut": tally}


def all_flips(seed: int, values: int, piece: int, pieces: int) -> dict[str, Tally]:
    """Change every byte of both logs; of all cases, the ``piece``-th of ``pieces`` parts."""
    tally = Tally()
    with scratch() as place:
        first = original(place, seed)
        for change in islice(flips(first.sizes(LOGS), chance(seed, "flips"), values), piece, None, pieces):
            tally.add(change, first.read(change))
    return {"flip": tally}


def runs(seed: int, number: int) -> dict[str, Tally]:
    """Go on from so many cut logs, and so many changed ones."""
    cut, changed = Tally(), Tally()
    with scratch() as place:
        first = original(place, seed)
        draws = chance(seed, "runs")
        for change in draws.sample([*cuts(first)], number):
            cut.add(change, first.run_on(change, seed))
        for flip in draws.sample([*flips(first.sizes(LOGS), draws, 1)], number):
            changed.add(flip, first.run_on(flip, seed))
    return {"run on a cut": cut, "run on a flip": changed}


def doors(seed: int, name: str, values: int) -> dict[str, Tally]:
    """Change every byte of a small file, and look through the doors that read it."""
    tally = Tally()
    with scratch() as place:
        first = original(place, seed)
        for number, change in enumerate(flips(first.sizes([name]), chance(seed, name), values)):
            tally.add(change, first.doors(change, with_words=number % EVERY == 0))
    return {"doors": tally}


def skipped_checksum(seed: int) -> dict[str, Tally]:
    """Plant a bug: a line that can be read is believed."""
    with patch.object(record, "unsealed", lambda _data, _ends: []):
        return {"skip the checksum": all_flips(seed, 1, 0, 10)["flip"]}


def believed_journal(seed: int) -> dict[str, Tally]:
    """Plant a bug: a journal that ends early is taken for all there was."""
    with patch.object(Attempts, "unexplained", lambda _self: iter(())):
        return {"believe a short journal": all_cuts(seed)["cut"]}


def _look(path: Path, file: str, *, with_words: bool) -> None:
    folder = RunFolder(path)
    if file == folder.state:
        state = liveness.state(path)
        _ = state.condition, state.run_id, state.is_live
        if with_words:
            with redirect_stdout(io.StringIO()):
                looking.status(path)
    elif file == folder.control:
        uttered(folder)
    elif file == folder.holder_file:
        folder.holder()
    else:
        find_study(None, path)
