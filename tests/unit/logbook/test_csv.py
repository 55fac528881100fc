"""A table that gives back every text as it was, to pandas and to anyone who reads CSV."""

from __future__ import annotations

import csv
import io
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.logbook.samples import row_of, unhurried

from colloquia.logbook.csv import table, write_turns
from colloquia.logbook.disk import Disk
from colloquia.logbook.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from colloquia.logbook.record import TurnRow

AWKWARD = [
    "NA", "007", "", "=1+1", "😀 naïve", "a\nb", "a\rb", "a\r\nb", "\r", "\r\n", "\n", "\u2028", "\x85", '"', '""',
    'say "no"', ",", ", ", "\\", "\t", " lead and trail ", "\ufeff", "null", "None", "nan", "1e5", "-0", "True", "#",
    "'", "\x1a", "\x1b[31m",
]  # fmt: skip


def _csv(folder: RunFolder) -> Path:
    return folder.path / folder.turns_csv


def _read(folder: RunFolder) -> list[list[str]]:
    with _csv(folder).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _write(folder: RunFolder, rows: list[TurnRow], *, factor_names: tuple[str, ...] = ()) -> None:
    write_turns(folder, rows, factor_names=factor_names, is_planned=lambda _: True)


def test_pandas_reads_every_awkward_text_as_it_was(folder: RunFolder) -> None:
    """The line in the README keeps what spreadsheets and defaults destroy."""
    _write(folder, [row_of("t", n, content=text) for n, text in enumerate(AWKWARD, start=1)])

    frame = pd.read_csv(_csv(folder), keep_default_na=False)

    assert frame["content"].tolist() == AWKWARD
    assert frame["turn_id"].tolist() == list(range(1, len(AWKWARD) + 1))


@unhurried
@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30), min_size=1, max_size=6))
def test_pandas_reads_any_text_as_it_was(texts: list[str]) -> None:
    """A column of texts with at least one word in it comes back exactly."""
    texts = ["a word", *texts]
    data = b"".join(table(["content"], ([text] for text in texts)))

    assert pd.read_csv(io.BytesIO(data), keep_default_na=False)["content"].tolist() == texts


@unhurried
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=6))
def test_pandas_reads_any_column_as_it_was_when_told_that_it_is_text(texts: list[str]) -> None:
    """Pandas takes a column of digits for numbers; with its type named it does not."""
    texts = [text.replace("\0", "0") for text in texts]
    data = b"".join(table(["content"], ([text] for text in texts)))

    frame = pd.read_csv(io.BytesIO(data), keep_default_na=False, dtype={"content": str}, skip_blank_lines=False)

    assert frame["content"].tolist() == texts


def test_pandas_takes_a_column_of_digits_for_numbers_unless_told() -> None:
    """What the module says of pandas is so."""
    data = b"".join(table(["content"], [["007"]]))

    assert pd.read_csv(io.BytesIO(data), keep_default_na=False)["content"].tolist() == [7]


@pytest.mark.skipif(int(pd.__version__.split(".")[0]) < 3, reason="pandas 2 ends a cell at a NUL")
def test_pandas_keeps_a_nul() -> None:
    """Nothing is altered in place, not even this."""
    data = b"".join(table(["content"], [["a\0b"], ["\0"]]))

    assert pd.read_csv(io.BytesIO(data), keep_default_na=False)["content"].tolist() == ["a\0b", "\0"]


cells = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8"))


@unhurried
@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8))
def test_any_reader_of_csv_gets_every_cell(rows: list[list[str | int | float | None]]) -> None:
    """Texts and numbers come back exactly; unknown is an empty cell."""
    data = b"".join(table(["a", "b", "c"], rows)).decode()

    header, *read = csv.reader(io.StringIO(data, newline=""))

    assert header == ["a", "b", "c"]
    assert read == [["" if cell is None else str(cell) for cell in row] for row in rows]
    for row, cells_read in zip(rows, read, strict=True):
        for cell, text in zip(row, cells_read, strict=True):
            if isinstance(cell, float):
                assert float(text) == cell


def test_unknown_and_empty_are_told_apart_in_the_file() -> None:
    """Null is nothing at all, an empty text is two quotes, numbers and Booleans stand bare."""
    assert (
        b"".join(table(["a"], [[None, "", "x", 1, 0.1, 1e-7, True, False]])) == b'a\n,"","x",1,0.1,1e-07,True,False\n'
    )


def test_the_eleven_columns_stand_first_and_factors_after_the_arm(folder: RunFolder) -> None:
    """The order is part of the promise; what is only in the JSONL stays out."""
    _write(folder, [row_of("t", 1, factors={"tone": "warm", "price, net": "low"})], factor_names=("tone", "price, net"))

    header, values = _read(folder)

    assert header[:11] == [
        "experiment_id", "turn_id", "scenario", "speaker_model", "responder_model", "content", "latency_ms",
        "input_tokens", "output_tokens", "finish_reason", "is_refusal",
    ]  # fmt: skip
    assert header[16:20] == ["arm", "tone", "price, net", "ended_by"]
    assert header[-1] == "schema"
    assert not {"reasoning", "factors", "crc32", "is_planned"} & set(header)
    assert values[17:19] == ["warm", "low"]
    assert len(header) == len(values)


