"""One run folder as its frames need it: turns in parts, then what they came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, overload

from colloquia import studies
from colloquia.conversation.transcript import Turn
from colloquia.design.plan import planned
from colloquia.errors import FolderError
from colloquia.logbook import forks
from colloquia.logbook.answers import flat
from colloquia.logbook.conversations import HELD, ConversationRow, factor_column
from colloquia.logbook.outline import outline
from colloquia.logbook.planned_rows import PlannedRows
from colloquia.logbook.record import in_columns
from colloquia.providers.registry import default_view

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from colloquia.analysis.columns import Row
    from colloquia.analysis.turn_columns import Cells
    from colloquia.design.judges import Judge
    from colloquia.design.study import Experiment
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.record import TurnRow

PART = 1024
"""Turns that are made into columns together: of fewer, what a call for a column costs would count."""


@dataclass(frozen=True, kw_only=True)
class Harvest:
    """A run folder that is read for its tables."""

    rows: PlannedRows
    latest: Experiment | None
    """The study that was run last; None where the journal knows none."""
    everything: bool
    """Whether conversations count that this study no longer plans."""

    def parts(self, *, counts: bool = True) -> Iterator[Cells]:
        """Yield the cells of the turns that count, in the order of the log, some hundreds of turns at a time.

        Args:
            counts: Whether somebody will ask for their conversations.

        Raises:
            FolderError: the log cannot be read.
        """
        return in_columns(self.rows.turns(counts=counts, everything=self.everything), PART)

    @property
    def planned(self) -> Container[str] | None:
        """The conversations that this study plans, by trial id; None where no others count."""
        return self.rows.planned if self.everything else None

    def firsts(self) -> Iterator[TurnRow]:
        """Yield the first turn of each conversation that counts, in the order of the log, what was said left out.

        Raises:
            FolderError: the log cannot be read.
        """
        return filter(self._counts, self.rows.firsts)

    def conversations(self) -> Iterator[Row]:
        """Yield what is known of each conversation that counts.

        Raises:
            FolderError: a file cannot be read.
        """
        for row in filter(self._counts, self.rows.conversations()):
            yield {**_flat(row), "is_planned": self.rows.is_planned(row.trial_id)}

    def answers(self) -> Iterator[Row]:
        """Yield the answers to probes that count.

        Raises:
            FolderError: the file cannot be read.
        """
        for row in self.rows.answers():
            if self.everything or self.rows.is_asked(row):
                yield {**flat(row), "is_planned": self.rows.is_asked(row)}

    @cached_property
    def earned(self) -> Mapping[str, Mapping[int, float]]:
        """What moves earned by turn, for each conversation in which any did."""
        of = {
            trial.trial_id: trial.talk.procedure.earnings(_Said(self.rows, trial.trial_id))
            for trial in self.rows.trials
        }
        return {trial_id: earned for trial_id, earned in of.items() if earned}

    def _counts(self, row: TurnRow | ConversationRow) -> bool:
        return self.everything or self.rows.is_planned(row.trial_id)

    @property
    def outcomes(self) -> frozenset[str]:
        """Columns of conversations that say what procedures made of them."""
        return frozenset(column for trial in self.rows.trials for column in trial.talk.procedure.outcomes(()))

    @property
    def judges(self) -> Mapping[str, Judge]:
        """Those of its latest study."""
        return self.latest.panels if self.latest else {}


def harvest(folder: RunFolder, *, everything: bool, allow_code: bool) -> Harvest:
    """Return a run folder ready to be read.

    Args:
        folder: The run folder.
        everything: Whether conversations count that the latest study no longer plans.
        allow_code: Run the Python of procedures of one's own, which knows their outcomes.

    Raises:
        FolderError: it has no log, or a file cannot be read.
    """
    if not (folder.path / folder.log).is_file():
        raise FolderError(f"No log in {folder.path}: name the run folder of a study that was run.")
    held = outline(folder)
    run = [studies.parse(text) for text in held.studies]
    own = studies.own_procedures(run[-1], folder.path / folder.files) if run and allow_code else None
    trials = planned(run, default_view, lambda _: own, forks.read(folder)) if run else ()
    return Harvest(
        rows=PlannedRows(folder=folder, outline=held, trials=trials),
        latest=run[-1] if run else None,
        everything=everything,
    )


class _Said(Sequence[Turn]):
    """The turns of a conversation, for whom a look at them is worth reading where each stands in the log."""

    def __init__(self, rows: PlannedRows, trial_id: str) -> None:
        self._rows = rows
        self._trial_id = trial_id

    @property
    def _turns(self) -> Sequence[Turn]:
        return self._rows.found.turns.get(self._trial_id, ())

    def __len__(self) -> int:
        return len(self._turns)

    @overload
    def __getitem__(self, which: int) -> Turn: ...

    @overload
    def __getitem__(self, which: slice) -> Sequence[Turn]: ...

    def __getitem__(self, which: int | slice) -> Turn | Sequence[Turn]:
        return self._turns[which]

    def __iter__(self) -> Iterator[Turn]:
        return iter(self._turns)


def _flat(row: ConversationRow) -> Row:
    values = {name.name: getattr(row, name.name) for name in fields(row) if name.name not in HELD}
    seats = {
        f"{what}_{number}": value
        for number, seat in enumerate(row.seats, start=1)
        for what, value in zip(("model", "role"), seat, strict=True)
    }
    factors = {factor_column(name): label for name, label in row.factors.items()}
    return {**values, **factors, **row.probes, **row.outcomes, **seats}
