"""Which conversation is opened next: the order of the plan, room for every model, pauses, and no walk through all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import virtual_time
from fakes import FakeModel, ListWriter, reply

from colloquia.design.forecast import Expectations, Forecast
from colloquia.running.control import CalledOffError, Control
from colloquia.running.progress import Progress
from colloquia.running.run import Queue, Run
from colloquia.running.work import difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.design.trials import Trial
    from colloquia.running.call import Desk

NOTHING_KNOWN = Expectations(prices={}, reply_tokens={})
FOLDER_ID = "00000000-0000-4000-8000-000000000000"


def item(number: int, *slugs: str) -> Any:
    """Return a conversation of some models that is still to be held."""
    seats = [SimpleNamespace(participant=SimpleNamespace(slug=slug, name=slug)) for slug in slugs]
    trial = SimpleNamespace(trial_id=str(number), asked=seats, slugs=tuple(sorted(set(slugs))))
    return SimpleNamespace(trial=trial, forecast=Forecast(), said=())


def opened(queue: Queue, most: int = 10**9) -> list[str]:
    """Open what can be opened, and return which."""
    found: list[str] = []
    while len(found) < most and queue.first() is not None:
        found.append(queue.take().trial.trial_id)
    return found


def test_conversations_are_opened_in_the_order_of_the_plan() -> None:
    """Where every model has room nothing is preferred."""
    queue = Queue([item(number, "a" if number % 3 else "b", "c") for number in range(20)], room=lambda slug: 100)

    assert opened(queue) == [str(number) for number in range(20)]
    assert not queue.is_left
    assert queue.open == 20


def test_a_model_without_room_does_not_hold_up_the_others() -> None:
    """Its conversations wait; those behind them are opened, in their order."""
    queue = Queue([item(number, "slow" if number < 10 else "fast") for number in range(14)], room=lambda slug: 2)

    assert opened(queue) == ["0", "1", "10", "11"]
    assert queue.first() is None
    assert queue.is_left


def test_a_conversation_takes_a_place_of_each_of_its_models() -> None:
    """One place where both seats are the same model; all have room or it waits."""
    queue = Queue([item(0, "a", "a"), item(1, "a", "b"), item(2, "a", "b"), item(3, "b", "c")], room=lambda slug: 2)

    assert opened(queue) == ["0", "1", "3"]


def test_a_place_that_is_given_back_goes_to_the_first_who_waits_for_it() -> None:
    """The order of the plan holds among those that waited."""
    work = [item(number, "a", partner) for number, partner in enumerate("bcdbcd")]
    queue = Queue(work, room=lambda slug: 1)

    found = []
    while queue.is_left:
        assert queue.first() is not None
        taken = queue.take()
        assert queue.first() is None
        found.append(taken.trial.trial_id)
        queue.close(taken)

    assert found == ["0", "1", "2", "3", "4", "5"]


def test_a_lane_that_grows_lets_more_be_opened() -> None:
    """Room is asked for anew each time, since lanes widen and narrow."""
    room = {"a": 1}
    queue = Queue([item(number, "a") for number in range(5)], room=room.__getitem__)

    assert opened(queue) == ["0"]
    room["a"] = 3
    assert opened(queue) == ["1", "2"]


def test_what_is_left_out_takes_no_place() -> None:
    """Conversations of a model that is gone are passed over."""
    queue = Queue([item(0, "gone"), item(1, "gone"), item(2, "a")], room=lambda slug: 1)

    queue.first()
    queue.drop()
    queue.first()
    queue.drop()

    assert opened(queue) == ["2"]
    assert queue.open == 1


def test_many_thousand_conversations_cost_no_walk_through_all_of_them() -> None:
    """Each opening asks for the room of a few models, however many conversations wait."""
    models = [f"model-{number}" for number in range(20)]
    pairs = [(one, other) for one in models for other in models]
    asked = 0

    def room(slug: str) -> int:
        nonlocal asked
        asked += 1
        return 10

    queue = Queue([item(number, *pairs[number % len(pairs)]) for number in range(20_000)], room=room)
    is_open: list[Any] = []
    while queue.is_left:
        if queue.open < 50 and queue.first() is not None:
            is_open.append(queue.take())
        else:
            queue.close(is_open.pop(0))

    assert asked < 20 * 20_000


@dataclass
class SlowModel:
    """A model that takes its time on the loop's clock, and knows how many calls it had at once."""

    seconds: float
    under_way: int = 0
    most: int = 0
    asked: int = 0
    first_done_at: list[float] = field(default_factory=list)

    async def reply(self, request: Any) -> Any:
        self.asked += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.under_way -= 1
        self.first_done_at.append(asyncio.get_running_loop().time())
        return reply()


@dataclass
class Models:
    """The models of a run, by slug."""

    by_slug: dict[str, Any]

    def model(self, slug: str) -> Any:
        return self.by_slug[slug]


def begun(desk: Desk, models: dict[str, Any]) -> Run:
    """Return a run that is ready to hold conversations."""
    return Run(folder_id=FOLDER_ID, desk=desk, models=Models(models), control=Control(), progress=Progress())


