"""Frames as the bytes of files: CSV, JSON lines and Parquet that keep every character of a text."""

from __future__ import annotations

from collections import deque
from functools import partial
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec
import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from colloquia.errors import DesignError
from colloquia.logbook.csv import table

PARQUET = "parquet"
TEXTS = frozenset({"content", "reasoning", "question", "answer", "quote", "said"})
"""Columns of tables that hold what was said or asked."""
_UNLIKE = TEXTS | {"generation_id", "request_sha256"}
"""Columns whose cells are seldom the same; numbers with a fraction are so too."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from colloquia.analysis.tables import Frames


def extract(frame: pd.DataFrame, format_: str) -> bytes:
    """Return a frame as a file.

    Args:
        frame: The rows and columns to keep.
        format_: ``csv`` (as ``experiment_log.csv``), ``jsonl`` (unknown is null) or ``parquet`` (types are kept).

    Raises:
        DesignError: there is no such format.
    """
    if format_ not in FORMATS:
        raise DesignError(f"A table cannot be written as {format_!r}; it can as {', '.join(FORMATS)}.")
    buffer = BytesIO()
    FORMATS[format_]([frame], buffer)
    return buffer.getvalue()


def extract_parts(parts: Iterable[pa.Table], format_: str, file: BinaryIO) -> None:
    """Write a table that comes in parts of the same columns.

    No part is held while the next is made: it is made in the memory of those before it, which lies near at hand.
    """
    if format_ == PARQUET:
        _groups(parts, file)
    else:
        FORMATS[format_](map(pa.Table.to_pandas, parts), file)


def without_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without the columns that hold what was said or asked: for licences that let numbers pass."""
    return frame.drop(columns=[name for name in frame.columns if name in TEXTS])


def file_name(frames: Frames, what: str, format_: str) -> str:
    """Return a name for an extract; it says where no live model said some of the turns."""
    return named(what, frames.turns["source"].dropna().unique(), format_)


def named(what: str, sources: Iterable[str], format_: str) -> str:
    """Return the same by where the turns come from."""
    found = sorted(set(sources) - {"live", "human"})
    return "-".join((what, *(source.upper() for source in found))) + f".{format_}"


def _csv(parts: Iterable[pd.DataFrame], file: BinaryIO) -> None:
    waiting = iter(parts)
    for first in waiting:
        names = [str(name) for name in first.columns]
        lines = chain(rows(first), chain.from_iterable(map(rows, waiting)))
        del first
        file.writelines(table(names, lines))


def _jsonl(parts: Iterable[pd.DataFrame], file: BinaryIO) -> None:
    for part in parts:
        names = [str(name) for name in part.columns]
        file.writelines(msgspec.json.encode(dict(zip(names, row, strict=True))) + b"\n" for row in rows(part))
        del part


def _parquet(parts: Iterable[pd.DataFrame], file: BinaryIO) -> None:
    _groups(map(partial(pa.Table.from_pandas, preserve_index=False), parts), file)


def _groups(parts: Iterable[pa.Table], file: BinaryIO) -> None:
    """Write each part as a group of rows: who writes, and who reads, holds one at a time."""
    waiting = iter(parts)
    for first in waiting:
        with _writer(file, first.schema) as writer:
            writer.write_table(first)
            del first
            deque(map(writer.write_table, waiting), maxlen=0)


def _writer(file: BinaryIO, schema: pa.Schema) -> ParquetWriter:
    """Return what writes Parquet: what repeats once, no least or greatest text, which nobody looks for.

    Zstandard makes files a third smaller than Snappy, and they are read as fast (decision 0087).
    """
    repeating = [field.name for field in schema if field.name not in _UNLIKE and not pa.types.is_floating(field.type)]
    ordered = [field.name for field in schema if field.type not in (pa.string(), pa.large_string())]
    return ParquetWriter(file, schema, use_dictionary=repeating, write_statistics=ordered, compression="zstd")


FORMATS: dict[str, Callable[[Iterable[pd.DataFrame], BinaryIO], None]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    PARQUET: _parquet,
}
"""What writes frames of the same columns as one table."""


def rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a frame as plain values, None where unknown."""
    columns = [_plain(frame[name]) for name in frame.columns]
    return zip(*columns, strict=True)


def _plain(column: pd.Series[Any]) -> list[Any]:
    known = column.notna()
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        texts = column.dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str.slice(stop=-3) + "Z"
        return [text if is_known else None for text, is_known in zip(texts, known, strict=True)]
    return [
        value.item() if hasattr(value, "item") else value if is_known else None
        for value, is_known in zip(column.astype("object").where(known, None), known, strict=True)
    ]
