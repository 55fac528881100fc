"""What one answer of a judge is about: a conversation, a turn with all before it, or what another judge answered.

A judge sees who says what, and what the question tells of the scenario; it sees no prompt, no level and no model.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colloquia.conversation.hashing import canonical_json
from colloquia.conversation.materials import fill
from colloquia.design.judges import question_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from colloquia.analysis.measuring.reading import Subject
    from colloquia.conversation.materials import Scenario
    from colloquia.design.judges import Judge
    from colloquia.design.study import Experiment
    from colloquia.logbook.judgements import Judgement, Place

SILENCE = "(no text)"


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is read for one answer."""

    experiment_id: str | None
    trial_id: str | None
    turn_id: int | None
    """The turn that is judged; None where all of it is."""
    group: str | None
    """The model, level or scenario whose answers are read together."""
    num_turns: int
    """Turns of the conversation; of a group, how many answers are read."""
    iteration: int
    question: str
    """With its slots filled."""
    roles: tuple[str, ...]
    """In seat order; empty for a group."""
    said: tuple[tuple[str, str], ...]
    """Role and text of each turn that is read; of a group, nothing and an answer."""

    @property
    def place(self) -> Place:
        """What the answer is about."""
        return (self.experiment_id, self.turn_id, self.group)


def materials(judge: Judge, experiment: Experiment, subjects: Iterable[Subject]) -> Iterator[Material]:
    """Yield what a judge is to read of these conversations."""
    scenarios = {
        (name, canonical_json(dict(variant.at.labels))): variant.scenario
        for name, variants in experiment.variants.items()
        for variant in variants
    }
    for subject in subjects:
        scenario = scenarios[subject.scenario, canonical_json(dict(subject.trial.factors))]
        yield from _of_turns(judge, scenario, subject) if judge.unit == "turn" else [_whole(judge, scenario, subject)]


def _whole(judge: Judge, scenario: Scenario, subject: Subject) -> Material:
    turns = subject.transcript.turns
    return Material(
        experiment_id=subject.experiment_id,
        trial_id=subject.trial_id,
        turn_id=None,
        group=None,
        num_turns=len(turns),
        iteration=subject.trial.iteration,
        question=question_for(judge, scenario),
        roles=subject.transcript.roles,
        said=tuple((turn.seat, SILENCE if turn.text is None else turn.text) for turn in turns),
    )


def _of_turns(judge: Judge, scenario: Scenario, subject: Subject) -> Iterator[Material]:
    """Yield each turn that has a text, with what was said before it."""
    whole = _whole(judge, scenario, subject)
    for number, turn in enumerate(subject.transcript.turns, start=1):
        if turn.text is not None:
            yield Material(
                experiment_id=whole.experiment_id,
                trial_id=whole.trial_id,
                turn_id=turn.turn_id,
                group=None,
                num_turns=whole.num_turns,
                iteration=whole.iteration,
                question=whole.question,
                roles=whole.roles,
                said=whole.said[:number],
            )


def grouped(
    judge: Judge, experiment: Experiment, subjects: Sequence[Subject], answers: Mapping[Place, Sequence[Judgement]]
) -> Iterator[Material]:
    """Yield what a second stage is to read: the answers about one model, level or scenario, in a fixed order.

    Args:
        judge: The judge of the second stage.
        experiment: The study.
        subjects: The conversations that count.
        answers: What the judges of the first stage said of each place; those without an answer are left out.
    """
    by_id = {subject.experiment_id: subject for subject in subjects}
    read: dict[str, list[Judgement]] = defaultdict(list)
    for (experiment_id, turn_id, _), found in sorted(answers.items(), key=lambda item: _order(item[0], by_id)):
        for group in _groups(judge.per or "", by_id[experiment_id or ""], turn_id):
            read[group] += [answer for answer in found if answer.answer is not None]
    for group, found in read.items():
        if found:
            yield Material(
                experiment_id=None,
                trial_id=None,
                turn_id=None,
                group=group,
                num_turns=len(found),
                iteration=0,
                question=fill(judge.rubric.question, experiment.slots),
                roles=(),
                said=tuple(("", answer.answer or "") for answer in found),
            )


def groups_with(judge: Judge, subjects: Iterable[Subject], places: Iterable[Place]) -> set[str]:
    """Return the groups that some places belong to."""
    by_id = {subject.experiment_id: subject for subject in subjects}
    return {
        group
        for experiment_id, turn_id, _ in places
        for group in _groups(judge.per or "", by_id[experiment_id or ""], turn_id)
    }


def _order(place: Place, by_id: Mapping[str, Subject]) -> tuple[int, str, int]:
    experiment_id, turn_id, _ = place
    return (by_id[experiment_id or ""].trial.iteration, experiment_id or "", turn_id or 0)


def _groups(per: str, subject: Subject, turn_id: int | None) -> list[str]:
    """Return the groups that an answer about a conversation or a turn belongs to."""
    if per == "scenario":
        return [subject.scenario]
    if per != "model":
        return [subject.trial.factors[per]] if per in subject.trial.factors else []
    models = {seat.role: seat.participant.name for seat in subject.trial.talk.seats}
    if turn_id is not None:
        return [models[turn.seat] for turn in subject.transcript.turns if turn.turn_id == turn_id]
    return sorted(set(models.values()))
