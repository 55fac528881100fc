"""What Ray carries between a run and a worker, without Ray's processes."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from colloquia.design.forecast import Forecast
from colloquia.logbook.entries import AttemptStarted
from colloquia.running.executors.fleet import WorkerLostError
from colloquia.running.executors.messages import Told
from colloquia.running.executors.ray import RayLink, WorkerOfRay
from colloquia.running.executors.worker import Order
from colloquia.running.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from colloquia.design.trials import Trial

pytest.importorskip("ray", reason="Ray is not installed")

SLUG = "openai/gpt"


class Models:
    """A provider of nobody: no call of these tests leaves, since nothing is acknowledged."""

    def model(self, _slug: str) -> Any:
        return self


@dataclass
class Reference:
    """What Ray returns of a call that was made: here it is back already."""

    done: Future[bytes]

    def future(self) -> Future[bytes]:
        return self.done


@dataclass
class Actor:
    """A worker as Ray shows it, in this process; everything that passes is kept."""

    worker: WorkerOfRay
    error: Exception | None = None
    passed: list[object] = field(default_factory=list)

    @property
    def exchange(self) -> Actor:
        return self

    def remote(self, letter: bytes) -> Reference:
        done: Future[bytes] = Future()
        task = asyncio.create_task(self.worker.exchange(letter))
        task.add_done_callback(lambda task: self._back(done, letter, task.result()))
        return Reference(done)

    def _back(self, done: Future[bytes], letter: bytes, answer: bytes) -> None:
        self.passed += [letter, answer]
        if self.error is None:
            done.set_result(answer)
        else:
            done.set_exception(self.error)


def actor(error: Exception | None = None) -> Actor:
    """Return a worker."""

    def models(_keys: Mapping[str, str]) -> Models:
        return Models()

    order = Order(
        run_id="run-1",
        models=models,  # type: ignore[arg-type]
        prices={},
        headroom={},
        cap_usd=None,
        remote=frozenset(),
        sources=frozenset(),
        strangers=frozenset(),
    )
    return Actor(WorkerOfRay(order, {"OPENROUTER_API_KEY": "sk-or-canary"}), error)


def told() -> Told:
    """Return what a worker is told first."""
    return Told(written=[], places={SLUG: 3}, waits={}, seconds=0.001)


def test_only_bytes_pass_and_all_of_what_they_say_arrives(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """What else Ray is given it takes apart by code of Python, on both sides, again and again; no key is among it."""
    trials = plan(iterations=2)
    there = actor()

    batch = asyncio.run(
        RayLink(there).exchange(told(), [Work(trial=trial, said=(), forecast=Forecast()) for trial in trials])
    )

    starts = [event.entry for event in batch.events]
    assert all(isinstance(entry, AttemptStarted) for entry in starts)
    assert [event.trial_id for event in batch.events] == [trial.trial_id for trial in trials]
    assert batch.in_flight == {SLUG: 2}
    assert all(isinstance(each, bytes) and b"canary" not in each for each in there.passed)


def test_a_class_that_cannot_be_imported_by_its_name_passes_too(plan: Callable[..., tuple[Trial, ...]]) -> None:
    """As Ray itself would carry it: a package may make the class of its procedure in a function."""

    @dataclass
    class Made:
        pass

    (trial,) = (replace(trial, note=(Made(),)) for trial in plan())  # type: ignore[arg-type]
    batch = asyncio.run(RayLink(actor()).exchange(told(), [Work(trial=trial, said=(), forecast=Forecast())]))

    assert [event.trial_id for event in batch.events] == [trial.trial_id]


def test_an_actor_that_died_is_a_worker_that_was_lost() -> None:
    """With the first line of what Ray says of it."""
    from ray.exceptions import RayError

    there = actor(RayError("The actor died.\nA page of more."))

    with pytest.raises(WorkerLostError, match=r"^The actor died\.$"):
        asyncio.run(RayLink(there).exchange(told(), []))
