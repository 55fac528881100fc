"""Workers of Ray: processes on this machine, or on the nodes of a cluster that is there already.

A worker is an actor that is never started again by Ray and of which no call is repeated: what was lost goes back to
plan - log. It is told the keys once, as an argument when it is made, and never by its environment. Where the cluster
has a resource that is called like a provider of the study, each worker takes one of it, so that it runs on a node that
serves that provider's models. Usage statistics and the dashboard are off.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colloquia.errors import SettingsError
from colloquia.extras import install
from colloquia.running.executors.fleet import Fleet, WorkerLostError
from colloquia.running.executors.leases import Leases
from colloquia.running.executors.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from colloquia.running.call import Desk
    from colloquia.running.executors.messages import Batch, Told
    from colloquia.running.executors.worker import Order
    from colloquia.running.work import Work

STORE_BYTES = 100 * 2**20
"""Memory for what workers are given; all of it is small."""


def check_installed() -> None:
    """Make sure that Ray is there.

    Raises:
        SettingsError: it is not.
    """
    if find_spec("ray") is None:
        raise SettingsError(f"--executor ray needs the package ray: {install('ray')}")


@dataclass(frozen=True, kw_only=True)
class OnRay:
    """The executor whose workers are actors of Ray."""

    order: Callable[[Desk], Order]
    """What workers have to know of a run."""
    keys: Mapping[str, str] = field(repr=False)
    slugs: tuple[str, ...]
    width: Callable[[str], int]
    """Calls of a slug under way at once, at most."""
    is_shared: Callable[[str], bool]
    """Tells whether that holds for all workers together."""
    providers: frozenset[str]
    """Names of the study's providers."""
    workers: int | None = None
    """As many as there are cores where None."""
    address: str | None = None
    """The cluster; one of its own on this machine where None."""

    @asynccontextmanager
    async def at_work(self, desk: Desk) -> AsyncIterator[Fleet]:
        """Join or start a cluster, and have workers there while the block runs."""
        resources = await asyncio.to_thread(self._join)
        leases = Leases(width=self.width, is_shared=self.is_shared, slugs=self.slugs, budget=desk.budget)
        try:
            fleet = Fleet(
                hire=_office(self.order(desk), self.keys, dict.fromkeys(self.providers & resources.keys(), 1)),
                size=self.workers or max(int(resources.get("CPU", 1)), 1),
                desk=desk,
                leases=leases,
            )
            async with fleet.at_work():
                yield fleet
        finally:
            await asyncio.to_thread(_leave)

    def _join(self) -> dict[str, float]:
        """Return what the cluster has."""
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        os.environ.setdefault("RAY_worker_niceness", "0")  # else what holds the conversations gives way to all else
        import ray

        quiet: dict[str, Any] = {"include_dashboard": False, "log_to_driver": False, "logging_level": logging.ERROR}
        if self.address is not None:
            ray.init(address=self.address, log_to_driver=False, logging_level=logging.ERROR)
        else:
            found_in = filter(None, (str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH")))
            os.environ["PYTHONPATH"] = os.pathsep.join(found_in)
            cores = self.workers or os.cpu_count() or 1
            ray.init(address="local", num_cpus=cores, object_store_memory=STORE_BYTES, **quiet)
        found: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        return found


def _leave() -> None:
    import ray

    ray.shutdown()


class WorkerOfRay:
    """A worker that is spoken to in bytes: Ray passes them on as they are, and pickles all else by code of Python."""

    def __init__(self, order: Order, keys: Mapping[str, str]) -> None:
        self._worker = Worker(order, keys)

    async def exchange(self, letter: bytes) -> bytes:
        """Take in what a worker is told and given; return what it has to tell."""
        return _packed(await self._worker.exchange(*_unpacked(letter)))


def _packed(message: object) -> bytes:
    try:
        return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError):  # of a class that cannot be imported by its name
        from ray import cloudpickle

        packed: bytes = cloudpickle.dumps(message)  # type: ignore[no-untyped-call]
        return packed


def _unpacked(letter: bytes) -> Any:  # noqa: ANN401 (whatever was packed)
    return pickle.loads(letter)  # noqa: S301 (from a process of this very run, by the hands of Ray)


class RayLink:
    """The way to an actor."""

    def __init__(self, actor: Any) -> None:  # noqa: ANN401 (Ray makes the class)
        self._actor = actor

    async def exchange(self, told: Told, items: list[Work]) -> Batch:
        """Tell it something, and return what it has to tell."""
        from ray.exceptions import RayError

        try:
            answer = await asyncio.wrap_future(self._actor.exchange.remote(_packed((told, items))).future())
        except RayError as error:
            raise WorkerLostError(str(error).strip().partition("\n")[0]) from None
        batch: Batch = _unpacked(answer)
        return batch

    async def end(self) -> None:
        """Kill it."""
        import ray

        ray.kill(self._actor)


def _office(order: Order, keys: Mapping[str, str], resources: Mapping[str, float]) -> Callable[[], Awaitable[RayLink]]:
    """Return what hires workers; Ray looks through their class and ships it once, and not for each of them."""
    import ray

    kind = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0, resources=dict(resources))(WorkerOfRay)

    async def hire() -> RayLink:
        return RayLink(kind.remote(order, dict(keys)))

    return hire
