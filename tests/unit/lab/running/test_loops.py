"""Work is waited for from plain code, also where a loop is running; interrupts of a notebook end a run in two steps."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import Future
from contextvars import ContextVar
from inspect import CORO_CLOSED, getcoroutinestate

import pytest

from colloquia.lab.running import loops
from colloquia.lab.running.loops import Interrupts, _awaited, finished
from colloquia.running.control import Control

cell: ContextVar[str] = ContextVar("cell", default="none")


class Interrupted(Future[str]):
    """Work that is interrupted some times while it is waited for."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def result(self, timeout: float | None = None) -> str:
        if self.times:
            self.times -= 1
            raise KeyboardInterrupt
        return "done"


async def running_in() -> str:
    """Return in which cell this runs."""
    return cell.get()


def test_inside_a_running_loop_work_is_done_in_the_context_of_its_caller() -> None:
    """So that what it shows lands below the cell that asked for it."""

    async def notebook() -> str:
        cell.set("third")
        return finished(running_in())

    assert finished(running_in()) == "none"
    assert asyncio.run(notebook()) == "third"


def test_what_work_comes_to_is_never_written_out() -> None:
    """A runner writes out the task that it ran; a plan of thousands of conversations would take longer than to plan."""
    written: list[str] = []

    class Plan:
        def __repr__(self) -> str:
            written.append("all of it")
            return "a plan"

    async def planned() -> Plan:
        return Plan()

    assert isinstance(finished(planned()), Plan)
    assert written == []


def test_work_that_is_interrupted_before_its_first_step_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is warned of work that was never waited for."""

    def interrupted_at_once() -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        loop.call_soon(signal.raise_signal, signal.SIGINT)
        return loop

    monkeypatch.setattr(loops, "_loop_factory", lambda: interrupted_at_once)
    work = running_in()

    with pytest.raises(KeyboardInterrupt):
        finished(work)

    assert getcoroutinestate(work) == CORO_CLOSED


def test_a_notebook_that_is_interrupted_waits_for_what_the_run_still_does() -> None:
    """Each interrupt is handed on; the result comes nevertheless."""
    heard: list[str] = []

    assert _awaited(Interrupted(2), lambda: heard.append("interrupt")) == "done"
    assert heard == ["interrupt", "interrupt"]


def test_work_that_cannot_be_ended_is_interrupted_as_ever() -> None:
    """Where nobody takes interrupts, they go on."""
    with pytest.raises(KeyboardInterrupt):
        _awaited(Interrupted(1), None)


def test_the_first_interrupt_ends_a_run_gently_and_the_second_at_once() -> None:
    """As Ctrl-C does on the command line."""
    control = Control()
    interrupts = Interrupts(control=control)
    gentle: list[bool] = []

    async def run() -> None:
        interrupts.begin()
        interrupts.heed_from_outside()
        await control.next_change.wait()
        gentle.append(not control.is_cut_short)
        interrupts.heed_from_outside()
        await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())

    assert gentle == [True]
    assert control.reason == "SIGINT"
    assert control.is_cut_short


def test_an_interrupt_before_the_run_has_begun_lets_nothing_begin() -> None:
    """It is not lost."""
    interrupts = Interrupts(control=Control())

    interrupts.heed_from_outside()

    assert not interrupts.control.is_running
