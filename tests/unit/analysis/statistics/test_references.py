"""Estimators against published numbers and against scipy and statsmodels, to 5e-4; and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from colloquia.analysis.statistics.agreement import cohens_kappa, icc_2k, krippendorff_alpha
from colloquia.analysis.statistics.bounds import bounds
from colloquia.analysis.statistics.contrasts import contrast, marginal_means, mean
from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.duplicates import collapse
from colloquia.analysis.statistics.effects import cliffs_delta, hedges_g
from colloquia.analysis.statistics.equivalence import equivalence
from colloquia.analysis.statistics.families import benjamini_hochberg, holm
from colloquia.analysis.statistics.rates import rate, rate_difference, wilson
from colloquia.analysis.statistics.social_relations import social_relations
from colloquia.analysis.statistics.survival import curve, log_rank
from colloquia.errors import DesignError

CLOSE = 5e-4


def conversations(values: list[Any], **columns: list[Any]) -> Conversations:
    """Return one conversation for each value."""
    ids = [f"talk-{number}" for number in range(len(values))]
    return Conversations(rows=pd.DataFrame({"experiment_id": ids, "value": values, **columns}))


def two(first: list[float], second: list[float]) -> Conversations:
    """Return conversations of two levels of a factor."""
    return conversations([*first, *second], tone=["warm"] * len(first) + ["plain"] * len(second))


# -- the unit ----------------------------------------------------------------------------------------------------------


def test_turns_are_refused_with_the_reason_and_the_remedy() -> None:
    """Rows that repeat a conversation, or that are numbered as turns."""
    rows = pd.DataFrame({"experiment_id": ["a", "a", "b"], "value": [1.0, 2.0, 3.0]})

    with pytest.raises(DesignError, match=r"unit of a test is the conversation.*42 %.*of_turns"):
        Conversations(rows=rows)
    with pytest.raises(DesignError, match="These rows are turns"):
        Conversations(rows=pd.DataFrame({"experiment_id": ["a"], "turn_id": [1], "value": [1.0]}))


def test_turns_become_conversations_by_their_mean() -> None:
    """With the columns that are the same in all of them."""
    turns = pd.DataFrame(
        {"experiment_id": ["a", "a", "b"], "turn_id": [1, 2, 1], "value": [1.0, 3.0, 5.0], "tone": ["x", "x", "y"]}
    )

    found = Conversations.of_turns(turns)

    assert found.rows[["experiment_id", "value", "tone"]].to_numpy().tolist() == [["a", 2.0, "x"], ["b", 5.0, "y"]]


# -- means and differences ---------------------------------------------------------------------------------------------


def test_a_mean_and_a_contrast_are_those_of_conversations() -> None:
    """In the units of the value, with an interval around it and a permutation p value."""
    warm, plain = [5.0, 6, 7, 8, 9, 10, 7, 8, 6, 9, 8, 7], [4.0, 5, 6, 7, 6, 5, 4, 6, 5, 7, 6, 5]
    both = two(warm, plain)

    found = contrast(both, "tone", "warm", "plain")

    assert mean(both).estimate == pytest.approx(np.mean(warm + plain))
    assert [each.estimate for each in marginal_means(both, "tone")] == pytest.approx([np.mean(warm), np.mean(plain)])
    assert found.estimate == pytest.approx(np.mean(warm) - np.mean(plain))
    assert found.low < found.estimate < found.high
    exact = stats.permutation_test(
        (warm, plain), lambda x, y: np.mean(x) - np.mean(y), n_resamples=9999, random_state=1
    ).pvalue
    assert found.p_value == pytest.approx(exact, abs=0.003)


def test_without_draws_a_contrast_is_welchs_t() -> None:
    """Interval and p value are those of scipy's, for tables too long to draw for each row."""
    warm, plain = [5.0, 6, 7, 8, 9, 10, 7, 8, 6, 9, 8, 7], [4.0, 5, 6, 7, 6, 5, 4, 6, 5, 7, 6, 5]
    welch = stats.ttest_ind(warm, plain, equal_var=False)

    found = contrast(two(warm, plain), "tone", "warm", "plain", draws=0)

    assert found.p_value == pytest.approx(welch.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(welch.confidence_interval()))


