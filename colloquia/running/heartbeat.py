"""``state.json``: what a run is doing, for whoever looks from outside; replaced once a second while it runs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.logbook.record import timestamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from colloquia.logbook.folder import RunFolder
    from colloquia.running.call import Desk
    from colloquia.running.control import Control
    from colloquia.running.progress import Progress

PERIOD_SECONDS = 1.0


@asynccontextmanager
async def heartbeat(
    folder: RunFolder, desk: Desk, control: Control, progress: Progress, *, about: dict[str, Any]
) -> AsyncIterator[None]:
    """Keep ``state.json`` current while the block runs, and leave its last word there.

    Args:
        folder: Where the run is.
        desk: The run's calls.
        control: Whether it may go on.
        progress: Its counts.
        about: Further fields, such as the process id.
    """

    def write(status: str) -> None:
        folder.replace(folder.state, encoded(state(desk, control, progress, status) | about))

    async def beat() -> None:
        while True:
            await asyncio.to_thread(write, "running" if control.is_running else "stopping")
            await asyncio.sleep(PERIOD_SECONDS)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        await asyncio.to_thread(write, control.reason or "finished")


def state(desk: Desk, control: Control, progress: Progress, status: str) -> dict[str, Any]:
    """Return what a run is doing as plain values, free of what models say."""
    return {
        "run_id": desk.run_id,
        "status": status,
        "at": timestamp(desk.utc()),
        "message": control.message,
        "waits": waits(desk, control),
        **progress.counts(),
    }


def waits(desk: Desk, control: Control) -> list[str]:
    """Return in words what the run waits for."""
    found = [f"{desk.in_flight} calls under way"] if desk.in_flight else []
    found += [f"{desk.is_retrying} calls wait before another try"] if desk.is_retrying else []
    found += [
        f"{slug}: its server asks to wait {lane.waits_seconds():.0f} s"
        for slug, lane in desk.lanes.items()
        if lane.waits_seconds() >= 1
    ]
    return found + [f"{slug}: {message}" for slug, message in control.stopped_models.items()]


def encoded(values: dict[str, Any]) -> bytes:
    """Return ``values`` as the bytes of a JSON file."""
    return msgspec.json.format(msgspec.json.encode(values), indent=1) + b"\n"
