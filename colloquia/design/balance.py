"""Balance: how often each model sits in each seat, and opens from it, in each arm of each scenario.

A difference between models is one of models, and not of seats, only where each sat in each seat equally often; the
table says whether that is so before anything is paid.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.design.forking import unforked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from colloquia.design.trials import Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    """One model in one seat of one scenario and arm."""

    scenario: str
    arm: str | None
    role: str
    model: str
    conversations: int
    """0 where it never sits there, though it takes part in the scenario."""
    opens: int
    """In so many of them its seat takes turn 1."""


def balance(trials: Iterable[Trial]) -> tuple[Sitting, ...]:
    """Return how often each model sits in each seat, and how often it opens from there; forks do not count."""
    sat, opened = Counter[tuple[str, str | None, str, str]](), Counter[tuple[str, str | None, str, str]]()
    seats: dict[tuple[str, str | None], tuple[dict[str, None], dict[str, None]]] = {}
    for trial in unforked(trials):
        roles, models = seats.setdefault((trial.scenario, trial.arm), ({}, {}))
        opener = trial.opener
        for seat in trial.talk.seats:
            role, model = seat.role, seat.participant.name
            roles[role] = models[model] = None
            sat[trial.scenario, trial.arm, role, model] += 1
            opened[trial.scenario, trial.arm, role, model] += role == opener
    places = [
        (scenario, arm, role, model)
        for (scenario, arm), (roles, models) in sorted(seats.items(), key=lambda item: (item[0][0], item[0][1] or ""))
        for role in roles
        for model in sorted(models)
    ]
    return tuple(
        Sitting(
            scenario=place[0],
            arm=place[1],
            role=place[2],
            model=place[3],
            conversations=sat[place],
            opens=opened[place],
        )
        for place in places
    )


def uneven(sittings: Iterable[Sitting]) -> Mapping[tuple[str, str | None], tuple[str, ...]]:
    """Return the scenarios and arms in which not every model sits in every seat, and opens from it, equally often.

    Each comes with the seats that are uneven.
    """
    found: dict[tuple[str, str | None], dict[str, set[tuple[int, int]]]] = {}
    for each in sittings:
        roles = found.setdefault((each.scenario, each.arm), {})
        roles.setdefault(each.role, set()).add((each.conversations, each.opens))
    by_place = {
        place: tuple(role for role, numbers in roles.items() if len(numbers) > 1) for place, roles in found.items()
    }
    return {place: roles for place, roles in by_place.items() if roles}
