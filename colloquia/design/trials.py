"""Trials: every conversation that a study schedules, talks and controls, in the order in which they are to be held.

One log can be compared with any study: what is missing is what has no turns under its id.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colloquia.conversation.draws import Draws
from colloquia.conversation.participants import Seat
from colloquia.conversation.schedule import Schedule, Scheduled
from colloquia.conversation.steps import Setup, nobody
from colloquia.conversation.talk import Talk
from colloquia.design.controls import TALK, control_trials
from colloquia.design.models import answers_probes
from colloquia.design.trial import FORMAT, ids_of, seat_identity
from colloquia.design.trial import Cell as Cell  # noqa: PLC0414 (whoever asks for trials finds what they are here too)
from colloquia.design.trial import Trial as Trial  # noqa: PLC0414 (as above)
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from colloquia.conversation.kind import Kind
    from colloquia.conversation.materials import Scenario
    from colloquia.conversation.participants import Participant
    from colloquia.conversation.probes import Probe
    from colloquia.conversation.steps import Procedure
    from colloquia.design.pairing import Seating
    from colloquia.design.study import Experiment
    from colloquia.design.variants import Variant

    _Own = Mapping[str, type[Kind]] | None
    _Players = dict[tuple[str, str], Participant]
    """Who sits in a role under a friendly name, by both."""

MOST_TALKS = 10_000_000
"""Conversations of a study, its controls apart."""


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

    Raises:
        DesignError: there are more than could ever be held.
    """
    _check_count(experiment)
    talks = list(_cells(experiment, default_view, own))
    if experiment.controls:
        items = {factor.name for factor in experiment.variation.factors if factor.is_item}
        talks += list(control_trials(experiment.controls, talks, items))
    keyed = [(_order(trial), trial) for trial in talks]
    return tuple(trial for _, trial in sorted(keyed, key=lambda pair: pair[0]))


def _check_count(experiment: Experiment) -> None:
    """Refuse a slip of the pen before it is written out."""
    count = sum(
        len(experiment.pairs[name]) * len(variant.scenario.opener) * experiment.iterations_of(name)
        for name, variants in experiment.variants.items()
        for variant in variants
    )
    if count > MOST_TALKS:
        raise DesignError(
            f"iterations: the study comes to {count:,} conversations, more than the {MOST_TALKS:,} that one study can "
            "hold: write fewer, or make several studies of it."
        )


def _cells(experiment: Experiment, default_view: Callable[[str], str], own: _Own) -> Iterator[Trial]:
    for variants in experiment.variants.values():
        players: _Players = {}
        varied: Mapping[str | None, Mapping[str, Any]] | None = None
        for variant in variants:
            if variant.at.sampling != varied:  # else they are those of the variant before
                players, varied = _players(experiment, variant, default_view), variant.at.sampling
            yield from _of_variant(experiment, variant, players, own)


def _players(experiment: Experiment, variant: Variant, default_view: Callable[[str], str]) -> _Players:
    shared = experiment.sampling_of(variant.scenario.name)
    return {
        (role.name, name): entry.participant(
            shared, experiment.view, default_view, varied=variant.at.sampling_of(role.name)
        )
        for role in variant.scenario.roles
        for name, entry in experiment.entries.items()
    }


def _of_variant(experiment: Experiment, variant: Variant, players: _Players, own: _Own) -> Iterator[Trial]:
    scenario = variant.scenario
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
            yield from _of_cell(experiment, variant, seats, seating, opener, own)


def _of_cell(  # noqa: PLR0917, RUF100 (one argument for each part of the identity)
    experiment: Experiment, variant: Variant, seats: tuple[Seat, ...], seating: Seating, opener: str, own: _Own
) -> Iterator[Trial]:
    """Yield the conversations of a cell, which differ in their iteration, and in what is drawn for it."""
    scenario = variant.scenario
    probes = _probes(scenario, seats)
    shared = _identity(experiment.seed, variant, seats, probes, opener)
    id_of = ids_of(shared)
    for iteration in range(1, experiment.iterations_of(scenario.name) + 1):
        draws = Draws(seed=experiment.seed, iteration=iteration, item=variant.at.item, names=seating)
        talk = Talk(
            trial_id=id_of(iteration),
            seats=seats,
            procedure=_procedure(scenario, opener, draws, own),
            kickoff=scenario.kickoff,
            go_on=scenario.go_on,
            stop=scenario.stop,
            draws=draws,
            schedule=Schedule(happenings=scenario.schedule),
            probes=probes,
        )
        yield Trial(
            talk=talk,
            scenario=scenario.name,
            iteration=iteration,
            num_turns=scenario.num_turns,
            note=scenario.note,
            factors=variant.at.labels,
            arm=TALK if experiment.controls else None,
            opener=opener,
            identity={**shared, "iteration": iteration},
        )


def _probes(scenario: Scenario, seats: tuple[Seat, ...]) -> tuple[Probe, ...]:
    """Return the probes of a conversation, asked of those alone who can answer."""
    if not scenario.probes:
        return ()
    able = {seat.role for seat in seats if answers_probes(seat.participant.slug)}
    asked = (replace(probe, ask=tuple(role for role in probe.ask if role in able)) for probe in scenario.probes)
    return tuple(probe for probe in asked if probe.ask)


def _identity(
    seed: int, variant: Variant, seats: tuple[Seat, ...], probes: tuple[Probe, ...], opener: str
) -> dict[str, Any]:
    """Return what the conversations of a cell consist of, the arm of a talk and their iteration apart."""
    scenario = variant.scenario
    begins = {"kickoff": scenario.kickoff} if scenario.opening is None else {"opening": scenario.opening}
    return {
        "format": FORMAT,
        "seed": seed,
        "scenario": scenario.name,
        "seats": [seat_identity(seat) for seat in seats],
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
    control = "" if trial.arm in (None, TALK) else f" {trial.arm}"
    what = f"order {trial.scenario} {trial.opener}{control}"
    return trial.iteration, trial.talk.draws.integer(what), trial.trial_id
