"""The turns of a run folder in tables of some megabytes: what is written somewhere need not be held at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import pyarrow as pa

from colloquia.analysis import turn_columns
from colloquia.analysis.judging.frame import with_verdicts
from colloquia.analysis.tables import beside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import pandas as pd

    from colloquia.analysis.harvest import Harvest
    from colloquia.analysis.judging.frame import Verdicts
    from colloquia.analysis.tables import Frames


@dataclass(kw_only=True)
class TurnStream:
    """The turns of a run folder, to be walked through once, and then its other tables.

    All have the same columns, those of ``load(folder).turns``. Where they are not known beforehand (factors that
    differ from scenario to scenario, judges of turns, who look at whole conversations), the log is read once more.
    """

    harvest: Harvest
    is_alone: bool = False
    """True where nobody will ask for the other tables."""
    missing: Counter[str] = field(default_factory=Counter)
    """In how many of the turns that went by each column is unknown."""
    sources: set[str] = field(default_factory=set)
    """Where the turns that went by come from."""
    _empty: pd.DataFrame | None = None
    _schema: pa.Schema | None = None
    """Of what is yielded; to make it takes as long as some hundred turns."""

    def tables(self, without: Collection[str] = ()) -> Iterator[pa.Table]:
        """Yield the turns in the order of the log, as tables that pandas reads as it would have written them.

        Args:
            without: Columns that are left out.

        Raises:
            FolderError: the log cannot be read.
        """
        if self._has_verdicts:
            _ = self._beside  # first: it counts conversations as turns go by, and may do so once
        return map(partial(self._shown, without=without), turn_columns.gathered(self._parts()))

    @property
    def frames(self) -> Frames:
        """The other tables, beside turns without a row: they are known when all have gone by.

        Raises:
            FolderError: a file cannot be read.
        """
        found = self._beside[0]
        return found if self._empty is None else replace(found, turns=self._empty)

    def _shown(self, part: pa.Table, without: Collection[str]) -> pa.Table:
        """Return some turns with what judges say of them, and take in what is told when all have gone by."""
        verdicts = self._beside[1] if self._has_verdicts else []
        if self._empty is None or self._schema is None:
            self._empty = with_verdicts(turn_columns.frame([part.schema.empty_table()]), verdicts, unit="turn")
            kept = self._empty[[name for name in self._empty.columns if name not in without]]
            self._schema = pa.Schema.from_pandas(kept, preserve_index=False)
        table = _judged(part, verdicts) if verdicts else part
        self.missing.update({name: table[name].null_count for name in table.column_names})
        self.sources.update(table["source"].unique().to_pylist())
        return pa.Table.from_arrays(table.select(self._schema.names).columns, schema=self._schema)

    def _parts(self) -> Iterator[pa.RecordBatch]:
        parts, earned = self.harvest.parts(counts=not self.is_alone), self.harvest.earned
        for first in parts:
            of = (row.factors for row in self.harvest.firsts()) if self._may_vary else first["factors"]
            names = turn_columns.own_columns(of, has_payoff=bool(earned))
            batch = partial(turn_columns.batch, planned=self.harvest.planned, earned=earned, names=names)
            yield batch(first)
            del first, of
            yield from map(batch, parts)

    @cached_property
    def _beside(self) -> tuple[Frames, list[Verdicts]]:
        return beside([self.harvest])

    @property
    def _has_verdicts(self) -> bool:
        return any(judge.unit == "turn" and judge.rubric.kind != "open" for judge in self.harvest.judges.values())

    @property
    def _may_vary(self) -> bool:
        """True where turns may have other factors than those before them."""
        kinds = {frozenset(trial.factors) for trial in self.harvest.rows.trials}
        return self.harvest.everything or len(kinds) > 1


def _judged(part: pa.Table, verdicts: list[Verdicts]) -> pa.Table:
    return pa.Table.from_pandas(with_verdicts(turn_columns.frame([part]), verdicts, unit="turn"), preserve_index=False)
