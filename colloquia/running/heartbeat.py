"""``state.json``: what a run is doing, for whoever looks from outside; replaced once a second while it runs.

A machine that slept shows as a gap between two clocks: the wall clock went on, the monotonic one stood still. The gap
is noted in the journal and counted, and a call that failed across it can be told from one that failed by itself.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.errors import ColloquiaError, StorageError
from colloquia.logbook.record import Noted, timestamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from colloquia.logbook.folder import RunFolder
    from colloquia.running.call import Desk
    from colloquia.running.control import Control
    from colloquia.running.progress import Progress

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
    progress: Progress,
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

    def write(status: str, **further: str) -> None:
        slept = {"suspensions": suspensions.count, "suspended_seconds": round(suspensions.seconds, 3)}
        folder.replace(folder.state, encoded(state(desk, control, progress, status) | slept | about | further))

    async def beat() -> None:
        while True:
            change = control.next_change
            suspensions.look()
            with suppress(StorageError):  # whoever writes a turn meets the same disk, and says so
                await asyncio.to_thread(write, _status(desk, control))
                await _note(desk, suspensions.unsaid())
            with suppress(TimeoutError):
                async with asyncio.timeout(PERIOD_SECONDS):
                    await change.wait()

    task = asyncio.create_task(beat())
    last, further = "failed", {}
    try:
        yield
        last = "finished"
    except asyncio.CancelledError:
        last = "interrupted"
        raise
    except ColloquiaError as error:
        further = {"message": str(error)}
        raise
    finally:
        task.cancel()
        await asyncio.wait([task])
        with suppress(StorageError):
            await _note(desk, suspensions.unsaid())
        await asyncio.to_thread(write, control.reason or last, **further)


async def _note(desk: Desk, messages: list[str]) -> None:
    for message in messages:
        entry = Noted(at=timestamp(desk.utc()), run_id=desk.run_id, subject="machine", message=message)
        await desk.writer.journal(entry)


def _status(desk: Desk, control: Control) -> str:
    if not control.is_running:
        return "stopping"
    if control.is_paused:
        return "pausing" if desk.in_flight else "paused"
    return "running"


def state(desk: Desk, control: Control, progress: Progress, status: str) -> dict[str, Any]:
    """Return what a run is doing as plain values, free of what models say."""
    return {
        "run_id": desk.run_id,
        "status": status,
        "at": timestamp(desk.utc()),
        "reason": control.reason,
        "message": control.message,
        "in_flight": desk.in_flight,
        "waits": waits(desk, control),
        **progress.counts(),
    }


def waits(desk: Desk, control: Control) -> list[str]:
    """Return in words what the run waits for."""
    found = [_calls(desk.in_flight, "under way")] if desk.in_flight else []
    found += [_calls(desk.is_retrying, "waiting for another try")] if desk.is_retrying else []
    found += [
        f"{slug}: its server asks to wait {lane.waits_seconds():.0f} s"
        for slug, lane in desk.lanes.items()
        if lane.waits_seconds() >= 1
    ]
    if control.is_paused and control.is_running:
        found.append("paused: no new turn is asked for until somebody resumes the run")
    return found + [f"{called}: {message}" for called, message in control.stopped_models.items()]


def _calls(number: int, doing: str) -> str:
    return f"{number:,} {'call' if number == 1 else 'calls'} {doing}"


def encoded(values: dict[str, Any]) -> bytes:
    """Return ``values`` as the bytes of a JSON file."""
    return msgspec.json.format(msgspec.json.encode(values), indent=1) + b"\n"
