"""Lines become durable together, in the right order, and a torn tail is kept apart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.logbook.disks import FaultyDisk, RecordingDisk, Shelf, SlowDisk
from unit.logbook.samples import AT, ended, row_of, started, unhurried

from colloquia.errors import StorageError
from colloquia.logbook.entries import Noted, decode_entry
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.jsonl import Writer, repair_tail
from colloquia.logbook.lines import lines
from colloquia.logbook.record import decode_turn, encode

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Callable

    from colloquia.logbook.record import TurnRow


def _log(folder: RunFolder) -> list[TurnRow]:
    return [decode_turn(line.data) for line in lines(folder, folder.log) if not line.is_torn]


def _journal(folder: RunFolder) -> list[object]:
    return [decode_entry(line.data) for line in lines(folder, folder.journal) if not line.is_torn]


@unhurried
@given(st.lists(st.binary(max_size=20).map(lambda data: data.replace(b"\n", b"")), max_size=8), st.binary(max_size=9))
def test_lines_are_split_at_line_feeds_and_nowhere_else(whole: list[bytes], tail: bytes) -> None:
    """Carriage returns and every other separator are part of a line."""
    tail = tail.replace(b"\n", b"")
    data = b"".join(line + b"\n" for line in whole) + tail

    found = list(lines(RunFolder(Path("shelf"), Shelf(log=data)), "log.jsonl"))

    assert [line.data for line in found] == whole + ([tail] if tail else [])
    assert [line.number for line in found] == list(range(1, len(found) + 1))
    assert [line.is_torn for line in found] == [False] * len(whole) + ([True] if tail else [])
    assert all(data[line.offset :].startswith(line.data) for line in found)


def test_a_file_that_is_not_there_has_no_lines(folder: RunFolder) -> None:
    """A folder before its first run is empty, not broken."""
    assert list(lines(folder, folder.log)) == []
    assert repair_tail(folder, folder.log) is None


def test_a_whole_file_needs_no_repair(folder: RunFolder) -> None:
    """Nothing is written where nothing is torn."""
    folder.make()
    (folder.path / folder.log).write_bytes(b"one\ntwo\n")

    assert repair_tail(folder, folder.log) is None
    assert [path.name for path in folder.path.iterdir()] == [folder.log]


@pytest.mark.parametrize("tail", [b"x", "é".encode()[:1], b"\x00" * 200_000, b"x" * 65_536, b"x" * 65_537])
@pytest.mark.parametrize("before", [b"", b"one\ntwo\n", b"y" * 70_000 + b"\n"])
def test_a_torn_tail_is_moved_aside_and_said(folder: RunFolder, before: bytes, tail: bytes) -> None:
    """The log ends with its last whole line again, and not a byte is lost."""
    folder.make()
    (folder.path / folder.log).write_bytes(before + tail)

    assert repair_tail(folder, folder.log) == len(tail)

    assert (folder.path / folder.log).read_bytes() == before
    assert (folder.path / f"{folder.log}.torn").read_bytes() == tail + b"\n"


def test_stumps_of_several_kills_are_all_kept(folder: RunFolder) -> None:
    """Each repair adds to what earlier ones put aside."""
    folder.make()
    for tail in (b"one", b"two"):
        with (folder.path / folder.log).open("ab") as file:
            file.write(tail)
        repair_tail(folder, folder.log)

    assert (folder.path / f"{folder.log}.torn").read_bytes() == b"one\ntwo\n"
    assert (folder.path / folder.log).read_bytes() == b""


def test_a_stump_is_flushed_before_it_is_cut_off(tmp_path: Path) -> None:
    """Power may fail in between: it stands in one file or in both."""
    disk = RecordingDisk()
    folder = RunFolder(tmp_path, disk)
    (tmp_path / folder.log).write_bytes(b"stump")

    repair_tail(folder, folder.log)

    flushed = disk.done.index(("sync", "experiment_log.jsonl.torn"))
    assert disk.done.index(("sync_dir", tmp_path.name)) < flushed < disk.done.index(("truncate", folder.log))
    assert disk.done[-1] == ("sync", folder.log)


@pytest.mark.parametrize("when", ["before", "after", "half"])
def test_a_repair_that_fails_at_any_call_loses_nothing_and_can_be_repeated(folder: RunFolder, when: str) -> None:
    """The stump is on disk before it is cut off."""
    folder.make()
    log, torn = folder.path / folder.log, folder.path / f"{folder.log}.torn"
    for k in range(1, 40):
        log.write_bytes(b"whole\nstump")
        torn.unlink(missing_ok=True)
        disk = FaultyDisk(k, when)
        try:
            repair_tail(replace(folder, disk=disk), folder.log)
        except Exception:  # noqa: BLE001 (only what is on disk counts here)
            assert disk.has_failed
        repair_tail(folder, folder.log)

        assert log.read_bytes() == b"whole\n"
        assert b"stump\n" in torn.read_bytes()
        if not disk.has_failed:
            return
    pytest.fail("the disk never stopped failing")


def test_the_journal_is_flushed_before_the_log_and_the_log_before_anyone_hears(tmp_path: Path) -> None:
    """A turn that was reported as done is on disk, and the attempt that brought it before it."""
    disk = RecordingDisk()
    folder = RunFolder(tmp_path, disk)

    async def run() -> None:
        writer = Writer(folder)
        await writer.journal(started("t", 1))
        disk.done.append(("heard", "start"))
        await writer.answer(ended("t", 1), row_of("t", 1))
        disk.done.append(("heard", "turn"))
        await writer.close()

    asyncio.run(run())

    assert [step for step in disk.done if step[0] in ("write", "sync", "heard")] == [
        ("write", folder.journal), ("sync", folder.journal), ("heard", "start"),
        ("write", folder.journal), ("sync", folder.journal),
        ("write", folder.log), ("sync", folder.log), ("heard", "turn"),
    ]  # fmt: skip
    assert disk.done.index(("sync_dir", tmp_path.name)) < disk.done.index(("write", folder.journal))


def test_a_turn_that_is_handed_over_is_told_once_it_is_on_disk_and_shares_the_flush_of_the_next_attempt(
    tmp_path: Path,
) -> None:
    """Two flushes a turn, not three: nobody waits for a turn, and whoever asks for the next hears after it."""
    disk = RecordingDisk()
    folder = RunFolder(tmp_path, disk)

    async def run() -> None:
        writer = Writer(folder)
        await writer.journal(started("t", 1))
        writer.turn(ended("t", 1), row_of("t", 1), lambda: disk.done.append(("heard", "turn")))
        assert ("heard", "turn") not in disk.done
        await writer.journal(started("t", 2))
        disk.done.append(("heard", "start"))
        await writer.close()

    asyncio.run(run())

    assert [step for step in disk.done if step[0] in ("write", "sync", "heard")] == [
        ("write", folder.journal), ("sync", folder.journal),
        ("write", folder.journal), ("sync", folder.journal),
        ("write", folder.log), ("sync", folder.log), ("heard", "turn"), ("heard", "start"),
    ]  # fmt: skip
    assert [type(entry).__name__ for entry in _journal(folder)] == ["AttemptStarted", "AttemptStarted", "AttemptEnded"]


def test_who_waits_for_all_that_was_handed_over_waits_for_the_group_under_way(tmp_path: Path) -> None:
    """Also where nothing of its own is left to be written."""
    disk = SlowDisk()
    folder = RunFolder(tmp_path, disk)
    told: list[int] = []

    async def run() -> None:
        writer = Writer(folder)
        writer.turn(None, row_of("t", 1), lambda: told.append(1))
        await asyncio.to_thread(disk.is_flushing.wait, 30)
        waiting = asyncio.create_task(writer.written())
        await asyncio.sleep(0)
        assert not told
        disk.may_go.set()
        await waiting
        assert told == [1]
        await writer.close()

    asyncio.run(run())


def test_callers_who_come_while_the_disk_is_busy_share_one_flush(tmp_path: Path) -> None:
    """A thousand conversations need no thousand flushes; and while the disk is busy everything else goes on."""
    disk = SlowDisk()
    folder = RunFolder(tmp_path, disk)

    async def run() -> None:
        writer = Writer(folder)
        first = asyncio.create_task(writer.answer(ended("t", 1), row_of("t", 1)))
        await asyncio.to_thread(disk.is_flushing.wait, 30)
        others = [asyncio.create_task(writer.answer(ended(f"t{n}", 1), row_of(f"t{n}", 1))) for n in range(200)]
        await asyncio.sleep(0)
        assert not first.done()
        disk.may_go.set()
        await asyncio.gather(first, *others)
        await writer.close()

    asyncio.run(run())

    assert disk.done.count(("sync", folder.journal)) == 2
    assert disk.done.count(("sync", folder.log)) == 2
    assert len(_log(folder)) == 201


def test_where_many_hand_lines_over_a_group_waits_for_those_that_follow(tmp_path: Path) -> None:
    """Ten conversations whose lines come one after another cost few flushes, and one alone waits for nobody."""
    disk = RecordingDisk()
    folder = RunFolder(tmp_path / "run", disk=disk)
    folder.make()

    async def talk(writer: Writer, trial_id: str, pauses: int) -> None:
        for turn_id in range(1, 6):
            for _ in range(pauses):
                await asyncio.sleep(0)
            await writer.answer(None, row_of(trial_id, turn_id))

    async def main() -> None:
        writer = Writer(folder)
        await asyncio.gather(*(talk(writer, f"t{number}", number) for number in range(10)))
        await writer.close()

    asyncio.run(main())

    assert len(_log(folder)) == 50
    assert disk.done.count(("sync", folder.log)) <= 12


class Timed(asyncio.SelectorEventLoop):
    """A loop that remembers how long somebody asked it to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any, **context: Any) -> TimerHandle:
        self.waits.append(delay)
        return super().call_later(delay, callback, *args, **context)


