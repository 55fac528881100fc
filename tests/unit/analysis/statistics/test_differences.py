"""Differences and rates against base R, and the order of rows, which changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from colloquia.analysis.statistics.contrasts import contrast, deviation, marginal_means
from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.effects import cliffs_delta, hedges_g
from colloquia.analysis.statistics.equivalence import equivalence
from colloquia.analysis.statistics.families import benjamini_hochberg, holm
from colloquia.analysis.statistics.pairing import paired_contrast
from colloquia.analysis.statistics.rates import odds_ratio, rate_difference, wilson
from colloquia.analysis.statistics.strata import ENOUGH, sum_of_means
from colloquia.errors import DesignError

CLOSE = 5e-4
WARM = [5.0, 6, 7, 8, 9, 10, 7, 8, 6, 9, 8, 7]
PLAIN = [4.0, 5, 6, 7, 6, 5, 4, 6]
BOTH = ("tone", "warm", "plain")


def two(first: list[float], second: list[float], **about: Any) -> Conversations:
    """Return conversations of two tones."""
    frame = {
        "experiment_id": [f"talk-{number}" for number in range(len(first) + len(second))],
        "value": [*first, *second], "tone": ["warm"] * len(first) + ["plain"] * len(second),
    }  # fmt: skip
    return Conversations(rows=pd.DataFrame(frame | about))


def test_with_few_conversations_the_interval_is_welch_s() -> None:
    """Eight in the smaller group: t.test in benchmarks/references/differences.R."""
    found = contrast(two(WARM, PLAIN), *BOTH)

    assert found.estimate == pytest.approx(2.125)
    assert (found.low, found.high) == pytest.approx((0.94492255, 3.3050775), abs=CLOSE)
    assert found.df == pytest.approx(17.751087, abs=CLOSE)
    assert any("Fewer than 10" in warning for warning in found.warnings)


def test_the_p_value_of_t_is_welch_s() -> None:
    """Where permutations are not asked for: differences.R."""
    assert contrast(two(WARM, PLAIN), *BOTH, draws=0).p_value == pytest.approx(0.0013784225, abs=CLOSE)


def test_hedges_g_and_its_interval_are_those_of_the_noncentral_t() -> None:
    """Exact correction, ends by inversion: differences.R."""
    found = hedges_g(two(WARM, PLAIN), *BOTH)

    assert found.estimate == pytest.approx(1.5538064, abs=CLOSE)
    assert (found.low, found.high) == pytest.approx((0.54389529, 2.531693), abs=CLOSE)


def test_cliff_s_delta_is_counted_and_its_interval_his() -> None:
    """Consistent variance, asymmetric interval: differences.R."""
    found = cliffs_delta(two(WARM, PLAIN), *BOTH)

    assert found.estimate == pytest.approx(0.76041667, abs=CLOSE)
    assert found.standard_error**2 == pytest.approx(0.019521386, abs=CLOSE)
    assert (found.low, found.high) == pytest.approx((0.36841036, 0.92283751), abs=CLOSE)


def test_where_no_two_overlap_delta_is_one_and_its_interval_ends_there() -> None:
    """Both ways round."""
    above, below = cliffs_delta(two([5.0, 6, 7], [1.0, 2, 3]), *BOTH), cliffs_delta(two([1.0, 2], [5.0, 6]), *BOTH)

    assert (above.estimate, above.high) == (1.0, 1.0)
    assert above.low < 1
    assert (below.estimate, below.low) == (-1.0, -1.0)


def test_two_one_sided_tests_are_r_s() -> None:
    """The larger of both p values by Welch: differences.R."""
    found = equivalence(two(WARM, PLAIN), *BOTH, bound=3)

    assert found.p_value == pytest.approx(0.068281639, abs=CLOSE)
    assert not found.is_equivalent


def test_rates_are_r_s() -> None:
    """Wilson, Fisher's p, Woolf's odds ratio: differences.R."""
    deals = two([1.0] * 56 + [0.0] * 14, [1.0] * 48 + [0.0] * 32)
    odds = odds_ratio(deals, *BOTH)

    assert wilson(8, 10) == pytest.approx((0.49016247, 0.94331785), abs=CLOSE)
    assert rate_difference(deals, *BOTH).p_value == pytest.approx(0.01252113, abs=CLOSE)
    assert (odds.estimate, odds.low, odds.high) == pytest.approx((2.6666667, 1.2762179, 5.5720197), abs=CLOSE)


def test_families_are_r_s() -> None:
    """p.adjust in differences.R; a missing p value stays missing and counts for none."""
    p = [0.01, 0.04, 0.03, 0.005, 0.8, 0.5]

    assert holm(p) == pytest.approx([0.05, 0.12, 0.12, 0.03, 1.0, 1.0], abs=CLOSE)
    assert benjamini_hochberg(p) == pytest.approx([0.03, 0.06, 0.06, 0.03, 0.8, 0.6], abs=CLOSE)
    assert np.isnan(holm([0.01, float("nan")])[1])
    assert holm([0.01, float("nan")])[0] == 0.01


def test_the_order_of_rows_changes_no_number() -> None:
    """Neither the bootstrap nor the permutation hangs on who comes first."""
    some = two(WARM, [*PLAIN, 5.0, 6.5])
    turned = Conversations(rows=some.rows.iloc[::-1].reset_index(drop=True))

    found, again = contrast(some, *BOTH), contrast(turned, *BOTH)

    assert "bootstrap" in found.method
    assert (found.low, found.high, found.p_value) == pytest.approx((again.low, again.high, again.p_value))


def test_of_very_many_conversations_t_is_given_as_it_is_the_same() -> None:
    """Where the bootstrap ends and t begins, both intervals agree to a hundredth of a standard error and a bit."""
    values = np.random.default_rng(1).gamma(2, 1, ENOUGH)

    by_t, drawn = sum_of_means([values], name="mean"), sum_of_means([values[1:]], name="mean")

    assert "t, Welch" in by_t.method
    assert "bootstrap" in drawn.method
    assert abs(by_t.low - drawn.low) < 0.2 * by_t.standard_error
    assert abs(by_t.high - drawn.high) < 0.2 * by_t.standard_error


def test_numbers_that_do_not_vary_have_no_interval_and_no_p() -> None:
    """A spread of zero was not seen, which is no certainty; the reason is said, and permutation still gives a p."""
    by_t = contrast(two([7.0] * 12, [5.0] * 12), *BOTH, draws=0)
    permuted = contrast(two([7.0] * 12, [5.0] * 12), *BOTH)

    assert by_t.estimate == 2.0
    assert np.isnan([by_t.low, by_t.high, by_t.p_value]).all()
    assert "nothing varies" in by_t.warnings[-1]
    assert by_t.method == "no interval"
    assert np.isnan(permuted.low)
    assert permuted.p_value < 0.001


def test_rates_of_none_and_all_have_newcombe_s_interval() -> None:
    """Ten of ten against none of ten: wide, where a spread of zero would give no width; means have Wilson's."""
    some = two([1.0] * 10, [0.0] * 10)
    found, mean_of_first = contrast(some, *BOTH), marginal_means(some, BOTH[0])[0]
    expected = rate_difference(some, *BOTH)

    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.low == pytest.approx(1 - np.sqrt(2) * 0.2775328, abs=1e-6)
    assert (mean_of_first.low, mean_of_first.high) == pytest.approx(wilson(10, 10))
    assert not any("nothing varies" in warning for warning in found.warnings)


