"""``state.json``: what a run is doing, for whoever looks from outside; replaced once a second while it runs.

Only that the last word stands there is waited for: of the others one is there after a crash, and which does not matter.

A machine that slept shows as a gap between two clocks: the wall clock went on, the monotonic one stood still. The gap
is noted in the journal and counted, and a call that failed across it can be told from one that failed by itself.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from colloquia.errors import ColloquiaError, StorageError
from colloquia.logbook.entries import LaneChanged, Noted
from colloquia.logbook.record import timestamp
from colloquia.running.lag import in_words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from colloquia.logbook.folder import RunFolder
    from colloquia.running.call import Desk
    from colloquia.running.control import Control


class Counted(Protocol):
    """What is done so far, of turns or of answers of judges."""

    def counts(self) -> dict[str, Any]:
        """Return all counts as plain values, without any text that a model said."""


PERIOD_SECONDS = 1.0
GAP_SECONDS = 5.0
"""Clocks that disagree by more than this since they were last looked at did not both run all the time."""


@dataclass(kw_only=True)
class Suspensions:
    """When the machine slept while the run went on."""

    now: Callable[[], float] = time.monotonic
    """Seconds on a clock that stands still while the machine sleeps."""
    wall: Callable[[], float] = time.time
    """Seconds on a clock that does not."""
    count: int = 0
    seconds: float = 0.0
    """How long the machine slept in all."""
    _seen: tuple[float, float] = field(init=False)
    """Both clocks as they were when last looked at."""
    _noticed_at: float | None = None
    """The monotonic clock when the last suspension was noticed."""
    _unsaid: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._seen = (self.now(), self.wall())

    def look(self) -> None:
        """Compare the clocks with what they were when last looked at."""
        then, wall_then = self._seen
        now, wall_now = self._seen = (self.now(), self.wall())
        gap = (wall_now - wall_then) - (now - then)
        if gap > GAP_SECONDS:
            self.count += 1
            self.seconds += gap
            self._noticed_at = now
            self._unsaid.append(f"suspended for {gap:.0f} s")
        elif gap < -GAP_SECONDS:
            self._unsaid.append(f"the clock was put back by {-gap:.0f} s")

    def happened_since(self, began: float) -> bool:
        """Tell whether the machine slept after ``began``, a time on the monotonic clock; the clocks are looked at."""
        self.look()
        return self._noticed_at is not None and began <= self._noticed_at

    def unsaid(self) -> list[str]:
        """Return in words what was noticed and not yet returned here."""
        unsaid, self._unsaid = self._unsaid, []
        return unsaid


@asynccontextmanager
async def heartbeat(
    folder: RunFolder,
    desk: Desk,
    control: Control,
    progress: Counted,
    *,
    suspensions: Suspensions,
    about: dict[str, Any],
) -> AsyncIterator[None]:
    """Keep ``state.json`` current while the block runs, and leave its last word there.

    Args:
        folder: Where the run is.
        desk: The run's calls.
        control: Whether it may go on.
        progress: Its counts.
        suspensions: When its machine slept.
        about: Further fields, such as the process id.
    """
    # One thread, so that a write which was under way when the run ended cannot come after the last word.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="heartbeat") as thread:
        heart = _Heart(
            folder=folder,
            desk=desk,
            control=control,
            progress=progress,
            suspensions=suspensions,
            about=about,
            thread=thread,
        )
        async with heart.beating():
            yield


@dataclass(frozen=True, kw_only=True)
class _Heart:
    """What beats while a run goes on."""

    folder: RunFolder
    desk: Desk
    control: Control
    progress: Counted
    suspensions: Suspensions
    about: dict[str, Any]
    thread: ThreadPoolExecutor

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beat while the block runs, and end with how it ended."""
        task = asyncio.create_task(self._beat())
        last, message = "failed", ""
        try:
            yield
            last = "finished"
        except asyncio.CancelledError:
            last = "interrupted"
            raise
        except ColloquiaError as error:
            message = str(error)
            raise
        finally:
            task.cancel()
            await asyncio.wait([task])
            await self._end(last, message)

    async def _beat(self) -> None:
        """Write the state once a second, and whenever the run is told something."""
        while True:
            change = self.control.next_change
            self.suspensions.look()
            with suppress(StorageError):  # whoever writes a turn meets the same disk, and says so
                await self._write(partial(self.folder.replace_quickly, is_kept=True), _status(self.desk, self.control))
                await self._note()
            with suppress(TimeoutError):
                async with asyncio.timeout(PERIOD_SECONDS):
                    await change.wait()

    async def _end(self, last: str, message: str) -> None:
        """Write the last word; why the run was stopped comes before how it ended."""
        with suppress(StorageError):
            await self._note()
        last_word = {"message": message} if message else {}
        await self._write(self.folder.replace, self.control.reason or last, **last_word)

    async def _write(self, replace: Callable[[str, bytes], None], status: str, **further: str) -> None:
        slept = {"suspensions": self.suspensions.count, "suspended_seconds": round(self.suspensions.seconds, 3)}
        found = state(self.desk, self.control, self.progress, status)
        data = encoded(found | slept | self.about | further)
        await asyncio.get_running_loop().run_in_executor(self.thread, replace, self.folder.state, data)

    async def _note(self) -> None:
        """Write down in the journal that the machine slept, and what became of the lanes."""
        at = timestamp(self.desk.utc())
        for changed in changes(self.desk):
            await self.desk.writer.journal(changed)
        for message in self.suspensions.unsaid():
            await self.desk.writer.journal(Noted(at=at, run_id=self.desk.run_id, subject="machine", message=message))