@pytest.mark.parametrize(
    ("turns", "waits"),
    [((3,), []), ((1, 1), []), ((3, 3), [0.004, 0.004]), ((3, 1), [0.004])],
    ids=["one alone", "two once", "two", "two and then one alone"],
)
def test_a_group_waits_four_milliseconds_where_the_one_before_was_of_several(
    folder: RunFolder, turns: tuple[int, ...], waits: list[float]
) -> None:
    """Whoever talks alone waits for the disk only, and so does everybody at first."""
    loop = Timed()

    async def talk(writer: Writer, trial_id: str, num_turns: int) -> None:
        for turn_id in range(1, num_turns + 1):
            await writer.answer(None, row_of(trial_id, turn_id))

    async def main() -> None:
        folder.make()
        writer = Writer(folder)
        await asyncio.gather(*(talk(writer, f"t{number}", turns[number]) for number in range(len(turns))))
        await writer.close()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main())

    assert loop.waits == waits
    assert len(_log(folder)) == sum(turns)


def test_lines_of_one_conversation_stand_in_the_order_in_which_they_were_said(folder: RunFolder) -> None:
    """However many talk at once, the log keeps each one's order."""
    folder.make()

    async def talk(writer: Writer, trial_id: str) -> None:
        for turn_id in range(1, 11):
            await writer.journal(started(trial_id, turn_id))
            await writer.answer(ended(trial_id, turn_id), row_of(trial_id, turn_id))

    async def run() -> None:
        writer = Writer(folder)
        await asyncio.gather(*(talk(writer, f"t{n}") for n in range(20)))
        await writer.close()

    asyncio.run(run())

    for n in range(20):
        assert [row.turn_id for row in _log(folder) if row.trial_id == f"t{n}"] == list(range(1, 11))
    assert len(_journal(folder)) == 400


