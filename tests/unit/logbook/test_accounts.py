"""Every call is in the money once, and every conversation that damage may touch is set aside, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from unit.logbook.samples import AT, ended, row_of, started

from colloquia.logbook.contents import read
from colloquia.logbook.entries import TrialFailed
from colloquia.logbook.record import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.folder import RunFolder

    Fill = Callable[..., RunFolder]

LOST: dict[str, Any] = {"is_ok": False, "cost_usd": None, "booked_usd": 0.5, "generation_id": "gen-1"}


def test_a_turn_is_the_turn_of_one_attempt_only(filled: Fill) -> None:
    """Two answers to the same question in one run: one is in the log, the other was paid all the same."""
    answers = [ended("t", 1, cost_usd=0.25), ended("t", 1, attempt=2, cost_usd=0.5)]

    contents = read(filled([row_of("t", 1)], answers))

    assert contents.spent_usd == pytest.approx(0.75)
    assert contents.orphans == ()


def test_two_lines_for_one_turn_are_two_attempts(filled: Fill) -> None:
    """Each brought its line, and neither is paid twice."""
    answers = [ended("t", 1, cost_usd=0.25), ended("t", 1, attempt=2, cost_usd=0.5)]

    contents = read(filled([row_of("t", 1), row_of("t", 1, cost_usd=0.5)], answers))

    assert contents.spent_usd == pytest.approx(0.75)


def test_a_failed_call_counts_with_what_was_booked_for_it(filled: Fill) -> None:
    """Where more was booked than billed, the booking stands, and the bill is not added to it."""
    contents = read(filled([], [ended("t", 1, is_ok=False, cost_usd=0.25, booked_usd=0.75)]))

    assert contents.spent_usd == pytest.approx(0.75)


@pytest.mark.parametrize(
    "known",
    [{"cost_usd": 0.5}, {"booked_usd": 0.0}, {"booked_usd": None}, {"generation_id": None}, {"is_ok": True}],
    ids=["billed", "cost nothing", "booked as nothing", "no id to ask by", "answered"],
)
def test_only_a_lost_call_with_a_name_is_looked_up(filled: Fill, known: dict[str, Any]) -> None:
    """The provider is asked about what was booked without a bill and has an id there; about nothing else."""
    assert len(read(filled([], [ended("t", 1, **LOST)])).unsettled) == 1
    assert read(filled([], [ended("t", 1, **{**LOST, **known})])).unsettled == ()


@pytest.mark.parametrize(("status", "is_unknown"), [(399, True), (400, False), (None, True)])
def test_only_an_error_status_says_that_nothing_was_billed(
    filled: Fill, status: int | None, *, is_unknown: bool
) -> None:
    """The first of them is 400."""
    contents = read(filled([], [ended("t", 1, is_ok=False, cost_usd=None, status=status)]))

    assert contents.has_unknown_cost is is_unknown


def test_a_call_under_way_whose_turn_is_in_the_log_is_not_counted_twice(filled: Fill) -> None:
    """The log has its turn and its cost although the journal has lost how it ended."""
    contents = read(filled([row_of("t", 1, source="embedded")], [started("t", 1)]))

    assert contents.spent_usd == pytest.approx(0.25)
    assert not contents.has_unknown_cost


@pytest.mark.parametrize(
    ("kept", "lost"),
    [
        ([("t", 1), ("t", 2)], frozenset()),
        ([("t", 1)], {("t", 2)}),
        ([("t", 1, "another run"), ("t", 2)], {("t", 1)}),
        ([], {("t", 1), ("t", 2)}),
    ],
)
def test_a_turn_that_the_journal_cannot_explain_shows_what_it_lost(
    filled: Fill, kept: list[tuple[Any, ...]], lost: set[tuple[str, int]]
) -> None:
    """No kill leaves that: how a call ended is on disk before its turn. The conversation is not set aside."""
    ends = [ended(trial_id, turn_id, run_id=(*run, "run-1")[0]) for trial_id, turn_id, *run in kept]

    contents = read(filled([row_of("t", 1), row_of("t", 2)], ends))

    assert contents.unexplained == lost
    assert [damage.file for damage in contents.damage] == ["journal.jsonl"] * bool(lost)
    assert contents.has_unknown_cost == bool(lost)
    assert contents.quarantined == frozenset()


def test_a_line_that_nobody_was_asked_for_needs_no_attempt(filled: Fill) -> None:
    """An opening that the study writes is said by nobody."""
    contents = read(filled([row_of("t", 1, request_sha256=None, source="scripted", cost_usd=None)], []))

    assert contents.damage == ()
    assert not contents.has_unknown_cost


def test_a_damaged_line_of_the_journal_is_told_once(filled: Fill) -> None:
    """The turn that it explained is not told again as one that nothing explains."""
    folder = filled([row_of("t", 1)])
    journal = folder.path / folder.journal
    journal.write_bytes(journal.read_bytes().replace(b'"is_ok":true', b'"is_ok":null'))

    contents = read(folder)

    assert [damage.line for damage in contents.damage] == [1]
    assert contents.unexplained == frozenset()


def _failed(trial_id: str) -> TrialFailed:
    return TrialFailed(
        at=AT, run_id="run-1", trial_id=trial_id, turn_id=1, fault="transient", stage="status", message=""
    )


@pytest.mark.parametrize(
    "entry", [started("v", 1), ended("v", 1, is_ok=False), _failed("v")], ids=["started", "ended", "failed"]
)
def test_damage_of_a_conversation_that_the_journal_knows_is_that_ones_alone(filled: Fill, entry: Any) -> None:
    """However the journal came to speak of it: nobody else can have lost the line."""
    orphan = [started("t", 1), ended("t", 1)]
    folder = filled([row_of("v", 1)], [entry, *orphan])
    log = folder.path / folder.log
    log.write_bytes(encode(row_of("v", 1)).replace(b"Turn 1", b"Turn 7"))

    contents = read(folder)

    assert [orphan.trial_id for orphan in contents.orphans if orphan.is_answered] == ["t"]
    assert contents.quarantined == {"v"}
