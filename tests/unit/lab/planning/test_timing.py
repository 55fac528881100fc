"""How long a run is likely to take: its slowest lane, its longest conversation, or all of it together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from builders import plan
from msgspec import structs
from unit.logbook.samples import row_of

from colloquia.design.forecast import Expectations, Forecast
from colloquia.lab.planning.timing import USUAL_AT_ONCE, USUAL_SECONDS, Timing, reply_seconds, timing
from colloquia.logbook.entries import LaneChanged
from colloquia.logbook.keys import Spoken
from colloquia.running.work import Work

if TYPE_CHECKING:
    from colloquia.logbook.record import TurnRow

SLUG = "openai/gpt"


def lane(width: int, per_second: float | None = None) -> LaneChanged:
    """Return what became of the lane of the one model."""
    return LaneChanged(
        at="2026-01-01T00:00:00.000Z", run_id="r", speaker_slug=SLUG, kind="grown", reason="", width=width,
        per_second=per_second,
    )  # fmt: skip


def needed(iterations: int, *, seconds: float | None = 2.0, open_at_once: int = 200, **known: object) -> Timing:
    """Return the time of so many conversations of four turns."""
    work = [Work(trial=trial, said=(), forecast=Forecast()) for trial in plan(iterations=iterations)]
    given = {"reply_seconds": {} if seconds is None else {"gpt": seconds}, "lanes": {}, "widest": {}, **known}
    return timing(work, Expectations(prices={}, reply_tokens={}), open_at_once=open_at_once, **given)


def test_a_lane_takes_so_many_calls_at_once() -> None:
    """100 conversations of four replies of two seconds, 16 at once."""
    assert needed(100, lanes={SLUG: lane(16)}).seconds == pytest.approx(100 * 4 * 2 / 16)


def test_a_pace_that_is_known_bounds_it() -> None:
    """Half a call a second, however many may be under way."""
    assert needed(100, lanes={SLUG: lane(64, per_second=0.5)}).seconds == pytest.approx(100 * 4 / 0.5)


def test_one_conversation_is_never_faster_than_its_turns_one_after_the_other() -> None:
    """A wide lane does not help it."""
    assert needed(1, lanes={SLUG: lane(64)}).seconds == pytest.approx(4 * 2)


def test_conversations_held_at_once_bound_it_too() -> None:
    """Two at a time, in a lane for many."""
    assert needed(100, lanes={SLUG: lane(64)}, open_at_once=2).seconds == pytest.approx(100 * 4 * 2 / 2)


def test_what_is_unknown_is_assumed_and_said() -> None:
    """By the name of the model."""
    found = needed(100, seconds=None)

    assert found.seconds == pytest.approx(100 * 4 * USUAL_SECONDS / USUAL_AT_ONCE)
    assert found.assumed == ("gpt",)
    assert needed(100).assumed == ()


def test_an_embedded_model_has_few_at_once() -> None:
    """Whatever its lane would take."""
    assert needed(100, widest={SLUG: 2}).seconds == pytest.approx(100 * 4 * 2 / 2)


def test_nothing_missing_takes_no_time() -> None:
    """And scripted seats take none."""
    expectations = Expectations(prices={}, reply_tokens={})
    scripted = [Work(trial=trial, said=(), forecast=Forecast()) for trial in plan(models={"x": "scripted:echo"})]

    for work in ([], scripted):
        found = timing(work, expectations, reply_seconds={}, lanes={}, widest={}, open_at_once=200)
        assert found == Timing(seconds=0.0, assumed=())


def test_latencies_are_those_of_models_and_not_of_people() -> None:
    """A person who thinks is no slow server."""
    (trial,) = plan()
    first, second = (row_of(trial.trial_id, turn, speaker_model="gpt", latency_ms=1000.0 * turn) for turn in (1, 2))
    human = structs.replace(second, source="human")

    def found(*rows: TurnRow) -> dict[str, float]:
        spoken = Spoken()
        for row in rows:
            spoken.take(row)
        return reply_seconds([trial], {trial.trial_id: {"gpt": spoken}})

    assert found(first, second) == {"gpt": 1.5}
    assert found(first, human) == {"gpt": 1.0}
    assert found(human) == {}
    assert reply_seconds([trial], {}) == {}
