"""Many seeds: their stories told one after another, and what was tried and broken counted claim by claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reliability.simulating.bugs import planted
from reliability.simulating.spending import spend
from reliability.simulating.story import story
from reliability.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

CLAIMS = {
    "turns": ("I1", "I2", "I3"),
    "calls": ("I4", "I7"),
    "kept": ("I5",),
    "billed": ("I6", "K"),
    "idle": ("I8",),
    "ends": ("end",),
}
"""Which invariants are counted together."""


def stories(seed: str, first: int, number: int, size: str) -> dict[str, Tally]:
    """Tell so many stories, from the ``first`` on."""
    found = {claim: Tally() for claim in (*CLAIMS, "seeds")}
    for each in range(first, first + number):
        told = story(f"{seed}/{each}", size)
        tried = {
            "turns": told.conversations,
            "calls": told.calls,
            "kept": told.turns,
            "billed": told.calls,
            "idle": 1,
            "ends": told.runs,
        }
        for claim, invariants in CLAIMS.items():
            _count(found[claim], tried[claim], f"seed {each}", _of(invariants, told.wrong))
        found["seeds"].add(each, ())
        found["calls"].kinds.update(told.kinds)
        found["ends"].kinds.update(told.happened)
    return found


def retold(seed: str, first: int, number: int, size: str) -> dict[str, Tally]:
    """Tell each story twice, and compare all that happened, to the byte."""
    tally = Tally()
    for each in range(first, first + number):
        once, again = (story(f"{seed}/{each}", size) for _ in range(2))
        tally.add(f"seed {each}", [] if once.trace == again.trace else ["two stories of one seed differ"])
    return {"same": tally}


def caught(seed: str, bug: str, most: int, *, is_spending: bool = False) -> dict[str, Tally]:
    """Plant a bug, and tell at most so many stories until an invariant (of spending: the cap) does not hold."""
    tally = Tally()
    for each in range(most):
        with planted(bug):
            wrong = _of("K", spend(f"{seed}/{each}").wrong) if is_spending else story(f"{seed}/{each}", "small").wrong
        tally.add(f"seed {each}", wrong[:1])
        if tally.failures:
            break
    return {bug: tally}


def spendings(seed: str, first: int, number: int) -> dict[str, Tally]:
    """Spend so many caps, from the ``first`` on."""
    overspent, ended, in_flight, used = Tally(), Tally(), Tally(), Tally()
    for each in range(first, first + number):
        spent = spend(f"{seed}/{each}")
        case = f"seed {each}"
        _count(overspent, 1, case, _of(("K", "I1", "I2", "I3", "I4", "I5", "I6", "I7"), spent.wrong))
        _count(ended, len(spent.runs), case, _of(("end",), spent.wrong))
        in_flight.kinds[str(spent.most_in_flight)] += 1
        for run in spent.runs:
            overspent.kinds[f"{run.overspend:.4f}"] += 1
            ended.kinds[run.stopped_by or "finished or killed"] += 1
            ended.kinds["calls"] += run.calls
            if run.stopped_by == "budget":
                used.add(case, ())
                used.kinds[f"{run.share_used:.3f} {run.booked_usd / run.cap_usd:.3f} {min(run.calls_so_far, 50)}"] += 1
    return {"overspent": overspent, "ended": ended, "in flight": in_flight, "used": used}


def _of(invariants: Iterable[str], wrong: Iterable[str]) -> list[str]:
    return [told for told in wrong if told.partition(":")[0] in invariants]


def _count(tally: Tally, tried: int, case: str, wrong: list[str]) -> None:
    """Take in so many cases, of which some went wrong."""
    for told in wrong:
        tally.add(case, [told])
    tally.tried += max(tried - len(wrong), 0)
