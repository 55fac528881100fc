"""Labelling: schemes have versions, labels are the scheme's, and two people's labels are paired by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colloquia.errors import DesignError
from colloquia.lab.judging.labelling import DEFAULT_LABELS, change_scheme, labelled, pairs, say, scheme_of
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.labels import read

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.logbook.labels import Label


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run folder that is not made yet."""
    return RunFolder(tmp_path / "data")


def said(folder: RunFolder, labeller: str, turn_id: int, word: str | None, /, **known: object) -> Label:
    """Label a turn of conversation ``talk-1`` by the scheme as it now is."""
    scheme = scheme_of(read(folder))
    about = {"experiment_id": "talk-1", "turn_id": turn_id, "is_blind": True, "labeller": labeller}
    return say(folder, **{**about, "scheme": scheme, "label": word, **known})


def test_before_anybody_wrote_one_there_is_a_default_scheme(folder: RunFolder) -> None:
    """Labelling needs no preparation."""
    scheme = scheme_of(read(folder))

    assert (scheme.version, scheme.labels) == (1, DEFAULT_LABELS)


def test_a_scheme_that_does_not_change_is_written_once(folder: RunFolder) -> None:
    """Saving the same labels again makes no new version."""
    first = change_scheme(folder, "stance", ["yes", "no"])
    again = change_scheme(folder, "stance", ["yes", " no "])
    changed = change_scheme(folder, "stance", ["yes", "no", "unclear"])

    assert (first.version, again.version, changed.version) == (1, 1, 2)
    assert scheme_of(read(folder), "stance") == changed


def test_a_scheme_that_replaces_the_used_default_is_its_second_version(folder: RunFolder) -> None:
    """Labels that were given by the default labels are not taken for labels of the new ones."""
    said(folder, "ada", 1, "odd")

    assert change_scheme(folder, "notes", ["yes", "no"]).version == 2


@pytest.mark.parametrize(
    ("known", "complaint"),
    [
        ({"label": "unheard of"}, "no label 'unheard of'"),
        ({"labeller": "  "}, "1 to 60 characters"),
        ({"labeller": "a\nb"}, "1 to 60 characters"),
    ],
    ids=["word", "blank name", "two lines"],
)
def test_a_label_that_means_nothing_is_refused(folder: RunFolder, known: dict[str, object], complaint: str) -> None:
    """Nothing is written."""
    with pytest.raises(DesignError, match=complaint):
        said(folder, "ada", 1, "odd", **known)

    assert not (folder.path / folder.labels).exists()


def test_two_people_are_paired_by_place(folder: RunFolder) -> None:
    """Places that only one of them labelled, took back, or labelled by another version, do not count."""
    for turn_id, ada, ben in ((1, "odd", "odd"), (2, "odd", "agreement"), (3, "odd", None), (4, None, "odd")):
        said(folder, "ada", turn_id, ada)
        said(folder, "ben", turn_id, ben)
    said(folder, "ada", 5, "refusal")
    change_scheme(folder, "notes", ["refusal", "other"])
    said(folder, "ben", 5, "refusal")

    found = pairs(read(folder), scheme="notes", first="ada", second="ben")

    assert (found.first, found.second) == (("odd", "odd"), ("odd", "agreement"))
    assert found.conversations == ("talk-1", "talk-1")


def test_labelled_conversations_are_found_by_label(folder: RunFolder) -> None:
    """Whoever labelled them, and whichever turn."""
    said(folder, "ada", 1, "odd")
    said(folder, "ben", 2, "odd", experiment_id="talk-2")
    said(folder, "ben", 2, "refusal")

    assert labelled(folder) == {"odd": frozenset({"talk-1", "talk-2"}), "refusal": frozenset({"talk-1"})}
