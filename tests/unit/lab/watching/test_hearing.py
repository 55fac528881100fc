"""Judges that are or were asked: counted from the journal."""

from __future__ import annotations

from typing import Any

from unit.logbook.samples import AT, ended

from colloquia.lab.watching.hearing import Hearing, hearing_after
from colloquia.logbook.entries import RunEnded, RunStarted


def begun(run_id: str = "judging", **planned: int) -> RunStarted:
    """Return how a run begins."""
    return RunStarted(at=AT, run_id=run_id, study="", versions={}, command="", planned=planned)


def after(*entries: Any) -> Hearing | None:
    """Return the latest hearing after some entries of a journal."""
    known = None
    for entry in entries:
        known = hearing_after(known, entry)
    return known


def test_a_run_of_conversations_is_no_hearing() -> None:
    """Nobody judges there."""
    assert after(begun(conversations=2, turns=4), ended("t", 1)) is None


def test_answers_and_what_they_cost_are_counted() -> None:
    """Failed calls apart, and those of other runs not at all."""
    own = {"run_id": "judging", "beside": "judge success by x/y"}

    found = after(
        begun(judgements=3),
        ended("t", 0, **own, cost_usd=0.25),
        ended("t", 0, **own, is_ok=False, cost_usd=None, booked_usd=0.5),
        ended("t", 1, run_id="another", cost_usd=9.0),
    )

    assert found is not None
    assert (found.asked, found.answered, found.failed_calls, found.spent_usd) == (3, 1, 1, 0.75)


def test_the_latest_hearing_counts_and_says_how_it_ended() -> None:
    """A later run of conversations does not take its place."""
    end = RunEnded(at=AT, run_id="second", reason="budget", counts={"judgements": 0}, cost_usd=None)

    found = after(begun("first", judgements=3), begun("second", judgements=2), end, begun("run", conversations=1))

    assert found is not None
    assert (found.run_id, found.ended_by) == ("second", "budget")