def hold(run: Run, trials: tuple[Trial, ...], *, at_once: int = 200, then: Any = None) -> float:
    """Hold what trials need on a virtual clock, with something else going on beside, and return how long it took."""
    work = difference(trials, {}, expectations=NOTHING_KNOWN).work
    run.progress.set_out(work)

    async def play() -> float:
        beside = asyncio.create_task(then()) if then else None
        await run.hold(work, at_once=at_once)
        if beside:
            beside.cancel()
            await asyncio.wait([beside])
            if not beside.cancelled():
                beside.result()
        return asyncio.get_running_loop().time()

    return virtual_time.run(play())


def test_a_slow_model_does_not_hold_the_places_of_a_fast_one(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk
) -> None:
    """Its conversations come first in the plan, and the fast one is done long before them."""
    desk.lane_width = lambda slug: 2
    models = {"x/slow": SlowModel(seconds=100), "x/fast": SlowModel(seconds=1)}
    trials = plan(models={"slow": "x/slow", "fast": "x/fast"}, pairing="self", iterations=40)
    slow_first = tuple(sorted(trials, key=lambda trial: trial.talk.seats[0].participant.name, reverse=True))

    hold(begun(desk, models), slow_first, at_once=20)

    assert len(models["x/fast"].first_done_at) == len(models["x/slow"].first_done_at) == 80
    assert max(models["x/fast"].first_done_at) <= 40
    assert models["x/slow"].most == 2


def test_no_more_are_open_than_are_allowed(plan: Callable[..., tuple[Trial, ...]], desk: Desk) -> None:
    """However wide the lanes are."""
    desk.lane_width = lambda slug: 1000
    model = SlowModel(seconds=1)

    hold(begun(desk, {"openai/gpt": model}), plan(iterations=50), at_once=7)

    assert model.most == 7
    assert model.asked == 100


def test_a_lane_has_a_few_more_conversations_open_than_it_has_calls(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk
) -> None:
    """Twice its width and two, so that its next call is always at hand."""
    desk.lane_width = lambda slug: 3
    run = begun(desk, {"openai/gpt": SlowModel(seconds=1)})
    seen: list[int] = []

    async def look() -> None:
        while True:
            await asyncio.sleep(0.5)
            seen.append(run.progress.open_conversations)

    hold(run, plan(iterations=30), then=look)

    assert max(seen) == 2 * 3 + 2


def test_a_paused_run_asks_for_nothing_and_goes_on_where_it_was(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """Turns in flight are finished, an hour passes, and every turn is said once."""
    model = SlowModel(seconds=10)
    run = begun(desk, {"openai/gpt": model})
    asked: list[int] = []

    async def pause() -> None:
        await asyncio.sleep(15)
        run.control.pause()
        await asyncio.sleep(3600)
        asked.extend((model.asked, model.under_way, len(writer.rows)))
        run.control.resume()
        await asyncio.sleep(10**6)

    took = hold(run, plan(num_turns=4, iterations=3), then=pause)

    assert asked == [6, 0, 6]
    assert model.asked == len(writer.rows) == 12
    assert run.progress.finished == 3
    assert took == pytest.approx(15 + 3600 + 20)


def test_a_pause_in_the_last_turn_does_not_hold_a_run_that_is_done(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk
) -> None:
    """Nothing is left to be resumed."""
    run = begun(desk, {"openai/gpt": SlowModel(seconds=10)})

    async def pause() -> None:
        await asyncio.sleep(15)
        run.control.pause()
        await asyncio.sleep(10**6)

    assert hold(run, plan(num_turns=2, iterations=2), then=pause) == pytest.approx(20)
    assert run.progress.finished == 2


def test_a_run_that_is_paused_before_it_begins_opens_nothing(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk
) -> None:
    """And can be stopped as it stands."""
    model = SlowModel(seconds=1)
    run = begun(desk, {"openai/gpt": model})
    run.control.pause()

    async def stop() -> None:
        await asyncio.sleep(100)
        run.control.stop("stopped")
        await asyncio.sleep(10**6)

    assert hold(run, plan(iterations=3), then=stop) == pytest.approx(100)
    assert model.asked == 0


def test_stopping_a_paused_run_leaves_its_conversations_where_they_are(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """Nobody has to resume it first."""
    run = begun(desk, {"openai/gpt": SlowModel(seconds=10)})

    async def stop() -> None:
        await asyncio.sleep(5)
        run.control.pause()
        await asyncio.sleep(100)
        run.control.stop("stopped")
        await asyncio.sleep(10**6)

    hold(run, plan(num_turns=4, iterations=3), then=stop)

    assert len(writer.rows) == 3
    assert run.progress.finished == 0
    assert run.progress.failures == {}


def test_a_conversation_whose_call_is_called_off_has_not_failed(
    plan: Callable[..., tuple[Trial, ...]], desk: Desk, writer: ListWriter
) -> None:
    """It is left where it is, and the next run goes on with it."""

    class CalledOff(FakeModel):
        async def reply(self, request: Any) -> Any:
            raise CalledOffError

    run = begun(desk, {"openai/gpt": CalledOff(doings=[])})

    hold(run, plan(iterations=3))

    assert run.progress.failures == {}
    assert run.progress.open_conversations == 0
    assert run.progress.left == 3
