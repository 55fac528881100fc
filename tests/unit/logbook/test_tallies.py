"""What the turns of a conversation come to, as they go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from unit.logbook.samples import FOLDER_ID, row_of, trial_named

from colloquia.conversation.stopping import PhraseRule, RefusalRule
from colloquia.logbook.record import experiment_id
from colloquia.logbook.tallies import Tallies

if TYPE_CHECKING:
    from colloquia.design.trials import Trial
    from colloquia.logbook.conversations import ConversationRow
    from colloquia.logbook.record import TurnRow


def _tallies(rows: list[TurnRow], *trials: Trial) -> Tallies:
    tallies = Tallies(trials)
    assert list(tallies.counted(rows)) == rows
    return tallies


def _row(rows: list[TurnRow], trial: Trial | None = None, **words: Any) -> ConversationRow:
    (row,) = _tallies(rows, *([trial] if trial else [])).rows(folder_id=FOLDER_ID, **words)
    return row


def test_a_conversation_of_its_planned_length_is_complete() -> None:
    """It has ended by length; tokens, dollars and time are summed over its turns."""
    row = _row([row_of("t", n) for n in (1, 2, 3, 4)], trial_named("t"))

    assert (row.num_turns, row.planned_turns, row.is_complete, row.ended_by) == (4, 4, True, "length")
    assert (row.input_tokens, row.output_tokens, row.cost_usd, row.latency_ms) == (100, 10, 1.0, 402.0)
    assert (row.scenario, row.iteration, row.arm, row.factors) == ("market", 1, None, {"tone": "warm"})
    assert row.seats == (("ada", "buyer"), ("bob", "seller"))
    assert (row.opening_role, row.attempts, row.sources, row.noted) == ("buyer", 4, "live", None)
    assert (row.first_timestamp, row.last_timestamp) == ("2026-11-22T12:00:01.123Z", "2026-11-22T12:00:04.123Z")
    assert row.experiment_id == experiment_id(FOLDER_ID, "t")
    assert not row.is_failed


def test_a_conversation_that_was_interrupted_is_not_complete() -> None:
    """It goes on with the next run."""
    row = _row([row_of("t", 1)], trial_named("t"), failed={"t"})

    assert (row.num_turns, row.is_complete, row.ended_by, row.is_failed) == (1, False, None, True)


def test_a_conversation_that_has_not_begun_is_a_row_too() -> None:
    """It has its id, its seats and no turns; whoever counts the plan finds it."""
    row = _row([], trial_named("t"))

    assert (row.num_turns, row.is_complete, row.opening_role) == (0, False, "buyer")
    assert row.experiment_id == experiment_id(FOLDER_ID, "t")
    assert (row.input_tokens, row.cost_usd, row.sources, row.first_timestamp) == (None, None, None, None)


def test_without_the_folders_id_an_unbegun_conversation_has_none() -> None:
    """Unknown is null."""
    (row,) = _tallies([], trial_named("t")).rows(folder_id=None)

    assert row.experiment_id is None


def test_a_conversation_that_ended_by_rule_is_complete_at_any_length() -> None:
    """The last turn says why."""
    row = _row([row_of("t", 1), row_of("t", 2, ended_by="phrase")], trial_named("t"))

    assert (row.num_turns, row.is_complete, row.ended_by) == (2, True, "phrase")


def test_a_conversation_with_a_hole_is_not_complete() -> None:
    """As many turns as planned are not enough where one is missing."""
    row = _row([row_of("t", n) for n in (1, 2, 4, 5)], trial_named("t"))

    assert (row.num_turns, row.is_complete, row.ended_by) == (4, False, None)


def test_an_end_after_a_hole_is_no_whole_conversation() -> None:
    """What was said before it is not all there."""
    row = _row([row_of("t", 1), row_of("t", 3, ended_by="phrase")], trial_named("t"))

    assert (row.is_complete, row.ended_by) == (False, "phrase")


def test_the_last_turn_by_number_says_how_it_ended() -> None:
    """Its place in the log does not matter."""
    row = _row([row_of("t", 2, ended_by="phrase"), row_of("t", 1)], trial_named("t"))

    assert (row.is_complete, row.ended_by, row.opening_role) == (True, "phrase", "buyer")


SUMS = ("input_tokens", "output_tokens", "cost_usd", "cached_tokens", "saved_usd", "latency_ms")


@pytest.mark.parametrize("column", SUMS)
def test_one_unknown_makes_a_sum_unknown(column: str) -> None:
    """Unknown is never zero, and the other sums do not suffer."""
    known: dict[str, Any] = {"cached_tokens": 5, "saved_usd": 0.5}
    unknown: dict[str, Any] = {**known, column: None}

    row = _row([row_of("t", 1, **known), row_of("t", 2, **unknown), row_of("t", 3, **known)], trial_named("t"))

    assert [name for name in SUMS if getattr(row, name) is None] == [column]


def test_a_scripted_opening_costs_nothing_and_hides_nothing() -> None:
    """Nobody was asked for it, so its empty cells are no unknowns."""
    line = row_of(
        "t", 1, source="scripted", request_sha256=None, cost_usd=None, input_tokens=None, output_tokens=None,
        latency_ms=None, timestamp=None,
    )  # fmt: skip

    row = _row([line, row_of("t", 2)], trial_named("t"))

    assert (row.input_tokens, row.cost_usd, row.latency_ms, row.attempts) == (20, 0.25, 100.5, 1)
    assert row.sources == "live|scripted"
    assert row.first_timestamp == row.last_timestamp == "2026-11-22T12:00:02.123Z"


def test_refusals_cuts_and_attempts_are_counted() -> None:
    """Each is a number of turns, attempts a number of calls."""
    row = _row(
        [
            row_of("t", 1, is_refusal=True, refusal_source="rule", attempts=3),
            row_of("t", 2, is_truncated=True, finish_reason="length"),
        ],
        trial_named("t"),
    )

    assert (row.n_refusals, row.n_truncated, row.attempts) == (1, 1, 4)


def test_what_would_have_ended_it_is_noted_once_for_each_rule() -> None:
    """Where the rule was met first is where it would have ended."""
    trial = trial_named("t", note=(PhraseRule(phrase="bye"), RefusalRule(), PhraseRule(phrase="deal", by="seller")))
    rows = [
        row_of("t", 1, content="deal?"),
        row_of("t", 2, content="no", is_refusal=True, refusal_source="provider"),
        row_of("t", 3, content="bye"),
        row_of("t", 4, content="deal, bye", is_refusal=True, refusal_source="rule"),
    ]

    assert _row(rows, trial).noted == "refusal@2|phrase@3|phrase@4"
    assert _row(rows[:1], trial).noted == ""


def test_what_is_no_longer_planned_is_told_from_its_turns() -> None:
    """Its length is not known any more, so neither is whether it is complete, unless it ended by itself."""
    open_end = _row([row_of("t", 1), row_of("t", 2)])
    ended = _row([row_of("t", 1, ended_by="refusal")])

    assert (open_end.planned_turns, open_end.is_complete, open_end.ended_by) == (None, None, None)
    assert open_end.seats == (("ada", "buyer"), ("bob", "seller"))
    assert (open_end.scenario, open_end.factors) == ("market", {"tone": "warm"})
    assert (ended.is_complete, ended.ended_by) == (True, "refusal")


def test_the_plan_gives_the_order_and_the_rest_follows_as_in_the_log() -> None:
    """Conversations stand in the order in which they are scheduled."""
    rows = [row_of(name, 1) for name in ("x", "b", "y", "a")]

    found = _tallies(rows, trial_named("a"), trial_named("b"), trial_named("c")).rows(folder_id=FOLDER_ID)

    assert [row.trial_id for row in found] == ["a", "b", "c", "x", "y"]


def test_lengths_and_last_turns_are_those_of_what_has_begun() -> None:
    """Two numbers where a turn is missing; a conversation that has not begun has neither."""
    tallies = _tallies([row_of("t", 1), row_of("x", 2), row_of("t", 4)], trial_named("t"), trial_named("u"))

    assert (tallies.lengths, tallies.last_turns) == ({"t": 2, "x": 1}, {"t": 4, "x": 2})
