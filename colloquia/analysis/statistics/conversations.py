"""The unit of every test is the conversation: the rows that an estimator accepts, and why turns are refused.

The turns of one conversation resemble each other. On data without any effect (30 against 30 conversations of 20
turns, intraclass correlation .2, autocorrelation .4) a t test over turns rejects in about 42 of 100 studies at the 5 %
level. Hence no estimator of this room takes turns: :class:`Conversations` refuses them and says what to do instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from colloquia.errors import DesignError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

UNIT = "experiment_id"
SEAT = "speaker_role"
_TURN = "turn_id"
MOST_LOST = 0.05
"""Above this share of lost values an estimate is shown with its bounds."""

WHY_NOT_TURNS = (
    "The unit of a test is the conversation, not the turn: turns of one conversation resemble each other, and a test "
    "over turns finds a difference in about 42 % of studies in which there is none (5 % are promised). "
    "Take one number for each conversation: Conversations.of_turns(rows) or quantities.by_conversation(...)."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Conversations:
    """One value for each conversation, or for each seat of each conversation.

    Raises:
        DesignError: a column is missing, nothing is there, or the rows are turns.
    """

    rows: pd.DataFrame
    """With ``experiment_id``, the value, and whatever tells conversations apart: factors, scenario, models, roles."""
    value: str = "value"
    """Name of the column of the value; a missing value is a conversation that was lost."""
    seat: str = SEAT
    """Name of the column that tells the seats of a conversation apart, where the rows are seats."""
    notes: tuple[str, ...] = ()
    """What must be said with every estimate from these rows, such as that no live model spoke."""

    def __post_init__(self) -> None:
        """Refuse what is no table of conversations."""
        self.require(UNIT, self.value)
        if self.rows.empty:
            raise DesignError("No conversations: there is nothing to estimate from.")
        seats = [self.seat] if self.seat in self.rows else []
        if _TURN in self.rows or self.rows.duplicated([UNIT, *seats]).any():
            raise DesignError(f"These rows are turns. {WHY_NOT_TURNS}")
        if np.isinf(self.rows[self.value].astype("float64")).any():
            raise DesignError(f"{self.value!r} is infinite in some conversation: leave it out or make it missing.")

    @classmethod
    def of_turns(cls, turns: pd.DataFrame, *, value: str = "value", by_seat: bool = False) -> Conversations:
        """Return the mean over the turns of each conversation, or of each of its seats.

        Columns that are the same in all turns of a conversation (of a seat) are kept.
        """
        keys = [UNIT, *([SEAT] if by_seat else [])]
        groups = turns.groupby(keys, sort=False)
        others = [name for name in turns.columns if name not in {*keys, value, _TURN}]
        same = [name for name in others if bool(groups[name].nunique(dropna=False).max() == 1)]
        found = groups[same].first().join(groups[value].mean()) if same else groups[[value]].mean()
        return cls(rows=found.reset_index(), value=value)

    def require(self, *columns: str) -> None:
        """Raise a DesignError where a column is missing, or tells turns apart."""
        for name in columns:
            if name == _TURN:
                raise DesignError(f"{name!r} tells turns apart. {WHY_NOT_TURNS}")
            if name not in self.rows:
                known = [str(each) for each in self.rows.columns]
                raise DesignError(f"No column {name!r}.{nearest(name, known)} There are: {', '.join(known)}.")

    def where(self, column: str, levels: Sequence[object]) -> Conversations:
        """Return those whose column has one of these values."""
        self.require(column)
        for level in levels:
            if not (self.rows[column] == level).any():
                there = ", ".join(map(repr, self.rows[column].dropna().unique()))
                raise DesignError(f"No conversation has {column} = {level!r}. There are: {there}.")
        return replace(self, rows=self.rows[self.rows[column].isin(levels)])

    def noting(self, *notes: str) -> Conversations:
        """Return the same with more to be said."""
        return replace(self, notes=(*self.notes, *notes))

    def without(self, *columns: str) -> Conversations:
        """Return the same without some columns."""
        return replace(self, rows=self.rows.drop(columns=list(columns)))

    @property
    def present(self) -> pd.DataFrame:
        """The rows that have a value."""
        return self.rows[self.rows[self.value].notna()]

    @property
    def count(self) -> int:
        """How many distinct conversations have a value."""
        return int(self.present[UNIT].nunique())

    @property
    def lost(self) -> float:
        """The share of rows without a value."""
        return float(self.rows[self.value].isna().mean())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know about these rows before any estimate."""
        if self.lost <= MOST_LOST:
            return self.notes
        return (*self.notes, f"{self.lost:.0%} of the values are lost: read this with its bounds (statistics.bounds).")
