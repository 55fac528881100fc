"""Comparing: where two transcripts part, and which of their words differ."""

from __future__ import annotations

import pytest

from colloquia.analysis.comparing import LONGEST, changed_words, first_divergence


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (["a", "b"], ["a", "b"], None),
        ([], [], None),
        (["a", "b", "c"], ["a", "x", "c"], 2),
        (["a"], ["a", "b"], 2),
        ([], ["a"], 1),
        (["a", None], ["a", ""], 2),
    ],
    ids=["same", "empty", "second", "shorter", "nothing", "no text is not an empty one"],
)
def test_the_first_turn_that_differs_is_found(
    left: list[str | None], right: list[str | None], expected: int | None
) -> None:
    """Counted from 1, as turns are."""
    assert first_divergence(left, right) == expected
    assert first_divergence(right, left) == expected


def test_changed_words_are_marked_on_both_sides() -> None:
    """And only they."""
    left, right = changed_words("I want 90 for it.", "I want 85 dollars for it.")

    assert [piece.text for piece in left if piece.is_changed] == ["90"]
    assert [piece.text for piece in right if piece.is_changed] == ["85 dollars"]


@pytest.mark.parametrize(
    "texts",
    [
        ("", ""),
        ("", "new"),
        ("a  b\n\tc", "a b\u2028c"),
        ("日本語の文", "日本の文"),
        ("x" * 50_000, "y " * 9_000),
        ("one " * LONGEST, "one " * LONGEST),
    ],
    ids=["empty", "one empty", "odd spaces", "no spaces", "huge", "huge and the same"],
)
def test_the_pieces_are_the_texts(texts: tuple[str, str]) -> None:
    """Nothing is lost or added by cutting; the same texts have no changed piece."""
    left, right = changed_words(*texts)

    assert ("".join(piece.text for piece in left), "".join(piece.text for piece in right)) == texts
    assert any(piece.is_changed for piece in (*left, *right)) == (texts[0] != texts[1])
