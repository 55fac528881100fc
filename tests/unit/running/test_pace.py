"""The pace of a lane: what refusals tell of a server's rate, and how it is found again."""

from __future__ import annotations

from itertools import pairwise

import pytest

from colloquia.running.pace import BELOW, HELD_CALLS, SLOWEST_PER_SECOND, Departure, Pace


def left_for(pace: Pace, seconds: float, *, now: float = 0.0) -> tuple[list[Departure], float]:
    """Let calls leave as the pace has it for a while; return them and the time."""
    departures, end = [], now + seconds
    while pace.next_at() < end:
        now = max(now, pace.next_at())
        departures.append(pace.leave(now, 1))
    return departures, end


def at_rate(per_second: float) -> tuple[Pace, float]:
    """Return a pace that has just been cut after calls left at a steady rate."""
    pace, now = Pace(), 0.0
    for number in range(30):
        now = number / per_second
        left = pace.leave(now, 1)
    pace.refused(left, now + 0.1)
    return pace, now + 0.1


def test_before_the_first_refusal_calls_leave_as_they_come() -> None:
    """Nothing is known, and nothing waits."""
    pace = Pace()

    pace.leave(0.0, 1)

    assert pace.per_second is None
    assert pace.next_at() == 0.0


def test_the_first_refusal_sets_a_pace_a_little_below_what_left_before_it() -> None:
    """Ten calls a second were let in until then."""
    pace, _ = at_rate(10.0)

    assert pace.per_second == pytest.approx(BELOW * 10, rel=0.01)


def test_a_refusal_before_which_nothing_is_known_means_one_a_second() -> None:
    """The very first call was refused."""
    pace = Pace()

    pace.refused(pace.leave(0.0, 1), 0.1)

    assert pace.per_second == pytest.approx(BELOW)


def test_what_was_let_in_between_two_refusals_is_the_rate() -> None:
    """Six calls in four seconds: one and a half a second, however fast they left."""
    pace, now = at_rate(2.0)
    left = pace.leave(now, 1)
    pace.refused(left, now)
    before = pace.per_second or 0.0
    for number in range(1, 7):
        pace.leave(now + number * 0.5, 1)

    pace.refused(pace.leave(now + 4.0, 1), now + 4.1)

    assert pace.per_second == pytest.approx(min(BELOW * 6 / 4, BELOW * before), rel=0.05)


def test_one_refusal_leaves_at_least_half() -> None:
    """Calls in a row that are refused halve the pace each time."""
    pace, now = at_rate(8.0)
    paces = [pace.per_second or 0.0]
    for _ in range(3):
        now = pace.next_at()
        pace.refused(pace.leave(now, 1), now)
        paces.append(pace.per_second or 0.0)

    assert all(later == pytest.approx(earlier / 2) for earlier, later in pairwise(paces))


def test_a_pace_has_a_floor() -> None:
    """A server that refuses everything is still asked once a minute."""
    pace, now = at_rate(1.0)
    for _ in range(30):
        now += 100
        pace.refused(pace.leave(now, 1), now)

    assert pace.per_second == SLOWEST_PER_SECOND


def test_a_pace_is_held_until_a_refusal_is_affordable_and_then_grows() -> None:
    """Refusals stay below two in a hundred even where nothing else changes."""
    pace, now = at_rate(1.0)
    cut = pace.per_second or 0.0

    held, now = left_for(pace, (HELD_CALLS - 5) / cut, now=now)
    still = pace.per_second
    left_for(pace, 15 / cut, now=now)

    assert len(held) < HELD_CALLS
    assert still == cut
    assert cut < (pace.per_second or 0.0) < 1.3 * cut


def test_a_pace_that_nobody_waits_for_does_not_grow() -> None:
    """Calls that leave far apart tell nothing of what the server would take."""
    pace, now = at_rate(10.0)
    cut = pace.per_second

    for number in range(2 * HELD_CALLS):
        pace.leave(now + 10.0 * (number + 1), 1)

    assert pace.per_second == cut


def test_a_pace_that_is_told_to_hold_does_not_grow() -> None:
    """Errors of the server are no time for more."""
    pace, now = at_rate(10.0)
    cut = pace.per_second
    pace.hold_until(now + 60)

    _, now = left_for(pace, 59, now=now)
    held = pace.per_second
    left_for(pace, 30, now=now)

    assert held == cut
    assert (pace.per_second or 0.0) > (cut or 0.0)


def test_after_a_server_that_refused_everything_the_known_pace_is_soon_back() -> None:
    """Four refusals in a row, then all is well: within half a minute most of the pace is there."""
    pace, now = at_rate(10.0)
    known = pace.per_second or 0.0
    for _ in range(4):
        now = pace.next_at()
        pace.refused(pace.leave(now, 1), now)
    fallen = pace.per_second or 0.0

    left_for(pace, 30, now=now)

    assert fallen < known / 10
    assert (pace.per_second or 0.0) > 0.3 * known


def test_a_call_that_came_late_is_made_up_for_by_half_a_space_at_most() -> None:
    """No two leave at once."""
    pace, now = at_rate(1.0)
    late = pace.next_at() + 5.0

    pace.leave(late, 1)

    assert pace.next_at() - late == pytest.approx(0.5 / (pace.per_second or 1.0))
    assert late > now


def test_calls_that_leave_all_at_once_before_the_first_refusal_are_no_rate() -> None:
    """Four calls within a millisecond are no four thousand a second, and one refusal more tells what it is."""
    pace = Pace()
    departures = [pace.leave(number / 4000, 1) for number in range(4)]
    pace.refused(departures[-1], 0.1)
    first = pace.per_second or 0.0

    pace.wait_until(1.1)
    pace.leave(1.1, 1)
    pace.refused(pace.leave(pace.next_at(), 1), pace.next_at())

    assert first <= 3.0
    assert (pace.per_second or 0.0) <= first / 2


def test_a_refusal_leaves_no_more_than_one_call_beyond_what_was_let_in() -> None:
    """One call in two seconds was let in, so two would have been too many, however fast calls left before."""
    pace, now = at_rate(100.0)
    pace.wait_until(now + 2.0)
    pace.leave(pace.next_at(), 1)
    left = pace.leave(pace.next_at(), 1)

    pace.refused(left, left.at)

    assert (pace.per_second or 0.0) <= 1.0
