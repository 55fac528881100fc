"""What workers have together is never more than all may have, however they come and go."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from colloquia.running.budget import Budget
from colloquia.running.executors.leases import BLOCK_CALLS, Lease, Leases, together
from colloquia.running.executors.messages import Batch

QUIET = Batch(events=[], in_flight={}, widths={}, waits={})


def leases(*, width: int = 10, cap_usd: float | None = None, is_shared: bool = True) -> Leases:
    """Return what is there for workers that ask one model."""
    return Leases(
        width=lambda _slug: width, is_shared=lambda _slug: is_shared, slugs=("m",), budget=Budget(cap_usd=cap_usd)
    )


def joined(found: Leases, number: int = 1) -> list[Lease]:
    """Let workers join, and return what they have."""
    new = [Lease() for _ in range(number)]
    found.workers += new
    return new


def test_places_are_shared_evenly() -> None:
    """The first have one more where they cannot be."""
    found = leases(width=10)
    workers = joined(found, 4)

    assert [found.places(each)["m"] for each in workers] == [3, 3, 2, 2]


def test_a_newcomer_has_only_what_was_given_back() -> None:
    """Calls that are under way keep their places until they are back."""
    found = leases(width=10)
    (first,) = joined(found)
    assert found.places(first) == {"m": 10}
    found.told(first, replace(QUIET, in_flight={"m": 9}))
    (second,) = joined(found)

    assert found.places(second) == {"m": 0}
    assert found.places(first) == {"m": 5}
    assert found.places(second) == {"m": 1}
    found.told(first, replace(QUIET, in_flight={"m": 5}))
    assert found.places(second) == {"m": 5}


def test_the_places_of_a_lost_worker_are_free() -> None:
    """And those who are left have them."""
    found = leases(width=9)
    first, second = joined(found, 2)
    for each in (first, second):
        found.places(each)
    found.workers.remove(first)

    assert found.places(second) == {"m": 9}


def test_a_server_of_ones_own_is_not_shared() -> None:
    """Each worker has a model of its own in its process."""
    found = leases(width=2, is_shared=False)

    assert [found.places(each)["m"] for each in joined(found, 3)] == [2, 2, 2]


@pytest.mark.parametrize("seed", range(20))
def test_no_more_places_than_there_are_whatever_happens(seed: int) -> None:
    """Workers join, leave, fill their places at once, and give them back slowly."""
    chance = random.Random(seed)
    found = leases(width=7)
    truth: dict[int, int] = {}
    for _ in range(300):
        if chance.random() < 0.1 and len(found.workers) < 6:
            truth[id(joined(found)[0])] = 0
        if not found.workers:
            continue
        each = chance.choice(found.workers)
        if chance.random() < 0.03:
            found.workers.remove(each)
            del truth[id(each)]
            continue
        places = found.places(each)["m"]
        least = max(0, truth[id(each)] - chance.randint(0, 3))
        truth[id(each)] = chance.randint(least, max(places, least))
        assert sum(truth.values()) <= 7
        found.told(each, replace(QUIET, in_flight={"m": truth[id(each)]}))


def test_dollars_come_in_blocks_and_never_beyond_the_cap() -> None:
    """As much as several calls need, or what is left."""
    found = leases(cap_usd=20.0)
    first, second = joined(found, 2)
    found.told(first, replace(QUIET, short_usd=1.0))
    found.told(second, replace(QUIET, short_usd=1.0))

    assert found.dollars(first) == (float(BLOCK_CALLS), False)
    assert found.dollars(first) == (0.0, False)
    assert found.dollars(second) == (20.0 - BLOCK_CALLS, False)


def test_without_a_cap_nobody_needs_dollars() -> None:
    """Nor asks for some."""
    found = leases(cap_usd=None)
    (first,) = joined(found)
    found.told(first, replace(QUIET, short_usd=1.0))

    assert found.dollars(first) == (0.0, False)


def test_what_another_does_not_need_is_called_back_before_anyone_is_denied() -> None:
    """And whoever waits has it then."""
    found = leases(cap_usd=10.0)
    rich, poor = joined(found, 2)
    found.told(rich, replace(QUIET, short_usd=8.0))
    found.dollars(rich)
    found.told(rich, replace(QUIET, reserved_usd=4.0))
    found.told(poor, replace(QUIET, short_usd=6.0))

    assert found.dollars(poor) == (0.0, False)
    assert rich.is_recalled
    found.told(rich, replace(QUIET, reserved_usd=4.0, returned_usd=6.0))
    assert found.dollars(poor) == (6.0, False)


def test_nobody_is_denied_while_calls_are_under_way() -> None:
    """They may cost less than was reserved for them."""
    found = leases(cap_usd=10.0)
    busy, poor = joined(found, 2)
    found.told(busy, replace(QUIET, short_usd=10.0))
    found.dollars(busy)
    found.told(busy, replace(QUIET, reserved_usd=10.0))
    found.told(poor, replace(QUIET, short_usd=2.0))

    assert found.dollars(poor) == (0.0, False)
    assert not busy.is_recalled
    found.spent(busy, 1.0)
    found.budget.spend("trial", 1.0)
    found.told(busy, replace(QUIET, returned_usd=9.0))
    assert found.dollars(poor) == (9.0, False)


def test_where_nothing_is_left_whoever_waits_is_denied() -> None:
    """So that the run can end."""
    found = leases(cap_usd=1.0)
    first, second = joined(found, 2)
    found.budget.spend("trial", 0.9)
    for each in (first, second):
        found.told(each, replace(QUIET, short_usd=0.5))

    assert found.dollars(second) == (0.0, False)
    assert found.dollars(first) == (0.0, True)


def test_the_longest_wait_holds_for_all() -> None:
    """Of each model."""
    assert together([{"m": 3.0, "n": 1.0}, {"m": 5.0}, {}]) == {"m": 5.0, "n": 1.0}


def test_what_is_called_back_for_one_does_not_go_to_another() -> None:
    """Else two that wait would take it from each other for ever."""
    found = leases(cap_usd=10.0)
    first, second = joined(found, 2)
    found.told(second, replace(QUIET, short_usd=1.0))
    assert found.dollars(second) == (10.0, False)
    found.told(first, replace(QUIET, short_usd=6.0))
    assert found.dollars(first) == (0.0, False)
    found.told(second, replace(QUIET, returned_usd=10.0, short_usd=6.0))

    assert found.dollars(second) == (0.0, False)
    assert found.dollars(first) == (10.0, False)
