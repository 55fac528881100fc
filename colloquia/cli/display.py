"""The progress of a run on the terminal: redrawn in place where that works, a line now and then where not."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from colloquia.cli.terminal import on_one_line, plain, say
from colloquia.lab.planning.amounts import count, duration, money

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from colloquia.running.control import Control
    from colloquia.running.progress import Progress

REDRAW_SECONDS = 0.25
LINE_SECONDS = 5.0


@asynccontextmanager
async def shown(
    progress: Progress, control: Control, *, spent_before: float, cap_usd: float | None
) -> AsyncIterator[None]:
    """Show how far a run is while the block runs."""
    began = time.monotonic()
    async with redrawn(lambda: _lines(progress, control, time.monotonic() - began, spent_before, cap_usd)):
        yield


@asynccontextmanager
async def redrawn(drawn: Callable[[], Iterable[str]]) -> AsyncIterator[None]:
    """Show lines while the block runs, drawn anew now and then; the first changes all the time."""

    def lines() -> list[str]:
        return list(drawn())

    task = asyncio.create_task(_redraw(lines) if sys.stdout.isatty() else _say_now_and_then(lines))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _redraw(lines: Callable[[], list[str]]) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(Text(""), transient=True, auto_refresh=False) as live:
        while True:
            live.update(Text("\n".join(lines())), refresh=True)
            await asyncio.sleep(REDRAW_SECONDS)


async def _say_now_and_then(lines: Callable[[], list[str]]) -> None:
    before: list[str] = []
    while True:
        await asyncio.sleep(LINE_SECONDS)
        now = lines()
        if now[1:] != before[1:]:
            say(" | ".join(now))
        before = now


def _lines(
    progress: Progress, control: Control, seconds: float, spent_before: float, cap_usd: float | None
) -> Iterator[str]:
    width = max(shutil.get_terminal_size().columns - 2, 20)
    spent = money(spent_before + progress.cost_usd) + (f" of {money(cap_usd)}" if cap_usd else "")
    yield (
        f"{progress.finished:,} of {count(progress.conversations, 'conversation')}, "
        f"{progress.turns_done:,} of {count(progress.turns, 'turn')}, "
        f"{progress.input_tokens:,} + {progress.output_tokens:,} tokens, {spent}, {_time_left(progress, seconds)}"
    )
    if progress.failures:
        yield f"{count(len(progress.failures), 'conversation')} failed so far"
    if not control.is_running:
        yield plain(f"stopping ({control.reason}): {control.message}")
    elif control.is_paused:
        yield "paused: nothing new is asked for; `colloquia resume` goes on"
    if progress.newest:
        newest = progress.newest
        text = newest.content or "(no text)"
        yield on_one_line(f"{newest.scenario}, turn {newest.turn_id}, {newest.speaker}: {text}", width)


def _time_left(progress: Progress, seconds: float) -> str:
    if not progress.turns_said:
        return "starting"
    return f"about {duration(seconds / progress.turns_done * (progress.turns - progress.turns_done))} left"
