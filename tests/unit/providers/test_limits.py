"""Blocks that may last so long, by one timer."""

from __future__ import annotations

import asyncio

import pytest
import virtual_time

from colloquia.providers.limits import Limits


async def _lasting(limits: Limits, when: float, seconds: float) -> tuple[str, float]:
    """Return how a block of so many seconds ends that may last until ``when``, and at what time."""
    try:
        with limits.until(when):
            await asyncio.sleep(seconds)
    except TimeoutError:
        return "too long", limits.now()
    return "in time", limits.now()


def test_each_block_is_cancelled_when_its_own_time_is_over() -> None:
    """Whoever began first, and whoever ends first."""

    async def main() -> list[tuple[str, float]]:
        limits = Limits()
        return await asyncio.gather(
            _lasting(limits, 30, 50), _lasting(limits, 10, 50), _lasting(limits, 20, 5), _lasting(limits, 30, 29)
        )

    assert virtual_time.run(main()) == [("too long", 30), ("too long", 10), ("in time", 5), ("in time", 29)]


def test_a_limit_can_be_moved_to_a_later_and_to_an_earlier_time() -> None:
    """As a server may be silent for long before the first data, and for less after it."""

    async def main(*moves: float) -> float:
        limits = Limits()
        try:
            with limits.until(10) as limit:
                for move in moves:
                    await asyncio.sleep(1)
                    limit.move(move)
                await asyncio.sleep(1000)
        except TimeoutError:
            return limits.now()
        raise AssertionError("it lasted for ever")

    assert virtual_time.run(main(100.0)) == 100
    assert virtual_time.run(main(3.0)) == 3
    assert virtual_time.run(main(3.0, 50.0)) == 50
    assert virtual_time.run(main(50.0, 4.0)) == 4


def test_a_thousand_blocks_set_hardly_a_timer() -> None:
    """One that rings for the first of them; what is over by then is not looked at."""
    rung: list[float] = []

    class Ringing(Limits):
        def _ring(self) -> None:
            rung.append(self.now())
            super()._ring()

    async def main() -> None:
        limits = Ringing()
        for _ in range(1000):
            assert (await _lasting(limits, limits.now() + 300, 0.01))[0] == "in time"
        await asyncio.sleep(1000)

    virtual_time.run(main())
    assert rung == [300]


def test_who_is_cancelled_by_somebody_else_is_cancelled() -> None:
    """Also where the time is over at the same moment."""

    async def main(wait: float) -> str:
        limits = Limits()
        task = asyncio.create_task(_lasting(limits, 10, 50))
        await asyncio.sleep(wait)
        task.cancel()
        try:
            return (await task)[0]
        except asyncio.CancelledError:
            return "cancelled"

    assert virtual_time.run(main(5)) == "cancelled"
    assert virtual_time.run(main(10)) == "cancelled"


def test_an_error_of_the_block_stays_what_it_is() -> None:
    """Only a cancellation by the limit becomes a time-out."""

    async def main() -> None:
        limits = Limits()
        with limits.until(10):
            try:
                await asyncio.sleep(50)
            except asyncio.CancelledError as error:
                raise KeyError("mine") from error

    with pytest.raises(KeyError):
        virtual_time.run(main())


def test_limits_within_one_another_end_at_the_nearer() -> None:
    """The other one has nothing left to end."""

    async def main() -> float:
        limits = Limits()
        with limits.until(20):
            with pytest.raises(TimeoutError), limits.until(10):
                await asyncio.sleep(50)
            await asyncio.sleep(5)
        return limits.now()

    assert virtual_time.run(main()) == 15
