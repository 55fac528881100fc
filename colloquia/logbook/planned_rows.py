"""The rows of a run folder as its plan has them: what tables and frames are made of.

A fork has the rows that it shares with its parent, and every row the arm that its conversation has by now. The log is
read anew each time rows are asked for, one at a time, so that a large one needs little memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from colloquia.logbook import contents, forks
from colloquia.logbook.arms import in_arms
from colloquia.logbook.conversations import conversation_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from colloquia.design.trials import Trial
    from colloquia.logbook.answers import AnswerRow
    from colloquia.logbook.conversations import ConversationRow
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.holdings import Contents
    from colloquia.logbook.record import TurnRow


@dataclass(frozen=True, kw_only=True)
class PlannedRows:
    """The turns, conversations and answers of a run folder, held against its plan."""

    folder: RunFolder
    found: Contents
    """What the folder holds, shared turns included."""
    trials: tuple[Trial, ...]
    """The plan."""

    @classmethod
    def of(cls, folder: RunFolder, found: Contents, trials: tuple[Trial, ...]) -> PlannedRows:
        """Return the rows of a folder that was just read."""
        return cls(folder=folder, found=forks.with_prefixes(found, trials), trials=trials)

    def turns(self) -> Iterable[TurnRow]:
        """Return the turns in the order of the log, those that are no longer planned among them."""
        return in_arms(forks.unfolded(self.folder, self.found, self._by_id), self._arms)

    def conversations(self) -> Iterator[ConversationRow]:
        """Return a row for each planned conversation, and then for each other one of the log."""
        return conversation_rows(
            forks.unfolded(self.folder, self.found, self._by_id),
            trials=self.trials,
            folder_id=self.found.folder_id,
            answers=self.found.answers,
            failed=self.found.failed,
        )

    def answers(self) -> Iterable[AnswerRow]:
        """Return the answers to probes, those that nobody asks for by now among them."""
        given = contents.answer_rows(self.folder)
        return in_arms(forks.unfolded_answers(given, self._by_id, self.found), self._arms)

    def is_planned(self, trial_id: str) -> bool:
        """Tell whether the study still plans a conversation."""
        return trial_id in self._by_id

    def is_asked(self, row: AnswerRow) -> bool:
        """Tell whether the study still asks in this conversation what was answered."""
        return (row.trial_id, row.probe, row.question_sha256) in self._asked

    @property
    def factor_names(self) -> list[str]:
        """Which factors and items there are."""
        return sorted({name for trial in self.trials for name in trial.factors})

    @cached_property
    def _by_id(self) -> Mapping[str, Trial]:
        return {trial.trial_id: trial for trial in self.trials}

    @cached_property
    def _arms(self) -> Mapping[str, str | None]:
        return {trial.trial_id: trial.arm for trial in self.trials}

    @cached_property
    def _asked(self) -> frozenset[tuple[str, str, str]]:
        return frozenset(
            (trial.trial_id, probe.name, probe.sha256) for trial in self.trials for probe in trial.talk.probes
        )
