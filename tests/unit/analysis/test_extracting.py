"""Extracts: what a file keeps is what the frame holds, character by character."""

from __future__ import annotations

import json
from io import BytesIO

import pandas as pd
import pytest
from frames import frames, talk
from pyarrow.parquet import ParquetFile

from colloquia.analysis.extracting import FORMATS, extract, file_name
from colloquia.errors import DesignError

TEXTS = ["NA", "007", "", 'a "quote", a comma', "two\r\nlines\u2028end", "=1+1", "日本語", None]


@pytest.mark.parametrize("format_", FORMATS)
def test_texts_are_kept_to_the_letter(format_: str) -> None:
    """Unknown stays apart from an empty text where the format can tell them apart."""
    data = extract(frames(talk(1, TEXTS)).turns, format_)

    if format_ == "csv":
        read = pd.read_csv(BytesIO(data), keep_default_na=False, dtype={"content": str})["content"].tolist()
        assert read == [text or "" for text in TEXTS]
    elif format_ == "jsonl":
        assert [json.loads(line)["content"] for line in data.decode().split("\n")[:-1]] == TEXTS
    else:
        read = pd.read_parquet(BytesIO(data))["content"]
        assert [None if pd.isna(text) else text for text in read] == TEXTS


def test_parquet_is_compressed_by_zstandard() -> None:
    """Every column, of a text or not."""
    data = extract(frames(talk(1, ["a", "b"])).turns, "parquet")

    group = ParquetFile(BytesIO(data)).metadata.row_group(0)

    assert {group.column(place).compression for place in range(group.num_columns)} == {"ZSTD"}


def test_values_have_their_plain_form() -> None:
    """Whole numbers without a point, times in UTC with milliseconds, Booleans as words, unknown as nothing."""
    made = frames(
        talk(1, ["a", "b"], timestamp="2026-01-02T03:04:05.678Z", latency_ms=12.5, seed=None, is_refusal=True)
    )

    lines = extract(made.turns[["turn_id", "timestamp", "latency_ms", "seed", "is_refusal"]], "csv").decode()
    rows = [json.loads(line) for line in extract(made.turns, "jsonl").decode().splitlines()]

    assert lines.splitlines()[1] == '1,"2026-01-02T03:04:05.678Z",12.5,,True'
    assert (rows[0]["turn_id"], rows[0]["seed"], rows[0]["is_refusal"]) == (1, None, True)


@pytest.mark.parametrize("format_", FORMATS)
def test_an_empty_frame_is_a_file_too(format_: str) -> None:
    """With its columns where the format has any."""
    assert isinstance(extract(frames().conversations, format_), bytes)


def test_a_name_says_who_did_not_speak() -> None:
    """Turns of no live model are named in the name of the file."""
    assert file_name(frames(talk(1, ["a"])), "turns", "csv") == "turns.csv"
    assert file_name(frames(talk(1, ["a"], source="simulated")), "turns", "csv") == "turns-SIMULATED.csv"


def test_an_unknown_format_is_refused() -> None:
    """With those there are."""
    with pytest.raises(DesignError, match="csv, jsonl, parquet"):
        extract(frames().turns, "xlsx")
