"""A loop that is behind is known to be, and what it is late by is no server's doing."""

from __future__ import annotations

import asyncio

import pytest
import virtual_time

from colloquia.running.lag import MATTERS_SECONDS, PERIOD_SECONDS, Lag, in_words


class Clock:
    """Seconds that pass when a test says so."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def ticked(lag: Lag, clock: Clock, *lates: float) -> None:
    """Let ticks come so late, one after another."""
    for late in lates:
        clock.seconds += PERIOD_SECONDS + late
        lag.tick()


def test_ticks_in_time_are_not_late() -> None:
    """Nor is anything before the first."""
    clock = Clock()
    lag = Lag(clock)
    clock.seconds += 50

    before = lag.total_seconds
    lag.tick()
    ticked(lag, clock, 0, 0, 0)

    assert (before, lag.total_seconds, lag.take_worst()) == (0.0, pytest.approx(0.0), pytest.approx(0.0))


def test_what_grew_between_two_times_is_what_was_late_between_them() -> None:
    """A tick that is due already counts, since answers are read before it."""
    clock = Clock()
    lag = Lag(clock)
    lag.tick()
    ticked(lag, clock, 0.5)
    before = lag.total_seconds

    ticked(lag, clock, 0.1, 0.0)
    clock.seconds += PERIOD_SECONDS + 2.0

    assert lag.total_seconds - before == pytest.approx(2.1)


def test_the_worst_is_told_once_and_the_worst_of_all_at_the_end() -> None:
    """By the second while it goes on; over the whole run afterwards, all but the worst twentieth apart."""
    clock = Clock()
    lag = Lag(clock)
    lag.tick()
    told = []
    for second in range(40):
        ticked(lag, clock, 0.0, 3.0 if second == 7 else 0.1, 0.0)
        told.append(lag.take_worst())

    assert told[6:9] == pytest.approx([0.1, 3.0, 0.1])
    assert lag.counts() == {"loop_lag_ms_p95": 100.0, "loop_lag_ms_most": 3000.0}
    assert Lag(clock).counts() == {"loop_lag_ms_p95": 0.0, "loop_lag_ms_most": 0.0}


def test_it_is_said_only_where_it_matters() -> None:
    """A loop is always a little late."""
    assert in_words(MATTERS_SECONDS - 0.01) is None
    assert "1.5 s behind" in (in_words(1.5) or "")
    assert "--at-once" in (in_words(1.5) or "")


def test_a_loop_is_watched_while_the_block_runs() -> None:
    """And not afterwards: whoever looks then finds nothing that grows."""

    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        lag = Lag(loop.time)
        async with lag.watched():
            await asyncio.sleep(1.0)
            inside = lag.total_seconds
        await asyncio.sleep(5.0)
        return inside, lag.total_seconds

    inside, after = virtual_time.run(main())

    assert inside == pytest.approx(0.0)
    assert after == pytest.approx(inside)
