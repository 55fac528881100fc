"""Many lines are read at once where each is what was written, and many rows become columns at once."""

from __future__ import annotations

from itertools import accumulate
from sys import getrefcount
from typing import TYPE_CHECKING
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.logbook.samples import row_of, sealed, values_of

from colloquia.logbook.record import SCHEMA, TURNS, TurnRow, cells_of, decode_block, encode, in_columns, unsealed

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = [row_of("t", 1), row_of("u", 1, content="naïve \u2028"), row_of("t", 2)]


def block(*lines: bytes) -> list[TurnRow] | None:
    """Return what is read of lines at once."""
    data = b"".join(lines)
    found = decode_block(data, [place for place, byte in enumerate(data) if byte == ord("\n")], TURNS)
    return None if found is None else list(found)


def test_many_whole_lines_are_read_at_once() -> None:
    """Each of them, in order."""
    assert block(*map(encode, BLOCK)) == BLOCK


@pytest.mark.parametrize(
    "line",
    [
        encode(BLOCK[0]).replace(b"Turn 1", b"Turn 7"),
        sealed({**values_of(BLOCK[0]), "schema": SCHEMA + 1}),
        sealed({**values_of(BLOCK[0]), "turn_id": "one"}),
        sealed({**values_of(BLOCK[0]), "timestamp": "2026-02-30T12:00:00.000Z"}),
        b"\n",
        b'"}\n',
        b',"crc32":"00000000"}\n',
    ],
    ids=["changed", "newer", "of another kind", "of no day", "empty", "shorter than a seal", "nothing but a seal"],
)
def test_one_line_that_is_not_what_was_written_lets_all_be_read_one_by_one(line: bytes) -> None:
    """So that each of them is told apart: nothing of the block is believed before."""
    assert block(encode(BLOCK[0]), line, encode(BLOCK[2])) is None


@given(
    st.lists(st.sampled_from([b"", b'"}', b',"crc32":"00000001"}', b"{}", b'{"a":1', b'{"a":"\xc3\xa4"']), max_size=9)
)
def test_lines_whose_checksum_does_not_fit_are_told_apart(lines: list[bytes]) -> None:
    """Wherever they stand, and however short they are, the first of them among others that fit."""
    whole = [b'%b,"crc32":"%08x"}' % (line, crc32(line)) if line.startswith(b"{") else line for line in lines]
    data = b"".join(line + b"\n" for line in whole)
    ends = [place for place, byte in enumerate(data) if byte == ord("\n")]

    assert unsealed(data, ends) == [end for end, line in zip(ends, lines, strict=True) if not line.startswith(b"{")]


def test_two_records_in_one_line_are_not_what_was_written() -> None:
    """Whatever their checksum."""
    body = encode(BLOCK[0])[:-1] + b" " + encode(BLOCK[1]).rpartition(b',"crc32"')[0]

    assert block(b'%b,"crc32":"%08x"}\n' % (body, crc32(body))) is None


@pytest.mark.parametrize("number", [0, 1, 3])
def test_columns_have_the_cells_of_rows(number: int) -> None:
    """Each under its name, in the order of the rows."""
    rows = [row_of("t", turn_id, content=f"{turn_id}", round=turn_id) for turn_id in range(1, number + 1)]

    found = cells_of(rows)

    assert found == {name: [getattr(row, name) for row in rows] for name in TurnRow.__struct_fields__}
    assert tuple(found) == TurnRow.__struct_fields__


@pytest.mark.parametrize(("number", "sizes"), [(0, []), (3, [3]), (6, [3, 3]), (7, [3, 3, 1])])
def test_rows_come_in_columns_of_so_many_at_once(number: int, sizes: list[int]) -> None:
    """All of them, in order, and none is made before it is its turn."""
    made: list[int] = []

    def rows() -> Iterator[TurnRow]:
        for turn_id in range(1, number + 1):
            made.append(turn_id)
            yield row_of("t", turn_id)

    parts = [(cells["turn_id"], len(made)) for cells in in_columns(rows(), 3)]

    assert [len(turn_ids) for turn_ids, _ in parts] == sizes
    assert [turn_id for turn_ids, _ in parts for turn_id in turn_ids] == made
    assert [count for _, count in parts] == list(accumulate(sizes))


def test_rows_are_let_go_of_as_they_go_by() -> None:
    """Of many turns in columns the cells are held, and only the turn that went by last."""
    made = [row_of("t", turn_id) for turn_id in range(1, 9)]
    alone = getrefcount(made[0])
    held: list[int] = []

    def rows() -> Iterator[TurnRow]:
        for number in range(len(made)):
            yield made[number]
            held.append(sum(getrefcount(made[place]) > alone for place in range(len(made))))

    assert [cells["turn_id"] for cells in in_columns(rows(), 8)] == [list(range(1, 9))]
    assert max(held) == 1
