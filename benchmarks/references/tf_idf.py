# ruff: noqa: INP001, S106, T201 - a snippet that prints, and a token is a word
"""Cosines of scikit-learn's TF-IDF with its defaults, words cut as ours.

Made with scikit-learn 1.9.1 on Python 3.11, outside of this project. Printed::

    0 and 1: 0.496438
    0 and 2: 0.111601
    0 and 3: 0.000000
    1 and 2: 0.381278
    1 and 3: 0.000000
    2 and 3: 0.000000
"""

from itertools import combinations

from sklearn.feature_extraction.text import TfidfVectorizer

TEXTS = ("the rent is too high", "the rent is fair and the house is old", "we like the old house", "bicycles")
found = TfidfVectorizer(token_pattern=r"[^\W_]+").fit_transform(TEXTS)
for one, other in combinations(range(len(TEXTS)), 2):
    print(f"{one} and {other}: {(found[one] @ found[other].T).toarray()[0, 0]:.6f}")
