"""How far a conversation is, as whoever follows its folder sees it: waiting, speaking, failed, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from builders import study
from unit.lab.watching.followed import FIRST, SECOND, STUDY, Desk, course
from unit.logbook.samples import AT, ended, row_of, started

from colloquia import studies
from colloquia.design.forking import Fork
from colloquia.lab.planning.planning import trials_of
from colloquia.logbook import forks
from colloquia.logbook.entries import (
    TrialFailed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Return an empty run folder."""
    return Desk(tmp_path / "data")


def test_a_planned_conversation_waits(desk: Desk) -> None:
    """All that the study plans is there before the first turn, in the order of the plan."""
    desk.begin()
    view = desk.following.look()

    assert [(each.trial_id, each.doing, each.turns, each.planned_turns) for each in view.courses] == [
        (FIRST, "waiting", 0, 2),
        (SECOND, "waiting", 0, 2),
    ]
    assert (view.title, view.planned_turns) == ("A <b>pilot</b>", 4)


def test_turns_are_added_look_by_look(desk: Desk) -> None:
    """From waiting through begun to done; the totals keep up."""
    desk.begin()
    states = []
    for turn_id in (1, 2):
        states.append(course(desk).doing)
        desk.say(FIRST, turn_id)
    view = desk.following.look()

    assert [*states, course(desk).doing] == ["waiting", "open", "done"]
    assert (view.turns, view.finished, view.newest) == (2, 1, FIRST)
    assert view.spent_usd == pytest.approx(0.5)


def test_who_speaks_is_shown_while_a_run_goes_on(desk: Desk) -> None:
    """And nobody once it has ended."""
    desk.begin()
    desk.state()
    desk.journal(msgspec.structs.replace(started(FIRST, 1), speaker_model="gpt"))
    now = course(desk)
    desk.state("stopped")

    assert (now.doing, now.speaker) == ("speaking", "landlord")
    assert (course(desk).doing, course(desk).speaker) == ("waiting", None)


def test_who_speaks_next_is_shown_whose_attempt_stands_before_the_end_of_the_last(desk: Desk) -> None:
    """The journal has attempts of a group of lines before the ends of others."""
    desk.begin()
    desk.state()
    desk.journal(started(FIRST, 1), started(FIRST, 2), ended(FIRST, 1))
    desk.log(row_of(FIRST, 1))
    now = course(desk)
    desk.journal(ended(FIRST, 2))

    assert (now.doing, now.turns) == ("speaking", 1)
    assert course(desk).doing == "open"


def test_of_two_seats_with_one_model_the_other_speaks_next(desk: Desk) -> None:
    """The journal says which model; the last turn says which seat it is not."""
    desk.begin()
    desk.state()
    desk.say(FIRST, 1, speaker_role="landlord", speaker_model="gpt")
    desk.journal(msgspec.structs.replace(started(FIRST, 2), speaker_model="gpt"))

    assert course(desk).speaker == "tenant"


def test_a_call_that_failed_is_tried_again(desk: Desk) -> None:
    """With its reason, until the turn is there."""
    desk.begin()
    desk.state()
    failed = ended(FIRST, 1, is_ok=False, cost_usd=None, message="429 from the server", status=429)
    desk.journal(started(FIRST, 1), failed)
    then = course(desk)
    desk.journal(started(FIRST, 1, attempt=2), ended(FIRST, 1, attempt=2))
    desk.log(row_of(FIRST, 1))
    now = course(desk)

    assert (then.doing, then.message, then.failures) == ("retrying", "429 from the server", 1)
    assert (now.doing, now.message, now.failures) == ("open", "", 1)


def test_a_conversation_that_cannot_go_on_has_failed(desk: Desk) -> None:
    """Until the next run tries again."""
    desk.begin()
    desk.state()
    broken = TrialFailed(
        at=AT, run_id="run-1", trial_id=FIRST, turn_id=1, fault="stop_trial", stage="status", message="no"
    )
    desk.journal(started(FIRST, 1), ended(FIRST, 1, is_ok=False, cost_usd=None, message="no"), broken)
    then = desk.following.look()
    desk.journal(started(FIRST, 1, run_id="run-2"))

    assert (then.failed, course(desk).doing) == (1, "speaking")


def test_a_conversation_whose_cost_is_unknown_says_so(desk: Desk) -> None:
    """Free turns cost nothing; one unknown price makes the sum unknown."""
    desk.begin()
    desk.log(row_of(FIRST, 1, cost_usd=None, source="embedded"))
    free = course(desk).cost_usd
    desk.log(row_of(FIRST, 2, cost_usd=None))

    assert (free, course(desk).cost_usd) == (0.0, None)


def test_conversations_that_are_no_longer_planned_come_last(desk: Desk) -> None:
    """They keep their turns and count neither as done nor as left."""
    desk.begin()
    desk.say(FIRST, 1)
    desk.following.look()
    shorter = studies.frozen(study(num_turns=3, scenarios={"other": "Another scenario."}))
    desk.begin("run-2", shorter)
    view = desk.following.look()

    assert [(each.planned_turns, each.turns) for each in view.courses] == [(3, 0), (None, 1), (None, 0)]
    assert (view.planned_turns, view.turns) == (3, 0)
    assert (view.conversations, view.finished, view.has_rest) == (1, 0, True)

    for turn_id in (1, 2, 3):
        desk.say(view.courses[0].trial_id, turn_id)
    view = desk.following.look()

    assert (view.share, view.has_rest) == (1.0, False)


def test_a_fork_begins_with_the_turns_that_it_shares(desk: Desk) -> None:
    """As they are heard in it; what they took stays with the parent."""
    asked = Fork(parent=FIRST, turn=1, edited=1, text="Another line.")
    forks.write(desk.folder, forks.ForkAsked(at=AT, fork=asked))
    desk.begin()
    desk.say(FIRST, 1)
    fork = next(each for each in trials_of(STUDY, forked=[asked]) if each.branch and each.branch.edited)
    desk.say(fork.trial_id, 2)
    desk.following.look()

    first, second = desk.following.turns(fork.trial_id)

    assert (first.turn_id, first.content, first.cost_usd) == (1, "Another line.", None)
    assert second.turn_id == 2
