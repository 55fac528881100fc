"""Events: what went otherwise than it should, in words, with what others said of it."""

from __future__ import annotations

import msgspec
import pytest
from unit.logbook.samples import AT, FOLDER_ID, ended, started

from colloquia.lab.watching.events import KINDS, event_of
from colloquia.logbook.entries import AttemptSettled, FolderMade, Noted, RunEnded, RunStarted, TrialFailed

RUN = RunStarted(at=AT, run_id="r", study="", versions={}, command="", planned={"conversations": 1200, "turns": 5})
JUDGES = msgspec.structs.replace(RUN, planned={"conversations": 0, "turns": 0, "judgements": 1344})
SETTLED = AttemptSettled(
    at=AT, run_id="r", attempt_of="q", trial_id="t", turn_id=3, attempt=1, generation_id="g", cost_usd=0.0125
)
FAILED = TrialFailed(at=AT, run_id="r", trial_id="t", turn_id=3, fault="stop_trial", stage="status", message="<b>no")


@pytest.mark.parametrize("entry", [started("t", 1), ended("t", 1), FolderMade(at=AT, folder_id=FOLDER_ID)])
def test_what_goes_as_it_should_is_no_event(entry: object) -> None:
    """Thousands of calls would hide the few that matter."""
    assert event_of(entry) is None


@pytest.mark.parametrize(
    ("entry", "kind", "words"),
    [
        (RUN, "run", "1,200 conversations"),
        (RunEnded(at=AT, run_id="r", reason="stopped", counts={}, cost_usd=None), "run", "stopped"),
        (RunEnded(at=AT, run_id="r", reason="budget", counts={}, cost_usd=None), "budget", "budget"),
        (JUDGES, "run", "Judges begun: 1,344 answers"),
        (
            RunEnded(at=AT, run_id="r", reason="finished", counts={"judgements": 3}, cost_usd=None),
            "run",
            "Judges ended",
        ),
        (Noted(at=AT, run_id="r", subject="gpt", message="waits"), "note", "gpt: waits"),
        (SETTLED, "budget", "$0.012500"),
        (FAILED, "error", "<b>no"),
        (ended("t", 3, attempt=2, is_ok=False, message="429"), "retry", "Try 2 failed: 429"),
        (ended("t", 3, is_ok=False), "retry", "no reason"),
    ],
)
def test_each_kind_says_what_happened(entry: object, kind: str, words: str) -> None:
    """In one line."""
    event = event_of(entry)

    assert event is not None
    assert (event.kind, event.at) == (kind, AT)
    assert words in event.what
    assert event.kind in KINDS


@pytest.mark.parametrize("entry", [SETTLED, FAILED, ended("t", 3, is_ok=False)])
def test_what_belongs_to_a_turn_names_it(entry: object) -> None:
    """So that a reader can go there."""
    event = event_of(entry)

    assert event is not None
    assert (event.trial_id, event.turn_id) == ("t", 3)


def test_what_a_server_sent_is_kept_apart() -> None:
    """Exactly."""
    event = event_of(ended("t", 1, is_ok=False, message="400", body='{"error": "<script>"}'))

    assert event is not None
    assert event.details == '{"error": "<script>"}'
