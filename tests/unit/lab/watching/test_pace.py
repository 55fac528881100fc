"""How fast a run goes: turns in steps of time, and the speed of the last minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from unit.logbook.samples import row_of

from colloquia.lab.watching.pace import LATENCIES, STEP_SECONDS, Pace
from colloquia.logbook.record import timestamp

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def paced(*seconds: float, cost_usd: float = 0.5) -> Pace:
    """Return the pace of turns that came so many seconds after noon."""
    pace = Pace()
    for turn_id, after in enumerate(seconds, start=1):
        pace.take(row_of("t", turn_id, timestamp=timestamp(NOON + timedelta(seconds=after)), cost_usd=cost_usd))
    return pace


def test_turns_are_counted_in_steps() -> None:
    """With what they cost."""
    steps = paced(0, 3, STEP_SECONDS + 1).steps

    assert [(step.turns, step.cost_usd) for step in steps.values()] == [(2, 1.0), (1, 0.5)]
    assert list(steps) == [int(NOON.timestamp()), int(NOON.timestamp()) + STEP_SECONDS]


def test_only_the_last_minutes_say_how_fast_it_goes() -> None:
    """What was long ago was perhaps before a pause."""
    pace = paced(0, 1, 2, 1000, 1005, 1010)

    assert pace.until(NOON + timedelta(seconds=1020)).turns_per_second == pytest.approx(3 / 20)
    assert pace.until(NOON + timedelta(hours=2)).turns_per_second == 0


def test_nothing_said_is_no_speed() -> None:
    """And no division by nothing."""
    assert Pace().until(NOON).turns_per_second == 0
    assert paced(0).until(NOON).turns_per_second == 0


def test_what_is_returned_does_not_change_afterwards() -> None:
    """A page may draw it while further turns come."""
    pace = paced(0)
    seen = pace.until(NOON)
    pace.take(row_of("t", 2, timestamp=timestamp(NOON)))

    assert sum(step.turns for step in seen.steps.values()) == 1
    assert [len(found) for found in seen.latencies.values()] == [1]


def test_of_each_model_the_last_latencies_are_kept() -> None:
    """A long run costs no more memory than a short one; a turn without one has none."""
    pace = Pace()
    for number in range(LATENCIES + 50):
        pace.take(row_of("t", 1, latency_ms=float(number)))
    pace.take(row_of("t", 1, latency_ms=None, timestamp=None))

    (latencies,) = pace.latencies.values()
    assert (len(latencies), latencies[0]) == (LATENCIES, 50.0)
