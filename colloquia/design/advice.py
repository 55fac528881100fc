"""What a researcher should know about a study before it is run: said, never enforced."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from colloquia.conversation.materials import slot_names
from colloquia.conversation.probes import BEFORE_MOVE
from colloquia.design.families import family
from colloquia.design.forecast import UNASKED
from colloquia.design.forking import unforked
from colloquia.design.models import prefix
from colloquia.design.shape import questions

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from colloquia.conversation.materials import Scenario
    from colloquia.design.study import Experiment
    from colloquia.design.trial import Trial

FEWEST_JUDGES = 3
FEWEST_FAMILIES = 2
USUAL_FIELDS = ("temperature", "top_p", "seed")
"""Sampling fields whose absence a methods section should mention."""


def advice(experiment: Experiment) -> tuple[str, ...]:
    """Return warnings about the study, one sentence each."""
    return (
        *_empty_prompts(experiment),
        *_written_lengths(experiment),
        *_repeated_iterations(experiment),
        *_unused_slots(experiment),
        *_quoted_words(experiment),
        *_never_happening(experiment),
        *judging_advice(experiment),
    )


def sent(experiment: Experiment) -> dict[str, str]:
    """Return, by friendly name, which body fields are sent and which are left to the provider."""
    said = {}
    for name, entry in experiment.entries.items():
        if prefix(entry.slug) not in UNASKED:
            layers = [fields for scenario in experiment.materials for fields in experiment.sent_by(name, scenario)]
            said[name] = "; or ".join(dict.fromkeys(map(_sent, layers)))
    return said


def _sent(fields: Mapping[str, object]) -> str:
    left = [field for field in USUAL_FIELDS if field not in fields]
    text = "sends " + ", ".join(f"{field} {value}" for field, value in fields.items())
    return text + (f"; not sent: {', '.join(left)}" if left else "")


def _empty_prompts(experiment: Experiment) -> Iterator[str]:
    for scenario in experiment.materials.values():
        silent = [role.name for role in scenario.roles if not role.template]
        place = f"scenarios.{scenario.name}"
        for where in [place] if silent and scenario.is_shared else [f"{place}.{role}" for role in silent]:
            yield f"{where}: the prompt is empty, so nothing is told there; if that is not meant, write one."


def _written_lengths(experiment: Experiment) -> Iterator[str]:
    for scenario in experiment.materials.values():
        if _announces_length(scenario):
            yield (
                f"scenarios.{scenario.name}: a prompt seems to announce the length {scenario.num_turns} as a plain "
                "number; write {num_turns}, so that it follows the study when the length changes."
            )


def _announces_length(scenario: Scenario) -> bool:
    pattern = re.compile(rf"\b{scenario.num_turns}\s+(turn|message|repl|utterance|exchange)", re.IGNORECASE)
    return any(
        pattern.search(role.template) and "num_turns" not in slot_names(role.template) for role in scenario.roles
    )


def _repeated_iterations(experiment: Experiment) -> Iterator[str]:
    repeated = [scenario for scenario in experiment.materials if experiment.iterations_of(scenario) > 1]
    for name, entry in experiment.entries.items():
        if prefix(entry.slug) in UNASKED:
            continue
        layers = [fields for scenario in repeated for fields in experiment.sent_by(name, scenario)]
        if any(fields.get("temperature") == 0 for fields in layers):
            yield f"models.{name}: with temperature 0 the iterations of a cell will mostly repeat each other."
        elif any(isinstance(fields.get("seed"), int) for fields in layers):
            yield f'models.{name}: with a fixed seed iterations may repeat each other; seed = "auto" draws one a turn.'


def _unused_slots(experiment: Experiment) -> Iterator[str]:
    varied = [variant.scenario for variants in experiment.variants.values() for variant in variants]
    texts = {text for scenario in varied for text in scenario.templates}
    texts |= {judge.rubric.question for judge in experiment.panels.values()}
    used = {name for text in texts for name in slot_names(text)}
    for name in experiment.slots:
        if name not in used:
            yield f"slots.{name}: no prompt uses {{{name}}}."


def _quoted_words(experiment: Experiment) -> Iterator[str]:
    for name, entry in experiment.entries.items():
        _, is_sequence, words = entry.slug.partition("scripted:sequence ")
        if is_sequence and any(word[0] in "'\"" for word in words.split()):
            yield (
                f"models.{name}: a sequence says one word a turn, with its quotes; for whole lines write them into a "
                "file, one a turn, and scripted:lines FILE."
            )


def _never_happening(experiment: Experiment) -> Iterator[str]:
    for scenario in experiment.materials.values():
        late = {each.after for each in scenario.schedule if each.after >= scenario.num_turns}
        if late:
            yield (
                f"scenarios.{scenario.name}: what the schedule has after turn {min(late)} never happens in a "
                f"conversation of {scenario.num_turns} turns."
            )


def probing_advice(experiment: Experiment, trials: Iterable[Trial]) -> Iterator[str]:
    """Yield which probes, and which of their moments, never come in the conversations of a study."""
    kinds = {_kind(trial): trial for trial in unforked(trials)}
    asked = {probe.name for trial in kinds.values() for probe in trial.talk.probes}
    for name in experiment.probes or ():
        if name not in asked:
            yield f"probes.{name}: nobody is asked it; lines of scripted seats would be the same whatever is asked."
    for scenario in dict.fromkeys(trial.scenario for trial in kinds.values()):
        here = [trial for trial in kinds.values() if trial.scenario == scenario]
        longest = max(trial.num_turns for trial in here)
        moments = dict.fromkeys((probe.name, at) for trial in here for probe in trial.talk.probes for at in probe.when)
        for name, moment in moments:
            if not any(_comes(trial, name, moment) for trial in here):
                why = "has no moves" if moment == BEFORE_MOVE else f"has {longest} turns"
                yield f"probes.{name}.when: {moment!r} never comes in scenario {scenario!r}, which {why}."


def _kind(trial: Trial) -> Hashable:
    """Return what conversations have in common in which the same moments come, whatever is asked then."""
    asked = tuple((probe.name, probe.ask, probe.when) for probe in trial.talk.probes)
    return trial.scenario, trial.num_turns, trial.arm, asked


def _comes(trial: Trial, name: str, moment: str | int) -> bool:
    """Tell whether a conversation has a moment, by asking a probe at that moment alone."""
    alone = tuple(replace(probe, when=(moment,)) for probe in trial.talk.probes if probe.name == name)
    return bool(questions(replace(trial, talk=replace(trial.talk, probes=alone))))


def judging_advice(experiment: Experiment) -> Iterator[str]:
    """Yield what a researcher should know about the judges before they are asked, one sentence each."""
    taking_part: dict[str, str] = {}
    for name, entry in experiment.entries.items():
        if prefix(entry.slug) not in UNASKED:
            taking_part.setdefault(family(entry.slug), name)
    for name, judge in experiment.panels.items():
        families = {family(entry.slug) for entry in judge.by}
        if len(judge.by) < FEWEST_JUDGES or len(families) < FEWEST_FAMILIES:
            few = f"{len(judge.by)} judge{'s' * (len(judge.by) != 1)} of {len(families)} famil"
            yield (
                f"judges.{name}: {few}{'y' if len(families) == 1 else 'ies'}; {FEWEST_JUDGES} of {FEWEST_FAMILIES} "
                "families are advised, since one judge's taste is no finding."
            )
        for entry in judge.by:
            if (house := family(entry.slug)) in taking_part:
                yield (
                    f"judges.{name}: {entry.slug} is of the family {house!r}, which takes part as "
                    f"{taking_part[house]!r}; judges favour their own, so look at self-preference."
                )
