"""An event loop on which the same seed gives the same order of events: no threads, no waiting, a clock of its own.

What is handed to a thread is done in the loop itself, whole, some draws later, and also where whoever waited for it was
cancelled meanwhile, since a thread that has begun cannot be called back. What is handed to one executor is done in that
order; the loop's own threads do it in any. Where everybody waits for a time, that time is there.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import defaultdict, deque
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Coroutine

Result = TypeVar("Result")

ROUNDS = 4
"""Work for a thread is done within so many rounds of the loop."""
LONGEST_SECONDS = 3600.0
"""On the loop's own clock; whoever is not done then never will be."""


class _Clock(selectors.SelectSelector):
    """Moves its time forward where the loop would wait."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, at once."""
        ready = super().select(0)
        if not ready and timeout:
            self.seconds += timeout
        return ready


class SeededLoop(asyncio.SelectorEventLoop):
    """The loop.

    Args:
        draws: Where its order comes from.
        tracebacks: Takes in what would be printed of errors that nobody took.
    """

    def __init__(self, draws: random.Random, tracebacks: list[str]) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)
        self._draws = draws
        self._queues: defaultdict[int, deque[Callable[[], None]]] = defaultdict(deque)
        self.set_exception_handler(
            lambda _, context: tracebacks.append(f"{context.get('message')}: {context.get('exception')!r}")
        )

    def time(self) -> float:
        """Return seconds since the loop was made."""
        return self._clock.seconds

    def run_in_executor(self, executor: object, func: Callable[..., Result], *args: object) -> asyncio.Future[Result]:
        """Do some rounds later what a thread would do now."""
        done: asyncio.Future[Result] = self.create_future()
        queue: deque[Callable[[], None]] = deque() if executor is None else self._queues[id(executor)]
        queue.append(partial(_do, done, partial(func, *args)))
        self._in_rounds(self._draws.randrange(ROUNDS), queue)
        return done

    def _in_rounds(self, rounds: int, queue: deque[Callable[[], None]]) -> None:
        if rounds:
            self.call_soon(self._in_rounds, rounds - 1, queue)
        else:
            self.call_soon(queue.popleft())


def run(work: Coroutine[object, object, Result], draws: random.Random, tracebacks: list[str] | None = None) -> Result:
    """Return what ``work`` comes to on a loop of its own.

    Raises:
        TimeoutError: it waits for something that never happens.
    """
    kept = [] if tracebacks is None else tracebacks
    with asyncio.Runner(loop_factory=lambda: SeededLoop(draws, kept)) as runner:
        return runner.run(_bounded(work))


async def _bounded(work: Coroutine[object, object, Result]) -> Result:
    async with asyncio.timeout(LONGEST_SECONDS):
        return await work


def _do(done: asyncio.Future[Result], work: Callable[[], Result]) -> None:
    try:
        result = work()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 (a thread hands over whatever it meets)
        if not done.cancelled():
            done.set_exception(error)
    else:
        if not done.cancelled():
            done.set_result(result)
