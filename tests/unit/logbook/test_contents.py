"""What a folder holds: whole turns only, damage always reported, money counted once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from unit.logbook.disks import Shelf
from unit.logbook.samples import AT, FOLDER_ID, ended, row_of, started, unhurried

from colloquia.errors import FolderError
from colloquia.logbook.contents import read, rows
from colloquia.logbook.entries import AttemptSettled, FolderMade, Noted, RunEnded, RunStarted, TrialFailed
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.holdings import Contents
from colloquia.logbook.record import encode
from colloquia.logbook.turn_rows import turn_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from colloquia.conversation.transcript import Turn
    from colloquia.logbook.record import TurnRow

    Fill = Callable[..., RunFolder]

T, U = (str(uuid5(UUID(FOLDER_ID), name)) for name in "tu")
ROWS = [row_of(T, 1), row_of(U, 1, content="naïve 😀\r\n\u2028"), row_of(T, 2)]
ENTRIES = [
    FolderMade(at=AT, folder_id=FOLDER_ID),
    *(entry for row in ROWS for entry in (started(row.trial_id, row.turn_id), ended(row.trial_id, row.turn_id))),
]
LOG = b"".join(map(encode, ROWS))
JOURNAL = b"".join(map(encode, ENTRIES))


def _shelved(log: bytes, journal: bytes = JOURNAL) -> RunFolder:
    return RunFolder(Path("shelf"), Shelf(experiment_log=log, journal=journal))


def _failed(trial_id: str, turn_id: int, run_id: str = "run-1") -> TrialFailed:
    return TrialFailed(
        at=AT, run_id=run_id, trial_id=trial_id, turn_id=turn_id, fault="transient", stage="status", message="no"
    )


def _said(contents: Contents) -> dict[str, list[int]]:
    return {trial_id: [turn.turn_id for turn in turns] for trial_id, turns in contents.turns.items()}


def test_a_folder_that_is_not_there_holds_nothing(folder: RunFolder) -> None:
    """Before the first run everything is missing and nothing is wrong."""
    contents = read(folder)

    assert contents == Contents(
        answers={}, answer_hashes={}, registered=(),
        turns={}, damage=(), quarantined=frozenset(), unexplained=frozenset(), superseded=(), content_hashes={},
        orphans=(), failed=frozenset(), unsettled=(), spent_usd=0.0, judges_usd=0.0, has_unknown_cost=False,
        has_bounded_cost=False, folder_id=None, runs=(), ends=(), torn=(), sources=frozenset(),
    )  # fmt: skip
    assert list(rows(folder)) == []
    assert not folder.path.exists()


def test_whole_logs_give_back_every_turn(filled: Fill) -> None:
    """Turns come back by conversation and in order; nothing is damaged, nothing lost."""
    contents = read(filled(ROWS, ENTRIES))

    assert contents.turns == _by_conversation(ROWS)
    assert (contents.damage, contents.quarantined, contents.orphans, contents.torn) == ((), frozenset(), (), ())
    assert contents.folder_id == FOLDER_ID
    assert contents.sources == {"live"}
    assert contents.spent_usd == pytest.approx(0.75)
    assert not contents.has_unknown_cost


def test_turns_are_ordered_by_number_wherever_they_stand(filled: Fill) -> None:
    """The place in the log decides which line counts, not the order of a conversation."""
    assert _said(read(filled([row_of("t", 2), row_of("t", 1)]))) == {"t": [1, 2]}


def test_of_two_lines_for_a_turn_the_first_counts_and_both_are_paid(filled: Fill) -> None:
    """A late reply changes nothing that others have already answered."""
    folder = filled([row_of("t", 1, content="first"), row_of("t", 1, content="late", cost_usd=0.5)])

    contents = read(folder)

    assert [turn.content for turn in contents.turns["t"]] == ["first"]
    assert [(repeat.line, repeat.trial_id, repeat.turn_id) for repeat in contents.superseded] == [(2, "t", 1)]
    assert contents.spent_usd == pytest.approx(0.75)
    assert contents.damage == ()
    assert [row.content for row in rows(folder)] == ["first"]


def test_a_gap_is_damage_and_its_conversation_is_set_aside(filled: Fill) -> None:
    """Nobody goes on from a conversation with a hole in it."""
    contents = read(filled([row_of("t", 1), row_of("t", 3), row_of("u", 4), row_of("v", 1)]))

    assert [(gap.trial_id, gap.turn_id, gap.line, gap.reason) for gap in contents.damage] == [
        ("t", 2, None, "the log has turn 3 and not turn 2"),
        ("u", 1, None, "the log has turn 4 and not turns 1 to 3"),
    ]
    assert contents.quarantined == {"t", "u"}


def test_a_log_cut_anywhere_keeps_its_whole_lines_and_reports_the_rest() -> None:
    """A kill or a power cut in mid-write is normal: whole turns count, the stump is named, nothing is damaged."""
    for size in range(len(LOG)):
        num_lines = LOG[:size].count(b"\n")

        contents = read(_shelved(LOG[:size]))

        assert contents.turns == _by_conversation(ROWS[:num_lines])
        assert (contents.damage, contents.quarantined) == ((), frozenset())
        assert contents.torn == (() if LOG[:size].endswith(b"\n") or not size else ("experiment_log.jsonl",))
        assert len(contents.orphans) == len(ROWS) - num_lines
        assert list(rows(_shelved(LOG[:size]))) == ROWS[:num_lines]
        assert contents.spent_usd == pytest.approx(0.75)


def _by_conversation(whole: list[TurnRow]) -> dict[str, tuple[Turn, ...]]:
    trial_ids = dict.fromkeys(row.trial_id for row in whole)
    return {trial_id: tuple(turn_of(row) for row in whole if row.trial_id == trial_id) for trial_id in trial_ids}


@pytest.mark.parametrize("flip", [0x01, 0x20, 0xFF])
def test_a_log_with_any_byte_flipped_gives_no_wrong_turn_and_always_says_so(flip: int) -> None:
    """Whichever byte it is, the conversation it belonged to is set aside, or the torn tail is named."""
    lines = LOG.splitlines(keepends=True)
    owners = [row.trial_id for row, line in zip(ROWS, lines, strict=True) for _ in line]
    whole = {(row.trial_id, row.turn_id): turn_of(row) for row in ROWS}
    for at, owner in enumerate(owners):
        damaged = bytearray(LOG)
        damaged[at] ^= flip
        contents = read(_shelved(bytes(damaged)))

        assert all(
            whole[trial_id, turn.turn_id] == turn for trial_id, turns in contents.turns.items() for turn in turns
        )
        is_last_line_end = at == len(LOG) - 1
        assert contents.torn == (("experiment_log.jsonl",) if is_last_line_end else ())
        assert bool(contents.damage) != is_last_line_end
        assert owner in contents.quarantined or is_last_line_end
        assert all(damage.file == "experiment_log.jsonl" for damage in contents.damage)
        assert sum(map(len, contents.turns.values())) < len(ROWS)
        assert list(rows(_shelved(bytes(damaged)))) == [row for row in ROWS if _stands(row, contents)]


def _stands(row: TurnRow, contents: Contents) -> bool:
    return any(turn.turn_id == row.turn_id for turn in contents.turns.get(row.trial_id, ()))


@pytest.mark.parametrize("flip", [0x01, 0x20, 0xFF])
def test_a_journal_with_any_byte_flipped_touches_no_turn_and_always_says_so(flip: int) -> None:
    """What the machine did is not what was said; damage to it is reported all the same."""
    for at in range(len(JOURNAL)):
        damaged = bytearray(JOURNAL)
        damaged[at] ^= flip
        contents = read(_shelved(LOG, bytes(damaged)))

        assert _said(contents) == {T: [1, 2], U: [1]}
        assert contents.damage or contents.torn
        assert contents.spent_usd == pytest.approx(0.75)


def test_a_journal_cut_anywhere_touches_no_turn_and_always_says_so() -> None:
    """A turn that it no longer explains is whole; also a cut between two lines is told, and the cost is not known."""
    for size in range(len(JOURNAL)):
        contents = read(_shelved(LOG, JOURNAL[:size]))

        assert _said(contents) == {T: [1, 2], U: [1]}
        assert {damage.file for damage in contents.damage} == {"journal.jsonl"}
        assert (contents.quarantined, contents.orphans) == (frozenset(), ())
        assert contents.spent_usd == pytest.approx(0.75)
        assert contents.has_unknown_cost


@unhurried
@given(st.binary(max_size=400), st.binary(max_size=400))
def test_no_bytes_at_all_crash_a_reader(log: bytes, journal: bytes) -> None:
    """Whatever stands in the files, reading them gives contents."""
    contents = read(_shelved(log, journal))

    assert contents.turns == {}
    assert len({damage.line for damage in contents.damage if damage.file == "experiment_log.jsonl"}) == log.count(b"\n")


@unhurried
@given(st.lists(st.sampled_from([*LOG.splitlines(keepends=True), *JOURNAL.splitlines(keepends=True)]), max_size=9))
def test_whole_lines_in_the_wrong_file_or_order_are_never_a_wrong_turn(mixed: list[bytes]) -> None:
    """An entry of the journal in the log is damage; turns in any order are turns."""
    contents = read(_shelved(b"".join(mixed), b"".join(reversed(mixed))))

    said = {turn_of(row) for row in ROWS}
    assert all(turn in said for turns in contents.turns.values() for turn in turns)


def test_a_damaged_line_is_named_with_file_number_and_conversation(filled: Fill) -> None:
    """A person can go and look at it."""
    folder = filled(ROWS, ENTRIES)
    log = folder.path / folder.log
    log.write_bytes(LOG.replace(b"Turn 2 of", b"Turn 9 of"))

    contents = read(folder)

    (damage,) = contents.damage
    assert (damage.file, damage.line, damage.trial_id, damage.turn_id) == ("experiment_log.jsonl", 3, T, 2)
    assert contents.quarantined == {T}
    assert _said(contents) == {T: [1], U: [1]}


def test_damage_that_names_nobody_sets_aside_whoever_misses_a_turn() -> None:
    """The journal knows who had an answer; others are not touched."""
    lines = LOG.splitlines(keepends=True)
    journal = JOURNAL + encode(started("v", 1))

    contents = read(_shelved(lines[0] + b"\x00\x00\x00\n" + lines[1], journal))

    assert contents.quarantined == {T}
    assert contents.damage[0].trial_id is None
    assert [orphan.trial_id for orphan in contents.orphans] == [T, "v"]


def test_damage_that_names_a_conversation_nobody_knows_may_be_anybodys() -> None:
    """A flipped digit in an id must not let the real conversation go on unnoticed."""
    contents = read(_shelved(LOG.replace(f'"trial_id":"{U}"'.encode(), b'"trial_id":"x"')))

    assert contents.quarantined == {U, "x"}


def test_a_conversation_that_a_damaged_journal_line_names_is_set_aside() -> None:
    """Until a person has looked, nothing goes on that damage touches."""
    lines = JOURNAL.splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"is_ok":true', b'"is_ok":TRUE')

    contents = read(_shelved(LOG, b"".join(lines)))

    assert contents.quarantined == {U}
    assert [(damage.file, damage.line) for damage in contents.damage] == [("journal.jsonl", 5)]


def test_a_damaged_journal_line_that_names_nobody_sets_nobody_aside() -> None:
    """It cannot have held a turn; an orphan stays an orphan."""
    journal = JOURNAL.replace(FOLDER_ID.encode(), b"0" * 36) + encode(ended("v", 1))

    contents = read(_shelved(LOG, journal))

    assert contents.quarantined == frozenset()
    assert contents.folder_id is None
    assert [orphan.trial_id for orphan in contents.orphans] == ["v"]


@pytest.mark.parametrize(
    ("said", "failures", "is_failed"),
    [
        ([], [_failed("t", 1)], True),
        ([1], [_failed("t", 2)], True),
        ([1, 2], [_failed("t", 2)], False),
        ([1, 2], [_failed("t", 2), _failed("t", 3, "run-2")], True),
        ([1, 2, 3], [_failed("t", 3), _failed("t", 2)], False),
    ],
    ids=["never began", "stuck", "went on", "stuck again later", "long past it"],
)
def test_a_conversation_is_failed_until_a_later_turn(
    filled: Fill,
    said: list[int],
    failures: Iterable[TrialFailed],
    is_failed: bool,  # noqa: FBT001 (a column of the table)
) -> None:
    """The last attempt to go on decides."""
    contents = read(filled([row_of("t", turn_id) for turn_id in said], failures))

    assert contents.failed == ({"t"} if is_failed else frozenset())


def test_runs_and_their_ends_stand_in_their_order(filled: Fill) -> None:
    """The frozen study of every run can be had from the journal."""
    runs = [
        RunStarted(at=AT, run_id=run_id, study=f"# {run_id}", versions={}, command="run", planned={})
        for run_id in ("a", "b")
    ]
    end = RunEnded(at=AT, run_id="b", reason="finished", counts={}, cost_usd=1.0)

    note = Noted(at=AT, run_id="a", subject="repair", message="cut a tail")

    contents = read(
        filled([], [FolderMade(at=AT, folder_id=FOLDER_ID), *runs, note, end, FolderMade(at=AT, folder_id="x")])
    )

    assert contents.runs == tuple(runs)
    assert contents.ends == (end,)
    assert contents.folder_id == FOLDER_ID


def test_torn_tails_of_both_files_are_named(filled: Fill) -> None:
    """Reading never writes: the next run repairs them."""
    folder = filled(ROWS, ENTRIES)
    for name in (folder.log, folder.journal):
        with (folder.path / name).open("ab") as file:
            file.write(b'{"torn":"')
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}

    contents = read(folder)

    assert contents.torn == ("experiment_log.jsonl", "journal.jsonl")
    assert contents.damage == ()
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before


def test_a_log_that_cannot_be_read_is_named(folder: RunFolder) -> None:
    """The message says which file."""
    folder.make()
    (folder.path / folder.log).mkdir()

    with pytest.raises(FolderError, match=r"experiment_log\.jsonl cannot be read"):
        read(folder)


def test_a_lost_call_is_taken_to_have_cost_what_was_reserved_until_it_is_settled(filled: Fill) -> None:
    """Booked at its worst, then at what the provider's books say; the first answer counts."""
    lost = ended("t", 1, is_ok=False, fault="transient", generation_id="gen-1", cost_usd=None, booked_usd=0.5)
    settled = AttemptSettled(
        at="2026-01-01T00:00:00.000Z",
        run_id="later",
        attempt_of="run-1",
        trial_id="t",
        turn_id=1,
        attempt=lost.attempt,
        generation_id="gen-1",
        cost_usd=0.125,
    )

    before = read(filled([], [lost]))
    after = read(filled([], [lost, settled, replace(settled, cost_usd=9.0)]))

    assert (before.spent_usd, before.unsettled) == (0.5, (lost,))
    assert (before.has_unknown_cost, before.has_bounded_cost) == (False, True)
    assert (after.spent_usd, after.unsettled) == (0.125, ())
    assert (after.has_unknown_cost, after.has_bounded_cost) == (False, False)


def test_a_call_that_was_under_way_when_its_run_died_counts_with_its_reservation(filled: Fill) -> None:
    """Nobody knows what it cost, and it was at most this."""
    under_way = replace(started("t", 1), reserved_usd=0.25)

    contents = read(filled([], [under_way]))

    assert contents.spent_usd == 0.25
    assert (contents.has_unknown_cost, contents.has_bounded_cost) == (False, True)