def test_a_turn_nobody_was_asked_for_needs_no_journal(folder: RunFolder) -> None:
    """A scripted line is a turn without an attempt; files nobody needs are not made."""
    folder.make()

    async def run() -> None:
        writer = Writer(folder)
        assert list(folder.path.iterdir()) == []
        await writer.answer(None, row_of("t", 1))
        await writer.close()

    asyncio.run(run())

    assert [path.name for path in folder.path.iterdir()] == [folder.log]
    assert _log(folder) == [row_of("t", 1)]


def test_the_line_of_a_cancelled_caller_is_written_whole(tmp_path: Path) -> None:
    """Whoever stops a conversation in mid-write tears no line, and its last turn counts."""
    disk = SlowDisk()
    folder = RunFolder(tmp_path, disk)

    async def run() -> None:
        writer = Writer(folder)
        under_way = asyncio.create_task(writer.answer(ended("t", 1), row_of("t", 1)))
        await asyncio.to_thread(disk.is_flushing.wait, 30)
        waiting = asyncio.create_task(writer.answer(ended("u", 1), row_of("u", 1)))
        await asyncio.sleep(0)
        patient = asyncio.create_task(writer.answer(ended("v", 1), row_of("v", 1)))
        for task in (under_way, waiting):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        disk.may_go.set()
        await patient
        await writer.close()

    asyncio.run(run())

    assert _log(folder) == [row_of("t", 1), row_of("u", 1), row_of("v", 1)]
    assert _journal(folder) == [ended("t", 1), ended("u", 1), ended("v", 1)]


