"""How texts are read: words, prose, contractions, sentences, questions, runs."""

from __future__ import annotations

import pytest

from colloquia.analysis.measuring.words import joined, ngrams, plain_words, prose, questions, sentences, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The rent, 8 %!", ("the", "rent", "8")),
        ("Don’t re-read it's", ("don't", "re-read", "it's")),
        ("'quoted' --dash--", ("quoted", "dash")),
        ("snake_case", ("snake", "case")),
        ("naïve Straße Ärger", ("naïve", "straße", "ärger")),
        ("房租太高了。不行", ("房租太高了", "不行")),
        ("a\u2028b\x00c", ("a", "b", "c")),
        ("😀 ?!", ()),
        ("", ()),
    ],
    ids=["signs", "apostrophes", "quotes", "underscore", "letters", "no blanks", "separators", "emoji", "empty"],
)
def test_a_word_is_a_run_of_letters_and_digits(text: str, expected: tuple[str, ...]) -> None:
    """In lower case, with straight apostrophes and hyphens inside."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before ```python\nx = 1\n``` after", ["before", "after"]),
        ("before ```never closed\nx = 1", ["before"]),
        ("say `rm -rf` now", ["say", "now"]),
        ("see [the lease](https://example.com/a_b) here", ["see", "the", "lease", "here"]),
        ("look: https://example.com/a?b=c now", ["look", "now"]),
        ("# Title\n- one\n2. two\n> three", ["title", "one", "two", "three"]),
        ("**bold** and _soft_ but snake_case", ["bold", "and", "soft", "but", "snake", "case"]),
        ("a | b\n--- | ---\nc | d", ["a", "b", "c", "d"]),
        ("*sighs* fine", ["sighs", "fine"]),
    ],
    ids=["code", "open code", "inline", "link", "address", "lists", "emphasis", "table", "stage direction"],
)
def test_prose_is_the_text_without_code_addresses_and_markup(text: str, expected: list[str]) -> None:
    """Words that are said stay, also where they are bold or linked."""
    assert list(words(prose(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm sure", "i am sure"),
        ("don't can't won't shan't ain't", "do not can not will not shall not is not"),
        ("we've you'll they'd you're", "we have you will they would you are"),
        ("it's that's who's", "it is that is who is"),
        ("the tenant's rent", "the tenant rent"),
        ("rock'n'roll o'clock", "rock'n'roll o'clock"),
        ("let's", "let"),
    ],
    ids=["am", "not", "others", "is", "possessive", "no contraction", "let us"],
)
def test_contractions_are_read_as_their_parts(text: str, expected: str) -> None:
    """So that an auxiliary and a negation in one word count as what they are."""
    assert " ".join(plain_words(text)) == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Is it?", 1),
        ("Really?! Is it??", 2),
        ('He asked "why?" and left.', 1),
        ("https://example.com/?a=b", 0),
        ("Wait... what", 0),
        ("是吗？不是。真的？", 2),
        ("No!!", 0),
        ("(is it?)", 1),
        ("", 0),
    ],
    ids=["one", "runs of signs", "quoted", "address", "none", "full width", "shouted", "bracket", "empty"],
)
def test_a_question_is_a_sentence_that_ends_with_its_sign(text: str, number: int) -> None:
    """A sign within a word ends nothing, and several in a row end one sentence."""
    assert questions(text) == number


def test_sentences_end_at_their_sign_or_at_a_line_end() -> None:
    """A dot within a number ends none."""
    assert sentences("It is 3.5 per cent. Is it?\nYes! “No.” Well") == [
        "It is 3.5 per cent",
        "Is it",
        "Yes",
        "“No",
        "” Well",
    ]


@pytest.mark.parametrize(
    ("said", "size", "expected"),
    [
        ("abc", 2, [("a", "b"), ("b", "c")]),
        ("abc", 3, [("a", "b", "c")]),
        ("abc", 4, []),
        ("", 1, []),
    ],
    ids=["two", "all", "too few", "none"],
)
def test_ngrams_are_all_runs_of_a_size(said: str, size: int, expected: list[tuple[str, ...]]) -> None:
    """In order, overlapping."""
    assert ngrams(list(said), size) == expected


def test_texts_are_joined_without_those_that_are_not_there() -> None:
    """One line each."""
    assert joined(["a", None, "", "b"]) == "a\nb"
