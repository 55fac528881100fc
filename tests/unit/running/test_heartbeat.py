"""What ``state.json`` says while a run goes on and afterwards, and how a machine that slept is noticed."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from colloquia.errors import StorageError
from colloquia.logbook.disk import Disk
from colloquia.logbook.entries import LaneChanged, Noted
from colloquia.logbook.folder import RunFolder
from colloquia.running.control import Control
from colloquia.running.heartbeat import Suspensions, heartbeat, waits
from colloquia.running.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fakes import Clock, ListWriter

    from colloquia.running.call import Desk

DAY = 86400.0
LOOKS = 2000
"""So often a test looks for a state, each time giving the heartbeat a hundredth of a second."""


class Clocks:
    """A wall clock and a monotonic one, moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_700_000_000.0
        self.monotonic = 100.0

    def run(self, seconds: float) -> None:
        """Let both go on, as they do while a machine is awake."""
        self.wall += seconds
        self.monotonic += seconds

    def sleep(self, seconds: float) -> None:
        """Let the wall clock go on alone, as it does while a machine sleeps."""
        self.wall += seconds

    def suspensions(self) -> Suspensions:
        return Suspensions(now=lambda: self.monotonic, wall=lambda: self.wall)


@pytest.fixture
def clocks() -> Clocks:
    """Return two clocks that agree."""
    return Clocks()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Return an empty run folder."""
    return RunFolder(tmp_path)


def written(folder: RunFolder) -> dict[str, Any]:
    """Return what state.json says."""
    path = folder.path / "state.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


async def until(folder: RunFolder, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the first state for which something holds."""
    for _ in range(LOOKS):
        if holds(found := written(folder)):
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"never, but {written(folder)}")


def test_clocks_that_agree_are_no_suspension(clocks: Clocks) -> None:
    """However long nobody looks."""
    suspensions = clocks.suspensions()

    for seconds in (1, 5, 60, DAY):
        clocks.run(seconds)
        suspensions.look()

    assert suspensions.count == 0
    assert suspensions.unsaid() == []


@pytest.mark.parametrize("seconds", [5.1, 300, DAY])
def test_a_machine_that_slept_is_noticed_with_how_long(clocks: Clocks, seconds: float) -> None:
    """The wall clock went on, the other did not."""
    suspensions = clocks.suspensions()

    clocks.run(10)
    clocks.sleep(seconds)
    suspensions.look()

    assert suspensions.count == 1
    assert suspensions.seconds == pytest.approx(seconds)
    assert suspensions.unsaid() == [f"suspended for {seconds:.0f} s"]
    assert suspensions.unsaid() == []


def test_clocks_that_drift_a_little_are_no_suspension(clocks: Clocks) -> None:
    """A clock that is put right by some seconds every hour adds up to nothing."""
    suspensions = clocks.suspensions()

    for _ in range(100):
        clocks.run(3600)
        clocks.sleep(4.9)
        suspensions.look()

    assert suspensions.count == 0


def test_a_clock_that_is_put_back_is_noted_and_is_no_suspension(clocks: Clocks) -> None:
    """A day back, as after a wrong time zone: no call failed for that."""
    suspensions = clocks.suspensions()

    clocks.sleep(-DAY)

    assert not suspensions.happened_since(0)
    assert suspensions.count == 0
    assert suspensions.unsaid() == ["the clock was put back by 86400 s"]


def test_a_call_that_was_under_way_while_the_machine_slept_is_told_from_later_ones(clocks: Clocks) -> None:
    """Asked before any heartbeat could notice, and long after."""
    suspensions = clocks.suspensions()
    began = clocks.monotonic
    clocks.run(2)
    before_it_slept = clocks.monotonic
    clocks.sleep(300)
    clocks.run(0.2)

    assert suspensions.happened_since(began)
    assert suspensions.happened_since(before_it_slept)
    clocks.run(1)
    later = clocks.monotonic
    clocks.run(100)
    assert not suspensions.happened_since(later)
    assert suspensions.happened_since(began)
    assert suspensions.count == 1


def test_a_second_sleep_counts_as_another(clocks: Clocks) -> None:
    """A call after the first and before the second is across the second."""
    suspensions = clocks.suspensions()
    clocks.sleep(60)
    suspensions.look()
    clocks.run(5)
    between = clocks.monotonic
    clocks.sleep(30)

    assert suspensions.happened_since(between)
    assert (suspensions.count, suspensions.seconds) == (2, 90)


def test_a_suspension_is_in_the_journal_and_counted_in_the_state(
    folder: RunFolder, desk: Desk, writer: ListWriter, clocks: Clocks
) -> None:
    """Whoever reads the latencies later sees why some are missing."""
    suspensions = clocks.suspensions()

    async def run() -> dict[str, Any]:
        async with heartbeat(folder, desk, Control(), Progress(), suspensions=suspensions, about={}):
            clocks.sleep(300)
            suspensions.look()
        return written(folder)

    state = asyncio.run(run())

    assert (state["suspensions"], state["suspended_seconds"]) == (1, 300)
    (noted,) = writer.entries
    assert isinstance(noted, Noted)
    assert (noted.run_id, noted.subject, noted.message) == ("run-1", "machine", "suspended for 300 s")


