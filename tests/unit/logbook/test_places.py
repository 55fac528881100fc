"""Where turns stand: in any order, each once, with numbers out of all proportion, and read when they are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.logbook.samples import row_of

from colloquia.errors import DamagedLogError
from colloquia.logbook.contents import read
from colloquia.logbook.places import MOST_BITS, ByTrial, Places, Seen
from colloquia.logbook.record import encode
from colloquia.logbook.turn_rows import turn_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.folder import RunFolder

    Fill = Callable[..., RunFolder]


@dataclass(frozen=True, kw_only=True)
class _Row:
    trial_id: str
    turn_id: int


numbers = st.lists(st.integers(1, 12) | st.sampled_from([10**9, 2**40, MOST_BITS, MOST_BITS + 1]), max_size=14)


@given(numbers, st.integers(0, 3))
def test_the_first_line_of_each_turn_counts_in_whatever_order_they_come(turn_ids: list[int], begins: int) -> None:
    """Which turns there are, and where, is what a table of all of them would say."""
    places, table = Places(begins), dict[int, int]()
    for offset, turn_id in enumerate(turn_ids):
        assert places.put(turn_id, offset) == (turn_id not in table)
        table.setdefault(turn_id, offset)

    assert list(places.turn_ids) == sorted(table)
    assert list(places.in_order) == [table[turn_id] for turn_id in sorted(table)]
    assert len(places) == len(table)
    assert all(turn_id in places for turn_id in table)
    assert 0 not in places
    assert places.is_whole == (sorted(table) == list(range(begins + 1, begins + 1 + len(table))))


@given(st.lists(st.tuples(st.sampled_from("tu"), st.integers(0, 9) | st.just(10**12))))
def test_what_went_by_is_known_again(turns: list[tuple[str, int]]) -> None:
    """A number that no conversation has costs no more than another."""
    seen, known = Seen(), set[tuple[str, int]]()
    for turn in turns:
        assert seen.add(*turn) == (turn not in known)
        known.add(turn)


@given(st.lists(st.tuples(st.sampled_from("tu"), st.integers(-1, 9) | st.sampled_from([MOST_BITS, MOST_BITS + 1]))))
def test_new_turns_alone_come_through(turns: list[tuple[str, int]]) -> None:
    """In their order, those of one conversation in any; and exactly these are known afterwards."""
    rows = [_Row(trial_id=trial_id, turn_id=turn_id) for trial_id, turn_id in turns]
    seen = Seen()

    assert list(seen.new(rows)) == list(dict.fromkeys(rows))
    assert list(Seen().new(rows, only={"u"})) == [row for row in dict.fromkeys(rows) if row.trial_id == "u"]
    everywhere = [(trial_id, turn_id) for trial_id in "tuv" for turn_id in (*range(-2, 11), MOST_BITS, MOST_BITS + 1)]
    assert {turn for turn in everywhere if seen.has(*turn)} == set(turns)


def test_more_turns_than_have_a_bit_are_known_again() -> None:
    """As long as they come in order, and when they no longer do."""
    seen = Seen()
    for turn_id in range(1, MOST_BITS + 9):
        assert seen.add("t", turn_id)

    assert seen.add("t", MOST_BITS + 99)

    assert [seen.add("t", turn_id) for turn_id in (1, MOST_BITS + 8, MOST_BITS + 9, MOST_BITS + 99)] == [
        False, False, True, False,
    ]  # fmt: skip


def test_turns_are_read_where_they_stand(filled: Fill) -> None:
    """One, some, the last, all; their number without reading any."""
    rows = [row_of("t", 2, content="zwei\n😀"), row_of("u", 1), row_of("t", 1), row_of("t", 3)]
    whole = [turn_of(rows[place]) for place in (2, 0, 3)]
    folder = filled(rows)
    said = read(folder).turns["t"]

    assert (len(said), said[0], said[-1], said[1:]) == (3, whole[0], whole[-1], tuple(whole[1:]))
    assert repr(said) == "Said(3 turns)"
    assert (list(said), said[1], said[:2]) == (whole, whole[1], tuple(whole[:2]))
    (folder.path / folder.log).unlink()
    assert len(read(filled(rows)).turns["t"]) == 3
    assert said == tuple(whole)


def test_a_text_that_changed_since_it_was_read_is_no_turn(filled: Fill) -> None:
    """Whoever looks is told which line it is, and what to do."""
    folder = filled([row_of("t", 1), row_of("t", 2)])
    said = read(folder).turns["t"]
    log = folder.path / folder.log
    log.write_bytes(log.read_bytes().replace(b"Turn 2", b"Turn 7"))

    assert said[0].content == "Turn 1 of t."
    with pytest.raises(DamagedLogError, match=r"at byte \d+: its checksum .* `colloquia check`"):
        list(said)


def test_a_line_that_never_was_a_turn_and_fits_its_checksum_is_found_by_who_reads_all_of_it(filled: Fill) -> None:
    """A resume reads the keys alone: `check` reads everything, and so does whoever goes on from the turn."""
    folder = filled([row_of("t", 1), row_of("t", 2)])
    body = encode(row_of("t", 3)).partition(b',"crc32"')[0].replace(b'"attempts":1', b'"attempts":"one"')
    with (folder.path / folder.log).open("ab") as file:
        file.write(b'%b,"crc32":"%08x"}\n' % (body, crc32(body)))

    assert all(damage.line is None for damage in read(folder).damage)
    with pytest.raises(DamagedLogError, match="attempts"):
        list(read(folder).turns["t"])
    (damage,) = (each for each in read(folder, is_thorough=True).damage if each.line)
    assert (damage.line, damage.trial_id, damage.turn_id) == (3, "t", 3)


def test_what_nobody_asks_for_is_not_made() -> None:
    """A table by conversation makes each of its values when it is looked up."""
    made: list[str] = []

    def value(trial_id: str) -> str:
        made.append(trial_id)
        return trial_id.upper()

    table = ByTrial({"t": 1, "u": 2}, value)

    assert (len(table), list(table), "t" in table, "v" in table, table.get("v")) == (2, ["t", "u"], True, False, None)
    assert made == []
    assert (table["t"], made) == ("T", ["t"])
