"""Whether a run may go on: pausing, resuming, stopping, and who is called off where it waits."""

from __future__ import annotations

import asyncio

import pytest
import virtual_time

from colloquia.running.control import CalledOffError, Control


async def wait_to_call(control: Control, *called: str, seconds: float = 1000.0) -> str:
    """Wait as a call does before it leaves, and return what became of it."""
    try:
        with control.waiting(*called):
            await asyncio.sleep(seconds)
    except CalledOffError:
        return "called off"
    return "left"


def test_the_first_reason_to_stop_stands() -> None:
    """A second one comes too late to be why."""
    control = Control()

    control.stop("budget", "The cap is reached.")
    control.stop("SIGINT", "Somebody pressed Ctrl-C.")

    assert (control.reason, control.message) == ("budget", "The cap is reached.")
    assert not control.is_running


def test_a_pause_holds_until_the_run_is_resumed() -> None:
    """Whoever comes to the gate waits there, for as long as it takes, and goes on afterwards."""

    async def paused_for() -> float:
        control, loop = Control(), asyncio.get_running_loop()
        control.pause()
        loop.call_later(3600, control.resume)
        await control.while_paused()
        return loop.time()

    assert virtual_time.run(paused_for()) == pytest.approx(3600)


def test_a_run_that_is_not_paused_lets_everybody_through() -> None:
    """Nobody waits for a pause that was taken back, or never made."""

    async def passes() -> float:
        control = Control()
        await control.while_paused()
        control.pause()
        control.resume()
        await control.while_paused()
        return asyncio.get_running_loop().time()

    assert virtual_time.run(passes()) == 0


def test_stopping_ends_a_pause() -> None:
    """A paused run that is stopped does not wait for anybody to resume it."""

    async def stopped() -> bool:
        control = Control()
        control.pause()
        asyncio.get_running_loop().call_later(5, control.stop, "stopped")
        await control.while_paused()
        return control.is_running

    assert not virtual_time.run(stopped())


def test_every_change_is_told_once_to_those_who_listen() -> None:
    """What is already so is no change."""
    control = Control()
    changes = []

    for act in (control.pause, control.pause, control.resume, lambda: control.stop("a"), lambda: control.stop("b")):
        change = control.next_change
        act()
        changes.append(change.is_set())

    assert changes == [True, False, True, True, False]


def test_stopping_calls_off_whoever_waits_to_call() -> None:
    """A call that would leave in a quarter of an hour does not hold the end of the run for so long."""

    async def stopped() -> tuple[list[str], float]:
        control, loop = Control(), asyncio.get_running_loop()
        loop.call_later(2, control.stop, "SIGINT")
        found = await asyncio.gather(*(wait_to_call(control, "x/y", "name") for _ in range(3)))
        return found, loop.time()

    assert virtual_time.run(stopped()) == (["called off"] * 3, 2)


def test_a_call_that_has_left_is_not_called_off() -> None:
    """Only the block that waits is marked; what comes after it comes to its end."""

    async def answered() -> str:
        control = Control()
        with control.waiting("x/y"):
            await asyncio.sleep(1)
        asyncio.get_running_loop().call_later(1, control.stop, "SIGINT")
        await asyncio.sleep(60)
        return "answered"

    assert virtual_time.run(answered()) == "answered"


def test_nobody_begins_to_wait_once_the_run_is_stopped() -> None:
    """A retry after the end is called off before it waits."""

    async def too_late() -> float:
        control = Control()
        control.stop("stopped")
        assert await wait_to_call(control) == "called off"
        return asyncio.get_running_loop().time()

    assert virtual_time.run(too_late()) == 0


def test_stopping_a_model_calls_off_its_own_callers_only() -> None:
    """By slug or by friendly name, now or later; the others go on."""

    async def stopped() -> list[str]:
        control, loop = Control(), asyncio.get_running_loop()
        loop.call_later(1, control.stop_model, "gone/model", "No such model.")
        loop.call_later(2, control.stop_model, "cut", "Its turns are cut.")
        waiting = [
            wait_to_call(control, "gone/model", "gone"),
            wait_to_call(control, "x/y", "cut"),
            wait_to_call(control, "x/y", "fine"),
        ]
        found = await asyncio.gather(*waiting)
        return [*found, await wait_to_call(control, "gone/model", "gone")]

    assert virtual_time.run(stopped()) == ["called off", "called off", "left", "called off"]


def test_a_cancellation_is_never_taken_for_being_called_off() -> None:
    """Also where both come at once: whoever cancels is heard."""

    async def cancelled() -> bool:
        control = Control()
        task = asyncio.create_task(wait_to_call(control))
        await asyncio.sleep(1)
        control.stop("SIGINT")
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert virtual_time.run(cancelled())


def test_being_called_off_leaves_no_cancellation_behind() -> None:
    """The task goes on with what it does next, such as writing down where it stopped."""

    async def goes_on() -> int:
        control = Control()
        asyncio.get_running_loop().call_later(1, control.stop, "SIGINT")
        assert await wait_to_call(control) == "called off"
        await asyncio.sleep(1)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert virtual_time.run(goes_on()) == 0


def test_a_run_that_is_cut_short_is_stopped_too() -> None:
    """Whoever holds it sees that calls under way are not waited for; an earlier reason stands."""
    control = Control()

    control.stop("SIGINT")
    control.cut_short("stopped")

    assert control.is_cut_short
    assert control.reason == "SIGINT"
