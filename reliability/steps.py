"""The steps of a proof, none done twice: at full scale two at a time, and kept for when it is interrupted."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from reliability import side_by_side
from reliability.progress import Progress
from reliability.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reliability.row import Row, Scale

    Found = Mapping[str, Tally]
    """The count of each claim that a step tried, by its name."""
    Step = Callable[[], Found]
    """Can be sent to another process."""

ITSELF = "itself"
"""The name under which steps are counted that broke down."""


def taken(
    part: str, scale: Scale, seed: int, steps: Mapping[str, Step], say: Callable[[str], None]
) -> defaultdict[str, Tally]:
    """Do all steps, each by its key, and return the count of each claim."""
    progress = Progress(part, scale, seed)
    began = time.monotonic()
    left = [(key, step) for key, step in steps.items() if key not in progress.done]
    whole: defaultdict[str, Tally] = defaultdict(Tally)
    for (key, _), found in _in_turn(left) if scale == "short" else side_by_side.done(left, _step):
        if isinstance(found, str):
            whole[ITSELF].add(key, [found])
            say(f"{key}: {found}")
            continue
        progress.keep(key, found)
        counts = ", ".join(f"{tally['tried']:,} tried, {tally['failures']:,} failed" for tally in found.values())
        say(f"{key}: {counts} ({time.monotonic() - began:.0f} s)")
    for key in steps:
        for claim, plain in progress.done.get(key, {}).items():
            whole[claim] += Tally.of(plain)
    return whole


def broken(part: str, found: Found) -> list[Row]:
    """Return a row for the steps that broke down, where some did."""
    return [found[ITSELF].row(part, "The proof itself runs to its end.", "steps")] if ITSELF in found else []


def _step(key: str, step: Step) -> dict[str, Any]:
    del key
    return {claim: tally.plain() for claim, tally in step().items()}


def _in_turn(left: list[tuple[str, Step]]) -> Iterator[tuple[tuple[str, Step], dict[str, Any] | str]]:
    for key, step in left:
        yield (key, step), _step(key, step)
