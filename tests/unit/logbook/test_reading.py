"""Reading again reads only what was added, and gives what reading all of it anew gives."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.logbook.disks import Counting
from unit.logbook.samples import AT, FOLDER_ID, ended, row_of, started, unhurried
from unit.logbook.test_answers import keep
from unit.logbook.test_answers import row as answer_row

from colloquia.logbook.contents import read
from colloquia.logbook.entries import FolderMade, TrialFailed
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.reading import Reader
from colloquia.logbook.record import encode
from colloquia.logbook.turn_rows import turn_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from colloquia.logbook.holdings import Contents

    Fill = Callable[..., RunFolder]

TURNS = [(trial_id, turn_id) for turn_id in (1, 2, 3) for trial_id in "tu"]
NAMES = (RunFolder.log, RunFolder.journal)
MADE = encode(FolderMade(at=AT, folder_id=FOLDER_ID))


@unhurried
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.booleans()), max_size=9))
def test_many_looks_beside_a_writer_end_where_one_look_does(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, bool]]
) -> None:
    """Also where a call's end was seen before its turn, which is written after it; nothing is paid twice."""
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    log, journal = folder.path / folder.log, folder.path / folder.journal
    journal.write_bytes(MADE)
    reader, told, kept = Reader(folder), 0, 0
    for ahead, turns, looks in [*steps, (0, len(TURNS), True)]:
        after = min(kept + turns, len(TURNS))
        with journal.open("ab") as file:
            for trial_id, turn_id in TURNS[told : after + ahead]:
                file.write(encode(started(trial_id, turn_id)) + encode(ended(trial_id, turn_id, cost_usd=0.25)))
        told = max(told, min(after + ahead, len(TURNS)))
        with log.open("ab") as file:
            file.write(b"".join(encode(row_of(*turn)) for turn in TURNS[kept:after]))
        kept = after
        if looks:
            found = reader.read()
            assert found.damage == ()
            assert {orphan.turn_id for orphan in found.orphans} == {turn_id for _, turn_id in TURNS[kept:told]}

    found, anew = reader.read(), read(folder)
    assert found == anew
    assert found.spent_usd == pytest.approx(0.25 * len(TURNS))
    assert not found.has_unknown_cost


def test_a_second_look_reads_what_was_added(filled: Fill) -> None:
    """And of what was there before the last line of each file, by which it is known again."""
    rows = [row_of("t", turn_id, content="x" * 1000) for turn_id in range(1, 200)]
    folder = RunFolder(filled(rows).path, Counting())
    reader = Reader(folder)
    reader.read()
    folder.disk.count = 0  # type: ignore[attr-defined]  # it is the one above
    known = b"".join((folder.path / name).read_bytes().splitlines(keepends=True)[-1] for name in NAMES)
    more = encode(row_of("t", 200))
    with (folder.path / folder.log).open("ab") as file:
        file.write(more)

    assert len(reader.read().turns["t"]) == 200
    assert folder.disk.count == len(more) + len(known)  # type: ignore[attr-defined]  # it is the one above


def test_where_nothing_was_added_the_very_contents_are_returned_that_were_before(filled: Fill) -> None:
    """So whoever reckoned with them need not reckon anew; half a line counts, whole or taken away again."""
    folder = filled([row_of("t", 1)])
    reader, log = Reader(folder), folder.path / folder.log
    looks = [reader.read(), reader.read()]
    whole = log.read_bytes()
    for data in (whole + b"half", whole, whole + encode(row_of("t", 2))):
        log.write_bytes(data)
        looks.append(reader.read())

    assert looks[1] is looks[0]
    assert [look.torn for look in looks] == [(), (), ("experiment_log.jsonl",), (), ()]
    assert len({id(look) for look in looks}) == 4
    assert reader.read() is looks[-1]


@pytest.mark.parametrize("changed", ["cut", "replaced"])
def test_a_file_that_is_another_is_read_from_its_beginning(filled: Fill, changed: str) -> None:
    """Somebody put back a copy between two looks."""
    folder = filled([row_of("t", 1), row_of("t", 2), row_of("t", 3)])
    reader = Reader(folder)
    reader.read()
    log = folder.path / folder.log
    if changed == "cut":
        log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:1]))
    else:
        log.unlink()
        log.write_bytes(encode(row_of("v", 1)))

    found = reader.read()

    assert found == read(folder)
    assert {trial_id: len(turns) for trial_id, turns in found.turns.items()} == (
        {"t": 1} if changed == "cut" else {"v": 1}
    )


