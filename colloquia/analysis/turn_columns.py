"""Turns as columns of Arrow, a thousand at a time: as rows they take ten times the memory and the work.

The columns are those that :func:`colloquia.analysis.columns.frame` gives rows of turns, with the same types.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from colloquia.analysis.columns import AMOUNTS, CLAIMS, COUNTS, MOMENTS, TURNS, moment
from colloquia.logbook.record import cells_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from colloquia.logbook.record import TurnRow

    Earned = Mapping[str, Mapping[int, float]]

_TEXT, _MOMENT = pa.large_string(), pa.timestamp("us", "UTC")
_KINDS = dict.fromkeys(COUNTS, pa.int64()) | dict.fromkeys(AMOUNTS, pa.float64()) | dict.fromkeys(CLAIMS, pa.bool_())
"""What is in none of these is a text; times are made of theirs."""
_POOL = pa.system_memory_pool()
"""The memory of columns: the default one hands out fresh pages, emptied, for each group of rows."""
_GROUP_BYTES = 1 << 25
"""As one group of rows, a million turns would fill the memory of who writes them, and of who reads them."""
_LONGEST_KEPT = 100
"""Columns of a longer text are not kept for the next part, which may have it too."""
_IN_FRAMES = {pa.int64(): pd.Int64Dtype()}


def table(
    rows: Sequence[TurnRow], *, planned: Container[str] | None, earned: Earned, names: Iterable[str] = ()
) -> pa.Table:
    """Return turns as columns.

    Args:
        rows: The turns, not too many at once.
        planned: The conversations that the latest study plans, by trial id; None where it plans those of all rows.
        earned: What moves earned; where nothing did, there is no such column.
        names: The columns after those that every table of turns has, as far as they are known; others that the turns
            have are added.
    """
    cells = cells_of(rows)
    arrays = {name: _array(cells[name], _KINDS.get(name, _TEXT)) for name in TURNS}
    arrays |= {name: _moments(arrays[name]) for name in MOMENTS & arrays.keys()}
    after = {"is_planned": _array([planned is None or trial in planned for trial in cells["trial_id"]], pa.bool_())}
    if earned:
        after["payoff"] = pa.array([_payoff(row, earned) for row in rows], pa.float64())
    for name in names or own_columns(rows, has_payoff=bool(earned)):
        arrays[name] = after[name] if name in after else pa.array([row.factors.get(name) for row in rows], _TEXT)
    return pa.table(arrays)


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


def own_columns(rows: Iterable[TurnRow], *, has_payoff: bool) -> dict[str, None]:
    """Return the columns that turns have besides those of every table, in the order in which they come up."""
    kinds = dict.fromkeys(tuple(row.factors) for row in rows) or {(): None}
    planned = ("payoff", "is_planned") if has_payoff else ("is_planned",)
    return dict.fromkeys(chain.from_iterable((*kind, *planned) for kind in kinds))


def gathered(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield many parts of a table as fewer, each of some megabytes; nothing is copied, nor held once it was yielded."""
    group: list[pa.Table] = []
    size = 0
    for part in parts:
        group.append(part)
        size += part.get_total_buffer_size()
        del part
        if size >= _GROUP_BYTES:
            yield _whole(group)
            group, size = [], 0
    if group:
        yield _whole(group)


def held(parts: Iterable[pa.Table]) -> list[pa.Table]:
    """Return all parts, gathered: each column of a group in one piece, in the memory that its parts were made in."""
    return list(map(partial(pa.Table.combine_chunks, memory_pool=_POOL), gathered(parts)))


def frame(parts: Sequence[pa.Table]) -> pd.DataFrame:
    """Return parts of a table as one frame."""
    found: pd.DataFrame = _whole(parts).to_pandas(types_mapper=_IN_FRAMES.get, split_blocks=True)
    return found


def _whole(parts: Sequence[pa.Table]) -> pa.Table:
    """Return parts as one table; what a part does not know is missing in it."""
    return pa.concat_tables(parts, promote_options="default")


def _moments(texts: pa.Array) -> pa.Array:
    try:
        return texts.cast(_MOMENT)
    except pa.ArrowInvalid:  # ISO 8601 has more forms than the one that we write
        return pa.array([text and moment(text) for text in texts.to_pylist()], _MOMENT)


def _payoff(row: TurnRow, earned: Earned) -> float | None:
    return earned.get(row.trial_id, {}).get(row.turn_id)
