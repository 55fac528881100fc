"""The run folder: the names of its files, its lock, and how a file in it is replaced or grows.

What is replaced is replaced whole: written beside, flushed, renamed, and the directory flushed; who holds the lock,
what a run does at the moment and the texts that are being generated are replaced whole and wait for less. Names from
outside cannot lead out of the folder.
"""

from __future__ import annotations

import os
import re
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from errno import EACCES, ENOTDIR
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

import msgspec

from colloquia.errors import FolderBusyError, FolderError
from colloquia.logbook.disk import APPEND, CREATE, AppendFile, Disk, stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')


class Holder(msgspec.Struct, kw_only=True, frozen=True):
    """Who writes in a run folder."""

    pid: int
    host: str
    since: str
    """UTC, ISO 8601."""
    purpose: str
    """What for, in the holder's own words, such as a run's id."""


@dataclass(frozen=True)
class RunFolder:
    """A run folder and the names of the files in it."""

    path: Path
    disk: Disk = field(default_factory=Disk)

    log = "experiment_log.jsonl"
    """The data: finished turns, append-only, never rewritten."""
    journal = "journal.jsonl"
    """What the machine did."""
    probes = "probes.jsonl"
    """Answers to probes, append-only and durable like the log."""
    forks = "forks.jsonl"
    """Forks that were asked for."""
    turns_csv = "experiment_log.csv"
    """This and the next two are derived: replaced whole, and can be deleted and rebuilt."""
    conversations_csv = "conversations.csv"
    probes_csv = "probes.csv"
    retries_csv = "retries.csv"
    """How often models had to be asked again; derived like the two before."""
    study = "study.toml"
    """The frozen study of the latest run."""
    files = "files"
    """Directory of the files that the study names."""
    state = "state.json"
    control = "control.json"
    lock_file = "lock"
    labels = "labels.jsonl"
    """What people said about turns and conversations."""
    judgements = "judgements.jsonl"
    """What judges said about turns, conversations and groups of them."""
    measures = "measures.jsonl"
    """What measures computed about conversations."""
    live = "live"
    """Directory of texts that are being generated."""
    inbox = "inbox"
    """Directory of what people are asked and answer."""
    draft = "draft.toml"
    """The study as it is being edited; a run freezes it."""
    holder_file = "lock.json"
    """Who holds the lock: a file of its own, since a locked one cannot be read everywhere."""

    def check_writable(self) -> None:
        """Make sure that a run can write here, and leave no trace of it.

        Raises:
            FolderError: it cannot; the message says which path and what to do.
        """
        path = self.path.absolute()
        with _usable(path):
            existing = next(place for place in (path, *path.parents) if self.disk.is_dir(place) is not None)
        with _usable(existing):
            if not self.disk.is_dir(existing):
                raise NotADirectoryError(ENOTDIR, "it is a file, not a folder")
            if not self.disk.may_write(existing):
                raise PermissionError(EACCES, "its permissions do not allow it")
            if existing == path:
                self._try_to_write()
        for name in (self.log, self.probes, self.journal):
            with _usable(path / name), suppress(FileNotFoundError):
                self.disk.close(self.disk.open(path / name, APPEND))

    def make(self) -> None:
        """Make the folder and what lies above it, where it is not there yet.

        Raises:
            FolderError: it cannot be made.
        """
        with _usable(self.path):
            self.disk.make_dirs(self.path.absolute())

    @contextmanager
    def lock(self, purpose: str) -> Iterator[None]:
        """Be the one process that writes here, and say so to whoever looks; the folder is made where it is not there.

        Raises:
            FolderBusyError: another process is; the message names it.
            FolderError: the lock cannot be had for another reason.
        """
        self.make()
        with _usable(self.path):
            lock = self.disk.lock(self.path / self.lock_file)
        if lock is None:
            raise FolderBusyError(_busy(self.path, self.holder()))
        try:
            self._sweep()
            self.replace_quickly(self.holder_file, msgspec.json.encode(_this_process(purpose)) + b"\n")
            yield
        finally:
            with suppress(OSError):
                self.disk.remove(self.path / self.holder_file)
            lock.release()

    def holder(self) -> Holder | None:
        """Return who holds the lock, or held it when killed; None where nobody says so."""
        with (
            suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError),
            self.disk.read(self.path / self.holder_file) as file,
        ):
            return msgspec.json.decode(file.read(), type=Holder)
        return None

    def replace(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Put ``data`` in the place of a file, at once and whole; readers see the old file or the new one.

        Raises:
            StorageError: the disk failed; one of the two stands, whole.
        """
        path = self._inside(name)
        beside = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
        chunks = (data,) if isinstance(data, bytes) else data
        try:
            with stored(path):
                self.disk.make_dirs(path.parent)
                self._write_new(beside, chunks)
                self.disk.replace(beside, path)
                self.disk.sync_dir(path.parent)
        finally:
            with suppress(OSError):
                self.disk.remove(beside)

    def replace_quickly(self, name: str, data: bytes, *, is_kept: bool = False) -> None:
        """Put ``data`` in the place of a file, whole for every reader, and do not wait for the disk.

        Args:
            name: Of the file.
            data: What it holds from now on.
            is_kept: Whether this text or one before is to be there, whole, after a crash; else it may be empty then.

        Raises:
            StorageError: the disk failed.
        """
        path = self._inside(name)
        beside = path.with_name(f".{path.name}.tmp")
        with stored(path):
            self.disk.make_dir(path.parent)
            descriptor = self.disk.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            try:
                self.disk.write_all(descriptor, data)
                if is_kept:
                    self.disk.sync(descriptor)
            finally:
                self.disk.close(descriptor)
            self.disk.replace(beside, path)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        Raises:
            StorageError: the disk failed.
        """
        path = self._inside(name)
        with stored(path):
            self.disk.remove(path)

    def remove_all(self, name: str) -> None:
        """Remove all files of a directory in this folder, half-written ones included.

        Raises:
            StorageError: the disk failed.
        """
        path = self._inside(name)
        with stored(path):
            for file in self.disk.files(path):
                self.disk.remove(file)

    def append(self, name: str) -> AppendFile:
        """Return a file that grows, made where it is not there.

        Raises:
            StorageError: the disk failed.
        """
        path = self._inside(name)
        with stored(path):
            self.disk.make_dirs(path.parent)
        return AppendFile(self.disk, path)

    def truncate(self, name: str, size: int) -> None:
        """Cut a file to its first ``size`` bytes, and return when that is on disk.

        Raises:
            StorageError: the disk failed.
        """
        path = self._inside(name)
        with stored(path):
            descriptor = self.disk.open(path, os.O_WRONLY)
            try:
                self.disk.truncate(descriptor, size)
                self.disk.sync(descriptor)
            finally:
                self.disk.close(descriptor)

    def size(self, name: str) -> int:
        """Return how many bytes a file has, 0 where there is none.

        Raises:
            StorageError: the disk failed.
        """
        path = self._inside(name)
        with stored(path):
            return self.disk.size(path)

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """Open a file to read from, empty where there is none.

        Raises:
            FolderError: it cannot be read.
        """
        path = self._inside(name)
        with _readable(path), self.disk.read(path) as file:
            yield file

    def _inside(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        path = self.path.joinpath(*parts)
        is_plain = bool(parts) and all(_is_plain(part) for part in parts)
        is_here = len(parts) == 1 or path.parent.resolve().is_relative_to(self.path.resolve())
        if not is_plain or not is_here:
            raise FolderError(f"{name!r} is no name for a file in {self.path}.")
        return path

    def _write_new(self, path: Path, chunks: Iterable[bytes]) -> None:
        descriptor = self.disk.open(path, CREATE)
        try:
            for chunk in chunks:
                self.disk.write_all(descriptor, chunk)
            self.disk.sync(descriptor)
        finally:
            self.disk.close(descriptor)

    def _try_to_write(self) -> None:
        beside = self.path / f".{uuid4().hex}.tmp"
        try:
            self._write_new(beside, (b"Can this folder be written?\n",))
        finally:
            self.disk.remove(beside)

    def _sweep(self) -> None:
        with suppress(OSError):
            for path in self.disk.abandoned(self.path):
                self.disk.remove(path)


def _is_plain(part: str) -> bool:
    return not (part in ("/", "..") or _FORBIDDEN.search(part) or _RESERVED.fullmatch(part) or part[-1] in ". ")


def _this_process(purpose: str) -> Holder:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return Holder(pid=os.getpid(), host=socket.gethostname(), since=since, purpose=purpose)


def _busy(path: Path, holder: Holder | None) -> str:
    who = "another process"
    if holder is not None:
        who = f"process {holder.pid} on {holder.host} since {holder.since} ({holder.purpose})"
    return f"{path} is being written by {who}. Wait until it ends, or end it with `colloquia stop`."


def file_in_the_way(path: Path) -> Path | None:
    """Return what is a file where a folder is to be: ``path`` or a part of it; None where nothing is."""
    return next((place for place in (path, *path.parents) if place.is_file()), None)


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderError(
            f"{path} cannot be written ({error.strerror or error}): change its permissions, free some space, or name "
            "another folder with --run-dir."
        ) from error


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except NotADirectoryError as error:
        file = file_in_the_way(path.parent) or path.parent
        raise FolderError(f"{path} cannot be read: {file} is a file, and no folder. Name another.") from error
    except OSError as error:
        raise FolderError(f"{path} cannot be read ({error.strerror or error}): change its permissions.") from error
