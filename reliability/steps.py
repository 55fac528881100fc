"""The steps of a proof, none done twice: at full scale two at a time, and kept for when it is interrupted."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TYPE_CHECKING

from reliability.progress import Progress
from reliability.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reliability.row import Scale

    Found = Mapping[str, Tally]
    """The count of each claim that a step tried, by its name."""
    Step = Callable[[], Found]
    """Can be sent to another process."""

AT_ONCE = 2


def taken(
    part: str, scale: Scale, seed: int, steps: Mapping[str, Step], say: Callable[[str], None]
) -> dict[str, Tally]:
    """Do all steps, each by its key, and return the count of each claim."""
    progress = Progress(part, scale, seed)
    began = time.monotonic()
    left = {key: step for key, step in steps.items() if key not in progress.done}
    for key, found in _in_turn(left) if scale == "short" else _two_at_a_time(left):
        progress.keep(key, {claim: tally.plain() for claim, tally in found.items()})
        counts = ", ".join(f"{tally.tried:,} tried, {tally.failures:,} failed" for tally in found.values())
        say(f"{key}: {counts} ({time.monotonic() - began:.0f} s)")
    whole: dict[str, Tally] = {}
    for key in steps:
        for claim, plain in progress.done[key].items():
            whole[claim] = whole.get(claim, Tally()) + Tally.of(plain)
    return whole


def _in_turn(steps: Mapping[str, Step]) -> Iterator[tuple[str, Found]]:
    for key, step in steps.items():
        yield key, step()


def _two_at_a_time(steps: Mapping[str, Step]) -> Iterator[tuple[str, Found]]:
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(step): key for key, step in steps.items()}
        for future in as_completed(futures):
            yield futures[future], future.result()
