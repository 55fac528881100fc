"""One process writes in a run folder; everyone else hears who it is, and the lock never outlives its holder."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unit.logbook.disks import FaultyDisk

from colloquia.errors import FolderBusyError, FolderError, StorageError
from colloquia.logbook.disk import ABANDONED_SECONDS, Disk

if TYPE_CHECKING:
    from filelock import FileLock

    from colloquia.logbook.folder import RunFolder

ROOT = Path(__file__).parents[3]
LOCKER = Path(__file__).with_name("locker.py")


def test_the_holder_of_the_lock_is_named_and_forgotten_afterwards(folder: RunFolder) -> None:
    """Whoever comes second hears who is there, since when and what for; later nobody is."""
    with folder.lock("run 7f3a"):
        with (
            pytest.raises(FolderBusyError, match=rf"process {os.getpid()} on .* \(run 7f3a\)") as busy,
            folder.lock("x"),
        ):
            pass
        holder = folder.holder()

    assert "colloquia stop" in str(busy.value)
    assert holder is not None
    assert holder.purpose == "run 7f3a"
    assert folder.holder() is None
    with folder.lock("again"):
        pass


def test_a_lock_ends_with_whatever_ends_its_block(folder: RunFolder) -> None:
    """An error inside does not keep others out."""
    with pytest.raises(ValueError, match="inside"), folder.lock("first"):
        raise ValueError("inside")

    with folder.lock("second"):
        pass


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lock_that_fails_at_any_call_is_free_again(folder: RunFolder, when: str) -> None:
    """Whatever the disk does, the next run is not kept out by one that never began."""
    for k in range(1, 40):
        disk = FaultyDisk(k, when)
        try:
            with replace(folder, disk=disk).lock("run"):
                pass
        except (FolderError, StorageError):
            assert disk.has_failed
        with folder.lock("next"):
            pass
        if not disk.has_failed:
            return
    pytest.fail("the disk never stopped failing")


def test_a_lock_is_given_back_and_not_left_to_be_collected(folder: RunFolder) -> None:
    """Somebody may still hold the object; the folder is free all the same."""
    kept: list[object] = []

    class Keeping(Disk):
        def lock(self, path: Path) -> FileLock | None:
            lock = super().lock(path)
            kept.append(lock)
            return lock

    with replace(folder, disk=Keeping()).lock("first"):
        pass
    with folder.lock("second"):
        assert len(kept) == 1


def test_a_reader_needs_no_lock(folder: RunFolder) -> None:
    """Anybody may look while a run is going on."""
    with folder.lock("run"), folder.reading(folder.log) as file:
        assert file.read() == b""


@pytest.mark.parametrize("said", [b"", b"{", b"\xff", b'{"pid":"x"}'])
def test_a_holder_nobody_can_make_out_is_another_process(folder: RunFolder, said: bytes) -> None:
    """The lock counts, not what is written about it."""
    with folder.lock("run"):
        (folder.path / folder.holder_file).write_bytes(said)

        with pytest.raises(FolderBusyError, match="another process"), folder.lock("x"):
            pass


def test_what_a_killed_run_left_half_written_is_swept_by_the_next_one(folder: RunFolder) -> None:
    """Only what nobody has touched for long: an export may be writing beside the run."""
    folder.make()
    old, young = folder.path / ".experiment_log.csv.1.tmp", folder.path / ".experiment_log.csv.2.tmp"
    for path in (old, young):
        path.write_bytes(b"half a table")
    long_ago = old.stat().st_mtime - ABANDONED_SECONDS - 60
    os.utime(old, (long_ago, long_ago))

    with folder.lock("run"):
        pass

    assert not old.exists()
    assert young.exists()


def _race(path: Path, stack: ExitStack, racers: int) -> list[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return [
        stack.enter_context(
            subprocess.Popen(
                [sys.executable, str(LOCKER), str(path)],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        for _ in range(racers)
    ]


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_of_ten_racing_processes_one_gets_the_lock_and_a_kill_frees_it(folder: RunFolder) -> None:
    """The others hear that somebody holds it; what the kernel holds, a kill gives back."""
    with ExitStack() as stack:
        racers = _race(folder.path, stack, 10)
        said = [_first_line(racer) for racer in racers]
        winners = [racer for racer, line in zip(racers, said, strict=True) if line.startswith("held")]

        late = _race(folder.path, stack, 1)
        assert len(winners) == 1
        assert sum(line.startswith("busy") for line in said) == 9
        assert f"process {winners[0].pid} on" in _first_line(late[0])

        winners[0].kill()
        winners[0].wait()
        next_one = _race(folder.path, stack, 1)
        assert _first_line(next_one[0]) == f"held {next_one[0].pid}\n"
        for racer in (*racers, *late, *next_one):
            racer.kill()
