"""Following a folder: each look adds what came, nothing is counted twice, and what was swapped is read anew."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest
from builders import study
from unit.lab.watching.followed import FIRST, SECOND, STUDY, Desk, course
from unit.logbook.samples import AT, ended, row_of, started

from colloquia import studies
from colloquia.errors import FolderError
from colloquia.lab.watching.following import Following
from colloquia.logbook import contents
from colloquia.logbook.entries import (
    AttemptEnded,
    AttemptSettled,
    AttemptStarted,
    Noted,
    RunEnded,
    RunStarted,
)
from colloquia.logbook.record import encode, timestamp
from colloquia.running.wishes import Wish, utter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Return an empty run folder."""
    return Desk(tmp_path / "data")


def test_an_empty_folder_shows_nothing(desk: Desk) -> None:
    """And nothing is wrong with it."""
    view = desk.following.look()

    assert (view.courses, view.events, view.spent_usd, view.damage) == ((), (), 0.0, ())
    assert view.state.condition == "none"


def test_what_is_asked_beside_the_turns_costs_money_and_moves_no_conversation(desk: Desk) -> None:
    """A judge that was answered, and one under way in a run that is lost."""
    desk.begin()
    desk.say(FIRST, 1)
    desk.journal(started(FIRST, 1, beside="judge a"), ended(FIRST, 1, beside="judge a", cost_usd=0.5))
    desk.journal(started(FIRST, 2, beside="judge a", reserved_usd=1.0))
    view = desk.following.look()

    assert view.spent_usd == pytest.approx(contents.read(desk.folder).spent_usd) == pytest.approx(1.75)
    assert [(each.turns, each.doing) for each in view.courses] == [(1, "open"), (0, "waiting")]


def test_a_torn_line_is_waited_for(desk: Desk) -> None:
    """It counts once its end is there, and is no damage before."""
    desk.begin()
    line = encode(row_of(FIRST, 1))
    desk._append(desk.folder.log, line[:40])
    before = desk.following.look()
    desk._append(desk.folder.log, line[40:])

    assert (before.turns, before.damage) == (0, ())
    assert desk.following.look().turns == 1


def test_an_answer_whose_turn_is_not_there_yet_is_paid_for_once(desk: Desk) -> None:
    """The journal is written first: between the two files the sum is already right, and stays so."""
    desk.begin()
    desk.state()
    desk.journal(msgspec.structs.replace(started(FIRST, 1), reserved_usd=2.0))
    under_way = desk.following.look().spent_usd
    desk.journal(ended(FIRST, 1))
    between = desk.following.look().spent_usd
    desk.log(row_of(FIRST, 1))
    after = desk.following.look().spent_usd

    assert (under_way, between, after) == pytest.approx((0.0, 0.25, 0.25))


def test_an_answer_that_was_given_up_and_whose_turn_comes_after_all_is_paid_for_once(desk: Desk) -> None:
    """No run is known to go on, so nothing is waited for; the turn takes the place of what was counted."""
    desk.begin()
    desk.journal(started(FIRST, 1), ended(FIRST, 1))
    given_up = desk.following.look().spent_usd
    desk.log(row_of(FIRST, 1))
    after = desk.following.look().spent_usd

    assert (given_up, after) == pytest.approx((0.25, 0.25))


def test_a_lost_call_is_taken_to_have_cost_what_was_reserved(desk: Desk) -> None:
    """Once its run is over; what is settled later counts instead."""
    desk.begin()
    desk.journal(msgspec.structs.replace(started(FIRST, 1), reserved_usd=2.0))

    assert desk.following.look().spent_usd == pytest.approx(2.0)


def _some(desk: Desk) -> None:
    reserved = {"booked_usd": 1.5, "cost_usd": None, "is_ok": False, "generation_id": "gen-1", "message": "gone"}
    desk.begin()
    desk.say(FIRST, 1)
    desk.journal(started(SECOND, 1), ended(SECOND, 1, **reserved))
    settled = {"attempt_of": "run-1", "generation_id": "gen-1", "cost_usd": 0.75}
    desk.journal(AttemptSettled(at=AT, run_id="run-1", trial_id=SECOND, turn_id=1, attempt=1, **settled))
    desk.say(SECOND, 1)
    desk.journal(started(SECOND, 2), ended(SECOND, 2))
    desk.journal(RunEnded(at=AT, run_id="run-1", reason="finished", counts={}, cost_usd=0.5))


