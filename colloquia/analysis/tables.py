"""A run folder as pandas frames: turns, conversations, probes, cells, measures.

The frames are made from the JSONL, so every text is exactly what was said; what is unknown is missing, never 0 or "".
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial
from html import escape
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from colloquia.analysis import columns
from colloquia.analysis.forks import paired
from colloquia.analysis.harvest import harvest
from colloquia.analysis.judging.frame import judged, with_verdicts
from colloquia.analysis.measuring import frame
from colloquia.design.hypotheses import is_of_probe
from colloquia.errors import SettingsError
from colloquia.extras import install
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import pandas as pd

    from colloquia.analysis.harvest import Harvest
    from colloquia.analysis.judging.frame import Verdicts


@dataclass(frozen=True, kw_only=True)
class Frames:
    """The tables of one or more run folders."""

    turns: pd.DataFrame
    """One row a turn, in the order in which they were said."""
    conversations: pd.DataFrame
    """One row a conversation; those that have not begun have no turns yet."""
    probes: pd.DataFrame
    """One row an answer to a private question."""
    cells: pd.DataFrame
    """One row a cell: scenario, who sits where, who opens, factors."""
    measures: pd.DataFrame
    """One row a value of a measure, of a turn, a seat or a conversation."""
    judgements: pd.DataFrame
    """One row an answer of a judge; those under another rubric or about a shorter talk are not ``is_current``."""

    @property
    def forks(self) -> pd.DataFrame:
        """One row for each fork with a change and each outcome: what the change made, over pairs of continuations."""
        return paired(self.conversations)

    def __repr__(self) -> str:
        """Return how much there is."""
        sizes = ", ".join(f"{name}: {rows}" for name, rows in self._sizes())
        return f"Frames({sizes})"

    def _repr_html_(self) -> str:
        """Return the same as a notebook shows it, with where the turns come from."""
        rows = "".join(f"<tr><td>{name}</td><td>{rows:,}</td></tr>" for name, rows in self._sizes())
        sources = self.turns["source"].value_counts()
        said = ", ".join(f"{count:,} {escape(str(source).upper())}" for source, count in sources.items())
        return f"<table><tr><th>frame</th><th>rows</th></tr>{rows}</table><p>Turns: {said or 'none'}</p>"

    def _sizes(self) -> Iterator[tuple[str, int]]:
        return ((frame.name, len(getattr(self, frame.name))) for frame in fields(self))


def load(*folders: Path | str, everything: bool = False, allow_code: bool = False) -> Frames:
    """Return what run folders hold as pandas frames; several are pooled.

    Args:
        folders: Run folders, ``data`` by default.
        everything: Also conversations that the latest study no longer plans, told apart by ``is_planned``.
        allow_code: Run the Python of procedures of your own, which knows their outcomes.

    Raises:
        FolderError: a folder has no log.
        SettingsError: pandas or pyarrow is not installed.
    """
    _need_pandas()
    from colloquia.analysis import turn_columns

    read = [
        harvest(RunFolder(Path(folder)), everything=everything, allow_code=allow_code)
        for folder in folders or ("data",)
    ]
    parts = chain.from_iterable(
        map(partial(turn_columns.batch, planned=each.planned, earned=each.earned), each.parts()) for each in read
    )
    kept = turn_columns.held(parts)
    others, verdicts = beside(read)
    turns = turn_columns.frame(kept) if kept else others.turns
    return replace(others, turns=with_verdicts(turns, verdicts, unit="turn"))


def beside(read: Sequence[Harvest]) -> tuple[Frames, list[Verdicts]]:
    """Return the tables of run folders whose turns went by, that of turns without a row, and what judges say today.

    Raises:
        FolderError: a file cannot be read.
    """
    outcomes = frozenset().union(*(each.outcomes for each in read))
    made = columns.frame(chain.from_iterable(each.conversations() for each in read), columns.CONVERSATIONS, outcomes)
    folders = [each.rows.folder for each in read]
    judgements, verdicts = judged(zip(folders, (each.judges for each in read), strict=True), made)
    conversations = with_verdicts(made, verdicts, unit="conversation")
    frames = Frames(
        turns=columns.frame((), columns.TURNS),
        conversations=conversations,
        probes=columns.frame(chain.from_iterable(each.answers() for each in read), columns.ANSWERS),
        cells=_cells(made, outcomes),
        judgements=judgements,
        measures=frame.measures(folders, made),
    )
    return frames, verdicts


def _need_pandas() -> None:
    try:
        import pandas  # noqa: F401, ICN001 (only whether it is there)
        import pyarrow  # noqa: F401, ICN001 (the same)
    except ImportError as error:
        raise SettingsError(f"load() needs pandas and pyarrow: {install('pyarrow')}") from error


def _cells(conversations: pd.DataFrame, outcomes: Collection[str] = ()) -> pd.DataFrame:
    """Return one row for each cell, with the means of its conversations."""
    known = {*columns.CONVERSATIONS, *outcomes, "is_planned"} - {"scenario", "arm", "opening_role"}
    keys = [name for name in conversations.columns if name not in known and not is_of_probe(name)]
    grouped = conversations.groupby(["scenario", *(key for key in keys if key != "scenario")], dropna=False, sort=False)
    return grouped.agg(
        conversations=("experiment_id", "size"),
        finished=("is_complete", "sum"),
        turns=("num_turns", "sum"),
        refusals=("n_refusals", "sum"),
        cut_turns=("n_truncated", "sum"),
        mean_output_tokens=("output_tokens", "mean"),
        cost_usd=("cost_usd", lambda costs: costs.sum(min_count=1)),
    ).reset_index()
