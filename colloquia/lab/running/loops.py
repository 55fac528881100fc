"""Work that waits for servers, called from plain code: in a program, and in a notebook whose event loop is busy."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

    from colloquia.running.control import Control

Result = TypeVar("Result")


def finished(work: Coroutine[Any, Any, Result], on_interrupt: Callable[[], None] | None = None) -> Result:
    """Return what ``work`` comes to, on an event loop of its own, also where one is already running (a notebook).

    Args:
        work: What is to be done.
        on_interrupt: Called in the notebook's thread when the notebook is interrupted while it waits for work on
            another, which interrupts do not reach.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _on_a_new_loop(work)
    with ThreadPoolExecutor(max_workers=1) as thread:  # in the same context, so that what it shows lands in its cell
        return _awaited(thread.submit(copy_context().run, _on_a_new_loop, work), on_interrupt)


def exit_code(stopped_by: str) -> int:
    """Return the exit code of what was stopped early: that of its signal, or 3, which says that it can be resumed."""
    return {"SIGHUP": 129, "SIGINT": 130, "SIGTERM": 143}.get(stopped_by, 3)


@dataclass(kw_only=True)
class Interrupts:
    """How often a run was told to end: once, the turns in flight are finished; twice, it ends at once."""

    control: Control
    _loop: asyncio.AbstractEventLoop | None = None
    _task: asyncio.Task[object] | None = None

    def begin(self) -> None:
        """Note that the task which calls this is what holds the run."""
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()

    def heed(self, name: str) -> None:
        """Take note of one more interrupt, in the thread of the run."""
        if self.control.is_running:
            self.control.stop(name, "The turns in flight are finished first; once more stops at once.")
        elif self._task is not None:
            self.control.cut_short(name)
            self._task.cancel()

    def heed_from_outside(self) -> None:
        """Take note of one more interrupt, in another thread than that of the run."""
        if self._loop is None:
            self.heed("SIGINT")
        else:
            self._loop.call_soon_threadsafe(self.heed, "SIGINT")


def _awaited(future: Future[Result], on_interrupt: Callable[[], None] | None) -> Result:
    while True:
        try:
            return future.result()
        except KeyboardInterrupt:
            if on_interrupt is None or future.done():
                raise
            on_interrupt()


def _on_a_new_loop(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what ``work`` comes to, which its task does not hold.

    As it gives SIGINT back, a runner writes its task out, with all that it came to: for the plan of 10,000
    conversations that was a tenth of the work.
    """
    found: list[Result] = []

    async def kept() -> None:
        found.append(await work)

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(kept())
    finally:
        work.close()  # where an interrupt came before its first step
    return found[0]


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return the faster event loop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
