"""A turn and the row that keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from unit.logbook.samples import AT, row_of, trial_named, turn_number

from colloquia.logbook.turn_rows import turn_of, turn_row

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import RefusalSource


def test_a_row_says_who_speaks_and_who_hears() -> None:
    """Everyone hears a turn unless it has an audience; names come in seat order."""
    trial = trial_named("t")
    overheard = structs.replace(turn_number(1), audience=())

    row = turn_row(trial, turn_number(1), experiment_id="e", run_id="r")

    assert (row.speaker_model, row.speaker_role, row.speaker_slug) == ("ada", "buyer", "lab/ada")
    assert row.responder_model == "bob"
    assert turn_row(trial, overheard, experiment_id="e", run_id="r").responder_model is None


def test_a_group_is_joined_in_seat_order_and_only_who_hears_it() -> None:
    """In a group the responders are all others that hear the turn."""
    trial = trial_named("t")
    first, second = trial.talk.seats
    third = replace(first, role="judge", participant=replace(first.participant, name="cyd"))
    group = replace(trial, talk=replace(trial.talk, seats=(third, first, second)))
    whispered = structs.replace(turn_number(1), audience=("seller",))

    assert turn_row(group, turn_number(1), experiment_id="e", run_id="r").responder_model == "cyd|bob"
    assert turn_row(group, whispered, experiment_id="e", run_id="r").responder_model == "bob"


def test_a_cut_turn_is_flagged() -> None:
    """Truncated means that the finish reason is ``length``."""
    turn = turn_number(1)
    cut = structs.replace(turn, reply=structs.replace(turn.reply, finish_reason="length"))

    assert turn_row(trial_named("t"), cut, experiment_id="e", run_id="r").is_truncated
    assert not turn_row(trial_named("t"), turn, experiment_id="e", run_id="r").is_truncated


@pytest.mark.parametrize("by", [None, "rule", "provider", "filter"])
def test_a_refusal_is_flagged_whoever_says_so(by: RefusalSource | None) -> None:
    """And what nobody calls a refusal is none."""
    row = turn_row(trial_named("t"), structs.replace(turn_number(1), refusal_source=by), experiment_id="e", run_id="r")

    assert (row.is_refusal, row.refusal_source) == (by is not None, by)


@pytest.mark.parametrize(("by", "of_reply"), [("rule", None), ("provider", "provider"), ("filter", "filter")])
def test_a_refusal_that_a_rule_found_is_none_that_came_back(by: RefusalSource, of_reply: RefusalSource | None) -> None:
    """The turn keeps who says so; the reply only what its provider said."""
    turn = turn_of(row_of("t", 1, refusal_source=by))

    assert (turn.refusal_source, turn.reply.refusal_source) == (by, of_reply)


@pytest.mark.parametrize(("written", "moment"), [(AT, datetime.fromisoformat(AT)), (None, None)])
def test_when_a_reply_came_is_read_from_its_row(written: str | None, moment: datetime | None) -> None:
    """Where the row knows."""
    assert turn_of(row_of("t", 1, timestamp=written)).reply.timestamp == moment
