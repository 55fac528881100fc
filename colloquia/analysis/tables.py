"""A run folder as pandas frames: turns, conversations, probes, cells, measures.

The frames are made from the JSONL, so every text is exactly what was said; what is unknown is missing, never 0 or "".
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from colloquia import studies
from colloquia.analysis.forks import paired
from colloquia.analysis.judging.frame import judged, with_verdicts
from colloquia.analysis.measuring import frame
from colloquia.design.hypotheses import is_of_probe
from colloquia.design.plan import planned
from colloquia.errors import FolderError, SettingsError
from colloquia.extras import install
from colloquia.logbook import contents, forks
from colloquia.logbook.answers import AnswerRow, flat
from colloquia.logbook.conversations import HELD, ConversationRow, factor_column
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.planned_rows import PlannedRows
from colloquia.logbook.record import TurnRow
from colloquia.providers.registry import default_view

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from colloquia.design.judges import Judge
    from colloquia.design.study import Experiment
    from colloquia.design.trials import Trial
    from colloquia.logbook.holdings import Contents

_PART = 50_000
"""Rows of which a part of a large frame is made."""
_COUNTS = frozenset(
    {
        "turn_id", "after_turn", "iteration", "round", "input_tokens", "output_tokens", "cached_tokens",
        "reasoning_tokens", "attempts", "in_flight", "seed", "forked_at", "schema", "num_turns", "planned_turns",
        "n_refusals", "n_truncated",
    }
)  # fmt: skip
_AMOUNTS = frozenset({"latency_ms", "time_to_first_token_ms", "cost_usd", "saved_usd"})
_CLAIMS = frozenset({"is_refusal", "is_truncated", "is_repaired", "is_failed", "is_planned"})
_MOMENTS = frozenset({"timestamp", "first_timestamp", "last_timestamp"})


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
        SettingsError: pandas is not installed.
    """
    try:
        import pandas  # noqa: F401, ICN001 (only whether it is there)
    except ImportError as error:
        raise SettingsError(f"load() needs pandas: {install('pandas')}") from error
    run_folders = [RunFolder(Path(folder)) for folder in folders or ("data",)]
    found = [_read(folder, everything=everything, allow_code=allow_code) for folder in run_folders]
    outcomes = frozenset().union(*(each.outcomes for each in found))
    turns = _in_parts(chain.from_iterable(each.turns for each in found), _turn_columns(), {"payoff"})
    conversations = _frame(chain.from_iterable(each.conversations for each in found), _conversation_columns(), outcomes)
    probes = _frame(chain.from_iterable(each.answers for each in found), _answer_columns())
    judgements, holding = judged(zip(run_folders, (each.judges for each in found), strict=True), conversations)
    return Frames(
        turns=with_verdicts(turns, holding, unit="turn"),
        conversations=with_verdicts(conversations, holding, unit="conversation"),
        probes=probes,
        cells=_cells(conversations, outcomes),
        judgements=judgements,
        measures=frame.measures(run_folders, conversations),
    )


_Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What one run folder holds."""

    turns: Iterable[_Row]
    """Taken one at a time."""
    conversations: list[_Row]
    answers: list[_Row]
    outcomes: frozenset[str]
    """Columns of conversations that say what procedures made of them."""
    judges: Mapping[str, Judge]
    """Those of its latest study."""


def _read(folder: RunFolder, *, everything: bool, allow_code: bool) -> _Found:
    if not (folder.path / folder.log).is_file():
        raise FolderError(f"No log in {folder.path}: name the run folder of a study that was run.")
    found = contents.read(folder)
    held = [studies.parse(text) for text in found.studies]
    trials = _planned(held, folder, allow_code=allow_code) if held else ()
    rows = PlannedRows.of(folder, found, trials)
    earned = _earnings(trials, rows.found)
    return _Found(
        turns=(
            {**_flat(row), **_payoff(row, earned), "is_planned": rows.is_planned(row.trial_id)}
            for row in rows.turns()
            if everything or rows.is_planned(row.trial_id)
        ),
        conversations=[
            {**_flat_conversation(row), "is_planned": rows.is_planned(row.trial_id)}
            for row in rows.conversations()
            if everything or rows.is_planned(row.trial_id)
        ],
        answers=[
            {**flat(row), "is_planned": rows.is_asked(row)}
            for row in rows.answers()
            if everything or rows.is_asked(row)
        ],
        outcomes=frozenset(column for trial in trials for column in trial.talk.procedure.outcomes(())),
        judges=held[-1].panels if held else {},
    )


def _planned(held: Sequence[Experiment], folder: RunFolder, *, allow_code: bool) -> tuple[Trial, ...]:
    own = studies.own_procedures(held[-1], folder.path / folder.files) if allow_code else None
    return planned(held, default_view, lambda _: own, forks.read(folder))


def _earnings(trials: Iterable[Trial], found: Contents) -> dict[str, Mapping[int, float]]:
    """Return what moves earned by turn, for each conversation in which any did."""
    by_trial = {trial.trial_id: trial.talk.procedure.earnings(found.turns.get(trial.trial_id, ())) for trial in trials}
    return {trial_id: earned for trial_id, earned in by_trial.items() if earned}


def _payoff(row: TurnRow, earned: Mapping[str, Mapping[int, float]]) -> _Row:
    return {"payoff": earned.get(row.trial_id, {}).get(row.turn_id)} if earned else {}


def _flat(row: TurnRow) -> _Row:
    values = asdict(row)
    del values["factors"]
    return values | row.factors


def _flat_conversation(row: ConversationRow) -> _Row:
    values = {name.name: getattr(row, name.name) for name in fields(row) if name.name not in HELD}
    seats = {
        f"{what}_{number}": value
        for number, seat in enumerate(row.seats, start=1)
        for what, value in zip(("model", "role"), seat, strict=True)
    }
    factors = {factor_column(name): label for name, label in row.factors.items()}
    return {**values, **factors, **row.probes, **row.outcomes, **seats}


def _answer_columns() -> list[str]:
    return [name for name in AnswerRow.__struct_fields__ if name != "factors"]


def _turn_columns() -> list[str]:
    return [name for name in TurnRow.__struct_fields__ if name != "factors"]


def _conversation_columns() -> list[str]:
    return [field.name for field in fields(ConversationRow) if field.name not in HELD]


def _in_parts(
    rows: Iterable[_Row], columns: Sequence[str], outcomes: Collection[str] = (), size: int = _PART
) -> pd.DataFrame:
    """Return a frame of many rows, made of some at a time: as rows they take ten times the memory of columns."""
    import pandas as pd

    waiting = iter(rows)
    parts = [_frame(part, columns, outcomes) for part in iter(lambda: list(islice(waiting, size)), [])]
    if not parts:
        return _frame((), columns, outcomes)
    names = list(dict.fromkeys(chain.from_iterable(part.columns for part in parts)))
    for part in parts:
        for name in names:
            if name not in part:
                part[name] = _typed(name, [None] * len(part), columns, outcomes)
    return pd.concat([part[names] for part in parts], ignore_index=True)


def _frame(rows: Iterable[_Row], columns: Sequence[str], outcomes: Collection[str] = ()) -> pd.DataFrame:
    import pandas as pd

    kept = list(rows)
    names = list(dict.fromkeys(chain(columns, *(row.keys() for row in kept))))
    return pd.DataFrame({name: _typed(name, [row.get(name) for row in kept], columns, outcomes) for name in names})


def _typed(name: str, values: list[Any], columns: Collection[str], outcomes: Collection[str]) -> pd.Series[Any]:
    if name in outcomes:
        return _outcome(values)
    # a factor may be called like a column of another table; its labels are texts
    is_ours = name in columns or name == "is_planned" or is_of_probe(name)
    return _column(name if is_ours else "", values)


def _outcome(values: list[Any]) -> pd.Series[Any]:
    """Return a column of outcomes: numbers, true or false, or categories, so that no text is taken for a label."""
    import pandas as pd

    kinds = {type(value) for value in values} - {type(None)}
    if kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    return pd.Series(values, dtype="boolean" if kinds == {bool} else "category")


def _column(name: str, values: list[Any]) -> pd.Series[Any]:
    import pandas as pd

    if is_of_probe(name) and not any(isinstance(value, str) for value in values):
        return pd.Series(values, dtype="float64")
    if name == "answer":
        return pd.Series(values, dtype="object")
    if name in _MOMENTS:
        return pd.to_datetime(pd.Series(values, dtype="object"), utc=True)
    kinds: Mapping[str, Any] = (
        dict.fromkeys(_COUNTS, "Int64") | dict.fromkeys(_AMOUNTS, "float64") | dict.fromkeys(_CLAIMS, "bool")
    )
    column: pd.Series[Any] = pd.Series(values, dtype=kinds.get(name, "boolean" if name == "is_complete" else "str"))
    return column


def _cells(conversations: pd.DataFrame, outcomes: Collection[str] = ()) -> pd.DataFrame:
    """Return one row for each cell, with the means of its conversations."""
    known = {*_conversation_columns(), *outcomes, "is_planned"} - {"scenario", "arm", "opening_role"}
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
