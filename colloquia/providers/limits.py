"""Blocks that may last so long, by one timer for all of them.

A timer for each call, as ``asyncio.timeout_at`` sets it, is made, kept in order with all others and given back, and
next to none ever rings. Otherwise it is the same: a block that is not over in time is cancelled and ends with
:class:`TimeoutError`, and where somebody else cancels its task, that is a cancellation.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

NEVER = float("inf")


class Limits:
    """The limits of one event loop, on its clock."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._under_way: set[Limit] = set()
        self._rings_at = NEVER
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Return the time on the loop's clock."""
        return self._loop.time()

    def until(self, when: float) -> Limit:
        """Return a block that may last until ``when``; for one task, once."""
        return Limit(self, when)

    def add(self, limit: Limit) -> None:
        """Watch a limit."""
        self._under_way.add(limit)
        self.watch(limit.when)

    def discard(self, limit: Limit) -> None:
        """Watch a limit no more; the timer stays, and finds what is left when it rings."""
        self._under_way.discard(limit)

    def watch(self, when: float) -> None:
        """Ring at ``when`` at the latest."""
        if when < self._rings_at:
            if self._timer is not None:
                self._timer.cancel()
            self._rings_at, self._timer = when, self._loop.call_at(when, self._ring)

    def _ring(self) -> None:
        now = self.now()
        self._rings_at, self._timer = NEVER, None
        for limit in [limit for limit in self._under_way if limit.when <= now]:
            self._under_way.discard(limit)
            limit.is_over = True
            limit.task.cancel()
        self.watch(min((limit.when for limit in self._under_way), default=NEVER))


class Limit:
    """A block that is cancelled where it is not over in time."""

    def __init__(self, limits: Limits, when: float) -> None:
        self.when = when
        self.is_over = False
        """True once its time was over before it was."""
        self._limits = limits

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (nothing else runs in a loop that has limits)
        self.task = task
        self._cancelling = task.cancelling()
        self._limits.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limits.discard(self)
        if self.is_over and self.task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def move(self, when: float) -> None:
        """Let the block last until another time."""
        self.when = when
        self._limits.watch(when)