@pytest.mark.parametrize("look", [read, lambda folder: Reader(folder).read()], ids=["once", "again and again"])
def test_a_look_reads_the_keys_alone_and_keeps_no_hashes_unless_it_is_asked_to(
    filled: Fill, look: Callable[[RunFolder], Contents]
) -> None:
    """What a resume does not need costs it nothing."""
    body = encode(row_of("t", 2)).partition(b',"crc32"')[0].replace(b'"attempts":1', b'"attempts":"one"')
    folder = filled([row_of("t", 1)], [ended("t", turn_id, content_sha256="aa") for turn_id in (1, 2)])
    with (folder.path / folder.log).open("ab") as file:
        file.write(b'%b,"crc32":"%08x"}\n' % (body, crc32(body)))

    found = look(folder)

    assert (found.content_hashes, found.damage) == ({}, ())
    assert read(folder, keeps_hashes=True).content_hashes == {("t", 1): "aa", ("t", 2): "aa"}
    assert [damage.line for damage in read(folder, is_thorough=True).damage] == [2]


def test_what_each_participant_came_to_is_told_without_late_repeats(filled: Fill) -> None:
    """Of a turn that stands there twice the first line counts, as everywhere."""
    folder = filled([row_of("t", 1, output_tokens=3), row_of("t", 2), row_of("t", 1, output_tokens=50), row_of("t", 3)])

    spoken = read(folder).spoken["t"]

    assert {name: (each.live, each.tokens) for name, each in spoken.items()} == {"ada": (2, 6), "bob": (1, 2)}


def test_an_answer_that_comes_after_its_call_was_told_of_is_kept_at_the_next_look(filled: Fill) -> None:
    """Who writes does not wait for who reads, and nobody is asked again for what is there."""
    beside = "probe mood of buyer"
    folder = filled([], [started("t", 0, beside=beside), ended("t", 0, beside=beside)])
    reader = Reader(folder)
    before = [(orphan.trial_id, orphan.beside) for orphan in reader.read().orphans]
    keep(folder, encode(answer_row()))

    assert (before, reader.read().orphans) == ([("t", beside)], ())


@pytest.mark.parametrize(("said", "is_failed"), [((), True), ((1,), True), ((1, 2), False)])
def test_a_conversation_has_failed_until_it_has_the_turn_that_it_could_not_have(
    filled: Fill, said: tuple[int, ...], *, is_failed: bool
) -> None:
    """Also one that failed before anybody had said anything."""
    failed = TrialFailed(
        at=AT, run_id="run-1", trial_id="t", turn_id=2, fault="transient", stage="status", message="no"
    )
    folder = filled([row_of("t", turn_id) for turn_id in said], [*(ended("t", turn_id) for turn_id in said), failed])

    assert read(folder).failed == ({"t"} if is_failed else set())


def test_damage_among_many_whole_lines_is_found_and_the_others_stand(filled: Fill) -> None:
    """Lines are looked at many at once, and one by one where one of them is damaged."""
    rows = [row_of("t", turn_id) for turn_id in range(1, 400)]
    folder = filled(rows)
    log = folder.path / folder.log
    log.write_bytes(log.read_bytes().replace(b"Turn 250 of", b"Turn 251 of"))

    found = read(folder)

    assert [(damage.line, damage.turn_id) for damage in found.damage] == [(250, 250), (None, 250)]
    assert list(found.turns["t"]) == [turn_of(row) for row in rows if row.turn_id != 250]
    assert found.quarantined == {"t"}


def test_memory_does_not_grow_with_what_was_said(folder: RunFolder) -> None:
    """Twenty megabytes of text are read in one."""
    folder.make()
    with (folder.path / folder.log).open("wb") as log, (folder.path / folder.journal).open("wb") as journal:
        journal.write(MADE)
        for number in range(20_000):
            trial_id, turn_id = f"t{number % 50}", number // 50 + 1
            log.write(encode(row_of(trial_id, turn_id, content="x" * 1000)))
            journal.write(encode(started(trial_id, turn_id)) + encode(ended(trial_id, turn_id)))

    tracemalloc.start()
    found = read(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert sum(map(len, found.turns.values())) == 20_000
    assert peak < 3_000_000
