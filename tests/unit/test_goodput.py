"""The proof of goodput: its server is a bucket, its sums are right, and a bug that is planted shows."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from colloquia.running.lanes import Lane
from reliability.buckets import EPOCH_SECONDS, FACTOR, FURTHEST, Bucket, bucket
from reliability.limited import Came, Case, came
from reliability.parts import goodput
from reliability.rivals import PLANTED, RIVALS

QUICK = Case(seed="test", per_second=4.0, seconds=1.0, hints=True, epochs=1)


def test_a_bucket_lets_in_what_it_holds_and_then_what_flows_in() -> None:
    """Three at once, then one a second."""
    filled = Bucket(rates=[1.0], burst=3.0)

    at_once = [filled.takes(0.0) for _ in range(4)]
    later = [filled.takes(second / 2) for second in range(1, 9)]

    assert at_once == [True, True, True, False]
    assert later == [False, True] * 4


def test_a_bucket_says_how_long_the_next_call_has_to_wait() -> None:
    """Half a call is there, the other half takes two seconds."""
    filled = Bucket(rates=[0.25], burst=1.0)

    filled.takes(0.0)
    filled.takes(2.0)

    assert filled.wait_seconds() == pytest.approx(2.0)


def test_what_flows_in_is_summed_over_changes_of_the_rate() -> None:
    """Half a minute of the first rate, half a minute of the second."""
    filled = Bucket(rates=[1.0, 2.0], burst=1.0)

    assert filled.allowed(EPOCH_SECONDS - 30, EPOCH_SECONDS + 30) == pytest.approx(30 + 60)


def test_rates_wander_by_no_more_than_they_may() -> None:
    """By a factor of two at most at a time, and in all from where they began."""
    rates = bucket(random.Random(1), per_second=4.0, epochs=200).rates

    steps = [later / earlier for earlier, later in pairwise(rates)]
    assert all(1 / FACTOR <= step <= FACTOR for step in steps)
    assert all(4.0 / FURTHEST <= rate <= 4.0 * FURTHEST for rate in rates)
    assert max(steps) > 1.8
    assert min(steps) < 0.55


def test_the_same_case_comes_to_the_same() -> None:
    """Every draw and every time comes from the seed."""
    assert came(QUICK) == came(QUICK)


def test_a_run_makes_use_of_a_limit_and_heeds_its_hints() -> None:
    """In two minutes most of what is allowed, few refusals, and no conversation fails."""
    found = came(QUICK)

    assert 0.85 < found.goodput <= 1.0
    assert found.refused_share < 0.05
    assert (found.too_early, found.cut_twice, found.failed) == (0, 0, 0)


def test_nobody_can_be_let_in_more_often_than_is_allowed() -> None:
    """Not even with 128 calls at once."""
    assert came(QUICK, RIVALS["128 at once"]).goodput <= 1.0


@pytest.mark.parametrize(("bug", "shows_as"), [("forget the hint", "too_early"), ("cut on every refusal", "cut_twice")])
def test_a_planted_bug_shows_as_what_it_is(bug: str, shows_as: str) -> None:
    """And the lane itself shows nothing of it."""
    case = Case(seed="test", per_second=6.0, seconds=0.3, hints=True, epochs=1)

    assert getattr(came(case, PLANTED[bug][0]), shows_as) > 0
    assert getattr(came(case, Lane), shows_as) == 0


def test_an_outage_is_over_within_a_minute() -> None:
    """A minute without a network, and soon as much comes through as before."""
    case = Case(seed="test", per_second=2.0, seconds=1.0, hints=False, epochs=3, outage=True)

    assert (came(case).recovery_seconds or 0.0) < goodput.LONGEST_RECOVERY_SECONDS


def test_means_are_taken_over_the_seeds_of_a_server() -> None:
    """One run below the mark and one above it keep the promise; both below do not."""
    low = Came(allowed=100, accepted=85, refused=3, failed=0, too_early=0, cut_twice=0)
    high = Came(allowed=100, accepted=96, refused=0, failed=0, too_early=0, cut_twice=0)

    assert goodput._too_little([low, high], 0.9) == []
    assert goodput._too_little([low, low], 0.9) == ["85.0% of what was allowed was made use of"]
    assert goodput._too_many([low, high], 0.02) == []
    assert goodput._too_many([low, low], 0.02) == ["3.41% of the calls were refused"]
