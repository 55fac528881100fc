r"""Append-only files of lines: how a torn tail is repaired, and how lines become durable.

Lines end in ``\n`` and are split there only. A tail without its ``\n`` was never reported as done: whoever writes next
moves it to ``NAME.torn`` first.

Many callers wait for one flush. Whatever was handed over while the disk was busy, and in the few milliseconds after it
where there are many callers, is the next group: its journal lines are written and flushed, then its log lines, then its
answers to probes, and only then does anyone hear that they are done. Nobody waits for a turn: whoever asks for the next
waits for its attempt, and what is handed over later is never on disk sooner.

Where the disk fails, a group is tried once more on a fresh descriptor, after the file was cut to what is known to be
durable: a second flush of the same descriptor may succeed without having written anything. Where that fails too,
everybody gets a :class:`StorageError`, what was handed over is kept in memory, and closing tries to write it one last
time.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.errors import FolderError, StorageError
from colloquia.logbook.entries import AttemptStarted
from colloquia.logbook.record import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from colloquia.logbook.answers import AnswerRow
    from colloquia.logbook.disk import AppendFile
    from colloquia.logbook.entries import AttemptEnded, Entry
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.record import TurnRow

GATHER_SECONDS = 0.004
"""While many hand lines over, a group waits so long for others: a flush costs as much for one line as for hundreds."""

_BLOCK = 1 << 16


def append(folder: RunFolder, name: str, *records: msgspec.Struct) -> None:
    """Append records to a file of which no run is the writer, and return when they are on disk.

    A torn line before them is closed off first: whoever reads takes it for damage, and for nothing else.

    Raises:
        StorageError: the disk failed.
        ValueError: a text in them holds a lone surrogate.
    """
    data = b"".join(map(encode, records))
    if not data:
        return
    size = folder.size(name)
    is_torn = _end_of_last_line(folder, name, size) < size
    file = folder.append(name)
    try:
        file.write(b"\n" + data if is_torn else data)
        file.sync()
    finally:
        file.close()


def repair_tail(folder: RunFolder, name: str) -> int | None:
    r"""Move a tail without its ``\n`` to ``NAME.torn``, and return its size in bytes; None where there is none.

    For whoever holds the lock. The stump is durable before it is cut off.

    Raises:
        FolderError: the file cannot be read.
        StorageError: the disk failed; the tail may stand in both files.
    """
    size = folder.size(name)
    end = _end_of_last_line(folder, name, size)
    if end == size:
        return None
    stumps = folder.append(f"{name}.torn")
    try:
        with folder.reading(name) as file:
            file.seek(end)
            while block := file.read(_BLOCK):
                stumps.write(block)
        stumps.write(b"\n")
        stumps.sync()
    finally:
        stumps.close()
    folder.truncate(name, end)
    return size - end


def _end_of_last_line(folder: RunFolder, name: str, size: int) -> int:
    with folder.reading(name) as file:
        end = size
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


class Durable:
    """One append-only file, and how much of it is known to be on disk."""

    def __init__(self, folder: RunFolder, name: str) -> None:
        self._folder = folder
        self._name = name
        self._file: AppendFile | None = None
        self._end: int | None = None

    def commit(self, data: bytes) -> None:
        """Append whole lines and return when they are on disk, trying once more where the disk fails.

        Raises:
            StorageError: the disk failed twice.
        """
        try:
            self._append(data)
        except StorageError:
            self._append(data)

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, data: bytes) -> None:
        file = self._opened()
        try:
            file.write(data)
            file.sync()
        except BaseException:
            self.close()  # nobody knows what of it is on disk: whoever opens the file again cuts it to what surely is
            raise
        self._end = (self._end or 0) + len(data)

    def _opened(self) -> AppendFile:
        """Return the file, cut to what is known to be on disk."""
        if self._file is None:
            size = self._folder.size(self._name)
            self._end = size if self._end is None else self._end
            if size > self._end:
                self._folder.truncate(self._name, self._end)
            if not self._is_whole(self._end):
                raise StorageError(
                    f"{self._folder.path / self._name} is not as it was left: something else wrote in it, or its tail "
                    "was not repaired. Nothing more was written; run again to go on."
                )
            self._file = self._folder.append(self._name)
        return self._file

    def _is_whole(self, end: int) -> bool:
        try:
            return _end_of_last_line(self._folder, self._name, end) == end
        except FolderError as error:
            raise StorageError(str(error)) from error


@dataclass(kw_only=True)
class _Group:
    """Lines that become durable together, and who waits for them."""

    started: bytearray = field(default_factory=bytearray)
    """Journal lines of calls that are made only once this is durable."""
    journal: bytearray = field(default_factory=bytearray)
    log: bytearray = field(default_factory=bytearray)
    probes: bytearray = field(default_factory=bytearray)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    told: list[Callable[[], None]] = field(default_factory=list)
    """Called once they are on disk, before anyone who waits goes on."""

    @property
    def callers(self) -> int:
        """How many conversations at least have a line in it."""
        return max(len(self.waiting), len(self.told))

    def tell(self) -> None:
        """Tell whoever handed something over and went on."""
        for tell in self.told:
            tell()

    def settle(self, error: StorageError | None) -> None:
        """Let everyone go on who still waits."""
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None) if error is None else waiter.set_exception(StorageError(str(error)))
        self.waiting, self.told = [], []


class Writer:
    """Makes journal entries and rows durable. One writer to a folder, made by whoever holds its lock.

    Files are opened when the first line is written. A caller that is cancelled while it waits leaves its line behind,
    and the line is written whole.
    """

    def __init__(self, folder: RunFolder, rows: str | None = None) -> None:
        """Write rows into the file of that name; into the log where none is named."""
        self._journal = Durable(folder, folder.journal)
        self._log = Durable(folder, rows or folder.log)
        self._probes = Durable(folder, folder.probes)
        self._next = _Group()
        self._is_busy = False
        """True where the group before held lines of several callers."""
        self._error: StorageError | None = None
        self._is_closed = False
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="logbook")

    async def journal(self, entry: Entry) -> None:
        """Return when ``entry`` is on disk.

        Raises:
            StorageError: the disk failed, now or earlier.
            ValueError: the entry cannot be written as JSON.
        """
        self.entry(entry)
        await self._settled()

    def entry(self, entry: Entry) -> None:
        """Hand over an entry that nobody waits for: it is on disk with what is waited for next, or once this is closed.

        Raises:
            StorageError: the disk failed earlier; the entry is kept until the writer is closed.
            ValueError: the entry cannot be written as JSON.
        """
        line = encode(entry)
        if isinstance(entry, AttemptStarted):
            self._hand_over(started=line)
        else:
            self._hand_over(journal=line)

    def turn(self, ended: AttemptEnded | None, row: TurnRow, on_disk: Callable[[], None]) -> None:
        """Hand over the end of an attempt and the turn that it brought; whatever comes later is not on disk sooner.

        Args:
            ended: How the call ended, where there was one.
            row: The turn.
            on_disk: Called once both are on disk; never where the disk fails.

        Raises:
            StorageError: the disk failed earlier; the turn is kept until the writer is closed.
            ValueError: one of the two cannot be written as JSON.
        """
        self._hand_over(journal=encode(ended) if ended else b"", log=encode(row))
        self._next.told.append(on_disk)

    async def answer(self, ended: AttemptEnded | None, row: msgspec.Struct) -> None:
        """Return when the end of the attempt, then the row that it brought, are on disk.

        Raises:
            StorageError: the disk failed, now or earlier; the row is kept until the writer is closed.
            ValueError: one of the two cannot be written as JSON.
        """
        self._hand_over(journal=encode(ended) if ended else b"", log=encode(row))
        await self._settled()

    async def probe(self, ended: AttemptEnded | None, row: AnswerRow) -> None:
        """Return when the end of the attempt, then the answer to a probe that it brought, are on disk.

        Raises:
            StorageError: the disk failed, now or earlier; the answer is kept until the writer is closed.
            ValueError: one of the two cannot be written as JSON.
        """
        self._hand_over(journal=encode(ended) if ended else b"", probes=encode(row))
        await self._settled()

    async def written(self) -> None:
        """Return when all that was handed over before is on disk.

        Raises:
            StorageError: the disk failed, now or earlier.
        """
        self._check_open()
        self._check_disk()
        await self._settled()

    async def close(self) -> None:
        """Write what is still held, and give the files back.

        Raises:
            StorageError: the disk fails still, and what was held is lost.
        """
        while self._task is not None and not self._task.done():
            await asyncio.wait({self._task})
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._in_thread(self._finish)
        finally:
            self._thread.shutdown(wait=False)

    def _hand_over(self, *, started: bytes = b"", journal: bytes = b"", log: bytes = b"", probes: bytes = b"") -> None:
        self._check_open()
        group = self._next
        group.started += started
        group.journal += journal
        group.log += log
        group.probes += probes
        self._check_disk()
        self._write_soon()

    async def _settled(self) -> None:
        done = asyncio.get_running_loop().create_future()
        self._next.waiting.append(done)
        self._write_soon()
        await done

    def _check_open(self) -> None:
        if self._is_closed:
            raise StorageError("the log was closed before this could be written")

    def _check_disk(self) -> None:
        """Raise what the disk failed with; calls that wait for their attempts are not made, and it shall not say so."""
        if self._error is not None:
            self._next.started.clear()
            raise StorageError(str(self._error)) from self._error

    def _write_soon(self) -> None:
        if self._task is None or self._task.done():
            # A task of its own: in a caller's group, that caller's end would break the writing of all others' lines.
            self._task = asyncio.create_task(self._write_groups())

    async def _write_groups(self) -> None:
        while self._next.callers and self._error is None:
            if self._is_busy:
                await asyncio.sleep(GATHER_SECONDS)
            self._is_busy = self._next.callers > 1
            group, self._next = self._next, _Group()
            try:
                await self._in_thread(self._commit, group)
                group.tell()
            except Exception as error:  # noqa: BLE001 (whatever it is, nothing that comes later counts as done)
                self._error = (
                    error if isinstance(error, StorageError) else StorageError(f"writing broke off: {error!r}")
                )
                self._hold(group)
            except BaseException:
                self._error = StorageError("the run ended before the disk had answered")
                raise
            finally:
                group.settle(self._error)

    async def _in_thread(self, work: Callable[..., None], *arguments: _Group) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def _commit(self, group: _Group) -> None:
        if group.started or group.journal:
            self._journal.commit(bytes(group.started + group.journal))
            group.journal.clear()
        for file, lines_of_it in ((self._log, group.log), (self._probes, group.probes)):
            if lines_of_it:
                file.commit(bytes(lines_of_it))
                lines_of_it.clear()

    def _hold(self, group: _Group) -> None:
        """Keep what could not be written, calls that will now not be made apart, and let nobody wait any longer."""
        self._next.started.clear()
        self._next.journal[:0] = group.journal
        self._next.log[:0] = group.log
        self._next.probes[:0] = group.probes
        self._next.settle(self._error)

    def _finish(self) -> None:
        try:
            self._commit(self._next)
        finally:
            self._journal.close()
            self._log.close()
            self._probes.close()
