"""Agreement of raters against psych, and items of one conversation, which are not items of many."""

from __future__ import annotations

import numpy as np
import pytest

from colloquia.analysis.statistics.agreement import cohens_kappa, icc_2k, krippendorff_alpha
from colloquia.errors import DesignError

CLOSE = 5e-4
SHROUT_FLEISS = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]


def labels(table: list[list[int]]) -> tuple[list[str], list[str]]:
    """Return the labels of two raters whose agreement is a table of counts."""
    pairs = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return [f"label {i}" for i, _ in pairs], [f"label {j}" for _, j in pairs]


@pytest.mark.parametrize(
    ("table", "kappa", "variance", "ends"),
    [
        ([[20, 5], [10, 15]], 0.4, 0.016128, (0.151092, 0.648908)),
        ([[14, 3, 1], [2, 11, 4], [0, 5, 10]], 0.549279, 0.009471753, (0.358529, 0.740028)),
    ],
    ids=["two labels", "three labels"],
)
def test_kappa_and_its_interval_are_psych_s(
    table: list[list[int]], kappa: float, variance: float, ends: tuple[float, float]
) -> None:
    """Version 2.2.9: benchmarks/references/agreement.R."""
    found = cohens_kappa(*labels(table))

    assert found.estimate == pytest.approx(kappa, abs=CLOSE)
    assert found.standard_error**2 == pytest.approx(variance, abs=CLOSE)
    assert (found.low, found.high) == pytest.approx(ends, abs=CLOSE)


def test_the_intraclass_correlation_and_its_interval_are_psych_s() -> None:
    """ICC2k of Shrout and Fleiss: .6200505, .07113682 to .927232: benchmarks/references/agreement.R."""
    found = icc_2k(SHROUT_FLEISS)

    assert found.estimate == pytest.approx(0.6200505, abs=CLOSE)
    assert (found.low, found.high) == pytest.approx((0.07113682, 0.927232), abs=CLOSE)


def test_items_of_one_conversation_make_intervals_wider() -> None:
    """Ten conversations whose eight turns are all labelled alike by both, or all differently: ten, not eighty."""
    one = [("yes", "no")[number % 2] for number in range(10) for _ in range(8)]
    other = [label if number // 8 % 3 else ("no", "yes")[label == "no"] for number, label in enumerate(one)]
    of = [f"talk-{number // 8}" for number in range(80)]

    for ask in (cohens_kappa, lambda a, b, **words: krippendorff_alpha([a, b], **words)):
        each, talks = ask(one, other), ask(one, other, of=of)
        assert each.estimate == pytest.approx(talks.estimate)
        assert talks.high - talks.low > 1.5 * (each.high - each.low)
        assert talks.conversations == 10
        assert "80 items of 10 conversations" in talks.method


def test_scores_of_turns_are_drawn_by_conversation_too() -> None:
    """ICC with a bootstrap of conversations."""
    chance = np.random.default_rng(1)
    truth = np.repeat(chance.normal(0, 1, 12), 4)
    scores = [list(truth + chance.normal(0, 0.5, 48)) for _ in range(3)]

    found = icc_2k(scores, of=list(np.repeat(np.arange(12), 4)))

    assert found.conversations == 12
    assert found.low < found.estimate < found.high
    assert found.estimate == pytest.approx(icc_2k(scores).estimate)


def test_what_cannot_be_asked_is_refused_or_told() -> None:
    """Gaps, one rater, lengths that do not match; one label only has no kappa and no alpha."""
    with pytest.raises(DesignError, match="two raters and two rated items"):
        icc_2k([[1.0, 2.0]])
    with pytest.raises(DesignError, match="there are 1 and 2"):
        cohens_kappa(["a"], ["a", "b"])
    with pytest.raises(DesignError, match="2 rated items, and conversations of 1"):
        cohens_kappa(["a", "b"], ["a", "b"], of=["talk"])
    with pytest.raises(DesignError, match="rated twice"):
        krippendorff_alpha([[1, None], [None, 2]])
    assert np.isnan(cohens_kappa(["a", "a"], ["a", "a"]).estimate)
    assert "All labels are the same" in krippendorff_alpha([[1, 1], [1, 1]]).sentence
