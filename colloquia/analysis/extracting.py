"""Frames as the bytes of files: CSV, JSON lines and Parquet that keep every character of a text."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from colloquia.errors import DesignError
from colloquia.logbook.csv import table

TEXTS = frozenset({"content", "reasoning", "question", "answer", "quote", "said"})
"""Columns of tables that hold what was said or asked."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    return FORMATS[format_](frame)


def without_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without the columns that hold what was said or asked: for licences that let numbers pass."""
    return frame.drop(columns=[name for name in frame.columns if name in TEXTS])


def file_name(frames: Frames, what: str, format_: str) -> str:
    """Return a name for an extract; it says where no live model said some of the turns."""
    found = sorted(set(frames.turns["source"].dropna()) - {"live", "human"})
    return "-".join((what, *(source.upper() for source in found))) + f".{format_}"


def _csv(frame: pd.DataFrame) -> bytes:
    return b"".join(table([str(name) for name in frame.columns], rows(frame)))


def _jsonl(frame: pd.DataFrame) -> bytes:
    names = [str(name) for name in frame.columns]
    return b"".join(msgspec.json.encode(dict(zip(names, row, strict=True))) + b"\n" for row in rows(frame))


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


FORMATS: dict[str, Callable[[pd.DataFrame], bytes]] = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}


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
