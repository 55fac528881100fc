"""Many conversations at once: endings, failures, caps, and models that are left alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeModel, ListWriter, failure, reply

from colloquia.design.forecast import Expectations, Price
from colloquia.errors import CallError, Fault, StorageError
from colloquia.logbook.attempts import Attempts
from colloquia.logbook.entries import AttemptEnded, AttemptStarted, Noted, TrialFailed
from colloquia.running.control import Control
from colloquia.running.progress import Progress
from colloquia.running.run import FIRST_TURNS, Run
from colloquia.running.work import difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.design.trials import Trial
    from colloquia.running.call import Desk

PRICES = Expectations(
    prices={"openai/gpt": Price(prompt=0, completion=1e-3), "x/y": Price(prompt=0, completion=0)},
    reply_tokens={"gpt": 5},
)
FOLDER_ID = "00000000-0000-4000-8000-000000000000"


@dataclass
class Models:
    """The models of a run, by slug."""

    by_slug: dict[str, Any]

    def model(self, slug: str) -> Any:
        return self.by_slug[slug]


def run_of(desk: Desk, models: dict[str, Any], **known: Any) -> Run:
    """Return a run that has not begun."""
    fresh = {"control": Control(), "progress": Progress(), **known}
    return Run(folder_id=FOLDER_ID, desk=desk, models=Models(models), **fresh)


def held(trials: tuple[Trial, ...], desk: Desk, models: dict[str, Any], *, at_once: int = 4) -> Run:
    """Return the run after it held all that ``trials`` need."""
    run = run_of(desk, models)
    work = difference(trials, {}, expectations=PRICES).work
    run.progress.set_out(work)
    asyncio.run(run.hold(work, at_once=at_once))
    return run


def test_every_conversation_is_held_to_its_length(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """Three conversations of four turns are twelve rows, each turn once and in order."""
    run = held(plan(num_turns=4, iterations=3), desk, {"openai/gpt": FakeModel(doings=[reply()])})

    assert run.progress.finished == 3
    turns: dict[str, list[int]] = {}
    for row in writer.rows:
        turns.setdefault(row.trial_id, []).append(row.turn_id)
    assert list(turns.values()) == [[1, 2, 3, 4]] * 3


@pytest.mark.parametrize(("stop", "broken_off"), [([], {"refusal": 1}), (["refusal"], {})])
def test_what_a_model_ended_is_counted_where_no_rule_of_the_study_says_the_same(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, stop: list[str], broken_off: dict[str, int]
) -> None:
    """A study that wants to end at a refusal has nothing to be told of."""
    run = held(plan(stop=stop), desk, {"openai/gpt": FakeModel(doings=[reply("", outcome="refusal")])})

    assert run.progress.finished == 1
    assert run.progress.broken_off == broken_off


def test_a_failed_conversation_is_recorded_and_the_others_go_on(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """One broken model costs its own conversations only."""
    trials = plan(models={"gpt": "openai/gpt", "bad": "x/y"}, pairing="self")
    models = {"openai/gpt": FakeModel(doings=[reply()]), "x/y": FakeModel(doings=[failure(Fault.STOP_TRIAL)])}

    run = held(trials, desk, models)

    assert run.progress.finished == 1
    assert len(run.progress.failures) == 1
    (entry,) = [entry for entry in writer.entries if isinstance(entry, TrialFailed)]
    assert (entry.turn_id, entry.fault) == (1, "stop_trial")


def test_code_of_a_researcher_that_breaks_is_a_failed_conversation(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """An extension's plain Python error is recorded with its type and text."""

    class Broken:
        async def reply(self, request: object) -> object:
            raise ZeroDivisionError("division by zero")

    run = held(plan(), desk, {"openai/gpt": Broken()})

    assert "ZeroDivisionError: division by zero" in next(iter(run.progress.failures.values()))
    assert any(isinstance(entry, TrialFailed) and entry.stage == "code" for entry in writer.entries)