def test_a_factor_that_a_turn_does_not_have_is_unknown(folder: RunFolder) -> None:
    """Studies grow; earlier rows know nothing of later factors."""
    _write(folder, [row_of("t", 1, factors={})], factor_names=("tone",))

    header, values = _read(folder)

    assert values[header.index("tone")] == ""


@pytest.mark.parametrize("everything", [True, False])
def test_what_is_no_longer_planned_is_left_out_unless_asked_for(folder: RunFolder, *, everything: bool) -> None:
    """Then a last column says which is which."""
    rows = [row_of("old", 1), row_of("t", 1)]

    write_turns(folder, rows, factor_names=(), is_planned=lambda trial_id: trial_id == "t", everything=everything)

    header, *found = _read(folder)
    assert ("is_planned" in header) == everything
    assert [(row[header.index("trial_id")], row[-1]) for row in found] == (
        [("old", "False"), ("t", "True")] if everything else [("t", "1")]
    )


def test_a_study_without_turns_has_a_table_without_rows(folder: RunFolder) -> None:
    """The header alone is a table that pandas reads."""
    _write(folder, [])

    assert pd.read_csv(_csv(folder), keep_default_na=False).empty


def test_a_long_table_is_written_in_pieces(tmp_path: Path, folder: RunFolder) -> None:
    """However many turns there are, no more than a piece of the table is in memory."""

    def many() -> Iterator[TurnRow]:
        row = row_of("t", 1, content="x" * 1000)
        for _ in range(20_000):
            yield row

    pieces: list[int] = []

    class Counting(Disk):
        def write(self, descriptor: int, data: bytes | memoryview) -> int:
            pieces.append(len(data))
            return super().write(descriptor, data)

    tracemalloc.start()
    write_turns(replace(folder, disk=Counting()), many(), factor_names=(), is_planned=lambda _: True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert sum(pieces) == _csv(folder).stat().st_size > 20_000_000
    assert peak < 4_000_000


texts = st.none() | st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(AWKWARD)
amounts = (
    st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(1e-5, 1e17)
    | st.sampled_from([0.0, -0.0, 4.859e-05, 9.999999999999999e-05, 0.0001, -1.5, 100.0, 9999999999999998.0, 1e16])
)
odd_rows = st.builds(
    row_of,
    st.sampled_from("tu"),
    st.integers(1, 9),
    content=texts,
    scenario=st.text(st.characters(codec="utf-8"), max_size=6),
    speaker_model=st.sampled_from(AWKWARD),
    responder_model=texts,
    move=texts,
    ended_by=texts,
    served_by=texts,
    native_finish_reason=texts,
    generation_id=texts,
    cost_usd=amounts,
    latency_ms=amounts,
    saved_usd=amounts,
    seed=st.none() | st.integers(-(2**60), 2**60),
    round=st.none() | st.integers(1, 9),
    is_refusal=st.booleans(),
    factors=st.dictionaries(st.sampled_from(["tone", 'price, "net"', "{row}"]), st.sampled_from(AWKWARD)),
)


plain_rows = st.builds(
    row_of, st.just("t"), st.integers(1, 9), content=texts, cost_usd=amounts, latency_ms=amounts, saved_usd=amounts,
    served_by=st.none() | st.sampled_from(["", "null", "x,null,true", "naïve \u2028"]), seed=st.integers(0, 2**65),
    generation_id=st.one_of(st.none(), st.just('one "quote"'), *[st.just("plain")] * 8), is_refusal=st.booleans(),
)  # fmt: skip


@unhurried
@given(st.lists(st.one_of(odd_rows, *[plain_rows] * 4), max_size=6), st.booleans())
def test_lines_of_turns_are_those_that_any_table_has(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[TurnRow],
    everything: bool,  # noqa: FBT001 (drawn)
) -> None:
    """What the encoder of JSON makes of turns is, byte for byte, what the general writer makes, quotes or none."""
    folder, names = RunFolder(tmp_path_factory.mktemp("run")), ("tone", 'price, "net"', "{row}")
    columns = [name for name in rows[0].__struct_fields__ if name not in ("reasoning", "factors")] if rows else []
    place = columns.index("arm") + 1 if rows else 0

    write_turns(folder, rows, factor_names=names, is_planned=lambda trial_id: trial_id == "t", everything=everything)

    kept = [row for row in rows if everything or row.trial_id == "t"]
    whole = [
        [
            *(getattr(row, name) for name in columns[:place]),
            *(row.factors.get(name) for name in names),
            *(getattr(row, name) for name in columns[place:]),
            *([row.trial_id == "t"] if everything else []),
        ]
        for row in kept
    ]
    _, _, lines = _csv(folder).read_bytes().partition(b"\n")
    assert lines == b"".join(table(["x"], whole)).removeprefix(b"x\n")
