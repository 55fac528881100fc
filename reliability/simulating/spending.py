"""One seed: a study under a cap, two hundred calls at once, and a service that is slow to say what it billed.

What was billed is the service's own account. Nothing of the cap may be overspent, whatever is lost on the way; what is
reserved may block nobody for ever; and a run that stops for the cap has so little left of it that no conversation that
is missing was sure to fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from colloquia.lab.planning.planning import draw_up
from reliability.simulating.invariants import check
from reliability.simulating.ledger import JOURNAL, LOG
from reliability.simulating.speech import COSTLY, well
from reliability.simulating.story import lived

if TYPE_CHECKING:
    import random

    from colloquia.conversation.procedures.dialogue import Dialogue
    from colloquia.design.trials import Trial
    from reliability.simulating.speech import Maker
    from reliability.simulating.story import World

RAISES = 1
"""How often a cap is raised, and the run resumed."""
AT_ONCE = 200
SLACK = 1e-9
"""Dollars; sums of floats are no more exact."""
LONGEST_TEXT, MESSAGE = 60, 40
"""Bytes: of a text that the service says, and of what JSON puts around one."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run under a cap."""

    cap_usd: float
    billed_usd: float
    """By all runs so far."""
    booked_usd: float
    stopped_by: str | None
    calls: int
    calls_so_far: int
    """By all runs."""

    @property
    def share_used(self) -> float:
        """Which part of the cap was billed."""
        return self.billed_usd / self.cap_usd

    @property
    def overspend(self) -> float:
        """Which part of the cap was billed beyond it; below 0 where something is left."""
        return self.share_used - 1


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What became of one seed."""

    wrong: tuple[str, ...]
    runs: tuple[Run, ...]
    most_in_flight: int


def spend(seed: str) -> Spent:
    """Tell what becomes of one seed."""
    runs: list[Run] = []

    async def life(world: World) -> None:
        await _spend(world, runs)

    world = lived(seed, "crowd", life)
    return Spent(wrong=tuple(world.ledger.wrong), runs=tuple(runs), most_in_flight=world.ledger.most_in_flight)


async def _spend(world: World, runs: list[Run]) -> None:
    draws = world.draws
    world.widths = (AT_ONCE,)
    world.play.words |= {"stop": [], "num_turns": draws.choice((2, 2, 3))}
    world.service.kinds, world.service.weights = _mix(draws)
    world.service.byok_share = draws.choice((0.0, 0.0, 0.2, 1.0))
    cap = _cap(world)
    for _ in range(1 + RAISES):
        world.play.words["max_cost"] = cap
        calls = len(world.ledger.calls)
        control = await world.held(None, "kill" if draws.random() < 0.15 else "")
        runs.append(_looked_at(world, control.reason, cap, len(world.ledger.calls) - calls))
        if world.ledger.wrong or draw_up(world.bench(world.disk)).is_complete:
            return
        cap *= draws.choice((1.0001, 1.2, 2.0, 5.0))


def _mix(draws: random.Random) -> tuple[list[Maker], list[float]]:
    strength = draws.choice((0.0, 0.05, 0.2, 0.5))
    kinds: list[Maker] = [well, *(kind for kind in COSTLY if draws.random() < 0.6)]
    return kinds, [1.0, *(strength * draws.random() / 2 for _ in kinds[1:])]


def _cap(world: World) -> float:
    """Return a cap: less than a call, about one, some, or almost all that the study can cost."""
    planned = world.bench(world.disk).trials
    whole = sum(_bound_usd(world, trial, 0) for trial in planned)
    call = whole / len(planned) / world.play.words["num_turns"]
    draws = world.draws
    return draws.choice(
        (
            call * draws.uniform(0.01, 0.5),
            call * draws.uniform(0.5, 3),
            10 ** draws.uniform(-3, 0) * whole,
            draws.uniform(0.1, 1) * whole,
        )
    )


def _looked_at(world: World, reason: str | None, cap: float, calls: int) -> Run:
    ledger = world.ledger
    found = check(world.bytes_of(LOG), world.bytes_of(JOURNAL), ledger, world.play)
    if ledger.billed_usd > cap + SLACK:
        ledger.tell("K", None, f"${ledger.billed_usd:.9f} were billed under a cap of ${cap:.9f}")
    if reason == "budget":
        dearest = max(_rests(world), default=0.0)
        if cap - found.spent_usd > dearest + SLACK:
            left = f"${cap - found.spent_usd:.9f} of ${cap:.9f} are left, and no conversation costs more than"
            ledger.tell("K", None, f"{left} ${dearest:.9f}, yet the run stopped")
    elif reason is not None:
        ledger.tell("K", None, f"the run stopped for another reason: {reason}")
    return Run(
        cap_usd=cap,
        billed_usd=ledger.billed_usd,
        booked_usd=found.spent_usd,
        stopped_by=reason,
        calls=calls,
        calls_so_far=len(ledger.calls),
    )


def _rests(world: World) -> list[float]:
    """Return the most that each conversation can still cost."""
    said: dict[str, int] = {}
    for trial_id, _ in world.ledger.acknowledged:
        said[trial_id] = said.get(trial_id, 0) + 1
    return [
        _bound_usd(world, trial, said.get(trial.trial_id, 0))
        for trial in world.bench(world.disk).trials
        if said.get(trial.trial_id, 0) < trial.num_turns
    ]


def _bound_usd(world: World, trial: Trial, said: int) -> float:
    """Return more than the rest of a conversation can cost, and than anybody can expect it to cost."""
    total = 0.0
    by_role = {seat.role: seat for seat in trial.talk.seats}
    order = cast("Dialogue", trial.talk.procedure).roles
    for number in range(said, trial.num_turns):
        seat = by_role[order[number % len(order)]]
        price = world.play.prices[seat.participant.slug]
        length = seat.participant.sampling["max_tokens"]
        prompt = len(seat.prompt.encode()) + len(trial.talk.kickoff)
        read = prompt + (number + 2) * (MESSAGE + max(LONGEST_TEXT, length) + 16)
        total += read * price.prompt + length * price.completion + price.request
    return total
