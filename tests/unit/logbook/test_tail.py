"""What was appended since the last look: whole lines once each, and a file that is no longer the same is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.logbook.folder import RunFolder
from colloquia.logbook.tail import Tail

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tail(folder: RunFolder) -> Tail:
    """Return the tail of a log in a folder that is there."""
    folder.make()
    return Tail(folder=folder, name=folder.log)


def written(tail: Tail, data: bytes, *, mode: str = "ab") -> None:
    """Write to the file as somebody else would."""
    with (tail.folder.path / tail.name).open(mode) as file:
        file.write(data)


def read(tail: Tail) -> list[bytes]:
    """Return what one look finds."""
    return [line for _, line in tail.lines()]


def test_each_line_is_found_once(tail: Tail) -> None:
    """The second look finds only what came between."""
    written(tail, b"one\ntwo\n")
    first = read(tail)
    written(tail, b"three\n")

    assert (first, read(tail), read(tail)) == ([b"one", b"two"], [b"three"], [])


def test_a_torn_line_is_found_once_it_is_whole(tail: Tail) -> None:
    """The writer may be in the middle of it."""
    written(tail, b"one\ntw")
    first = read(tail)
    written(tail, b"o\n")

    assert (first, read(tail)) == ([b"one"], [b"two"])


def test_a_file_that_is_not_there_has_no_lines_yet(tail: Tail) -> None:
    """And is no other file once it is made."""
    assert read(tail) == []
    written(tail, b"one\n")
    assert not tail.is_another()
    assert read(tail) == [b"one"]


def test_lines_are_found_again_where_they_stand(tail: Tail) -> None:
    """Where it begins is enough to read a line once more."""
    written(tail, "é\nsecond line\n".encode())
    places = [place for place, _ in tail.lines()]

    assert places == [0, 3]
    assert list(tail.at(reversed(places))) == [b"second line", "é".encode()]


@pytest.mark.parametrize(
    ("mishap", "is_noticed"),
    [
        pytest.param(lambda path: path.unlink(), True, id="deleted"),
        pytest.param(lambda path: path.write_bytes(b"one\n"), True, id="cut"),
        pytest.param(lambda path: path.write_bytes(b"eno\nowt\nthree\n"), True, id="written anew"),
        pytest.param(lambda path: path.open("ab").write(b"three\n"), False, id="grown"),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_file_that_is_no_longer_the_same_is_noticed(tail: Tail, mishap: object, is_noticed: bool) -> None:  # noqa: FBT001 (what is expected)
    """Also where it is as long as before, or longer."""
    written(tail, b"one\ntwo\n")
    read(tail)

    mishap(tail.folder.path / tail.name)

    assert tail.is_another() is is_noticed


def test_a_replaced_file_is_read_from_its_beginning(tail: Tail) -> None:
    """After starting anew."""
    written(tail, b"one\ntwo\n")
    read(tail)
    other = tail.folder.path / "other"
    other.write_bytes(b"one\ntwo\nthree\n")
    other.replace(tail.folder.path / tail.name)

    assert tail.is_another()
    tail.start_anew()
    assert read(tail) == [b"one", b"two", b"three"]


@given(pieces=st.lists(st.binary(max_size=20), max_size=12))
def test_however_the_bytes_come_the_lines_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    """Looking after each write finds what one look at the end would."""
    path: Path = tmp_path_factory.mktemp("tail")
    tail = Tail(folder=RunFolder(path), name="log")
    found = []
    for piece in pieces:
        written(tail, piece)
        found += read(tail)

    whole = b"".join(pieces)
    assert found == whole.split(b"\n")[:-1]
    assert tail.offset == whole.rfind(b"\n") + 1


def test_a_line_that_becomes_whole_between_two_blocks_is_left_for_the_next_look(tail: Tail) -> None:
    """Its second half is no line of its own."""
    written(tail, b"one\ntw")
    blocks = tail.blocks()
    first = next(blocks)
    written(tail, b"o\n")

    assert (first.lines, list(blocks), read(tail)) == ([b"one"], [], [b"two"])


def test_what_stands_behind_the_last_line_end_is_told_as_of_the_last_look(tail: Tail) -> None:
    """Nothing before the first look, and nothing once the line is whole or the file begun anew."""
    written(tail, b"one\ntw")
    told = [tail.is_torn]
    read(tail)
    told.append(tail.is_torn)
    tail.start_anew()
    told.append(tail.is_torn)
    read(tail)
    written(tail, b"o\n")
    for _ in range(2):
        read(tail)
        told.append(tail.is_torn)

    assert told == [False, True, False, False, False]


def test_lines_are_counted_on_from_look_to_look_and_from_one_in_a_file_begun_anew(tail: Tail) -> None:
    """A damaged line is named by its number, so each look has to know how many were before."""
    written(tail, b"one\ntwo\n")
    numbers = [block.number for block in tail.blocks()]
    written(tail, b"three\n")
    numbers += [block.number for block in tail.blocks()]
    tail.start_anew()

    assert [*numbers, *(block.number for block in tail.blocks())] == [1, 3, 1]


def test_pieces_are_the_lines_of_blocks(tail: Tail) -> None:
    """For whoever looks at few lines: the same bytes; what has no end yet is begun again by the next look."""
    written(tail, b"one\n\ntwo\ntorn")
    pieces = list(tail.pieces())
    is_torn = tail.is_torn
    written(tail, b" three\n")

    assert (pieces, is_torn) == ([b"one\n\ntwo\ntorn"], True)
    assert [(block.offset, block.data, list(block.lines)) for block in tail.blocks()] == [
        (9, b"torn three\n", [b"torn three"])
    ]
    assert not tail.is_another()


BLOCK = 1 << 17


@pytest.mark.parametrize(
    "sizes",
    [[BLOCK - 1], [BLOCK], [BLOCK - 2, 1], [BLOCK - 4, 1, 9], [9, BLOCK - 11, 9], [9, BLOCK, 9], [9, 3 * BLOCK, 9]],
    ids=str,
)
@pytest.mark.parametrize("is_torn", [False, True], ids=["whole", "torn"])
def test_lines_are_whole_wherever_a_block_ends(tail: Tail, sizes: list[int], *, is_torn: bool) -> None:
    """Also one that is longer than a block, and one whose end, or all but its end, would be the last of it."""
    lines = [bytes([97 + place]) * size for place, size in enumerate(sizes)]
    written(tail, b"".join(line + b"\n" for line in lines)[: -1 if is_torn else None])

    found = list(tail.lines())

    assert [line for _, line in found] == lines[: len(lines) - is_torn]
    assert list(tail.at(place for place, _ in found)) == [line for _, line in found]
    assert tail.is_torn is is_torn
    written(tail, b"\n")
    assert read(tail) == (lines[-1:] if is_torn else [b""])
    assert not tail.is_another()


def test_a_long_file_comes_in_blocks_of_128_kib_and_the_rest_of_a_line(tail: Tail) -> None:
    """Memory does not grow with the file, and a block is large enough to be read at once."""
    written(tail, b"x" * 8 + b"\n" + b"y\n" * 200_000)

    blocks = list(tail.blocks())

    assert [len(block.data) // 1024 for block in blocks] == [128, 128, 128, 6]
    assert sum(len(block.lines) for block in blocks) == 200_001
