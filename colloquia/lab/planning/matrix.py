"""The design matrix: every cell of a study with what it takes, and beside them those that could exist and do not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from colloquia.design.controls import TALK
from colloquia.design.forecast import Forecast
from colloquia.design.forking import unforked
from colloquia.design.pairing import DYAD
from colloquia.design.study import Experiment
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from colloquia.design.forecast import Expectations
    from colloquia.design.pairing import Seating
    from colloquia.design.trials import Cell as Place
    from colloquia.design.trials import Trial

MOST_SEATINGS = 400
"""So many columns of a design matrix are looked for, at most; beyond, only seatings that exist are shown."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One combination of all that is varied, or one that the study leaves out."""

    scenario: str
    labels: Mapping[str, str]
    seating: Seating
    opener: str
    arm: str | None = None
    conversations: int
    """0 where the study leaves it out."""
    forecast: Forecast
    """Of all its conversations, from their first turn."""
    trial: Trial | None
    """Its first conversation."""

    @property
    def row(self) -> str:
        """The scenario with the levels that it is at."""
        return " · ".join((self.scenario, *self.labels.values(), *([self.arm] if self.arm else [])))

    @property
    def column(self) -> str:
        """The models in seat order."""
        return " → ".join(self.seating)


def cells(experiment: Experiment, trials: Sequence[Trial], expectations: Expectations) -> Iterator[Cell]:
    """Yield the cells of the design, and beside them those that could exist and do not; forks are in none."""
    held: dict[Place, list[Trial]] = {}
    for trial in unforked(trials):
        held.setdefault(trial.cell, []).append(trial)
    arm = TALK if any(trial.arm for trial in trials) else None
    for place in dict.fromkeys((*_possible(experiment, arm), *held)):
        scenario, labels, seating, opener, own_arm = place
        found = held.get(place, [])
        first = min(found, key=lambda trial: trial.iteration, default=None)
        yield Cell(
            scenario=scenario,
            labels=dict(labels),
            seating=seating,
            opener=opener,
            arm=own_arm,
            conversations=len(found),
            forecast=expectations.rest_of(first) * len(found) if first else Forecast(),
            trial=first,
        )


def _possible(experiment: Experiment, arm: str | None) -> Iterator[Place]:
    everything = _without_where(experiment)
    names = tuple(experiment.entries)
    for scenario, variants in everything.variants.items():
        for variant in variants:
            seats = len(variant.scenario.roles)
            seatings = everything.pairs[scenario]
            if seats == DYAD and len(names) ** DYAD <= MOST_SEATINGS:
                seatings = tuple(product(names, repeat=DYAD))
            for seating, opener in product(seatings, variant.scenario.opener):
                yield scenario, tuple(variant.at.labels.items()), seating, opener, arm


def _without_where(experiment: Experiment) -> Experiment:
    if experiment.where is None:
        return experiment
    try:
        return Experiment.from_words({word: value for word, value in experiment.words().items() if word != "where"})
    except DesignError:  # what `where` leaves out need not hold together
        return experiment
