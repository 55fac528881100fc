"""The docket: what the judges of a study are to be asked, and what of that they have answered.

What is missing is always plan minus file: every question that the study wants today has a hash, and an answer under
that hash is never asked for again, whenever and under whichever study it was given.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from colloquia.analysis.judging.material import grouped, groups_with, materials
from colloquia.analysis.judging.questions import questions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from colloquia.analysis.judging.material import Material
    from colloquia.analysis.judging.questions import Question
    from colloquia.analysis.measuring.reading import Subject
    from colloquia.design.judges import Judge
    from colloquia.design.study import Experiment
    from colloquia.logbook.judgements import Judgement, Place

_ROUNDS = {"first": 0, "swapped": 1, "again": 2}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is wanted of one judge."""

    judge: Judge
    asked: tuple[Question, ...]
    """Everything, as far as it can be asked today: first readings first, iteration by iteration."""
    missing: tuple[Question, ...]
    """What of that has no answer yet."""
    waiting: int = 0
    """Groups of a second stage whose first answers are not all there."""

    @property
    def to_come(self) -> int:
        """Answers that are still to be had, those over groups that wait included."""
        return len(self.missing) + self.waiting * len(self.judge.by)


@dataclass(kw_only=True)
class Docket:
    """What is wanted, and what there is; it is told of every answer that comes in."""

    experiment: Experiment
    subjects: Sequence[Subject]
    known: Mapping[tuple[str, Place, str], Judgement]
    """What was answered before."""
    _new: dict[tuple[str, Place, str], Judgement] = field(default_factory=dict)
    _asked: dict[str, tuple[Question, ...]] = field(default_factory=dict)
    """Questions of the first stage, by judge; they never change while judges answer."""

    def take(self, judgement: Judgement) -> None:
        """Take in an answer that has just been written down."""
        self._new[judgement.judge, judgement.place, judgement.key] = judgement

    def answer(self, question: Question) -> Judgement | None:
        """Return what was answered to a question; None where nothing was."""
        return self._new.get(question.identity) or self.known.get(question.identity)

    def wanted(self, judge: Judge) -> Wanted:
        """Return what is wanted of a judge."""
        open_groups = self._open_groups(judge) if judge.unit == "group" else set()
        asked = self._of_groups(judge, open_groups) if judge.unit == "group" else self._of_talks(judge)
        missing = tuple(question for question in asked if self.answer(question) is None)
        return Wanted(judge=judge, asked=asked, missing=missing, waiting=len(open_groups))

    def _of_talks(self, judge: Judge) -> tuple[Question, ...]:
        if judge.name not in self._asked:
            self._asked[judge.name] = self._questions(judge, materials(judge, self.experiment, self.subjects))
        return self._asked[judge.name]

    def _of_groups(self, judge: Judge, open_groups: set[str]) -> tuple[Question, ...]:
        answers: dict[Place, list[Judgement]] = defaultdict(list)
        for question in self._first_stage(judge):
            if (answer := self.answer(question)) is not None:
                answers[question.material.place].append(answer)
        read = grouped(judge, self.experiment, self.subjects, answers)
        return self._questions(judge, (each for each in read if each.group not in open_groups))

    def _open_groups(self, judge: Judge) -> set[str]:
        """Return the groups of which a first answer is still to come."""
        open_ones = {question.material.place for question in self._first_stage(judge) if self.answer(question) is None}
        return groups_with(judge, self.subjects, open_ones)

    def _first_stage(self, judge: Judge) -> list[Question]:
        read = self.experiment.panels[judge.reads or ""]
        return [question for question in self._of_talks(read) if question.reading == "first"]

    def _questions(self, judge: Judge, material: Iterable[Material]) -> tuple[Question, ...]:
        slugs = [entry.slug for entry in self.experiment.entries.values()]
        found = questions(judge, material, seed=self.experiment.seed, slugs=slugs)
        return tuple(sorted(found, key=lambda each: (_ROUNDS[each.reading], each.material.iteration, each.key)))