def test_closing_waits_for_everyone_who_was_promised_an_answer(tmp_path: Path) -> None:
    """Whoever handed a line over before the end hears that it is done, and it stands there once."""
    disk = SlowDisk()
    folder = RunFolder(tmp_path, disk)

    async def run() -> None:
        writer = Writer(folder)
        first = asyncio.create_task(writer.answer(ended("t", 1), row_of("t", 1)))
        await asyncio.to_thread(disk.is_flushing.wait, 30)
        second = asyncio.create_task(writer.answer(ended("u", 1), row_of("u", 1)))
        await asyncio.sleep(0)
        closing = asyncio.create_task(writer.close())
        await asyncio.sleep(0)
        disk.may_go.set()
        await asyncio.gather(first, second, closing)

    asyncio.run(run())

    assert _log(folder) == [row_of("t", 1), row_of("u", 1)]


def test_a_line_that_cannot_be_encoded_fails_its_caller_only(folder: RunFolder) -> None:
    """The others do not notice."""
    folder.make()

    async def run() -> None:
        writer = Writer(folder)
        with pytest.raises(ValueError, match="lone surrogate"):
            await writer.answer(ended("t", 1), row_of("t", 1, content="\ud800"))
        await writer.answer(ended("u", 1), row_of("u", 1))
        await writer.close()

    asyncio.run(run())

    assert _log(folder) == [row_of("u", 1)]
    assert _journal(folder) == [ended("u", 1)]


def test_a_writer_goes_on_where_the_last_one_stopped(folder: RunFolder) -> None:
    """Nothing that stands in the log is ever touched."""
    folder.make()

    async def write(turn_id: int) -> None:
        writer = Writer(folder)
        await writer.answer(ended("t", turn_id), row_of("t", turn_id))
        await writer.close()
        await writer.close()

    asyncio.run(write(1))
    before = (folder.path / folder.log).read_bytes()
    asyncio.run(write(2))

    assert (folder.path / folder.log).read_bytes() == before + encode(row_of("t", 2))


def test_a_closed_writer_takes_nothing_more(folder: RunFolder) -> None:
    """A turn that comes too late is told so, not dropped in silence."""
    folder.make()

    async def run() -> None:
        writer = Writer(folder)
        await writer.close()
        with pytest.raises(StorageError, match="closed"):
            await writer.journal(Noted(at=AT, run_id="r", subject="late", message=""))

    asyncio.run(run())


def test_nothing_is_appended_to_a_torn_tail(folder: RunFolder) -> None:
    """Two lines in one would be damage to both; the tail has to be repaired first."""
    folder.make()
    (folder.path / folder.log).write_bytes(b'{"torn')

    async def run() -> None:
        writer = Writer(folder)
        with pytest.raises(StorageError, match="not as it was left"):
            await writer.answer(None, row_of("t", 1))
        with pytest.raises(StorageError):
            await writer.close()

    asyncio.run(run())

    assert (folder.path / folder.log).read_bytes() == b'{"torn'
