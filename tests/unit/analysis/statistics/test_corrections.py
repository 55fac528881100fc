"""What people's labels of a part say about all: the formulas, against numbers worked out by hand or by others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from colloquia.analysis.statistics.corrections import (
    ErrorRate,
    design_based,
    design_based_contrast,
    error_rates,
    rogan_gladen,
)
from colloquia.errors import DesignError

PERFECT = ErrorRate(share=1.0, items=1e12)
NAN = float("nan")


def items(*rows: tuple[str, float, float], **columns: list[object]) -> pd.DataFrame:
    """Return items of one conversation each: stratum, what was judged, what is true (missing where not asked)."""
    frame = pd.DataFrame(rows, columns=["stratum", "judged", "truth"])
    return frame.assign(experiment_id=frame.index.map(str), **columns)


def test_a_rate_is_corrected_as_rogan_and_gladen_do() -> None:
    """(.4 + .8 - 1) / (.9 + .8 - 1) = 2/7."""
    found = rogan_gladen(
        yes=40, items=100, sensitivity=ErrorRate(share=0.9, items=50), specificity=ErrorRate(share=0.8, items=50)
    )

    assert found.estimate == pytest.approx(2 / 7)
    assert found.low < 2 / 7 < found.high


def test_with_a_perfect_judge_the_interval_is_that_of_agresti_and_coull() -> None:
    """As Lang and Reiczigel built it."""
    found = rogan_gladen(yes=40, items=100, sensitivity=PERFECT, specificity=PERFECT)

    assert (found.low, found.high) == pytest.approx(proportion_confint(40, 100, method="agresti_coull"), abs=1e-6)


def test_a_rate_stays_a_rate() -> None:
    """Where a judge says yes less often than it errs, the rate is 0 and not below."""
    found = rogan_gladen(
        yes=5, items=100, sensitivity=ErrorRate(share=0.9, items=50), specificity=ErrorRate(share=0.9, items=50)
    )

    assert (found.estimate, found.low) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("sensitivity", "message"),
    [(ErrorRate(share=0.2, items=50), "no better than chance"), (ErrorRate(share=NAN, items=0), "not known")],
)
def test_a_judge_that_tells_nothing_corrects_nothing(sensitivity: ErrorRate, message: str) -> None:
    """And that is said."""
    with pytest.raises(DesignError, match=message):
        rogan_gladen(yes=5, items=100, sensitivity=sensitivity, specificity=ErrorRate(share=0.8, items=50))


def test_error_rates_weigh_items_by_how_likely_they_were_drawn() -> None:
    """Of the true ones a right verdict drawn at 1 in 2 stands for two, a wrong one drawn at 1 in 8 for eight."""
    judged, truth = np.array([1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0])
    sensitivity, specificity = error_rates(judged, truth, np.array([0.5, 0.125, 0.5]))

    assert sensitivity.share == pytest.approx(2 / 10)
    assert sensitivity.items == pytest.approx(10**2 / (4 + 64))
    assert (specificity.share, specificity.items) == (1.0, 1.0)


def test_a_mean_is_corrected_by_errors_times_what_they_stand_for() -> None:
    """(1/N) sum f + (1/N) sum (y - f) / pi: .5 + (-1/.5 + 0 + 1/.25 + 0) / 8."""
    found = design_based(
        items(
            ("yes", 1, 0), ("yes", 1, 1), ("yes", 1, NAN), ("yes", 1, NAN),
            ("no", 0, 1), ("no", 0, NAN), ("no", 0, NAN), ("no", 0, NAN),
        )
    )  # fmt: skip

    assert found.estimate == pytest.approx(0.5 + (-2 + 4) / 8)


def test_where_all_are_labelled_people_decide_and_the_judge_says_nothing() -> None:
    """The mean is theirs, and its error the usual one."""
    chance = np.random.default_rng(3)
    truth = chance.normal(5, 2, 60)
    rows = [("all", float(judged), float(real)) for judged, real in zip(chance.normal(9, 1, 60), truth, strict=True)]
    found = design_based(items(*rows))

    assert found.estimate == pytest.approx(truth.mean())
    assert found.standard_error == pytest.approx(truth.std(ddof=1) / np.sqrt(60), rel=0.02)


def test_a_judge_that_is_always_right_leaves_some_doubt() -> None:
    """Twelve of twelve right is no proof that none of a hundred is wrong."""
    rows = [("yes", 1.0, 1.0 if n < 6 else NAN) for n in range(50)] + [
        ("no", 0.0, 0.0 if n < 6 else NAN) for n in range(50)
    ]
    plain = np.sqrt(0.25 / 99)
    found = design_based(items(*rows))

    assert found.estimate == 0.5
    assert found.standard_error > 1.05 * plain


def test_the_interval_ends_where_the_value_ends() -> None:
    """A rate is no more than 1."""
    rows = [("a", 1.0, 1.0 if n < 4 else NAN) for n in range(20)]

    assert design_based(items(*rows)).high > 1
    assert design_based(items(*rows), bounds=(0.0, 1.0)).high == 1.0


def test_turns_of_one_conversation_are_no_units_of_their_own() -> None:
    """The same numbers from five conversations are less certain than from fifty."""
    chance = np.random.default_rng(3)
    truth = np.repeat(chance.normal(0, 1, 5), 10)
    rows = [("all", float(each), float(each)) for each in truth]
    single = items(*rows)
    few = single.assign(experiment_id=[str(number // 10) for number in range(50)])

    assert design_based(few).standard_error > 2 * design_based(single).standard_error
    assert design_based(few).conversations == 5


def test_a_difference_is_corrected_within_each_side() -> None:
    """The judge reads one model worse; people put both right."""
    rows = items(
        ("gpt", 1, 0), ("gpt", 1, 0), ("gpt", 1, 1), ("gpt", 0, 0),
        ("claude", 1, 1), ("claude", 0, 0), ("claude", 0, 0), ("claude", 1, 1),
    ).assign(model=["gpt"] * 4 + ["claude"] * 4)  # fmt: skip
    found = design_based_contrast(rows, "model", "gpt", "claude")

    assert found.estimate == pytest.approx(0.25 - 0.5)
    assert found.conversations == 8
    assert "Only 4 items were labelled by people" in found.warnings[0]


def test_a_stratum_may_reach_across_what_is_compared() -> None:
    """One stratum of eight, two labelled of each tone: .75 - .25 as judged, and each error stands for two items.

    The judge was wrong of a warm one (1 for 0) and of a plain one (0 for 1): 2 x (-1 / 4) - 2 x (1 / 4).
    """
    rows = items(
        ("all", 1, 0), ("all", 1, 1), ("all", 1, NAN), ("all", 0, NAN),
        ("all", 0, 1), ("all", 1, 1), ("all", 0, NAN), ("all", 0, NAN),
    ).assign(tone=["warm"] * 4 + ["plain"] * 4)  # fmt: skip
    found = design_based_contrast(rows, "tone", "warm", "plain")

    assert found.estimate == pytest.approx(0.5 - 0.5 - 0.5)
    assert found.low < -0.5 < found.high


def test_blocks_of_a_contrast_count_alike() -> None:
    """A tone that stands six times in one scenario and twice in the other; what stands in one of both only is left."""
    truth = {"rent": ([1, 1, 1, 0, 0, 0], [0, 0]), "train": ([1, 1], [1, 0, 0, 0])}
    rows = items(
        *(("all", 0, value) for pair in truth.values() for values in pair for value in values), ("all", 0, 1)
    ).assign(
        tone=[*"wwwwww", *"pp", *"ww", *"pppp", "w"], scenario=[*["rent"] * 8, *["train"] * 6, "blame"],
    )  # fmt: skip
    found = design_based_contrast(rows, "tone", "w", "p", within=["scenario"])

    assert found.estimate == pytest.approx(((0.5 - 0) + (1 - 0.25)) / 2)
    with pytest.raises(DesignError, match="'w' and 'x' never stand in the same scenario"):
        design_based_contrast(rows, "tone", "w", "x", within=["scenario"])


def test_a_stratum_that_nobody_looked_at_is_refused() -> None:
    """By name; one that counts nothing is not."""
    rows = items(("a", 1, 1), ("b", 1, NAN), ("a", 0, 0)).assign(tone=["warm", "none", "plain"])

    with pytest.raises(DesignError, match="Nobody labelled an item of the stratum 'b'"):
        design_based(rows)
    assert design_based_contrast(rows, "tone", "warm", "plain").estimate == 1.0
