"""Turns as columns of Arrow, a thousand at a time: as rows they take ten times the memory and the work.

The columns are those that :func:`colloquia.analysis.columns.frame` gives rows of turns, with the same types.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from colloquia.analysis.columns import AMOUNTS, CLAIMS, COUNTS, TURNS, moment

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    Cells = Mapping[str, list[Any]]
    """The cells of turns by column, their factors in a column of their own."""
    Earned = Mapping[str, Mapping[int, float]]

_TIME = "timestamp"
_TEXT, _MOMENT = pa.large_string(), pa.timestamp("us", "UTC")
_KINDS = dict.fromkeys(COUNTS, pa.int64()) | dict.fromkeys(AMOUNTS, pa.float64()) | dict.fromkeys(CLAIMS, pa.bool_())
"""What is in none of these is a text; times are made of theirs."""
_POOL = pa.system_memory_pool()
"""The memory of columns: the default one hands out fresh pages, emptied, for each group of rows."""
_GROUP_BYTES = 28 << 20
"""As one group of rows, a million turns would fill the memory of who writes them, and of who reads them."""
_LONGEST_KEPT = 100
"""Columns of a longer text are not kept for the next part, which may have it too."""
_IN_FRAMES = {pa.int64(): pd.Int64Dtype()}


def batch(cells: Cells, *, planned: Container[str] | None, earned: Earned, names: Iterable[str] = ()) -> pa.RecordBatch:
    """Return turns as columns; times are still texts.

    Args:
        cells: Those of the turns by column, not of too many at once.
        planned: The conversations that the latest study plans, by trial id; None where it plans those of all turns.
        earned: What moves earned; where nothing did, there is no such column.
        names: The columns after those that every table of turns has, as far as they are known; others that the turns
            have are added.
    """
    own = tuple(names) or own_columns(cells["factors"], has_payoff=bool(earned))
    known: dict[str, list[Any]] = {"is_planned": [planned is None or trial in planned for trial in cells["trial_id"]]}
    if earned:
        turns = zip(cells["trial_id"], cells["turn_id"], strict=True)
        known["payoff"] = [earned.get(trial, {}).get(turn_id) for trial, turn_id in turns]
    values = {**cells, **{name: known.get(name) or [of.get(name) for of in cells["factors"]] for name in own}}
    schema = _schema(own, has_payoff=bool(earned))
    arrays = [_array(values[name], kind) for name, kind in zip(schema.names, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@lru_cache(maxsize=64)
def _schema(own: tuple[str, ...], *, has_payoff: bool) -> pa.Schema:
    """Return the schema of turns that have some columns besides those of every table; parts of a table share it."""
    kinds = {name: _KINDS.get(name, _TEXT) for name in TURNS} | dict.fromkeys(own, _TEXT)
    return pa.schema(kinds | {"is_planned": pa.bool_()} | ({"payoff": pa.float64()} if has_payoff else {}))


def _array(cells: list[Any], kind: pa.DataType) -> pa.Array:
    """Return cells as a column; where all are the same, none of them is looked at alone."""
    first = cells[0]
    if kind != pa.float64() and first == cells[-1] and cells.count(first) == len(cells):  # 0.0 equals -0.0
        return (_kept if len(str(first)) <= _LONGEST_KEPT else _repeated)(first, len(cells), kind)
    return pa.array(cells, kind, memory_pool=_POOL)


def _repeated(cell: str | int | None, times: int, kind: pa.DataType) -> pa.Array:
    return pa.repeat(pa.scalar(cell, kind), times, memory_pool=_POOL)


_kept = lru_cache(maxsize=64)(_repeated)
"""The same for cells that parts one after the other have: these share it."""


def own_columns(factors: Iterable[Mapping[str, str]], *, has_payoff: bool) -> tuple[str, ...]:
    """Return the columns that turns have besides those of every table, in the order in which they come up."""
    kinds = dict.fromkeys(map(tuple, factors)) or {(): None}
    planned = ("payoff", "is_planned") if has_payoff else ("is_planned",)
    return tuple(dict.fromkeys(chain.from_iterable((*kind, *planned) for kind in kinds)))


def gathered(parts: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield many parts of a table as fewer, each of some megabytes; nothing is copied, nor held once it was yielded."""
    group: list[pa.RecordBatch] = []
    size = 0
    for part in parts:
        group.append(part)
        size += part.get_total_buffer_size()
        del part
        if size >= _GROUP_BYTES:
            size = 0
            yield _whole(group)
    if group:
        yield _whole(group)


def held(parts: Iterable[pa.RecordBatch]) -> list[pa.Table]:
    """Return all parts, gathered: each column of a group in one piece, in the memory that its parts were made in."""
    return list(map(partial(pa.Table.combine_chunks, memory_pool=_POOL), gathered(parts)))


def frame(groups: Iterable[pa.Table]) -> pd.DataFrame:
    """Return groups of turns as one frame."""
    found: pd.DataFrame = _joined(groups).to_pandas(types_mapper=_IN_FRAMES.get, split_blocks=True)
    return found


def _whole(parts: list[pa.RecordBatch]) -> pa.Table:
    """Return parts, of which none is left, as one table with times as such: those of many parts are read at once."""
    table = _joined(pa.Table.from_batches(list(alike)) for _, alike in groupby(parts, attrgetter("schema")))
    parts.clear()
    place = table.schema.get_field_index(_TIME)
    return table.set_column(place, _TIME, _moments(table.column(place)))


def _joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Return tables as one; what one of them does not know is missing in its rows."""
    return pa.concat_tables(tables, promote_options="default")


def _moments(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return pc.cast(texts, _MOMENT, memory_pool=_POOL)
    except pa.ArrowInvalid:  # ISO 8601 has more forms than the one that we write
        return pa.chunked_array([[text and moment(text) for text in texts.to_pylist()]], _MOMENT)
