"""Trials: every conversation that a study schedules, with the id that is made of what it consists of.

``trial_id = uuid5(NAMESPACE, canonical JSON)`` (sorted keys, no spaces) of everything that decides what is said; what
does not (the planned length, notes, titles, prices, paths, keys) is no part of it. So one log can be compared with
any study: what is missing is what has no turns under its id.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from colloquia.conversation.draws import Draws
from colloquia.conversation.participants import Seat
from colloquia.conversation.schedule import Schedule, Scheduled
from colloquia.conversation.steps import Setup, nobody
from colloquia.conversation.views import canonical_json
from colloquia.conversation.walk import Talk
from colloquia.design.models import answers_probes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from colloquia.conversation.kind import Kind
    from colloquia.conversation.materials import Scenario
    from colloquia.conversation.probes import Probe
    from colloquia.conversation.steps import Procedure
    from colloquia.conversation.stopping import Rule
    from colloquia.design.pairing import Seating
    from colloquia.design.study import Experiment
    from colloquia.design.variants import Variant

    _Own = Mapping[str, type[Kind]] | None

FORMAT = 1
"""Version of the identity; a change to it gives every conversation a new id."""

NAMESPACE = UUID("2b0d6c4e-5a0f-5c58-9f0e-7c6a3f1d9e21")


Cell = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...], str, str | None]
"""Scenario, labels, seating, opener and arm."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One scheduled conversation."""

    talk: Talk
    scenario: str
    iteration: int
    """1, 2, ... within its cell."""
    num_turns: int
    """Planned utterances, all seats together; no part of the id."""
    note: tuple[Rule, ...] = ()
    """Rules that only record that they would have ended it; no part of the id."""
    factors: Mapping[str, str] = field(default_factory=dict)
    """Factor labels and items, by name."""
    arm: str | None = None
    """Control arm; None in a study without controls."""
    opener: str | None = None
    """The role that opens; where all move at once, the first."""

    @property
    def trial_id(self) -> str:
        """The UUID made of everything that decides what is said."""
        return self.talk.trial_id

    @property
    def cell(self) -> Cell:
        """What tells its cell from others; the conversations of one cell differ in their iteration only."""
        return self.scenario, tuple(self.factors.items()), self.names, self.opener or "", self.arm

    @property
    def names(self) -> tuple[str, ...]:
        """Friendly names of the models, in seat order."""
        return tuple(seat.participant.name for seat in self.talk.seats)


def trials(
    experiment: Experiment, default_view: Callable[[str], str], own: Mapping[str, type[Kind]] | None = None
) -> tuple[Trial, ...]:
    """Return every conversation of the study, in the order in which they are to be held.

    Every cell gets iteration 1 before any gets iteration 2, and within an iteration the cells are shuffled by the
    study's seed: what stops early is a smaller balanced study.

    Args:
        experiment: The study.
        default_view: The view that the provider of a slug asks for.
        own: Procedures of the researcher's own whose code may be run, by ``FILE.py:NAME``; no id rests on them.
    """
    keyed = [(_order(trial), trial) for trial in _cells(experiment, default_view, own)]
    return tuple(trial for _, trial in sorted(keyed, key=lambda pair: pair[0]))


def _cells(experiment: Experiment, default_view: Callable[[str], str], own: _Own) -> Iterator[Trial]:
    for variants in experiment.variants.values():
        for variant in variants:
            yield from _of_variant(experiment, variant, default_view, own)


def _of_variant(
    experiment: Experiment, variant: Variant, default_view: Callable[[str], str], own: _Own
) -> Iterator[Trial]:
    scenario = variant.scenario
    shared = experiment.sampling_of(scenario.name)
    players = {
        (role.name, name): entry.participant(
            shared, experiment.view, default_view, varied=variant.at.sampling_of(role.name)
        )
        for role in scenario.roles
        for name, entry in experiment.entries.items()
    }
    for seating in experiment.pairs[scenario.name]:
        seats = tuple(
            Seat(
                role=role.name,
                participant=players[role.name, name],
                prompt=role.prompt,
                memory=scenario.memory[role.name],
            )
            for role, name in zip(scenario.roles, seating, strict=True)
        )
        for opener in scenario.opener:
            for iteration in range(1, experiment.iterations_of(scenario.name) + 1):
                yield _trial(experiment.seed, variant, seats, seating, opener, iteration, own)


