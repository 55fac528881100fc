"""Calls that left no turn are listed, and every call is paid for once."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.logbook.samples import ended, row_of, started, unhurried

from colloquia.logbook.attempts import Attempts, Claims, is_answered_for_nothing
from colloquia.logbook.contents import read
from colloquia.logbook.places import MOST_BITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.folder import RunFolder

    Fill = Callable[..., RunFolder]


@pytest.mark.parametrize(
    ("entries", "is_answered", "cost_usd"),
    [([started("t", 1)], False, None), ([started("t", 1), ended("t", 1, generation_id="gen-1")], True, 0.25)],
    ids=["never came back", "came back, turn lost"],
)
def test_a_call_without_its_turn_is_an_orphan(
    filled: Fill,
    entries: list[Any],
    is_answered: bool,  # noqa: FBT001 (a column of the table)
    cost_usd: float | None,
) -> None:
    """It may be paid twice: it is listed with whatever is known of it, and its money counts."""
    contents = read(filled([], entries))

    (orphan,) = contents.orphans
    assert (orphan.trial_id, orphan.turn_id, orphan.attempt) == ("t", 1, 1)
    assert (orphan.is_answered, orphan.cost_usd) == (is_answered, cost_usd)
    assert orphan.generation_id == ("gen-1" if is_answered else None)
    assert orphan.speaker_slug == "lab/ada"
    assert contents.spent_usd == pytest.approx(cost_usd or 0.0)
    assert contents.has_unknown_cost == (cost_usd is None)
    assert contents.quarantined == frozenset()


def test_an_orphan_whose_turn_came_later_is_none_and_was_paid_all_the_same(filled: Fill) -> None:
    """The turn is there; both calls are in the money."""
    second = [started("t", 1, run_id="run-2"), ended("t", 1, run_id="run-2")]

    contents = read(filled([row_of("t", 1, run_id="run-2")], [started("t", 1), ended("t", 1, cost_usd=0.5), *second]))

    assert contents.orphans == ()
    assert contents.spent_usd == pytest.approx(0.75)
    assert not contents.has_unknown_cost


def test_a_call_lost_in_an_earlier_run_keeps_the_cost_unknown(filled: Fill) -> None:
    """Asking again does not make the first call free."""
    contents = read(
        filled(
            [row_of("t", 1, run_id="run-2")],
            [started("t", 1), started("t", 1, run_id="run-2"), ended("t", 1, run_id="run-2")],
        )
    )

    assert contents.orphans == ()
    assert contents.has_unknown_cost


@pytest.mark.parametrize(
    ("end", "is_unknown"),
    [
        ({"status": 429, "stage": "status", "was_sent": True}, False),
        ({"stage": "connect", "was_sent": False}, False),
        ({"stage": "stream", "was_sent": True}, True),
        ({"stage": "reply", "status": 200, "was_sent": True}, True),
        ({"stage": "stream", "was_sent": True, "cost_usd": 0.1}, False),
    ],
    ids=["refused", "never left", "broke off", "unreadable", "priced"],
)
def test_a_failed_call_may_have_been_billed_unless_it_was_refused_or_never_left(
    filled: Fill,
    end: dict[str, Any],
    is_unknown: bool,  # noqa: FBT001 (a column of the table)
) -> None:
    """Where nobody says what it cost, the cost is unknown and not zero."""
    cost = {"cost_usd": None, **end}

    contents = read(filled([], [started("t", 1), ended("t", 1, is_ok=False, **cost)]))

    assert contents.has_unknown_cost == is_unknown
    assert contents.spent_usd == pytest.approx(end.get("cost_usd", 0.0))
    assert contents.orphans == ()


@pytest.mark.parametrize(
    ("source", "is_unknown"),
    [("live", True), ("simulated", True), ("embedded", False), ("scripted", False), ("human", False)],
)
def test_a_turn_without_a_price_is_unknown_only_where_there_is_one(filled: Fill, source: str, is_unknown: bool) -> None:  # noqa: FBT001 (a column of the table)
    """What runs on this machine costs nothing."""
    contents = read(filled([row_of("t", 1, source=source, cost_usd=None)]))

    assert contents.has_unknown_cost == is_unknown
    assert contents.sources == {source}


def test_lost_calls_of_local_models_cost_nothing(filled: Fill) -> None:
    """The embedded model is asked again for free."""
    contents = read(filled([], [_slug(started("t", 1), "embedded:smol"), _slug(started("u", 1), "human:me")]))

    assert len(contents.orphans) == 2
    assert not contents.has_unknown_cost


def _slug(entry: Any, slug: str) -> Any:
    values = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return type(entry)(**{**values, "speaker_slug": slug})


def test_the_journal_vouches_for_the_text_that_counts(filled: Fill) -> None:
    """The hash belongs to the attempt that brought the turn, not to an orphan before it."""
    contents = read(
        filled(
            [row_of("t", 1, run_id="run-2")],
            [ended("t", 1, content_sha256="lost"), ended("t", 1, run_id="run-2", content_sha256="kept")],
        ),
        keeps_hashes=True,
    )

    assert contents.content_hashes == {("t", 1): "kept"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, False) for status in (None, 200, 408, 499, 504, 520, 522, 524)),
        *((status, True) for status in (400, 429, 500, 502, 503, 521, 523, 529)),
    ],
)
def test_a_status_of_somebody_who_gave_up_waiting_may_still_be_billed(status: int | None, expected: bool) -> None:  # noqa: FBT001 (what is expected)
    """Other error statuses say that there is no reply, and so no bill."""
    assert is_answered_for_nothing(status) is expected


def test_what_judges_cost_is_added_up_by_itself(filled: Fill) -> None:
    """As booked where nobody billed it; turns and probes are no part of it, and all of it is in the whole."""
    said = [("judge a by x", 0.5, None), ("judge b by x", None, 0.25), ("probe mood of buyer", 1.0, None)]
    journal = [
        entry
        for turn, (beside, cost, booked) in enumerate(said, start=1)
        for entry in (
            started("t", turn, beside=beside),
            ended("t", turn, beside=beside, cost_usd=cost, booked_usd=booked),
        )
    ]

    contents = read(filled([], journal))

    assert contents.judges_usd == pytest.approx(0.75)
    assert contents.spent_usd == pytest.approx(1.75)


# -- which turns are there to be claimed -------------------------------------------------------------------------------

turns = st.tuples(
    st.sampled_from("tu"),
    st.sampled_from("rs"),
    st.integers(-1, 3) | st.sampled_from([MOST_BITS, MOST_BITS + 1, 2**60]),
)


@pytest.mark.parametrize("cost_usd", [0.25, None])
def test_a_turn_that_is_seen_after_its_attempt_takes_its_place(cost_usd: float | None) -> None:
    """Who follows a run may read of the end first: the call is no orphan, paid once, and vouches for the text."""
    account = Attempts(keeps_hashes=True)
    account.started(started("t", 1))
    account.ended(ended("t", 1, cost_usd=cost_usd, content_sha256="abc"))
    orphans_before = len(list(account.orphans(_nothing_is_kept)))
    account.row(row_of("t", 1, cost_usd=cost_usd))

    assert orphans_before == 1
    assert list(account.orphans(_nothing_is_kept)) == list(account.unexplained()) == []
    assert account.spent_usd() == (cost_usd or 0.0)
    assert account.content_hashes == {("t", 1): "abc"}


def test_a_turn_takes_the_place_of_no_question_beside_it() -> None:
    """What was asked beside it stays paid for and without an answer; of two such ends the turn is one."""
    account = Attempts()
    for attempt, beside in enumerate(["probe a", None, None], start=1):
        account.started(started("t", 1, attempt=attempt, beside=beside))
        account.ended(ended("t", 1, attempt=attempt, beside=beside))
    account.row(row_of("t", 1))

    assert [orphan.beside for orphan in account.orphans(_nothing_is_kept)] == ["probe a", None]
    assert account.spent_usd() == 0.75


def _nothing_is_kept(_trial_id: str, _turn_id: int, _beside: str | None) -> bool:
    return False


@unhurried
@given(st.lists(st.tuples(st.sampled_from(["add", "take", "has"]), turns), max_size=30))
def test_each_turn_is_claimed_as_often_as_it_stands_there(steps: list[tuple[str, tuple[str, str, int]]]) -> None:
    """Also one whose number is out of all proportion; asking for one leaves it there."""
    claims, counted = Claims(), Counter[tuple[str, str, int]]()
    for step, (trial_id, run_id, number) in steps:
        turn = (trial_id, run_id, max(number, 0) if step == "add" else number)
        if step == "add":
            claims.add(*turn)
            counted[turn] += 1
        else:
            assert (claims.take if step == "take" else claims.has)(*turn) == (counted[turn] > 0)
            counted[turn] -= step == "take" and counted[turn] > 0

    left = {(trial_id, turn_id) for trial_id, _, turn_id in counted.elements()}
    assert set(claims.left()) == left


@pytest.mark.parametrize("turn_id", [0, 1, MOST_BITS, MOST_BITS + 1, 2**60])
def test_a_turn_that_stands_there_twice_is_claimed_twice(turn_id: int) -> None:
    """And no third time: each line is one attempt's only."""
    claims = Claims()
    for _ in range(2):
        claims.add("t", "run-1", turn_id)

    assert [claims.take("t", "run-1", turn_id) for _ in range(3)] == [True, True, False]


def test_ten_thousand_turns_that_nobody_has_claimed_take_a_few_kilobytes() -> None:
    """One bit each: a million are held while a folder is read."""
    claims = Claims()
    tracemalloc.start()
    for turn_id in range(1, 10_001):
        claims.add("t", "run-1", turn_id)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert size < 10_000  # of them 5,042 where a whole suite ran before; one object a turn takes a hundred times that
    assert sum(1 for _ in claims.left()) == 10_000
