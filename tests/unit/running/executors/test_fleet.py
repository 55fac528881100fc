"""Conversations held by workers: every turn once, limit and cap kept, whoever is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fakes import ListWriter, failure, reply
from unit.running.executors.house import KEYS, SLUG, Grouping, House, held, lose_one

from colloquia.errors import CallError, Fault, StorageError
from colloquia.logbook.entries import AttemptEnded, AttemptStarted, TrialFailed
from colloquia.running.executors.fleet import (
    LONGEST_BATCH_SECONDS,
    MOST_LOSSES,
    until_all_tell,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.conversation.chat_model import ChatRequest, Reply
    from colloquia.design.trials import Trial

    Plan = Callable[..., tuple[Trial, ...]]


def test_workers_hold_every_conversation_to_its_length(plan: Plan) -> None:
    """Each turn once and in order, each attempt on disk before its call; the key goes to each worker once."""
    house = held(House(), plan(num_turns=4, iterations=12))

    assert set(house.turns.values()) == {1}
    assert len(house.turns) == 48
    assert house.progress.finished == 12
    assert house.keys == [KEYS] * 4
    assert all(link.is_ended for link in house.links)
    assert all("canary" not in str(told) for link in house.links for told in link.told)
    by_trial: dict[str, list[int]] = {}
    for row in house.writer.rows:
        by_trial.setdefault(row.trial_id, []).append(row.turn_id)
    assert list(by_trial.values()) == [[1, 2, 3, 4]] * 12


def test_the_account_is_that_of_a_run_without_workers(plan: Plan) -> None:
    """Every attempt that began has an end, and what they cost is what was spent."""
    house = held(House(), plan(num_turns=3, iterations=5))

    starts = [entry for entry in house.writer.entries if isinstance(entry, AttemptStarted)]
    ends = [entry for entry in house.writer.entries if isinstance(entry, AttemptEnded)]
    assert len(starts) == len(ends) == 15
    assert (
        house.desk.budget.spent_usd
        == pytest.approx(sum(entry.booked_usd or 0 for entry in ends))
        == pytest.approx(0.015)
    )


@pytest.mark.parametrize("after", [1, 10, 30])
def test_what_a_lost_worker_held_goes_on_from_what_is_on_disk(plan: Plan, after: int) -> None:
    """Every planned turn exactly once; another worker takes its place, and lost calls cost what was reserved."""
    house = House()
    held(house, plan(num_turns=6, iterations=16), lose_one(house, after=after))

    assert set(house.turns.values()) == {1}
    assert len(house.turns) == 96
    assert len(house.links) == 5
    assert any("a worker was lost (killed)" in message for message in house.noted())
    lost = [entry for entry in house.writer.entries if isinstance(entry, AttemptEnded) and entry.stage == "worker"]
    known = [entry.booked_usd or 0.0 for entry in house.writer.entries if isinstance(entry, AttemptEnded)]
    assert all(entry.booked_usd == pytest.approx(0.1024) for entry in lost)
    assert house.desk.budget.spent_usd == pytest.approx(sum(known))


@pytest.mark.parametrize("width", [1, 3, 7])
def test_workers_together_keep_to_one_lane(plan: Plan, width: int) -> None:
    """Also with fewer places than workers, and when one is lost and another comes."""
    house = House(width=width)
    held(house, plan(num_turns=4, iterations=10), lose_one(house, after=5))

    assert house.model.most <= width
    assert len(house.turns) == 40
    assert set(house.turns.values()) == {1}


@pytest.mark.parametrize("cap_usd", [0.05, 0.07, 0.1])
def test_workers_together_keep_to_one_cap(plan: Plan, cap_usd: float) -> None:
    """What does not fit is not asked, and nearly all that fits is."""
    house = House(cap_usd=cap_usd)
    held(house, plan(num_turns=4, iterations=30, sampling={"max_tokens": 100}))

    assert house.control.reason == "budget"
    assert cap_usd / 5 < house.desk.budget.spent_usd <= cap_usd
    assert len(house.turns) == round(house.desk.budget.spent_usd / 0.001) < 120
    assert set(house.turns.values()) == {1}


def test_a_cap_that_carries_all_stops_nothing(plan: Plan) -> None:
    """However the dollars lie with the workers meanwhile."""
    house = House(cap_usd=1.0)
    held(house, plan(num_turns=2, iterations=10, sampling={"max_tokens": 100}))

    assert (house.control.reason, len(house.turns)) == (None, 20)


def test_a_stop_reaches_the_workers(plan: Plan) -> None:
    """Calls under way are finished and kept, no other is made."""
    house = House()

    async def stop() -> None:
        while len(house.writer.rows) < 5:  # noqa: ASYNC110 (nobody tells a test when a turn was written)
            await asyncio.sleep(0.001)
        house.control.stop("stopped", "enough")

    held(house, plan(num_turns=50, iterations=8), stop())

    assert len(house.turns) == len(house.model.asked) < 400
    assert house.progress.finished == 0
    assert not house.progress.failures


def test_a_pause_reaches_the_workers_and_is_taken_back(plan: Plan) -> None:
    """No new turn meanwhile; then all of them."""
    house = House()
    seen: list[int] = []

    async def pause() -> None:
        while len(house.writer.rows) < 5:  # noqa: ASYNC110 (nobody tells a test when a turn was written)
            await asyncio.sleep(0.001)
        house.control.pause()
        await asyncio.sleep(0.4)
        seen.append(len(house.model.asked))
        await asyncio.sleep(0.2)
        seen.append(len(house.model.asked))
        house.control.resume()

    held(house, plan(num_turns=12, iterations=8), pause())

    assert seen[0] == seen[1] < 96
    assert len(house.turns) == 96


def test_a_worker_that_is_lost_in_a_pause_leaves_its_turns_in_order(plan: Plan) -> None:
    """What the writer has is what the next worker is given, however long the pause is."""
    house = House(size=1)

    def doing(_request: ChatRequest) -> Reply:
        house.control.pause()
        return reply()

    async def lose() -> None:
        while len(house.writer.rows) < 2:  # noqa: ASYNC110 (nobody tells a test when a turn was written)
            await asyncio.sleep(0.001)
        house.links[0].is_lost = True
        await asyncio.sleep(0.05)
        house.model.doing = lambda _request: reply()
        house.control.resume()

    house.model.doing = doing
    held(house, plan(num_turns=3, iterations=2), lose())

    assert not house.progress.failures
    assert sorted(house.turns.values()) == [1] * 6
    for trial_id in {row.trial_id for row in house.writer.rows}:
        assert [row.turn_id for row in house.writer.rows if row.trial_id == trial_id] == [1, 2, 3]


def test_a_worker_that_is_lost_in_a_pause_is_replaced_in_it(plan: Plan) -> None:
    """What it had under way is told at once, and not when somebody lets the run go on."""
    house = House()

    async def lose() -> None:
        while len(house.writer.rows) < 4:  # noqa: ASYNC110 (nobody tells a test when a turn was written)
            await asyncio.sleep(0.001)
        house.control.pause()
        await asyncio.sleep(0.05)  # calls under way come back meanwhile
        house.links[0].is_lost = True
        while not house.noted():  # noqa: ASYNC110 (nor when something was noted)
            await asyncio.sleep(0.001)
        assert house.control.is_paused
        house.control.resume()

    held(house, plan(num_turns=6, iterations=8), lose())

    assert sorted(house.turns.values()) == [1] * 48
    assert len(house.links) == 5


def test_a_paid_move_of_a_round_that_was_not_completed_is_accounted_for(plan: Plan) -> None:
    """As without workers: no turn comes of it, and the journal says what it cost."""
    house = House(cap_usd=5.0)

    def doing(request: ChatRequest) -> Reply:
        if request.occasion.seat == 0:
            raise CallError(failure(Fault.STOP_TRIAL))
        return reply("10")

    house.model.doing = doing
    game = {"scenarios": {"s": {"A": "x", "B": "y"}}, "procedure": {"kind": "public goods", "rounds": 1}}
    held(house, plan(**game, num_turns=None, iterations=5))

    starts = [entry for entry in house.writer.entries if isinstance(entry, AttemptStarted)]
    ends = [entry for entry in house.writer.entries if isinstance(entry, AttemptEnded)]
    assert (len(starts), len(ends), house.writer.rows, house.desk.ended) == (10, 10, [], {})
    assert house.desk.budget.spent_usd == pytest.approx(0.005)


@pytest.mark.parametrize("num_turns", [4, 2])
def test_a_turn_that_cannot_be_kept_is_the_last_of_its_conversation(plan: Plan, num_turns: int) -> None:
    """As without workers: it failed, no further call of it leaves, and the others go on."""

    class Choosy(ListWriter):
        def turn(self, ended: Any, row: Any, on_disk: Callable[[], None]) -> None:
            if (row.trial_id, row.turn_id) == (broken, 2):
                raise ValueError("it cannot be written down")
            super().turn(ended, row, on_disk)

    trials = plan(num_turns=num_turns, iterations=3)
    broken = trials[1].trial_id
    house = held(House(writer=Choosy()), trials)

    assert [row.turn_id for row in house.writer.rows if row.trial_id == broken] == [1]
    assert (len(house.writer.rows), house.progress.finished) == (2 * num_turns + 1, 2)
    assert sum(asked.startswith(broken) for asked in house.model.asked) == 2
    (found,) = [entry for entry in house.writer.entries if isinstance(entry, TrialFailed)]
    assert (found.trial_id, found.turn_id) == (broken, 2)
    assert "cannot be written down" in found.message


def test_failures_of_a_worker_are_those_of_the_run(plan: Plan) -> None:
    """A call that fails for good ends its conversation only; so does code that breaks."""
    house = House()
    trials = plan(num_turns=2, iterations=3)
    fails, breaks = trials[0].trial_id, trials[1].trial_id

    def doing(request: ChatRequest) -> Reply:
        if request.occasion.trial_id == fails:
            raise CallError(failure(Fault.STOP_TRIAL))
        if request.occasion.trial_id == breaks:
            raise KeyError("gone")
        return reply()

    house.model.doing = doing
    held(house, trials)

    found = {entry.trial_id: entry.message for entry in house.writer.entries if isinstance(entry, TrialFailed)}
    assert set(found) == {fails, breaks}
    assert "KeyError" in found[breaks]
    assert len(house.turns) == 2


def test_where_no_worker_can_be_had_the_run_stops(plan: Plan) -> None:
    """And says why."""
    house = held(House(cannot_hire=True), plan(iterations=3))

    assert house.control.reason == "refused"
    assert f"{MOST_LOSSES} were lost at each place. no room" in house.control.message


def test_a_disk_that_fails_ends_the_run(plan: Plan) -> None:
    """As it does without workers."""
    house = House()

    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    house.writer.turn = full  # type: ignore[method-assign]

    with pytest.raises(ExceptionGroup) as raised:
        held(house, plan(iterations=3))

    assert raised.group_contains(StorageError)


def test_a_person_is_asked_where_the_run_is(plan: Plan) -> None:
    """No worker sees the inbox."""
    house = House()
    trials = plan(models={"gpt": SLUG, "ann": "human:ann"}, pairing=[["ann", "gpt"]])
    held(house, trials)

    assert len(house.turns) == 2
    assert all(not link.told or not any(told.written for told in link.told) for link in house.links)


def test_nothing_is_given_to_a_worker_that_is_not_there_yet(plan: Plan) -> None:
    """Where a cluster has no room for all, those that are there do all the work."""
    house = held(House(are_pending=3), plan(num_turns=2, iterations=6))

    assert len(house.turns) == 12
    assert [len(link.told) for link in house.links[:3]] == [1, 1, 1]
    assert all(link.is_ended for link in house.links)


def test_a_refused_call_makes_no_cost_unknown(plan: Plan) -> None:
    """It was surely not billed; a call of a lost worker may have been."""
    house = House()
    house.model.doing = lambda _request: (_ for _ in ()).throw(CallError(failure(Fault.STOP_TRIAL, status=400)))
    held(house, plan(iterations=2))

    assert not house.desk.budget.has_unknown_cost
    assert house.desk.budget.spent_usd == 0


@pytest.mark.parametrize("step", [0.02, 0.08, 0.1, 2.0])
def test_all_workers_tell_at_the_same_moments(step: float) -> None:
    """Whenever each was last told something: so what they tell is written together. None gathers for too long."""
    waits = {now: until_all_tell(now, step) for now in (70.001, 70.007, 70.013, 70.019)}

    (moment,) = {round(now + seconds, 9) for now, seconds in waits.items()}
    assert moment == round(70 + min(step, LONGEST_BATCH_SECONDS), 9)


@pytest.mark.parametrize("size", [1, 4, 40])
def test_more_workers_are_asked_less_often(plan: Plan, size: int) -> None:
    """So that all together are asked hardly oftener than one; at first each answers as soon as it is there."""
    house = held(House(size=size), plan(num_turns=2, iterations=8))
    told = [[each.seconds for each in link.told] for link in house.links]

    assert [seconds[0] for seconds in told] == [0] * size
    assert all(0 < each <= min(0.005 * size, LONGEST_BATCH_SECONDS) for seconds in told for each in seconds[1:])
    assert len(house.turns) == 16


def test_the_ends_of_lost_calls_wait_for_the_disk_together(plan: Plan) -> None:
    """And not one after the other: nothing of what the worker held goes on before."""
    writer = Grouping()
    house = held(House(writer=writer, size=1, is_first_brief=True), plan(num_turns=2, iterations=3))

    lost = [entry for entry in writer.entries if isinstance(entry, AttemptEnded) and entry.stage == "worker"]
    assert len(lost) > 1
    assert writer.most_waiting == len(lost) + 1  # and what is noted of the loss
    assert house.desk.budget.spent_usd == pytest.approx(len(lost) * 0.1024 + 6 * 0.001)
    assert len(house.turns) == 6
