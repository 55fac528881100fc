"""Reading a part of what a folder holds gives what reading all of it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unit.logbook.samples import AT, ended, row_of, started

from colloquia.logbook.contents import entries, read, rows, rows_of, turns_of
from colloquia.logbook.disk import Disk
from colloquia.logbook.entries import FolderMade
from colloquia.logbook.record import encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from colloquia.logbook.folder import RunFolder

    Fill = Callable[..., RunFolder]


def test_the_turns_of_one_conversation_are_those_of_the_whole_log(filled: Fill) -> None:
    """In order wherever they stand, the first line of each; those of others, or who only speak of it, left out."""
    folder = filled(
        [
            row_of("t", 2), row_of("u", 1, content='"trial_id":"t"'), row_of("t", 1), row_of("t", 1, content="late"),
            row_of("tt", 1), row_of("t", 3),
        ]
    )  # fmt: skip

    assert [(turn.turn_id, turn.content) for turn in turns_of(folder, "t")] == [
        (1, "Turn 1 of t."), (2, "Turn 2 of t."), (3, "Turn 3 of t."),
    ]  # fmt: skip
    for trial_id in ("t", "u", "tt"):
        assert tuple(turns_of(folder, trial_id)) == read(folder).turns[trial_id]
    assert turns_of(folder, "nobody") == []


def test_damaged_and_torn_lines_are_no_turns(filled: Fill) -> None:
    """Nobody is shown what nobody vouches for."""
    folder = filled([row_of("t", 1)])
    with (folder.path / folder.log).open("ab") as file:
        file.write(encode(row_of("t", 2)).replace(b"Turn 2", b"Turn 7"))
        file.write(encode(row_of("t", 3)).removesuffix(b"\n"))

    assert [turn.turn_id for turn in turns_of(folder, "t")] == [1]


def test_the_rows_of_a_log_are_those_that_can_be_believed(filled: Fill) -> None:
    """All of them where all are whole; beside a damaged one the others."""
    whole = [row_of("t", 1), row_of("u", 1), row_of("t", 1, content="late"), row_of("t", 2)]
    folder = filled(whole)
    before = list(rows(folder))
    with (folder.path / folder.log).open("ab") as file:
        file.write(encode(row_of("t", 3)).replace(b"Turn 3", b"Turn 7"))
        file.write(encode(row_of("t", 4)))

    assert before == [whole[0], whole[1], whole[3]]
    assert list(rows(folder)) == [*before, row_of("t", 4)]


def test_the_rows_of_one_conversation_are_read_where_they_stand(filled: Fill) -> None:
    """In order, and of one that nobody held there are none."""
    folder = filled([row_of("t", 2), row_of("u", 1), row_of("t", 1)])
    found = read(folder)

    assert list(rows_of(folder, found, "t")) == [row_of("t", 1), row_of("t", 2)]
    assert list(rows_of(folder, found, "nobody")) == []


def test_entries_are_those_that_can_be_believed(filled: Fill) -> None:
    """Damaged ones are left out, and what comes after them is not; a torn tail is none."""
    made = FolderMade(at=AT, folder_id="x")
    folder = filled([], [made, started("t", 1)])
    with (folder.path / folder.journal).open("ab") as file:
        file.write(b"nonsense\n")
        file.write(encode(ended("t", 1)))
        file.write(encode(ended("t", 2)).removesuffix(b"\n"))

    assert list(entries(folder)) == [made, started("t", 1), ended("t", 1)]


def test_the_files_of_a_directory_are_no_directories(tmp_path: Path) -> None:
    """And of no directory there are none."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()

    assert Disk().files(tmp_path) == [tmp_path / "file"]
    assert Disk().files(tmp_path / "missing") == []
