"""The rows of a run folder as its plan has them: what tables and frames are made of.

A fork has the rows that it shares with its parent, and every row the arm that its conversation has by now. The log is
read anew each time turns are asked for, one at a time, so that a large one needs little memory; conversations are
counted as its turns go by. What else the folder holds, and where, is read only where a fork or a game needs it, and of
the journal only the outline.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from colloquia.logbook import contents, forks
from colloquia.logbook.arms import in_arms
from colloquia.logbook.places import Seen
from colloquia.logbook.tallies import Tallies

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.transcript import Answer
    from colloquia.design.trials import Trial
    from colloquia.logbook.answers import AnswerRow
    from colloquia.logbook.conversations import ConversationRow
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.holdings import Contents
    from colloquia.logbook.outline import Outline
    from colloquia.logbook.record import TurnRow


@dataclass(kw_only=True)
class PlannedRows:
    """The turns, conversations and answers of a run folder, held against its plan."""

    folder: RunFolder
    outline: Outline
    """Of its journal."""
    trials: tuple[Trial, ...]
    """The plan, parents before their forks."""
    _counted: tuple[Tallies, Seen] | None = field(default=None, init=False)
    """What all turns came to, once they went by."""

    def turns(self, *, counts: bool = True, everything: bool = True) -> Iterable[TurnRow]:
        """Return the turns in the order of the log.

        Args:
            counts: Count conversations as their turns go by. Who asks for them all the same has the log read again.
            everything: Those too that are no longer planned.

        Raises:
            FolderError: the log cannot be read.
        """
        is_counting, planned = counts and not self._counted, self.planned
        if everything or is_counting or self._has_forks:  # a fork has turns of a parent that may not be planned
            rows = self._counting() if is_counting else self._turns(Seen())
            return rows if everything else (row for row in rows if row.trial_id in planned)
        return self._turns(Seen(), only=planned)

    def conversations(self) -> Iterator[ConversationRow]:
        """Return a row for each planned conversation, and then for each other one of the log.

        Raises:
            FolderError: a file cannot be read.
        """
        failed = self.outline.failed(self._tallies.last_turns)
        return self._tallies.rows(folder_id=self.outline.folder_id, answers=self._answers, failed=failed)

    def answers(self) -> Iterable[AnswerRow]:
        """Return the answers to probes, those that nobody asks for by now among them.

        Raises:
            FolderError: the file cannot be read.
        """
        given = contents.answer_rows(self.folder)
        whole = forks.unfolded_answers(given, self.planned, self.found) if self._has_forks else given
        return in_arms(whole, self._arms)

    @cached_property
    def found(self) -> Contents:
        """All that the folder holds, shared turns included.

        Raises:
            FolderError: a file cannot be read.
        """
        return forks.with_prefixes(contents.read(self.folder), self.trials)

    @cached_property
    def planned(self) -> Mapping[str, Trial]:
        """The conversations that the study still plans, by trial id."""
        return {trial.trial_id: trial for trial in self.trials}

    @property
    def firsts(self) -> Iterable[TurnRow]:
        """The first turn of each conversation that has begun, in the order of the log, what was said left out."""
        return self._tallies.first.values()

    @property
    def lengths(self) -> Mapping[str, int]:
        """How many turns each conversation has that has begun, by trial id."""
        return self._tallies.lengths

    def has_turn(self, trial_id: str, turn_id: int) -> bool:
        """Tell whether the log has a turn."""
        return self._count[1].has(trial_id, turn_id)

    def is_planned(self, trial_id: str) -> bool:
        """Tell whether the study still plans a conversation."""
        return trial_id in self.planned

    def is_asked(self, row: AnswerRow) -> bool:
        """Tell whether the study still asks in this conversation what was answered."""
        return (row.trial_id, row.probe, row.question_sha256) in self._asked

    @property
    def factor_names(self) -> list[str]:
        """Which factors and items there are."""
        return sorted({name for trial in self.trials for name in trial.factors})

    def _counting(self) -> Iterator[TurnRow]:
        tallies, seen = Tallies(self.trials), Seen()
        yield from tallies.counted(self._turns(seen))
        self._counted = tallies, seen

    def _turns(self, seen: Seen, only: Container[str] | None = None) -> Iterable[TurnRow]:
        rows = contents.rows(self.folder, seen, only)
        whole = forks.unfolded(rows, self.folder, self.found, self.planned) if self._has_forks else rows
        return in_arms(whole, self._arms)

    @property
    def _count(self) -> tuple[Tallies, Seen]:
        if self._counted is None:
            deque(self._counting(), maxlen=0)
        return self._counted or (Tallies(()), Seen())

    @property
    def _tallies(self) -> Tallies:
        return self._count[0]

    @property
    def _answers(self) -> Mapping[str, Mapping[AskedProbe, Answer]]:
        return self.found.answers if self._has_forks else contents.answers(self.folder)

    @cached_property
    def _arms(self) -> Mapping[str, str | None]:
        return {trial.trial_id: trial.arm for trial in self.trials}

    @cached_property
    def _asked(self) -> frozenset[tuple[str, str, str]]:
        return frozenset(
            (trial.trial_id, probe.name, probe.sha256) for trial in self.trials for probe in trial.talk.probes
        )

    @cached_property
    def _has_forks(self) -> bool:
        return any(trial.branch for trial in self.trials)