def test_looking_often_adds_up_to_what_one_reading_finds(tmp_path: Path) -> None:
    """Money and turns are those of the reader that reads everything at once, wherever the looks fall."""
    whole = Desk(tmp_path / "whole")
    _some(whole)
    journal = (whole.folder.path / whole.folder.journal).read_bytes()
    log = (whole.folder.path / whole.folder.log).read_bytes()
    bit = Desk(tmp_path / "bit")
    for place in range(0, max(len(journal), len(log)), 97):
        bit._append(bit.folder.journal, journal[place : place + 97])
        bit._append(bit.folder.log, log[place : place + 97])
        bit.following.look()

    found, view = contents.read(whole.folder), bit.following.look()

    assert view.spent_usd == pytest.approx(found.spent_usd)
    assert view.has_unknown_cost == found.has_unknown_cost
    assert view.has_bounded_cost == found.has_bounded_cost
    assert {each.trial_id: each.turns for each in view.courses} == {
        trial_id: len(turns) for trial_id, turns in found.turns.items()
    }
    assert view.courses == Following(whole.folder).look().courses


def test_turns_are_read_from_the_log(desk: Desk) -> None:
    """In order, and further ones are added to those that were read."""
    desk.begin()
    desk.say(FIRST, 1, content="naïve 😀\r\n")
    desk.say(SECOND, 1)
    desk.following.look()
    first = desk.following.turns(FIRST)
    desk.say(FIRST, 2, content="two")
    desk.following.look()

    assert [row.content for row in first] == ["naïve 😀\r\n"]
    assert [row.content for row in desk.following.turns(FIRST)] == ["naïve 😀\r\n", "two"]
    assert desk.following.turns("nobody") == ()


def test_a_second_line_for_a_turn_is_not_shown(desk: Desk) -> None:
    """The first durable line of a turn is the turn; the money of both counts."""
    desk.begin()
    desk.say(FIRST, 1, content="the first")
    desk.say(FIRST, 1, content="the second")
    view = desk.following.look()

    assert [row.content for row in desk.following.turns(FIRST)] == ["the first"]
    assert (view.turns, view.spent_usd) == (1, pytest.approx(0.5))


def test_damage_is_said_and_the_rest_is_shown(desk: Desk) -> None:
    """Which file, where, and what."""
    desk.begin()
    desk._append(desk.folder.log, b'{"no": "turn"}\n')
    desk._append(desk.folder.journal, b"\xff\xfe\n")
    desk.say(FIRST, 1)
    view = desk.following.look()

    assert view.turns == 1
    assert len(view.damage) == 2
    assert "experiment_log.jsonl, at byte 0" in view.damage[0]


def test_a_study_that_cannot_be_read_is_damage(desk: Desk) -> None:
    """Such as one of a newer Colloquia; what was said is shown all the same."""
    desk.begin(text="models = 3")
    desk.say(FIRST, 1)
    view = desk.following.look()

    assert "cannot be read" in view.damage[0]
    assert [each.turns for each in view.courses] == [1]


@pytest.mark.parametrize("is_shorter", [True, False])
def test_a_folder_that_was_swapped_is_read_anew(desk: Desk, tmp_path: Path, is_shorter: bool) -> None:  # noqa: FBT001 (what is tried)
    """Nothing of the old one is left in any sum."""
    desk.begin()
    for turn_id in (1, 2):
        desk.say(FIRST, turn_id)
    desk.following.look()
    other = Desk(tmp_path / "other")
    other.begin()
    for turn_id in (1,) if is_shorter else (1, 2):
        other.say(SECOND, turn_id, content="a longer text than before " * 20)
    shutil.rmtree(desk.folder.path)
    other.folder.path.rename(desk.folder.path)
    view = desk.following.look()

    assert course(desk, FIRST).turns == 0
    assert course(desk, SECOND).turns == view.turns == (1 if is_shorter else 2)
    assert desk.following.turns(FIRST) == ()


