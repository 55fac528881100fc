"""Part ``branching``: a study with donors, controls, forks and probes dies at every write and comes to the same end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reliability import branching
from reliability.steps import broken, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reliability.row import Row, Scale
    from reliability.steps import Step

PART = "branching"
WRITES: dict[Scale, int | None] = {"short": 6, "full": None}
"""How many writes of each kind of death are tried; None for all."""
ORDERS: dict[Scale, int] = {"short": 1, "full": 2}
CLAIM = (
    "Where the process dies before, in or after a write of the log, the journal or the answers to probes, the next run "
    "comes to the same rows and tables, byte for byte but for times and ids of runs."
)
DETAILS = (
    "16 conversations: talks, their reflections, shuffled and yoked partners, with a probe that nobody remembers and "
    "one that is remembered; then forks of a talk and of a control, then of a fork. Every request is rebuilt."
)
PLANTED = {
    "skip tail repair": "Leave a torn tail as it is before the next run writes.",
    "forget what forks share": "Hold a fork without the turns that it shares with its parent.",
}


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Die at every write."""
    found = taken(PART, scale, seed, dict(_steps(scale, seed)), say)
    kinds = ", ".join(f"{times:,} at {call}" for call, times in sorted(found["death"].kinds.items()))
    return [
        *broken(PART, found),
        found["death"].row(PART, CLAIM, "deaths", figure=kinds, details=DETAILS),
        *(found[name].row(PART, claim, "deaths", is_planted=True) for name, claim in PLANTED.items()),
    ]


def _steps(scale: Scale, seed: int) -> Iterator[tuple[str, Step]]:
    for number, name in enumerate(branching.ACTS):
        for when in branching.WHENS:
            for order in range(ORDERS[scale]):
                step = partial(branching.deaths, number, when, f"{seed}/{order}", least=WRITES[scale])
                yield f"{name}, {when} a write, order {order}", step
    yield "planted: skip tail repair", partial(branching.skipped_tail_repair, str(seed))
    yield "planted: forget what forks share", partial(branching.forgotten_prefixes, str(seed))