def _trial(  # noqa: PLR0917, RUF100 (one argument for each part of the identity)
    seed: int, variant: Variant, seats: tuple[Seat, ...], seating: Seating, opener: str, iteration: int, own: _Own
) -> Trial:
    scenario = variant.scenario
    draws = Draws(seed=seed, iteration=iteration, item=variant.at.item, names=seating)
    probes = _probes(scenario, seats)
    talk = Talk(
        trial_id=str(uuid5(NAMESPACE, _identity(seed, variant, seats, probes, opener, iteration))),
        seats=seats,
        procedure=_procedure(scenario, opener, draws, own),
        kickoff=scenario.kickoff,
        go_on=scenario.go_on,
        stop=scenario.stop,
        draws=draws,
        schedule=Schedule(happenings=scenario.schedule),
        probes=probes,
    )
    return Trial(
        talk=talk,
        scenario=scenario.name,
        iteration=iteration,
        num_turns=scenario.num_turns,
        note=scenario.note,
        factors=variant.at.labels,
        opener=opener,
    )


def _probes(scenario: Scenario, seats: tuple[Seat, ...]) -> tuple[Probe, ...]:
    """Return the probes of a conversation, asked of those alone who can answer."""
    able = {seat.role for seat in seats if answers_probes(seat.participant.slug)}
    asked = (replace(probe, ask=tuple(role for role in probe.ask if role in able)) for probe in scenario.probes)
    return tuple(probe for probe in asked if probe.ask)


def _identity(  # noqa: PLR0917, RUF100 (one argument for each part of the identity)
    seed: int, variant: Variant, seats: tuple[Seat, ...], probes: tuple[Probe, ...], opener: str, iteration: int
) -> str:
    scenario = variant.scenario
    begins = {"kickoff": scenario.kickoff} if scenario.opening is None else {"opening": scenario.opening}
    identity: dict[str, Any] = {
        "format": FORMAT,
        "seed": seed,
        "scenario": scenario.name,
        "seats": [_seat_identity(seat) for seat in seats],
        "factors": variant.at.labels,
        "item": variant.at.item,
        "begins": begins,
        "go_on": scenario.go_on,
        "opens": opener,
        "procedure": scenario.procedure.identity(),
        "schedule": [happening.identity() for happening in scenario.schedule],
        "stop": [rule.identity() for rule in scenario.stop],
        "probes": [probe.identity() for probe in probes if probe.shown != "never"],
        "arm": None,
        "parent": None,
        "donor": None,
        "iteration": iteration,
    }
    return canonical_json(identity)


def _seat_identity(seat: Seat) -> dict[str, Any]:
    participant = seat.participant
    return {
        "role": seat.role,
        "name": participant.name,
        "slug": participant.identity_slug,
        "routing": participant.routing,
        "sampling": participant.sampling,
        "view": participant.view,
        "memory": seat.memory,
        "prompt": seat.prompt,
    }


def _procedure(scenario: Scenario, opener: str, draws: Draws, own: _Own) -> Procedure:
    setup = Setup(
        roles=tuple(role.name for role in scenario.roles),
        opener=opener,
        num_turns=scenario.num_turns,
        opening=scenario.opening,
        draws=draws,
        absent=Schedule(happenings=scenario.schedule).absent if scenario.schedule else nobody,
    )
    procedure = scenario.procedure.made(setup, own)
    return Scheduled(procedure=procedure, happenings=scenario.schedule) if scenario.schedule else procedure


def _order(trial: Trial) -> tuple[int, int, str]:
    what = f"order {trial.scenario} {trial.opener}"
    return trial.iteration, trial.talk.draws.integer(what), trial.trial_id
