"""Errors: a tree that is drawn as it is, and hints that help."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError

import pytest

from colloquia import errors
from colloquia.errors import CallError, ColloquiaError, Failure, Fault, nearest


def tree(kind: type[Exception]) -> dict[str, str]:
    """Return the name of each class below ``kind`` with the name of its parent."""
    found = {}
    for child in kind.__subclasses__():
        found[child.__name__] = kind.__name__
        found |= tree(child)
    return found


def drawn() -> dict[str, str]:
    """Return the tree that the docstring of the module draws."""
    found, way = {}, ["ColloquiaError"]
    for branch, name in re.findall(r"^    ([│ ]*[├└]── )(\w+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(branch) // 4
        way = [*way[:depth], name]
        found[name] = way[depth - 1]
    return found


def test_the_docstring_draws_the_whole_tree() -> None:
    """Every class of the project's own, under its parent."""
    own = {name: parent for name, parent in tree(ColloquiaError).items() if hasattr(errors, name)}

    assert drawn() == own
    assert own["FolderBusyError"] == "FolderError"


def test_no_other_room_has_errors_of_its_own() -> None:
    """Whoever catches them finds them all in one place."""
    assert [name for name in tree(ColloquiaError) if not hasattr(errors, name)] == []


def test_a_failed_call_carries_what_is_known_and_reads_as_a_sentence() -> None:
    """Fit for the journal."""
    failure = Failure(fault=Fault.RATE, stage="status", message="gpt: asks to wait.", status=429)

    error = CallError(failure)

    assert str(error) == "gpt: asks to wait."
    assert error.failure is failure
    assert error.slug == ""


def test_what_is_known_of_a_failure_cannot_be_changed() -> None:
    """And what is unknown is None, save that a request may have been billed."""
    failure = Failure(fault=Fault.TRANSIENT, stage="connect", message="no route")

    with pytest.raises(FrozenInstanceError):
        failure.message = "other"

    assert failure.was_sent
    assert (failure.status, failure.body, failure.retry_after_seconds) == (None, None, None)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("num_turn", " Did you mean 'num_turns'?"),
        ("tempature", " Did you mean 'temperature'?"),
        ("num_turns", " Did you mean 'num_turns'?"),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_the_nearest_known_word_is_a_hint_and_no_wild_guess(word: str, hint: str) -> None:
    """Nothing is better than nonsense."""
    assert nearest(word, ["temperature", "num_turns", "seed"]) == hint


def test_where_nothing_is_known_nothing_is_near() -> None:
    """An empty list is no mistake."""
    assert nearest("word", iter([])) == ""
