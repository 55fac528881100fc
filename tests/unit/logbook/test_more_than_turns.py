"""What a folder holds besides its turns: shared beginnings, answers, judgements, registrations, lanes, failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from unit.logbook.samples import AT, HASH, ended, row_of, started
from unit.logbook.test_answers import keep
from unit.logbook.test_answers import row as answer_of

from colloquia.logbook import judgements
from colloquia.logbook.contents import read
from colloquia.logbook.entries import AttemptSettled, LaneChanged, Registered, RunStarted, TrialFailed
from colloquia.logbook.judgements import Judgement
from colloquia.logbook.record import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.folder import RunFolder

    Fill = Callable[..., RunFolder]

JUDGE = "judge success by x-ai/grok-4"
FAILED = TrialFailed(at=AT, run_id="run-1", trial_id="t", turn_id=2, fault="transient", stage="status", message="no")


def judgement(**changes: Any) -> Judgement:
    """Return what the judge said of a whole conversation."""
    values: dict[str, Any] = dict.fromkeys(name for name in Judgement.__struct_fields__ if name != "schema")
    values |= {"key": HASH, "judge": "success", "by": "x-ai/grok-4", "trial_id": "t", "num_turns": 1, "answer": "yes"}
    values |= {"rubric_sha256": HASH, "request_sha256": HASH, "prompt_version": 1, "masking_version": 1, "order": 0}
    values |= {"reading": "first", "speakers": {}, "sampling": {}, "attempts": 1, "source": "live", "run_id": "run-1"}
    return Judgement(**{**values, **changes})


def lane(slug: str, width: int) -> LaneChanged:
    """Return what the journal says of a lane."""
    return LaneChanged(at=AT, run_id="run-1", speaker_slug=slug, kind="cut", reason="429", width=width, per_second=None)


def begun(run_id: str) -> RunStarted:
    """Return the beginning of a run."""
    return RunStarted(at=AT, run_id=run_id, study=f"title = '{run_id}'", versions={}, command="run", planned={})


def test_a_fork_begins_where_it_left_its_parent(filled: Fill) -> None:
    """The turns that it shares stand in its parent's lines: they are no gap; one that it lacks of its own is."""
    whole = [row_of("fork", 3, forked_at=2), row_of("fork", 4, forked_at=2)]
    torn = [row_of("other", 4, forked_at=2)]

    found = read(filled(whole + torn))

    assert [(gap.trial_id, gap.reason) for gap in found.damage] == [("other", "the log has turn 4 and not turn 3")]
    assert found.quarantined == {"other"}


def test_a_folder_of_answers_alone_is_as_live_as_one_of_turns(folder: RunFolder) -> None:
    """Where its answers come from counts, and a journal that lost the folder's id is missed."""
    found = read(keep(folder, encode(answer_of())))

    assert found.sources == {"live"}
    assert [damage.reason[:39] for damage in found.damage] == ["it no longer holds the id of this folde"]


@pytest.mark.parametrize(("number", "others"), [(1, ""), (2, ", and 1 more"), (3, ", and 2 more")])
def test_turns_that_the_journal_cannot_explain_are_counted(filled: Fill, number: int, others: str) -> None:
    """The first is named, and how many more there are."""
    found = read(filled([row_of("t", turn_id) for turn_id in range(1, number + 1)], []))

    assert [damage.reason for damage in found.damage] == [
        f"lines of it are missing: it does not tell how turn 1 was asked for{others}"
    ]


def test_a_judges_answer_that_is_kept_is_no_orphan(filled: Fill) -> None:
    """One whose judgement nobody finds is, and so is one about another conversation."""
    journal = [
        entry
        for trial_id in "tu"
        for entry in (started(trial_id, 0, beside=JUDGE), ended(trial_id, 0, beside=JUDGE, cost_usd=0.5))
    ]
    folder = filled([], journal)
    folder.replace(folder.judgements, encode(judgement()))

    assert [(orphan.trial_id, orphan.beside) for orphan in read(folder).orphans] == [("u", JUDGE)]


def test_a_judgement_of_no_time_is_damage(filled: Fill) -> None:
    """As in a row of the log."""
    folder = filled([], [])
    folder.replace(folder.judgements, encode(judgement(timestamp=AT)) + encode(judgement(timestamp="soon", order=1)))

    found = judgements.read(folder)

    assert ([kept.timestamp for kept in found.by_key.values()], found.unreadable) == ([AT], 1)


@pytest.mark.parametrize(
    ("later", "has_failed"),
    [
        ({"beside": "probe mood of buyer"}, False),
        ({"beside": "probe mood of buyer", "is_ok": False}, True),
        ({"beside": JUDGE}, True),
    ],
    ids=["an answer", "a failed question", "a judge"],
)
def test_only_an_answer_takes_a_failure_back(filled: Fill, later: dict[str, Any], *, has_failed: bool) -> None:
    """What else is asked beside the turns says nothing of whether the conversation goes on."""
    journal = [started("t", 1), ended("t", 1), FAILED, ended("t", 1, **later)]

    assert ("t" in read(filled([row_of("t", 1)], journal)).failed) == has_failed


def test_of_each_lane_the_last_word_counts(filled: Fill) -> None:
    """So that the next run begins as carefully as the last one ended."""
    found = read(filled([], [lane("a/a", 8), lane("b/b", 2), lane("a/a", 4)]))

    assert {slug: change.width for slug, change in found.lanes.items()} == {"a/a": 4, "b/b": 2}


def test_only_what_was_registered_before_the_first_run_is(filled: Fill) -> None:
    """What was written down after data were seen was not written down before."""
    early, late = (Registered(at=AT, study=text, sha256=HASH, planned={}) for text in ("early", "late"))

    assert read(filled([], [early, begun("run-1"), late])).registered == (early,)


def test_a_damaged_line_of_a_known_conversation_suspects_no_other(filled: Fill) -> None:
    """It is known by its turns alone: whoever lacks a turn for another reason is asked again."""
    folder = filled([row_of("t", 1), row_of("t", 2)], [started("u", 1), ended("u", 1)])
    first, second = (folder.path / folder.log).read_bytes().splitlines(keepends=True)
    folder.replace(folder.log, first + second.replace(b"Turn 2", b"Turn 3"))

    found = read(folder)

    assert found.quarantined == {"t"}
    assert [orphan.trial_id for orphan in found.orphans] == ["u"]


# -- what judges cost --------------------------------------------------------------------------------------------------


def test_a_judge_of_unknown_price_adds_nothing(filled: Fill) -> None:
    """Neither answered nor lost under way; that the price is unknown is said apart."""
    journal = [ended("t", 0, beside=JUDGE, cost_usd=None), started("u", 0, beside=JUDGE)]

    found = read(filled([], journal))

    assert (found.judges_usd, found.has_unknown_cost) == (0.0, True)


def test_what_the_books_say_of_a_judges_call_replaces_what_was_booked(filled: Fill) -> None:
    """In what judges cost as in what all cost."""
    lost = ended("t", 0, beside=JUDGE, is_ok=False, cost_usd=None, booked_usd=0.5, generation_id="gen-1")
    settled = AttemptSettled(
        at=AT, run_id="run-2", attempt_of="run-1", trial_id="t", turn_id=0, attempt=1, beside=JUDGE,
        generation_id="gen-1", cost_usd=0.125,
    )  # fmt: skip

    found = read(filled([], [lost, settled]))

    assert (found.judges_usd, found.spent_usd) == (pytest.approx(0.125), pytest.approx(0.125))