def test_the_heartbeat_notices_by_itself(folder: RunFolder, desk: Desk, writer: ListWriter, clocks: Clocks) -> None:
    """Also where no call is under way that could fail."""
    control = Control()

    async def run() -> None:
        async with heartbeat(folder, desk, control, Progress(), suspensions=clocks.suspensions(), about={}):
            await until(folder, lambda state: state.get("status") == "running")
            clocks.sleep(60)
            control.pause()
            await until(folder, lambda state: state["suspensions"] == 1)

    asyncio.run(run())

    assert [entry.message for entry in writer.entries] == ["suspended for 60 s"]


def test_the_state_follows_a_run_through_its_conditions(folder: RunFolder, desk: Desk, clocks: Clocks) -> None:
    """Running, pausing while calls are under way, paused, running again, stopping, and why it ended."""
    control = Control()
    seen: list[str] = []

    async def run() -> None:
        async def see(condition: str) -> None:
            seen.append((await until(folder, lambda state: state.get("status") == condition))["status"])

        async with heartbeat(folder, desk, control, Progress(), suspensions=clocks.suspensions(), about={"pid": 7}):
            await see("running")
            desk.in_flight = 1
            control.pause()
            await see("pausing")
            desk.in_flight = 0
            await see("paused")
            control.resume()
            await see("running")
            control.pause()
            control.stop("stopped", "Somebody asked for it.")
            await see("stopping")

    asyncio.run(run())

    state = written(folder)
    assert seen == ["running", "pausing", "paused", "running", "stopping"]
    assert (state["status"], state["message"], state["pid"]) == ("stopped", "Somebody asked for it.", 7)


def test_the_last_word_says_how_a_run_ended(folder: RunFolder, desk: Desk, clocks: Clocks) -> None:
    """A run that broke is not said to be finished."""

    async def run(error: BaseException | None) -> None:
        async with heartbeat(folder, desk, Control(), Progress(), suspensions=clocks.suspensions(), about={}):
            if error is not None:
                raise error

    def last_word(error: BaseException) -> tuple[str, str]:
        with pytest.raises(type(error)):
            asyncio.run(run(error))
        return written(folder)["status"], written(folder)["message"]

    asyncio.run(run(None))
    assert (written(folder)["status"], written(folder)["message"]) == ("finished", "")
    assert last_word(StorageError("no space left")) == ("failed", "no space left")
    assert last_word(ZeroDivisionError("x")) == ("failed", "")
    assert last_word(asyncio.CancelledError()) == ("interrupted", "")


def test_a_disk_that_fails_for_a_moment_does_not_end_the_heartbeat(tmp_path: Path, desk: Desk, clocks: Clocks) -> None:
    """The next beat tries again; whoever writes a turn says what is wrong."""

    class Moody(Disk):
        failures = 1

        def replace(self, source: Path, target: Path) -> None:
            if self.failures:
                self.failures -= 1
                raise OSError(28, "No space left on device")
            super().replace(source, target)

    folder, control = RunFolder(tmp_path, Moody()), Control()

    async def run() -> None:
        async with heartbeat(folder, desk, control, Progress(), suspensions=clocks.suspensions(), about={}):
            await until(folder, lambda state: state.get("status") == "running")

    asyncio.run(run())

    assert written(folder)["status"] == "finished"


def test_nothing_comes_after_the_last_word(tmp_path: Path, desk: Desk, clocks: Clocks) -> None:
    """A write that the disk held up while the run ended does not say later that it goes on."""
    may_write, writes = threading.Event(), threading.Event()

    class Slow(Disk):
        def replace(self, source: Path, target: Path) -> None:
            writes.set()
            may_write.wait(timeout=60)
            super().replace(source, target)

    folder = RunFolder(tmp_path, Slow())

    async def run() -> None:
        async with heartbeat(folder, desk, Control(), Progress(), suspensions=clocks.suspensions(), about={}):
            await asyncio.to_thread(writes.wait, 60)
            asyncio.get_running_loop().call_later(0.05, may_write.set)

    asyncio.run(run())

    assert written(folder)["status"] == "finished"


def test_what_everyone_waits_for_is_said_in_words(desk: Desk, clock: Clock) -> None:
    """Calls, tries, lanes, a pause, models that are gone: each by its name."""
    control = Control()
    desk.in_flight, desk.is_retrying = 1, 2
    desk.lane("openai/gpt").close_for(30)
    control.pause()
    control.stop_model("x/y", "No such model.")

    said = "\n".join(waits(desk, control))

    assert "1 call under way" in said
    assert "2 calls waiting for another try" in said
    assert "openai/gpt: its server asks to wait 30 s" in said
    assert "paused: nothing new is asked for" in said
    assert "x/y: No such model." in said


def test_a_run_that_waits_for_nothing_says_nothing(desk: Desk) -> None:
    """No news is none."""
    assert waits(desk, Control()) == []


def test_what_becomes_of_a_lane_is_in_the_journal(tmp_path: Path, desk: Desk, writer: ListWriter, clock: Clock) -> None:
    """A closed lane leaves a record, with its width and what was asked."""
    desk.lane("openai/gpt").close_for(30)

    async def run() -> None:
        about: dict[str, object] = {}
        suspensions = Suspensions(now=clock.now, wall=clock.now)
        async with heartbeat(RunFolder(tmp_path), desk, Control(), Progress(), suspensions=suspensions, about=about):
            await asyncio.sleep(0)

    asyncio.run(run())

    changes = [entry for entry in writer.entries if isinstance(entry, LaneChanged)]
    assert [(change.speaker_slug, change.kind, change.reason) for change in changes] == [
        ("openai/gpt", "closed", "its server asks to wait 30 s")
    ]
