"""Jobs of a proof in processes of their own, two at a time; one that breaks down is a result like any other."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

AT_ONCE = 2


def done(
    jobs: Iterable[tuple[Any, ...]], work: Callable[..., dict[str, Any]], at_once: int = AT_ONCE
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any] | str]]:
    """Yield each job, as the arguments of ``work``, with its result as soon as that is there.

    In place of the result stands, in words, why there is none. Where the caller is interrupted, what has not begun is
    not begun any more.
    """
    with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(work, *job): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], _result(future)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _result(future: Future[dict[str, Any]]) -> dict[str, Any] | str:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 (nothing is raised for a broken claim)
        return f"the proof itself broke down: {type(error).__name__}: {error}"