def test_a_folder_that_is_gone_is_said_to_be(desk: Desk) -> None:
    """A sentence, no trace."""
    desk.begin()
    desk.following.look()
    shutil.rmtree(desk.folder.path)

    with pytest.raises(FolderError, match="no longer there"):
        desk.following.look()


def test_what_somebody_wants_is_shown_before_it_is_heard(desk: Desk) -> None:
    """A wish for another run says nothing."""
    desk.begin()
    desk.state()
    utter(desk.folder, Wish(run_id="run-0", want="stop"))
    of_another = desk.following.look().wanted
    utter(desk.folder, Wish(run_id="run-1", want="pause"))

    assert (of_another, desk.following.look().wanted) == (None, "pause")
    desk.state("stopped")
    assert desk.following.look().wanted is None


def test_events_stand_newest_first_and_are_counted(desk: Desk) -> None:
    """Calls that went well are none."""
    desk.begin()
    desk.say(FIRST, 1)
    desk.journal(started(FIRST, 2), ended(FIRST, 2, is_ok=False, cost_usd=None, message="503"))
    desk.journal(Noted(at=AT, run_id="run-1", subject="machine", message="suspended for 9 s"))
    view = desk.following.look()

    assert [event.kind for event in view.events] == ["note", "retry", "run"]
    assert view.number_of == {"note": 1, "retry": 1, "run": 1}


def test_the_time_left_follows_from_the_last_minutes(desk: Desk) -> None:
    """Only while turns are being said."""
    from datetime import UTC, datetime

    desk.begin()
    desk.say(FIRST, 1, timestamp=timestamp(datetime.now(UTC)))
    desk.state(turns=4, turns_done=1)
    going_on = desk.following.look().seconds_left
    desk.state("paused", turns=4, turns_done=1)

    assert going_on is not None
    assert 0 < going_on < 60
    assert desk.following.look().seconds_left is None


def test_tabs_may_look_at_once(desk: Desk) -> None:
    """Each turn is counted once, whoever looks first."""
    desk.begin()
    ready = threading.Barrier(4)

    def look() -> None:
        ready.wait(timeout=30)
        for _ in range(20):
            desk.following.look()

    tabs = [threading.Thread(target=look) for _ in range(3)]
    for tab in tabs:
        tab.start()
    ready.wait(timeout=30)
    for turn_id in (1, 2):
        desk.say(FIRST, turn_id)
    for tab in tabs:
        tab.join(timeout=30)
    view = desk.following.look()

    assert (view.turns, view.spent_usd) == (2, pytest.approx(0.5))


def test_the_text_being_generated_is_read(desk: Desk) -> None:
    """Empty where there is none."""
    desk.folder.replace_quickly(f"live/{FIRST}.txt", b"I could")

    assert (desk.following.writing(FIRST), desk.following.writing(SECOND)) == ("I could", "")


def test_starts_and_ends_are_of_the_kinds_that_the_journal_has() -> None:
    """The samples that these tests write are what a run writes."""
    assert isinstance(started(FIRST, 1), AttemptStarted)
    assert isinstance(ended(FIRST, 1), AttemptEnded)


def test_the_judges_of_the_latest_study_are_named(desk: Desk) -> None:
    """Asked or not; an earlier study's are not."""
    judge = {"by": "x/y", "question": "Did it work?", "labels": ["yes", "no"]}
    desk.begin(text=studies.frozen(study(num_turns=2, judges={"success": judge, "warmth": judge})))
    assert desk.following.look().judges == ("success", "warmth")

    desk.begin("run-2")

    assert desk.following.look().judges == ()


def test_judges_are_seen_while_they_are_asked(desk: Desk) -> None:
    """How far they are stands in the journal; that they are being asked, in the state."""
    desk.begin()
    planned = {"conversations": 0, "turns": 0, "judgements": 2}
    desk.journal(
        RunStarted(at=AT, run_id="judging", study=STUDY, versions={}, command="", planned=planned),
        ended(FIRST, 0, run_id="judging", beside="judge success by x/y"),
    )
    desk.state(run_id="judging", judgements=2, judgements_done=1)

    view = desk.following.look()

    assert view.is_hearing
    assert (view.hearing.asked, view.hearing.answered) == (2, 1)
    desk.state("finished", run_id="judging", judgements=2, judgements_done=2)
    assert not desk.following.look().is_hearing
