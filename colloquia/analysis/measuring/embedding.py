"""How alike two texts are in meaning: word vectors where they are installed, word counts elsewhere.

``wordllama`` ships 32,000 word-piece vectors of 256 numbers; a text's vector is the mean of those of its pieces. Only
its two files are read: the package itself sets up logging when it is imported, and looks for files on the network
that stand beside it. Without it a text is its words, weighted by how rare they are in the scenario (TF-IDF, smoothed:
``count x (1 + ln((1 + n) / (1 + n with the word)))``).

Which one it was, and its revision, is part of every value: numbers of two embeddings are never compared.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from math import log, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colloquia.analysis.measuring.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from colloquia.analysis.measuring.transcript import Embedding

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_BLOCK = 4096
_CHARACTERS = 20_000
"""A longer text is cut into pieces of so many before it is read: the tokenizer's time grows faster than its input."""


class WordVectors:
    """The mean of the vectors of a text's word pieces; each text is read once."""

    def __init__(self, identity: str, tokenizer: Any, vectors: Any) -> None:  # noqa: ANN401 (untyped packages)
        self.identity = identity
        self._tokenizer = tokenizer
        self._vectors = vectors
        self._known: dict[str, Any] = {}

    def similarity(self, left: str, right: str) -> float | None:
        """Return the cosine of two texts; None where one of them has no word piece."""
        one, other = self._vector(left), self._vector(right)
        return None if one is None or other is None else max(-1.0, min(1.0, float(one @ other)))

    def _vector(self, text: str) -> Any:  # noqa: ANN401 (an array, or None)
        if text not in self._known:
            self._known[text] = self._made(text)
        return self._known[text]

    def _made(self, text: str) -> Any:  # noqa: ANN401 (an array, or None)
        import numpy as np

        total, count = np.zeros(self._vectors.shape[1]), 0
        for start in range(0, len(text), _CHARACTERS):
            ids = self._tokenizer.encode(text[start : start + _CHARACTERS], add_special_tokens=False).ids
            for block in range(0, len(ids), _BLOCK):
                total += self._vectors[ids[block : block + _BLOCK]].sum(axis=0, dtype=np.float64)
            count += len(ids)
        length = float(np.linalg.norm(total))
        return total / length if count and length else None

    def renewed(self) -> WordVectors:
        """Return the same embedding with nothing read yet."""
        return WordVectors(self.identity, self._tokenizer, self._vectors)


class TfIdf:
    """Counts of words, weighted by how rare they are in what it is fitted to."""

    def __init__(self, corpus: Iterable[str]) -> None:
        documents = sorted(corpus)
        frequency = Counter(word for document in documents for word in set(words(document)))
        self._weights = {word: 1 + log((1 + len(documents)) / (1 + count)) for word, count in frequency.items()}
        self._unseen = 1 + log(1 + len(documents))
        revision = sha256("\0".join(documents).encode()).hexdigest()[:16]
        self.identity = f"tf-idf 1, fitted to {revision}"
        self._known: dict[str, Mapping[str, float]] = {}

    def similarity(self, left: str, right: str) -> float | None:
        """Return the cosine of two texts; None where one of them has no word."""
        one, other = self._vector(left), self._vector(right)
        if not one or not other:
            return None
        small, large = sorted((one, other), key=len)
        return min(1.0, sum(weight * large.get(word, 0.0) for word, weight in small.items()))

    def _vector(self, text: str) -> Mapping[str, float]:
        if text not in self._known:
            counts = Counter(words(text))
            weights = {word: count * self._weights.get(word, self._unseen) for word, count in counts.items()}
            length = sqrt(sum(weight * weight for weight in weights.values()))
            self._known[text] = {word: weight / length for word, weight in weights.items()}
        return self._known[text]


class GivenVectors:
    """Vectors written by hand, for fixtures; a text that is not among them has none."""

    identity = "given by hand"

    def __init__(self, vectors: Mapping[str, Sequence[float]]) -> None:
        self._vectors = vectors

    def similarity(self, left: str, right: str) -> float | None:
        """Return the cosine of two texts; None where one is not known."""
        if left not in self._vectors or right not in self._vectors:
            return None
        one, other = self._vectors[left], self._vectors[right]
        lengths = sqrt(sum(x * x for x in one)) * sqrt(sum(x * x for x in other))
        return sum(x * y for x, y in zip(one, other, strict=True)) / lengths


@cache
def word_vectors() -> WordVectors | None:
    """Return the embedding of the installed ``wordllama``; None where it is not there whole."""
    try:
        from safetensors import safe_open
        from tokenizers import Tokenizer
    except ImportError:
        return None
    spec = find_spec("wordllama")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        weights, tokenizer = Path(place) / _WEIGHTS, Path(place) / _TOKENIZER
        if weights.is_file() and tokenizer.is_file():
            with safe_open(weights, framework="np") as file:
                vectors = file.get_tensor("embedding.weight").astype("float32")
            revision = sha256(weights.read_bytes()).hexdigest()[:16]
            identity = f"wordllama {version('wordllama')} {Path(_WEIGHTS).stem} {revision}"
            return WordVectors(identity, Tokenizer.from_file(str(tokenizer)), vectors)
    return None


def embedding_for(corpus: Iterable[str]) -> Embedding:
    """Return the embedding for the conversations of one scenario, whose texts are ``corpus``."""
    installed = word_vectors()
    return installed.renewed() if installed else TfIdf(corpus)