def test_an_unknown_level_is_named() -> None:
    """With those there are."""
    with pytest.raises(DesignError, match="'warm', 'plain'"):
        contrast(two([1.0, 2], [3.0, 4]), "tone", "cold", "plain")


def test_effect_sizes_are_the_published_formulas() -> None:
    """Hedges' g with its exact correction; Cliff's delta by counting pairs."""
    warm, plain = [3.0, 5, 6, 8, 9], [1.0, 2, 4, 4, 7]
    both = two(warm, plain)
    spread = np.sqrt((np.var(warm, ddof=1) + np.var(plain, ddof=1)) / 2)
    d = (np.mean(warm) - np.mean(plain)) / spread

    assert hedges_g(both, "tone", "warm", "plain").estimate == pytest.approx(d * (1 - 3 / (4 * 8 - 1)), abs=5e-3)
    over = np.sign(np.subtract.outer(warm, plain)).mean()
    assert cliffs_delta(both, "tone", "warm", "plain").estimate == pytest.approx(over, abs=CLOSE)


def test_no_difference_is_said_only_within_a_bound() -> None:
    """The same values differ by less than 1 and not by less than a hundredth."""
    chance = np.random.default_rng(1)
    both = two([*chance.normal(5, 0.5, 60)], [*chance.normal(5, 0.5, 60)])

    assert equivalence(both, "tone", "warm", "plain", bound=1.0).is_equivalent
    assert not equivalence(both, "tone", "warm", "plain", bound=0.01).is_equivalent


def test_lost_conversations_are_bounded_from_both_sides() -> None:
    """All of them at the one end, then at the other."""
    both = two([1.0, 1.0, 1.0, float("nan")], [0.0, 0.0, 0.0, float("nan")])

    found = bounds(both, "tone", "warm", "plain", value_range=(0.0, 1.0))

    assert [found.observed.estimate, found.lowest.estimate, found.highest.estimate] == pytest.approx([1.0, 0.5, 1.0])
    assert found.must_be_shown


def test_exact_repetitions_count_once() -> None:
    """Conversations and distinct conversations are both told."""
    both = conversations([1.0, 1.0, 2.0], text=["x", "x", "y"], scenario=["s"] * 3)

    found = collapse(both, "text")

    assert found.conversations.count == 2


# -- rates -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("successes", "count"), [(0, 10), (8, 10), (10, 10), (81, 263), (1, 29)])
def test_a_rate_has_wilson_s_interval(successes: int, count: int) -> None:
    """As scipy has it, by conversations."""
    reference = stats.binomtest(successes, count).proportion_ci(method="wilson")
    found = rate(conversations([1.0] * successes + [0.0] * (count - successes)))

    assert wilson(successes, count) == pytest.approx((reference.low, reference.high), abs=CLOSE)
    assert (found.low, found.high) == pytest.approx((reference.low, reference.high), abs=CLOSE)


def test_the_difference_of_rates_is_newcombe_s() -> None:
    """56 of 70 against 48 of 80: .2 with .0524 to .3339 (Newcombe 1998, example a, method 10)."""
    both = two([1.0] * 56 + [0.0] * 14, [1.0] * 48 + [0.0] * 32)

    found = rate_difference(both, "tone", "warm", "plain")

    assert found.estimate == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=CLOSE)


# -- families ----------------------------------------------------------------------------------------------------------


def test_families_are_adjusted_as_statsmodels_does() -> None:
    """Holm and Benjamini-Hochberg, in the order given."""
    p = [0.01, 0.04, 0.03, 0.005, 0.8, 0.5]

    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-9)
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-9)


# -- turns until -------------------------------------------------------------------------------------------------------

TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
CONTROL = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def leukaemia() -> Conversations:
    """Return the remission times of Freireich et al. (1963), the first nine of the treated ended, the others capped."""
    happened = [True] * 9 + [False] * 12 + [True] * 21
    return conversations(
        [float(time) for time in TREATED + CONTROL], happened=happened, arm=["6-MP"] * 21 + ["placebo"] * 21
    )


def test_survival_is_that_of_the_textbook() -> None:
    """Kaplan-Meier of the 6-MP arm: .857, .807, .753, .690, .627, .538, .448, median 23."""
    found = curve(leukaemia().where("arm", ["6-MP"]))

    steps = found.frame[found.frame["events"] > 0]["share"].tolist()
    assert steps == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=CLOSE)
    assert found.median == 23


