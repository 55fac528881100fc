"""Judges that are being asked: counted from the journal, and live only while somebody says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from unit.logbook.samples import ended

from colloquia.lab.hearing import LOST_SECONDS, Hearing, hearing_after
from colloquia.logbook.entries import RunEnded, RunStarted
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import timestamp

if TYPE_CHECKING:
    from pathlib import Path

NOW = timestamp(datetime.now(UTC))


def begun(run_id: str = "judging", *, at: str = NOW, **planned: int) -> RunStarted:
    """Return how a run begins."""
    return RunStarted(at=at, run_id=run_id, study="", versions={}, command="", planned=planned)


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
    end = RunEnded(at=NOW, run_id="second", reason="budget", counts={"judgements": 0}, cost_usd=None)

    found = after(begun("first", judgements=3), begun("second", judgements=2), end, begun("run", conversations=1))

    assert found is not None
    assert (found.run_id, found.ended_by) == ("second", "budget")


@pytest.mark.parametrize(
    ("purpose", "age_seconds", "is_ended", "is_live"),
    [
        ("judge judging", 0, False, True),
        ("run another", 0, False, False),
        ("judge judging", 2 * LOST_SECONDS, False, False),
        ("judge judging", 0, True, False),
    ],
    ids=["holds the folder", "another does", "long silent", "ended"],
)
def test_a_hearing_is_live_while_its_process_holds_the_folder(
    tmp_path: Path, purpose: str, age_seconds: float, *, is_ended: bool, is_live: bool
) -> None:
    """One that was killed leaves its name there, and is gone after a while."""
    folder = RunFolder(tmp_path / "data")
    at = timestamp(datetime.fromtimestamp(datetime.now(UTC).timestamp() - age_seconds, UTC))
    end = [RunEnded(at=at, run_id="judging", reason="finished", counts={}, cost_usd=0.0)] if is_ended else []
    found = after(begun(at=at, judgements=3), *end)
    assert found is not None

    with folder.lock(purpose):
        assert found.is_live(folder) is is_live
    assert not found.is_live(folder)
