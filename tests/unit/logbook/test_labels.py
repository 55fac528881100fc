"""Labels: what people say stands beside the log, the last word of each person counts, and damage is passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colloquia.errors import DesignError
from colloquia.logbook.labels import Label, Scheme, checked_words, read, write

if TYPE_CHECKING:
    from colloquia.logbook.folder import RunFolder


def label(word: str | None = "odd", **known: object) -> Label:
    """Return what somebody says about turn 2 of a conversation."""
    about = {"labeller": "ada", "scheme": "notes", "scheme_version": 1, "experiment_id": "talk-1", "turn_id": 2}
    return Label(**{"at": "2026-01-01T00:00:00.000Z", "label": word, "is_blind": False, **about, **known})


def test_without_a_file_there_are_no_labels(folder: RunFolder) -> None:
    """A folder that nobody has labelled reads as one without labels, and stays without the file."""
    found = read(folder)

    assert (found.current, found.schemes, found.unreadable) == ({}, {}, 0)
    assert not (folder.path / folder.labels).exists()


def test_a_label_is_read_back_as_it_was_given(folder: RunFolder) -> None:
    """Also with a note of odd characters, and a span."""
    given = label(note='a "quoted"\nnote, =1+1 \u2028', start=3, end=9)

    write(folder, given)

    assert list(read(folder).current.values()) == [given]


def test_the_last_word_of_a_person_counts(folder: RunFolder) -> None:
    """A second label for the same place stands in for the first; other people and places keep theirs."""
    for given in (label("odd"), label("agreement", labeller="ben"), label("odd", turn_id=3), label("off topic")):
        write(folder, given)

    found = {(each.labeller, each.turn_id): each.label for each in read(folder).current.values()}

    assert found == {("ada", 2): "off topic", ("ben", 2): "agreement", ("ada", 3): "odd"}


def test_a_label_can_be_taken_back(folder: RunFolder) -> None:
    """What was taken back is not there any more, though the file keeps both lines."""
    write(folder, label("odd"))
    write(folder, label(None))

    assert read(folder).current == {}
    assert len((folder.path / folder.labels).read_bytes().splitlines()) == 2


def test_a_torn_line_costs_only_itself(folder: RunFolder) -> None:
    """What was being written when the machine died is lost; the next label stands on a line of its own."""
    write(folder, label("odd"))
    path = folder.path / folder.labels
    path.write_bytes(path.read_bytes() + b'{"event":"label","at"')

    write(folder, label("agreement", labeller="ben"))

    found = read(folder)
    assert [each.label for each in found.current.values()] == ["odd", "agreement"]
    assert found.unreadable == 1


@pytest.mark.parametrize("place", [0, 10, 40, -12])
def test_a_changed_byte_is_noticed(folder: RunFolder, place: int) -> None:
    """A line that is not what was written is counted, and nothing is made of it."""
    write(folder, label("odd"))
    path = folder.path / folder.labels
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))

    found = read(folder)

    assert (found.current, found.unreadable) == ({}, 1)


def test_the_latest_version_of_a_scheme_counts(folder: RunFolder) -> None:
    """Labels of the older version stay readable beside it."""
    for version, words in ((1, ("yes", "no")), (2, ("yes", "no", "unclear"))):
        write(folder, Scheme(at="2026-01-01T00:00:00.000Z", scheme="stance", version=version, labels=words))
    write(folder, label("yes", scheme="stance"))

    found = read(folder)

    assert found.schemes["stance"].version == 2
    assert [each.scheme_version for each in found.current.values()] == [1]


def test_a_scheme_that_nobody_could_have_saved_is_left_out(folder: RunFolder) -> None:
    """A folder that somebody else made cannot put markup on buttons."""
    write(folder, Scheme(at="2026-01-01T00:00:00.000Z", scheme="notes", version=1, labels=("![x](http://a.example)",)))

    found = read(folder)

    assert (found.schemes, found.unreadable) == ({}, 1)


def test_labels_are_found_by_conversation_and_by_person(folder: RunFolder) -> None:
    """Of one conversation in the order of time, and the people of a scheme by name."""
    write(folder, label(labeller="ben", at="2026-01-02T00:00:00.000Z"))
    write(folder, label(turn_id=None, at="2026-01-01T00:00:00.000Z"))
    write(folder, label(experiment_id="talk-2", labeller="cyd", scheme="stance"))

    found = read(folder)

    assert [(each.labeller, each.turn_id) for each in found.of("talk-1")] == [("ada", None), ("ben", 2)]
    assert found.labellers("notes") == ["ada", "ben"]


def test_words_of_a_scheme_are_tidied() -> None:
    """Spaces go, empty words too."""
    assert checked_words(["  off   topic ", "", "odd"]) == ("off topic", "odd")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "1 to 9 labels"),
        ([" "], "1 to 9 labels"),
        (list("abcdefghij"), "not 10"),
        (["Odd", "odd"], "same word"),
        (["x" * 41], "1 to 40 letters"),
        (["![x](http://a.example)"], "1 to 40 letters"),
    ],
    ids=["none", "blank", "ten", "twice", "long", "markup"],
)
def test_a_scheme_that_cannot_be_used_is_refused(words: list[str], complaint: str) -> None:
    """Each label has a number key and is a word of its own."""
    with pytest.raises(DesignError, match=complaint):
        checked_words(words)
