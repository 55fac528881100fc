"""Likeness in meaning: word vectors and TF-IDF against their references, and what they are known by."""

from __future__ import annotations

import pytest

from colloquia.analysis.measuring.embedding import GivenVectors, TfIdf, WordVectors, embedding_for, word_vectors

TEXTS = ("the rent is too high", "the rent is fair and the house is old", "we like the old house", "bicycles")
TOLERANCE = 5e-4


@pytest.fixture
def installed() -> WordVectors:
    """The embedding of the installed wordllama."""
    found = word_vectors()
    if found is None:
        pytest.skip("wordllama is not installed here: it has no wheel for this machine")
    return found.renewed()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(0, 1, 0.496438), (0, 2, 0.111601), (0, 3, 0.0), (1, 2, 0.381278), (2, 2, 1.0)],
    ids=["rent", "the", "nothing shared", "old house", "itself"],
)
def test_tf_idf_gives_the_cosines_of_scikit_learn(one: int, other: int, expected: float) -> None:
    """scikit-learn 1.9.1 with its defaults: benchmarks/references/tf_idf.py."""
    assert TfIdf(TEXTS).similarity(TEXTS[one], TEXTS[other]) == pytest.approx(expected, abs=TOLERANCE)


def test_tf_idf_has_no_likeness_for_a_text_without_a_word() -> None:
    """Unknown is not zero."""
    assert TfIdf(TEXTS).similarity("?!", TEXTS[0]) is None


def test_tf_idf_takes_a_word_it_never_saw_as_the_rarest() -> None:
    """A new text can be compared too."""
    fitted = TfIdf(TEXTS)

    assert 0 < (fitted.similarity("rent unheard", "rent unseen") or 0) < 0.5


def test_tf_idf_is_known_by_what_it_was_fitted_to() -> None:
    """In any order; one more text is another embedding."""
    assert TfIdf(TEXTS).identity == TfIdf(reversed(TEXTS)).identity
    assert TfIdf(TEXTS).identity != TfIdf(TEXTS[:-1]).identity


@pytest.mark.parametrize(
    ("one", "other", "expected"), [(0, 1, 0.100241), (0, 2, 0.090594), (1, 2, -0.006078)], ids=["01", "02", "12"]
)
def test_word_vectors_give_the_cosines_of_wordllama(
    installed: WordVectors, one: int, other: int, expected: float
) -> None:
    """As version 0.4.0.post1 does: benchmarks/references/word_vectors.py."""
    texts = [
        "The rent is too high for me.",
        "I cannot pay that much every month.",
        "Bicycles need air in their tyres.",
    ]

    assert installed.similarity(texts[one], texts[other]) == pytest.approx(expected, abs=TOLERANCE)


def test_word_vectors_are_known_by_version_and_weights(installed: WordVectors) -> None:
    """So that values of two releases are never mixed."""
    assert installed.identity.startswith("wordllama ")
    assert installed.identity.split()[-2] == "l2_supercat_256"
    assert len(installed.identity.split()[-1]) == 16


def test_word_vectors_take_texts_of_any_length(installed: WordVectors) -> None:
    """An empty one has no vector, and a long one is read in pieces."""
    assert installed.similarity("", "rent") is None
    assert installed.similarity("rent " * 50_000, "rent") == pytest.approx(1.0, abs=0.01)


def test_a_text_is_read_once() -> None:
    """Re-paired baselines ask for the same text many times."""
    reader = _Reader()
    embedding = WordVectors("two letters", reader, _letters())

    for _ in range(3):
        embedding.similarity("ab", "b")

    assert reader.read == ["ab", "b"]


def test_vectors_by_hand_are_compared_by_cosine() -> None:
    """Whatever their length; a text that is not given has none."""
    given = GivenVectors({"x": (3.0, 0.0), "y": (1.0, 1.0)})

    assert given.similarity("x", "y") == pytest.approx(0.707107, abs=TOLERANCE)
    assert given.similarity("x", "z") is None


def test_the_embedding_is_that_which_is_installed() -> None:
    """Word vectors where they are, else TF-IDF of the scenario."""
    expected = "wordllama" if word_vectors() else "tf-idf"

    assert embedding_for(TEXTS).identity.startswith(expected)


class _Reader:
    """A tokenizer of one piece a letter, that remembers what it was given."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, text: str, *, add_special_tokens: bool) -> _Reader:
        self.read.append(text)
        self.ids = ["ab".index(letter) for letter in text]
        return self


def _letters() -> object:
    import numpy as np

    return np.array([[1.0, 0.0], [0.0, 1.0]])
