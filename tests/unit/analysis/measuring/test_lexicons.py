"""The word lists: what they find, and what they leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from colloquia.analysis.measuring import lexicons
from colloquia.analysis.measuring.words import plain_words

if TYPE_CHECKING:
    import re


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    """Return what a pattern finds in a text as measures read it."""
    return pattern.findall(" ".join(plain_words(text)))


def test_there_are_nine_classes_and_eight_markers() -> None:
    """Negations are a class of style, and no marker of coordination."""
    assert len(lexicons.FUNCTION_WORDS) == 9
    assert set(lexicons.FUNCTION_WORDS) - set(lexicons.MARKERS) == {"negations"}


@pytest.mark.parametrize("name", lexicons.FUNCTION_WORDS)
def test_every_listed_word_can_be_found(name: str) -> None:
    """It is one word as words are read, with its contraction already taken apart."""
    assert all(plain_words(word) == (word,) for word in lexicons.FUNCTION_WORDS[name])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Maybe it might rain.", ["maybe", "might"]),
        ("I'm not sure, I guess.", ["i am not sure", "i guess"]),
        ("It seems to be so.", ["it seems"]),
        ("That is kind of odd.", ["kind of"]),
        ("This is the kind of thing I like, what sort of dog?", []),
        ("He may leave in May.", []),
        ("It may be late.", ["may be"]),
        ("The lighthouse is mighty.", []),
    ],
    ids=["words", "phrases", "seems", "kind of", "a kind of thing", "month", "may be", "parts of words"],
)
def test_hedges_are_words_that_take_commitment_back(text: str, expected: list[str]) -> None:
    """Words that only look like them are left alone."""
    assert found(lexicons.HEDGES, text) == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("I'm sorry, I apologise.", 2),
        ("My apologies. Excuse me!", 2),
        ("I apologize for that.", 1),
        ("Sorrow and regret.", 0),
    ],
    ids=["both", "noun", "American", "other feelings"],
)
def test_apologies_are_found_in_either_spelling(text: str, number: int) -> None:
    """As words and as phrases."""
    assert len(found(lexicons.APOLOGIES, text)) == number


def test_the_first_person_is_told_apart_by_number() -> None:
    """The singular and the plural are two measures."""
    said = "I'll tell my wife that we like our flat ourselves."

    assert found(lexicons.FIRST_PERSON, said) == ["i", "my"]
    assert found(lexicons.FIRST_PERSON_PLURAL, said) == ["we", "our", "ourselves"]


@pytest.mark.parametrize(
    ("text", "is_break"),
    [
        ("as an ai language model, i cannot pay rent.", True),
        ("i'm just a chatbot.", True),
        ("i was trained by openai.", True),
        ("my knowledge cutoff is in april.", True),
        ("as an aide to the mayor, i object.", False),
        ("i am an aikido teacher.", False),
        ("claudette rang the bell.", False),
        ("i was made to leave.", False),
    ],
)
def test_a_model_that_shows_is_told_from_a_role_that_sounds_alike(text: str, is_break: bool) -> None:  # noqa: FBT001
    """Only whole words count."""
    assert bool(lexicons.IDENTITY_BREAKS.search(text)) is is_break
