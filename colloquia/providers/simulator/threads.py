"""A simulator beside what is not asynchronous: in a thread of its own, with an event loop of its own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from colloquia.providers.simulator.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from colloquia.providers.simulator.plan import Plan

Begun = tuple[Simulator, "Callable[[], object]"]


@contextmanager
def in_thread(plan: Plan | None = None, **options: Any) -> Iterator[Simulator]:  # noqa: ANN401 (those of Simulator)
    """Serve while the block runs; what the simulator noted can be read there at any time."""
    begun: SimpleQueue[Begun | None] = SimpleQueue()
    with ThreadPoolExecutor(1, "simulator") as pool:
        serving = pool.submit(asyncio.run, _serve(begun, plan, options))
        serving.add_done_callback(lambda _done: begun.put(None))
        started = begun.get()
        if started:
            simulator, stop = started
            try:
                yield simulator
            finally:
                stop()
        serving.result()


async def _serve(begun: SimpleQueue[Begun | None], plan: Plan | None, options: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    async with Simulator(plan, **options) as simulator:
        begun.put((simulator, lambda: loop.call_soon_threadsafe(simulator.stopped.set)))
        await simulator.stopped.wait()