def changes(desk: Desk) -> list[LaneChanged]:
    """Return what became of the lanes and was not yet returned here."""
    at = timestamp(desk.utc())
    return [
        LaneChanged(
            at=at,
            run_id=desk.run_id,
            speaker_slug=slug,
            kind=change.kind,
            reason=change.reason,
            width=change.width,
            per_second=change.per_second and round(change.per_second, 3),
        )
        for slug, lane in desk.lanes.items()
        for change in lane.take_changes()
    ]


def _status(desk: Desk, control: Control) -> str:
    if not control.is_running:
        return "stopping"
    if control.is_paused:
        return "pausing" if desk.in_flight else "paused"
    return "running"


def state(desk: Desk, control: Control, progress: Counted, status: str) -> dict[str, Any]:
    """Return what a run is doing as plain values, free of what models say."""
    behind = desk.lag.take_worst()
    return {
        "run_id": desk.run_id,
        "status": status,
        "at": timestamp(desk.utc()),
        "reason": control.reason,
        "message": control.message,
        "in_flight": desk.in_flight,
        "waits": [*waits(desk, control), *filter(None, [in_words(behind)])],
        "loop_lag_ms": round(behind * 1000, 1),
        **progress.counts(),
    }


def waits(desk: Desk, control: Control) -> list[str]:
    """Return in words what the run waits for."""
    found = [_calls(desk.in_flight, "under way")] if desk.in_flight else []
    found += [_calls(desk.is_retrying, "waiting for another try")] if desk.is_retrying else []
    found += [
        f"{slug}: {explanation}" for slug, lane in desk.lanes.items() if (explanation := lane.explanation()) is not None
    ]
    if gone := desk.network.explanation():
        found.append(gone)
    if control.is_paused and control.is_running:
        found.append("paused: nothing new is asked for until somebody resumes it")
    return found + [f"{called}: {message}" for called, message in control.stopped_models.items()]


def _calls(number: int, doing: str) -> str:
    return f"{number:,} {'call' if number == 1 else 'calls'} {doing}"


def encoded(values: dict[str, Any]) -> bytes:
    """Return ``values`` as the bytes of a JSON file."""
    return msgspec.json.format(msgspec.json.encode(values), indent=1) + b"\n"