def test_the_log_rank_test_is_that_of_the_textbook() -> None:
    """Chi-square 16.79 on one degree of freedom (Freireich's data, as in the R package survival)."""
    found = log_rank(leukaemia(), "arm")

    assert (found.statistic, found.df) == (pytest.approx(16.793, abs=CLOSE), 1)
    assert found.p_value == pytest.approx(stats.chi2.sf(16.793, 1), rel=1e-3)


# -- agreement ---------------------------------------------------------------------------------------------------------

NONE = None
KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
]
SHROUT_FLEISS = [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]]


@pytest.mark.parametrize(("level", "expected"), [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491)])
def test_alpha_is_krippendorff_s_own_example(level: Any, expected: float) -> None:
    """Four observers, twelve units, gaps (Krippendorff 2011, Computing Krippendorff's alpha-reliability)."""
    assert krippendorff_alpha(KRIPPENDORFF, level).estimate == pytest.approx(expected, abs=CLOSE)


def test_kappa_is_that_of_a_hand_computed_table() -> None:
    """20, 5, 10, 15: seen .7, by chance .5, kappa .4."""
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15

    found = cohens_kappa(one, other)

    assert found.estimate == pytest.approx(0.4)
    assert found.low < 0.4 < found.high


def test_the_intraclass_correlation_is_that_of_shrout_and_fleiss() -> None:
    """Six targets, four judges: ICC(2,4) .62 (1979, table 4)."""
    assert icc_2k(SHROUT_FLEISS).estimate == pytest.approx(0.6201, abs=CLOSE)


# -- the round robin ---------------------------------------------------------------------------------------------------

MODELS = ("a", "b", "c", "d", "e")
ACTOR = {"a": 2.0, "b": 1.0, "c": 0.0, "d": -1.0, "e": -2.0}
PARTNER = {"a": -1.0, "b": 0.5, "c": 1.5, "d": -0.5, "e": -0.5}


def robin(models: tuple[str, ...] = MODELS, *, spread: float = 0.0, pair: float = 0.0) -> Conversations:
    """Return four conversations of every ordered pair whose values are made of actor, partner and pair effects."""
    chance = np.random.default_rng(1)
    rows = []
    for i in models:
        for j in models:
            for number in range(4):
                for role, speaker, other in (("A", i, j), ("B", j, i)):
                    own = pair if (speaker, other) == ("a", "b") else 0.0
                    value = 10 + ACTOR[speaker] + PARTNER[other] + own + spread * chance.normal()
                    rows.append((f"{i}-{j}-{number}", role, speaker, value))
    return Conversations(rows=pd.DataFrame(rows, columns=["experiment_id", "speaker_role", "speaker_model", "value"]))


def test_a_round_robin_gives_back_actor_and_partner_effects() -> None:
    """Exactly, where nothing else is in the values; then no relationship is left."""
    found = social_relations(robin())["all"]

    assert [each.estimate for each in found.actors] == pytest.approx([ACTOR[name] for name in MODELS], abs=1e-9)
    assert [each.estimate for each in found.partners] == pytest.approx([PARTNER[name] for name in MODELS], abs=1e-9)
    assert found.mean.estimate == pytest.approx(10)
    named = {each.name: each.estimate for each in found.variances}
    assert named["relationship variance"] == pytest.approx(0.0, abs=1e-9)


def test_the_intervals_of_a_noisy_round_robin_hold_the_planted_effects() -> None:
    """Nine in ten of them at least, the special pair among them; few models make shares descriptive."""
    planted, found = social_relations(robin(pair=3.0))["all"], social_relations(robin(spread=0.5, pair=3.0))["all"]

    held = [
        noisy.low <= exact.estimate <= noisy.high
        for kind in ("actors", "partners", "relationships")
        for exact, noisy in zip(getattr(planted, kind), getattr(found, kind), strict=True)
    ]
    assert sum(held) >= 0.9 * len(held)
    special = max(found.relationships, key=lambda each: each.estimate)
    assert special.name == max(planted.relationships, key=lambda each: each.estimate).name
    assert special.low > 0
    assert any("descriptive" in warning for warning in found.warnings)


def test_fewer_than_four_models_are_no_round_robin() -> None:
    """Their effects cannot be told apart."""
    with pytest.raises(DesignError, match="4"):
        social_relations(robin(("a", "b", "c")))