def test_a_refused_key_stops_the_run_before_more_is_asked(plan: Callable[..., tuple[Trial, ...]], desk: Desk) -> None:
    """Where no call can succeed the first failure is the last."""
    model = FakeModel(doings=[failure(Fault.STOP_RUN, message="The key was refused.")])

    run = held(plan(iterations=50), desk, {"openai/gpt": model}, at_once=1)

    assert run.control.reason == "refused"
    assert run.control.message == "The key was refused."
    assert len(model.asked) == 1


def test_a_model_that_is_gone_is_left_alone_and_the_others_go_on(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk
) -> None:
    """A deprecated slug is asked once, not once a conversation."""
    trials = plan(models={"gpt": "openai/gpt", "gone": "x/y"}, pairing="self", iterations=5)
    gone = FakeModel(doings=[failure(Fault.STOP_MODEL, message="No such model.")])

    run = held(trials, desk, {"openai/gpt": FakeModel(doings=[reply()]), "x/y": gone}, at_once=1)

    assert run.progress.finished == 5
    assert len(gone.asked) == 1
    assert run.control.stopped_models == {"x/y": "No such model."}
    assert run.control.is_running


def test_an_outcome_ends_its_conversation_with_its_reason(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """An empty answer is a row, and the last of its conversation."""
    run = held(plan(num_turns=6), desk, {"openai/gpt": FakeModel(doings=[reply(None, outcome="empty")])})

    assert [row.ended_by for row in writer.rows] == ["empty"]
    assert run.progress.finished == 1
    assert run.progress.turns_done == 6


def test_no_conversation_is_opened_that_the_cap_will_not_carry_to_its_end(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """What stops early is a smaller study of whole conversations."""
    desk.budget.cap_usd = 0.025
    desk.budget.prices = {"openai/gpt": Price(prompt=0, completion=0.005 / 1024)}
    model = FakeModel(doings=[reply(usage=reply().usage.__class__(output_tokens=5, cost_usd=0.005))])

    run = held(plan(iterations=10), desk, {"openai/gpt": model}, at_once=8)

    assert run.control.reason == "budget"
    assert desk.budget.spent_usd <= 0.025
    assert len(writer.rows) == 4
    assert run.progress.finished == 2


def test_a_paid_model_that_is_mostly_cut_waits_for_its_researcher(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """Five cut turns of the first twenty are more than a fifth: no more money is spent on them."""
    model = FakeModel(doings=[reply(finish_reason="length")])

    run = held(plan(num_turns=2, iterations=20), desk, {"openai/gpt": model}, at_once=1)

    assert len(model.asked) == 5
    assert "raise max_tokens" in run.control.stopped_models["gpt"]
    assert any(isinstance(entry, Noted) for entry in writer.entries)
    assert run.progress.left == 18


def test_a_model_with_enough_turns_behind_it_is_trusted(plan: Callable[..., tuple[Trial, ...]], desk: Desk) -> None:
    """Who runs again after the warning goes on."""
    model = FakeModel(doings=[reply(finish_reason="length")])
    run = run_of(desk, {"openai/gpt": model}, earlier={"gpt": (FIRST_TURNS, 0)})

    asyncio.run(run.hold(difference(plan(iterations=9), {}, expectations=PRICES).work, at_once=2))

    assert len(model.asked) == 18


def test_a_run_that_is_told_to_stop_finishes_the_turns_in_flight(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """The turn under way is recorded; no other is asked for."""
    control = Control()

    class Stopping(FakeModel):
        async def reply(self, request: Any) -> Any:
            control.stop("SIGINT")
            return await super().reply(request)

    run = run_of(desk, {"openai/gpt": Stopping(doings=[reply()])}, control=control)
    asyncio.run(run.hold(difference(plan(iterations=5), {}, expectations=PRICES).work, at_once=1))

    assert len(writer.rows) == 1


def test_a_turn_is_counted_once_it_is_on_disk_and_a_conversation_is_over_once_all_of_it_is(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk
) -> None:
    """A turn is handed over and the next asked for; what is on disk is told, and waited for at the end."""
    seen: list[tuple[int, int, int]] = []

    class Late(ListWriter):
        """A disk that takes a turn when the next attempt is written, or when somebody waits for it."""

        def __init__(self) -> None:
            super().__init__()
            self.late: list[Any] = []

        async def journal(self, entry: Any) -> None:
            await self.written()
            await super().journal(entry)

        def turn(self, ended: Any, row: Any, on_disk: Any) -> None:
            super().turn(ended, row, lambda: self.late.append(on_disk))

        async def written(self) -> None:
            seen.append((len(self.rows), run.progress.turns_said, run.progress.finished))
            for tell in self.late:
                tell()
            self.late.clear()

    desk.writer = Late()  # type: ignore[assignment]
    run = run_of(desk, {"openai/gpt": FakeModel(doings=[reply()])})
    asyncio.run(run.hold(difference(plan(num_turns=3), {}, expectations=PRICES).work, at_once=1))

    assert seen == [(0, 0, 0), (1, 0, 0), (2, 1, 0), (3, 2, 0)]
    assert (run.progress.turns_said, run.progress.finished) == (3, 1)


def test_a_conversation_whose_last_turn_did_not_reach_the_disk_is_not_over(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk
) -> None:
    """It was handed over, and then the disk failed."""

    class Torn(ListWriter):
        def turn(self, ended: Any, row: Any, on_disk: Any) -> None:
            super().turn(ended, row, on_disk if row.turn_id == 1 else int)

        async def written(self) -> None:
            raise StorageError("no space left")

    desk.writer = Torn()  # type: ignore[assignment]
    run = run_of(desk, {"openai/gpt": FakeModel(doings=[reply()])})
    with pytest.raises(ExceptionGroup):
        asyncio.run(run.hold(difference(plan(num_turns=2), {}, expectations=PRICES).work, at_once=1))

    assert (run.progress.turns_said, run.progress.finished) == (1, 0)


def test_a_paid_move_of_a_round_that_was_not_completed_is_accounted_for(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """One player answers, the other's call fails: no turn comes of it, and the journal says what the answer cost."""

    class OneSided(FakeModel):
        async def reply(self, request: Any) -> Any:
            await asyncio.sleep(0)  # both are asked before one fails
            if request.occasion.seat == 0:
                raise CallError(failure(Fault.STOP_TRIAL))
            return await super().reply(request)

    game = {"scenarios": {"s": {"A": "x", "B": "y"}}, "procedure": {"kind": "public goods", "rounds": 1}}
    run = held(plan(**game, num_turns=None), desk, {"openai/gpt": OneSided(doings=[reply("10")])})

    attempts = Attempts()
    for entry in writer.entries:
        if isinstance(entry, AttemptStarted):
            attempts.started(entry)
        elif isinstance(entry, AttemptEnded):
            attempts.ended(entry)
    assert (len(run.progress.failures), writer.rows, desk.ended) == (1, [], {})
    assert [entry.is_ok for entry in writer.entries if isinstance(entry, AttemptEnded)] == [False, True]
    assert attempts.spent_usd() == pytest.approx(desk.budget.spent_usd) == pytest.approx(0.001)


def test_a_failing_disk_stops_the_run(plan: Callable[..., tuple[Trial, ...]], desk: Desk) -> None:
    """What cannot be written down is not asked for."""

    class FullDisk(ListWriter):
        def turn(self, ended: Any, row: Any, on_disk: Any) -> None:
            raise StorageError("no space left")

    desk.writer = FullDisk()  # type: ignore[assignment]

    with pytest.raises(ExceptionGroup) as caught:
        held(plan(iterations=3), desk, {"openai/gpt": FakeModel(doings=[reply()])})

    assert caught.group_contains(StorageError)