def test_a_level_is_set_against_the_mean_of_all() -> None:
    """Each weighted alike, whatever their number: 9 - (9 + 5 + 4) / 3, within blocks in which all three stand."""
    values = {"rent": {"a": [8.0, 10.0], "b": [5.0, 4.0, 6.0], "c": [4.0, 4.0]}, "train": {"a": [1.0, 2.0]}}
    rows = [
        {"experiment_id": f"{scenario} {level} {place}", "scenario": scenario, "tone": level, "value": value}
        for scenario, levels in values.items()
        for level, several in levels.items()
        for place, value in enumerate(several)
    ]
    some = Conversations(rows=pd.DataFrame(rows))
    found = deviation(some, "tone", "a", within=["scenario"])

    assert found.estimate == pytest.approx(9 - 6)
    assert found.low < 3 < found.high
    assert found.method.endswith("p by t")
    with pytest.raises(DesignError, match="never all stand in the same scenario"):
        deviation(some, "tone", "x", within=["scenario"])


def test_seats_that_share_conversations_are_no_independent_rates() -> None:
    """Where both levels stand in each conversation, all alike, no interval is made up."""
    rows = pd.DataFrame({
        "experiment_id": [name for name in "abcd" for _ in range(2)], "speaker_role": ["A", "B"] * 4,
        "value": [1.0, 0.0] * 4,
    })  # fmt: skip

    assert np.isnan(contrast(Conversations(rows=rows), "speaker_role", "A", "B").low)


def test_the_seats_of_one_conversation_are_not_two_samples() -> None:
    """Effect sizes, rates and odds of independent groups refuse them."""
    rows = pd.DataFrame({
        "experiment_id": ["a", "a", "b", "b"], "speaker_role": ["A", "B"] * 2, "value": [1.0, 0.0, 1.0, 0.0],
    })  # fmt: skip
    some, roles = Conversations(rows=rows), ("speaker_role", "A", "B")

    for ask in (hedges_g, cliffs_delta):
        with pytest.raises(DesignError, match="stand in the same conversations"):
            ask(some, *roles)
    for ask in (rate_difference, odds_ratio):
        with pytest.raises(DesignError, match="These rows are seats"):
            ask(some, *roles)


MATERIAL = {"item": ["x", "y"] * 2, "seating": ["m1 x m2"] * 4, "iteration": [1, 1] * 2}


def test_pairs_share_what_they_were_made_of() -> None:
    """Differences 2 and 4: mean 3; and forks of one parent."""
    material = paired_contrast(two([5.0, 8.0], [3.0, 4.0], **MATERIAL), *BOTH, because="material")
    forks = paired_contrast(two([5.0, 8.0], [3.0, 4.0], parent_id=["p", "q"] * 2), *BOTH, because="fork")

    assert (material.estimate, material.conversations) == (3.0, 4)
    assert forks.estimate == 3.0
    assert "forks of one parent" in forks.method


def test_a_shared_seed_pairs_nothing() -> None:
    """Neither as the reason nor as a block; what has no partner is told; turns and doubles are refused."""
    some = two([5.0, 8.0], [3.0, 4.0], **MATERIAL, seed=[1, 2] * 2)

    with pytest.raises(DesignError, match="A shared seed pairs nothing"):
        paired_contrast(some, *BOTH, because="seed")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="A shared seed pairs nothing"):
        paired_contrast(some, *BOTH, because="material", blocks=["seed"])
    with pytest.raises(DesignError, match="Several conversations share"):
        paired_contrast(two([5.0, 8.0], [3.0, 4.0], **MATERIAL | {"item": ["x"] * 4}), *BOTH, because="material")
    lone = paired_contrast(
        two([5.0, 8.0, 9.0], [3.0, 4.0], item=["x", "y", "z", "x", "y"], seating=["s"] * 5, iteration=[1] * 5),
        *BOTH, because="material",
    )  # fmt: skip
    assert "1 conversations have no partner" in lone.sentence
