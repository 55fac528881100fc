"""What is asked beside the turns is journalled and paid like a turn, and is never taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unit.logbook.samples import ended, row_of, started

from colloquia.logbook.check import check
from colloquia.logbook.contents import read
from colloquia.logbook.entries import AttemptSettled

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.folder import RunFolder

    Fill = Callable[..., RunFolder]

JUDGE = "judge success by x-ai/grok-4"


def test_its_money_is_that_of_its_attempts(filled: Fill) -> None:
    """A turn and what was asked beside it, both numbered 1 in one run: each is paid once."""
    journal = [
        started("t", 1),
        ended("t", 1, cost_usd=0.25, content_sha256="aa"),
        started("t", 1, beside=JUDGE),
        ended("t", 1, beside=JUDGE, cost_usd=0.5, content_sha256="bb"),
    ]

    contents = read(filled([row_of("t", 1)], journal), keeps_hashes=True)

    assert contents.spent_usd == pytest.approx(0.75)
    assert contents.content_hashes == {("t", 1): "aa"}
    assert not contents.has_unknown_cost


def test_it_never_stands_in_for_a_turn(filled: Fill) -> None:
    """A judge was answered, the turn's own call was lost: the turn is in the log, its call is no orphan, and paid."""
    journal = [started("t", 1, reserved_usd=0.5), started("t", 1, beside=JUDGE), ended("t", 1, beside=JUDGE)]

    contents = read(filled([row_of("t", 1)], journal))

    assert [orphan.beside for orphan in contents.orphans] == [JUDGE]
    assert contents.spent_usd == pytest.approx(0.5)


def test_one_that_was_lost_counts_with_what_was_reserved_for_it(filled: Fill) -> None:
    """Also where its turn, asked by another call of the same number, is in the log."""
    journal = [started("t", 1), ended("t", 1), started("t", 1, beside=JUDGE, reserved_usd=0.5)]

    contents = read(filled([row_of("t", 1)], journal))

    assert contents.spent_usd == pytest.approx(0.75)
    assert (contents.has_unknown_cost, contents.has_bounded_cost) == (False, True)


def test_a_lost_one_is_settled_by_its_own_name(filled: Fill) -> None:
    """What the books say of a judge's call says nothing of the turn of that number."""
    lost = {"is_ok": False, "cost_usd": None, "booked_usd": 0.5, "generation_id": "gen-1"}
    settled = AttemptSettled(
        at="2026-11-22T12:00:00.000Z", run_id="run-2", attempt_of="run-1", trial_id="t", turn_id=1, attempt=1,
        beside=JUDGE, generation_id="gen-1", cost_usd=0.125,
    )  # fmt: skip

    contents = read(filled([], [ended("t", 1, **lost), ended("t", 1, beside=JUDGE, **lost), settled]))

    assert contents.spent_usd == pytest.approx(0.625)
    assert [attempt.beside for attempt in contents.unsettled] == [None]


def test_check_says_what_was_asked(filled: Fill) -> None:
    """A person reads which judge it was."""
    (message,) = check(filled([row_of("t", 1)], [ended("t", 1), started("t", 1, beside=JUDGE)])).messages

    assert message.startswith(f"A call for {JUDGE}, beside conversation t was under way when its run ended")


def test_what_judges_cost_is_told_apart(filled: Fill) -> None:
    """Answered, failed and lost; a private question is none of it."""
    journal = [
        ended("t", 0, beside=JUDGE, cost_usd=0.5, booked_usd=0.5),
        ended("t", 0, beside=f"{JUDGE}, again", is_ok=False, cost_usd=None, booked_usd=0.25),
        started("u", 0, beside=JUDGE, reserved_usd=0.125),
        ended("t", 1, beside="probe belief", cost_usd=4.0),
        ended("t", 1, cost_usd=8.0),
    ]

    assert read(filled([], journal)).judges_usd == pytest.approx(0.875)
