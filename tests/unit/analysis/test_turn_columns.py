"""Turns made into columns part by part are the frame that their rows are, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict
from unit.logbook.samples import row_of, unhurried

from colloquia.analysis import columns, turn_columns
from colloquia.logbook.record import cells_of

if TYPE_CHECKING:
    from colloquia.logbook.record import TurnRow

TEXTS = st.one_of(
    st.none(), st.sampled_from(["", "NA", "007", "null", 'a "quote"', "naïve 😀\r\n", "two\u2028lines", "\0"]),
    st.text(st.characters(exclude_categories=["Cs"])),
)  # fmt: skip
NUMBERS = st.none() | st.integers(0, 2**63 - 1)
AMOUNTS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
FACTORS = st.dictionaries(st.sampled_from(["tone", "latency", "größe"]), st.sampled_from(["007", "NA", ""]), max_size=3)
ROWS = st.builds(
    row_of, st.sampled_from("tuv"), st.integers(1, 4), content=TEXTS, reasoning=TEXTS, move=TEXTS, seed=NUMBERS,
    input_tokens=NUMBERS, round=st.none() | st.integers(1, 9), latency_ms=AMOUNTS, cost_usd=AMOUNTS,
    saved_usd=AMOUNTS, is_refusal=st.booleans(), factors=FACTORS,
    timestamp=st.sampled_from([None, "2026-11-22T12:00:00.000Z", "2026-11-22T12:00:00.123Z"]),
)  # fmt: skip
EARNED = {"t": {1: 1.5, 3: 2.0}, "u": {2: -1.0}}


def batch(rows: list[TurnRow], **how: Any) -> pa.RecordBatch:
    """Return turns as columns."""
    return turn_columns.batch(cells_of(rows), **{"planned": None, "earned": {}} | how)


def _by_rows(rows: list[TurnRow], earned: turn_columns.Earned) -> pd.DataFrame:
    """Return the frame as cells looked up one by one make it."""
    cells: list[dict[str, Any]] = []
    for row in rows:
        values = asdict(row)
        of_study = values.pop("factors")
        payoff = {"payoff": earned.get(row.trial_id, {}).get(row.turn_id)} if earned else {}
        cells.append({**values, **of_study, **payoff, "is_planned": row.trial_id != "u"})
    return columns.frame(cells, columns.TURNS, {"payoff"})


def _by_columns(rows: list[TurnRow], earned: turn_columns.Earned, size: int) -> pd.DataFrame:
    parts = [rows[place : place + size] for place in range(0, len(rows), size)]
    made = [batch(part, planned={"t", "v"}, earned=earned) for part in parts]
    return turn_columns.frame(turn_columns.gathered(made))


@unhurried
@given(rows=st.lists(ROWS, min_size=1, max_size=12), size=st.integers(1, 12), earned=st.sampled_from([{}, EARNED]))
def test_the_parts_show_nowhere(rows: list[TurnRow], size: int, earned: turn_columns.Earned) -> None:
    """Same columns in the same order, same types, same values, also where a part knows nothing of a column."""
    by_rows = _by_rows(rows, earned)
    if all(row.timestamp is None for row in rows):  # pandas counts no time at all in whole seconds
        by_rows["timestamp"] = by_rows["timestamp"].dt.as_unit("us")

    pd.testing.assert_frame_equal(_by_columns(rows, earned, size), by_rows)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-22T12:00:00Z", "2026-11-22 12:00:00"),
        ("2026-11-22 12:00:00.5+02:00", "2026-11-22 10:00:00.500"),
        ("2026-11-22T12:00:00", "2026-11-22 12:00:00"),
        ("20261122T120000Z", "2026-11-22 12:00:00"),
        ("2026-11-22", "2026-11-22"),
    ],
)
def test_times_are_read_in_any_form_that_a_log_may_hold(text: str, utc: str) -> None:
    """A row may hold any time of ISO 8601; one without a zone is UTC."""
    rows = [row_of("t", 1, timestamp=text), row_of("t", 2, timestamp=None)]

    found = _by_columns(rows, {}, 2)["timestamp"]

    assert found.tolist() == [pd.Timestamp(utc, tz="UTC"), pd.NaT]


def test_a_time_of_another_form_leaves_those_beside_it_as_they_are() -> None:
    """Whichever part it is in: times of parts are read together."""
    texts = ["2026-11-22T12:00:00.000Z", "2026-11-22 12:00+02:00", None, "2026-11-22T12:00:00.123Z"]
    rows = [row_of("t", number, timestamp=text) for number, text in enumerate(texts, start=1)]

    (made,) = turn_columns.gathered([batch([row]) for row in rows])

    assert made["timestamp"].type == pa.timestamp("us", "UTC")
    assert [str(moment) for moment in made["timestamp"].to_pandas()] == [
        "2026-11-22 12:00:00+00:00", "2026-11-22 10:00:00+00:00", "NaT", "2026-11-22 12:00:00.123000+00:00",
    ]  # fmt: skip


@pytest.mark.parametrize("cells", [[0.0, -0.0, 0.0], [None, 0.0, None], [1.5, 1.5], [None], [2.0]], ids=str)
def test_a_column_of_one_value_is_what_it_is_cell_by_cell(cells: list[float | None]) -> None:
    """Also where what is first and last stands for something else between them: nought has a sign."""
    rows = [row_of("t", number, latency_ms=cell, cost_usd=cell) for number, cell in enumerate(cells, start=1)]

    made = batch(rows)

    assert list(map(str, made["latency_ms"].to_pylist())) == list(map(str, cells))
    assert made["cost_usd"].null_count == cells.count(None)


def test_what_is_the_same_in_parts_one_after_the_other_is_made_once() -> None:
    """Parts share such a column; a long text is none that is kept."""
    rows = [row_of("t", 1, content="long " * 99), row_of("t", 2, content="long " * 99)]

    parts = [batch(rows, planned=planned) for planned in (None, {"t"})]

    places = [
        {name: [each.address for each in part[name].buffers() if each] for name in part.schema.names} for part in parts
    ]
    assert parts[0].equals(parts[1])
    assert {name for name in ("run_id", "source", "seed", "is_planned") if places[0][name] == places[1][name]} == {
        "run_id", "source", "seed", "is_planned",
    }  # fmt: skip
    assert not set(places[0]["content"]) & set(places[1]["content"])


def test_many_turns_keep_their_order() -> None:
    """Cells that are the same in all, in some, and in none."""
    rows = [row_of("t", number, content=f"{number}", seed=number // 300 or None) for number in range(1, 1000)]

    made = batch(rows)

    assert made["turn_id"].to_pylist() == list(range(1, 1000))
    assert made["content"].to_pylist() == [str(number) for number in range(1, 1000)]
    assert made["seed"].to_pylist() == [number // 300 or None for number in range(1, 1000)]
    assert set(made["run_id"].to_pylist()) == {"run-1"}
    made.validate(full=True)


def test_columns_that_are_known_before_keep_their_places() -> None:
    """So that parts of one file agree: what a part does not know is missing in it."""
    rows = [row_of("t", 1, factors={"tone": "warm"})]

    made = batch(rows, names=["mood", "is_planned", "tone"])

    assert made.schema.names == [*columns.TURNS, "mood", "is_planned", "tone"]
    assert made.slice(0, 1).to_pylist()[0]["mood"] is None


def test_what_is_held_is_held_once() -> None:
    """Parts of a group are given back before the next group is begun."""
    pool, text, taken = pa.system_memory_pool(), "x" * (17 << 20), list[int]()

    def made(number: int) -> pa.RecordBatch:
        taken.append(pool.bytes_allocated())
        return batch([row_of("t", number, content=text)])

    held = turn_columns.held(map(made, range(1, 6)))

    assert [len(group) for group in held] == [2, 2, 1]
    assert taken[2] - taken[0] < 3 * len(text)
    assert taken[4] - taken[0] < 5 * len(text)


def test_parts_that_are_held_stay_in_the_memory_they_were_made_in() -> None:
    """Each column in one piece: what parts give back makes room for it, and no other kind of memory is taken."""
    parts = [batch([row_of("t", number)]) for number in (1, 2, 3)]
    before = pa.default_memory_pool().bytes_allocated()

    (held,) = turn_columns.held(parts)

    assert pa.default_memory_pool().bytes_allocated() == before
    assert {column.num_chunks for column in held.columns} == {1}
    assert held.drop("timestamp").equals(pa.Table.from_batches(parts).drop("timestamp"))
