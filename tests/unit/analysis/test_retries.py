"""How often models had to be asked again: every attempt counts once, and conversations are the unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from statsmodels.stats.proportion import proportion_confint
from unit.logbook.samples import AT, ended, started

from colloquia.analysis.retries import (
    RetryRow,
    Share,
    is_striking,
    retried_conversations,
    retry_rows,
)
from colloquia.logbook.entries import Noted

if TYPE_CHECKING:
    from collections.abc import Iterable

SCENARIOS = {"t": "market", "u": "market", "v": "court"}


def of_model(entry: Any, model: str) -> Any:
    """Return an attempt of another model."""
    values = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return type(entry)(**{**values, "speaker_model": model})


def call(trial_id: str, turn_id: int, *faults: str, model: str = "ada", run_id: str = "run-1") -> list[Any]:
    """Return the journal of one call that fails in the ways given and is answered in the end."""
    entries: list[Any] = []
    for attempt, fault in enumerate([*faults, ""], start=1):
        entries.append(of_model(started(trial_id, turn_id, attempt=attempt, run_id=run_id), model))
        words: dict[str, Any] = {"is_ok": False, "fault": fault, "cost_usd": None} if fault else {}
        entries.append(ended(trial_id, turn_id, attempt=attempt, run_id=run_id, **words))
    return entries


def rows(entries: Iterable[Any], said: Iterable[tuple[str, int]] = ()) -> list[RetryRow]:
    """Return the rows of a journal; ``said`` are the turns of the log."""
    turns = set(said)
    return retry_rows(entries, scenario_of=SCENARIOS, has_turn=lambda *turn: turn in turns)


def test_a_call_that_is_answered_at_once_is_not_retried() -> None:
    """One call, one attempt, no failure."""
    (row,) = rows(call("t", 1), [("t", 1)])

    assert (row.speaker_model, row.scenario, row.turn_id) == ("ada", "market", 1)
    assert (row.conversations, row.calls, row.attempts, row.retried_calls, row.lost, row.never_answered) == (
        1, 1, 1, 0, 0, 0,
    )  # fmt: skip
    assert row.retried_share == 0.0


def test_failures_are_counted_by_what_they_stop() -> None:
    """Each attempt that failed is in one column."""
    (row,) = rows(call("t", 1, "rate", "transient", "transient", "stop_trial", "stop_model", "stop_run"), [("t", 1)])

    assert (row.rate, row.transient, row.stop_trial, row.stop_model, row.stop_run) == (1, 2, 1, 1, 1)
    assert (row.calls, row.attempts, row.retried_calls) == (1, 7, 1)
    assert row.retried_share == 1.0


def test_each_model_scenario_and_turn_has_a_row_of_its_own() -> None:
    """In this order, whatever the order of the journal."""
    journal = [*call("v", 1, model="bob"), *call("u", 2), *call("t", 1, "rate"), *call("v", 1), *call("u", 1)]

    found = rows(journal)

    assert [(row.speaker_model, row.scenario, row.turn_id, row.conversations) for row in found] == [
        ("ada", "court", 1, 1), ("ada", "market", 1, 2), ("ada", "market", 2, 1), ("bob", "court", 1, 1),
    ]  # fmt: skip
    assert [row.retried_share for row in found] == [0.0, 0.5, 0.0, 0.0]


def test_a_turn_that_two_runs_asked_for_is_two_calls_of_one_conversation() -> None:
    """Shares count conversations: asking for the same turn in the next run is no second one."""
    (row,) = rows([*call("t", 1, "transient"), *call("t", 1, run_id="run-2")], [("t", 1)])

    assert (row.conversations, row.calls, row.attempts, row.retried_calls) == (1, 2, 3, 1)
    assert row.retried_share == 1.0


def test_what_was_never_answered_and_what_was_lost_is_told_apart() -> None:
    """A call under way when its process ended, and one that was given up."""
    given_up = [started("t", 1), ended("t", 1, is_ok=False, fault="stop_trial")]

    (row,) = rows([*given_up, started("u", 1)])

    assert (row.never_answered, row.lost, row.stop_trial) == (2, 1, 1)


def test_a_conversation_that_no_study_knows_is_counted_without_a_scenario() -> None:
    """A journal may have lost the study, and its money was spent all the same."""
    (row,) = rows(call("gone", 1))

    assert row.scenario is None


def test_an_end_without_a_beginning_is_passed_over() -> None:
    """Its line was damaged; nobody knows whose it was."""
    assert rows([ended("t", 1), Noted(at=AT, run_id=None, subject="repair", message="")]) == []


@pytest.mark.parametrize(("count", "of"), [(0, 10), (5, 10), (10, 10), (1, 1), (0, 1), (15, 200), (3, 7)])
def test_intervals_are_wilsons(count: int, of: int) -> None:
    """As another implementation gives them; never below 0 or above 1."""
    expected = proportion_confint(count, of, method="wilson")

    low, high = Share(count=count, of=of).interval
    assert (low, high) == pytest.approx(expected)
    assert (low == 0, high == 1) == (count == 0, count == of)


def test_models_that_were_retried_unlike_are_striking_only_with_enough_conversations() -> None:
    """Two of four against none of four may be chance; forty of eighty against none is not."""
    few = {"ada": Share(count=2, of=4), "bob": Share(count=0, of=4)}
    many = {"ada": Share(count=40, of=80), "bob": Share(count=0, of=80)}

    assert not is_striking(few)
    assert is_striking(many)
    assert not is_striking({"ada": Share(count=40, of=80)})
    assert not is_striking({})


def test_a_conversation_is_retried_however_often_it_was() -> None:
    """Once for each model, over all its turns and runs."""
    journal = [*call("t", 1, "rate"), *call("t", 3, "rate"), *call("u", 1), *call("t", 2, model="bob")]

    assert retried_conversations(journal) == {"ada": Share(count=1, of=2), "bob": Share(count=0, of=1)}


def test_what_is_asked_beside_the_turns_is_left_out() -> None:
    """A judge is no speaker, and its tries say nothing of which turns got through."""
    beside = [started("t", 1, beside="judge success"), ended("t", 1, beside="judge success")]

    assert rows(beside) == []
    assert retried_conversations(beside) == {}
