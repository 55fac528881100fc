"""Whether a run may go on, and why it may not.

A run that is paused asks for no new turn until it is resumed. A run that is stopped asks for none at all: calls under
way come to their end, and whoever waits to call (for a place, for another try, for the network, for the end of a
pause) is called off where it waits.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class CalledOffError(Exception):
    """A call will not be made, since the run or its model was stopped; its conversation is left where it is."""


class _Waiting:
    """A block in which a task waits to call; a generator would take as long as all else that is done there."""

    __slots__ = ("_called", "_called_off", "_cancelled_before", "_task", "_waiting")

    def __init__(
        self,
        task: asyncio.Task[object],
        called: tuple[str, ...],
        waiting: dict[asyncio.Task[object], tuple[str, ...]],
        called_off: set[asyncio.Task[object]],
    ) -> None:
        self._task = task
        self._called = called
        self._waiting = waiting
        self._called_off = called_off

    def __enter__(self) -> None:
        self._cancelled_before = self._task.cancelling()
        self._waiting[self._task] = self._called

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        task = self._task
        self._waiting.pop(task, None)
        if task in self._called_off:
            self._called_off.discard(task)
            if isinstance(error, asyncio.CancelledError) and task.uncancel() <= self._cancelled_before:
                raise CalledOffError from None


@dataclass(kw_only=True)
class Control:
    """The one place where a run is told to pause, to go on and to stop; conversations look at it before each turn."""

    reason: str | None = None
    """Why no new turn is asked for: ``SIGINT``, ``budget``, ``stopped`` ...; None while the run goes on."""
    message: str = ""
    """The same for a person."""
    stopped_models: dict[str, str] = field(default_factory=dict)
    """Models that no call can reach, by slug or friendly name, with the reason; the others go on."""
    is_paused: bool = False
    """True from the moment a run is told to pause until it is told to go on."""
    is_cut_short: bool = False
    """True where calls under way are not waited for."""
    _change: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[asyncio.Task[object], tuple[str, ...]] = field(default_factory=dict)
    """What each task that waits to call is about to ask."""
    _called_off: set[asyncio.Task[object]] = field(default_factory=set)

    @property
    def is_running(self) -> bool:
        """True while new turns may be asked for, paused or not."""
        return self.reason is None

    @property
    def next_change(self) -> asyncio.Event:
        """What is set once the run is next told to pause, to go on or to stop."""
        return self._change

    def pause(self) -> None:
        """Ask for no new turn until the run is resumed."""
        self._set_paused(to=True)

    def resume(self) -> None:
        """Take a pause back."""
        self._set_paused(to=False)

    def stop(self, reason: str, message: str = "") -> None:
        """Ask for no new turn from now on; the first reason stands."""
        if self.reason is None:
            self.reason, self.message = reason, message
            self._call_off(lambda _: True)
            self._tell()

    def cut_short(self, reason: str, message: str = "") -> None:
        """Stop, and say that calls under way are not waited for; whoever holds the run cancels it."""
        self.stop(reason, message)
        self.is_cut_short = True
        self._tell()

    def stop_model(self, called: str, message: str) -> None:
        """Leave the conversations of one model where they are; the first reason stands."""
        self.stopped_models.setdefault(called, message)
        self._call_off(lambda asked: called in asked)

    async def while_paused(self) -> None:
        """Return once the run is not paused; a run that is stopped is not."""
        while self.is_paused and self.is_running:
            await self._change.wait()

    def is_called_off(self, called: Collection[str]) -> bool:
        """Tell whether the run is stopped, or a model that is called so: by its slug or its friendly name."""
        return self.reason is not None or (
            bool(self.stopped_models) and not self.stopped_models.keys().isdisjoint(called)
        )

    def waiting(self, *called: str) -> _Waiting:
        """Return a block for what a call does before it leaves; once it may not leave, it waits no longer.

        Args:
            called: The slug and the friendly name of the model that is to be asked.

        Raises:
            CalledOffError: the run or the model is stopped, now or while it waits.
        """
        task = asyncio.current_task()
        if task is None or self.is_called_off(called):
            raise CalledOffError
        return _Waiting(task, called, self._waiting, self._called_off)

    def _set_paused(self, *, to: bool) -> None:
        if self.is_paused is not to:
            self.is_paused = to
            self._tell()

    def _call_off(self, is_meant: Callable[[tuple[str, ...]], bool]) -> None:
        for task, asked in self._waiting.items():
            if is_meant(asked) and task not in self._called_off and task is not asyncio.current_task():
                self._called_off.add(task)
                task.cancel()

    def _tell(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
