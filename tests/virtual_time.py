"""An event loop on a virtual clock: waiting takes no time, and a minute passes in as long as its events take."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

Result = TypeVar("Result")


class _Selector(selectors.SelectSelector):
    """Moves the clock forward where the loop would wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits and nothing will ever happen")
        if not ready and timeout:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is that of its timers."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._virtual.now


class ToldLoop(asyncio.SelectorEventLoop):
    """A loop whose time stands still until somebody moves it on; what comes from sockets comes as ever.

    For what has timers and sockets both: on a virtual clock a timer would overtake a connection under way.
    """

    now = 0.0

    def time(self) -> float:
        """Return the time that it was told."""
        return self.now


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run ``work`` on a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
