"""Turns until something happens: the survival package's numbers, caps, and seats that are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.survival import by_level, curve, log_rank
from colloquia.errors import DesignError

CLOSE = 5e-4
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
CONTROL = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def leukaemia() -> Conversations:
    """Return Freireich's remission times (1963)."""
    happened = [True] * 9 + [False] * 12 + [True] * 21
    ids = [f"talk-{number}" for number in range(42)]
    arms = ["6-MP"] * 21 + ["placebo"] * 21
    times = [float(each) for each in TREATED + CONTROL]
    return Conversations(rows=pd.DataFrame({"experiment_id": ids, "value": times, "happened": happened, "arm": arms}))


def test_curves_and_their_bands_are_those_of_the_survival_package() -> None:
    """Version 3.5.3, log-log intervals: benchmarks/references/survival.R."""
    found = by_level(leukaemia(), "arm")
    steps = found["6-MP"].frame.query("events > 0")

    assert steps["low"].tolist() == pytest.approx(
        [0.619718, 0.563147, 0.503200, 0.431610, 0.367511, 0.267779, 0.188052], abs=CLOSE
    )
    assert steps["high"].tolist() == pytest.approx(
        [0.951552, 0.922809, 0.889362, 0.849066, 0.804912, 0.746791, 0.680143], abs=CLOSE
    )
    placebo = found["placebo"].frame.set_index("time")
    assert placebo.loc[8, ["share", "low", "high"]].tolist() == pytest.approx([0.380952, 0.183067, 0.577789], abs=CLOSE)
    assert (found["6-MP"].median, found["placebo"].median) == (23, 8)


def test_the_log_rank_test_is_that_of_the_survival_package() -> None:
    """Chi-square 16.792941, expected 19.2505 and 10.7495: benchmarks/references/survival.R."""
    found = log_rank(leukaemia(), "arm")

    assert found.statistic == pytest.approx(16.792941, abs=CLOSE)
    assert found.frame["expected"].tolist() == pytest.approx([19.2505, 10.7495], abs=CLOSE)
    assert found.sentence.startswith("Turns until it happens, by level: chi-square 16.79, df 1, p < 0.001")


def test_what_never_happened_has_an_infinite_median() -> None:
    """All capped: the curve stays at one."""
    rows = leukaemia().rows.assign(happened=False)

    found = curve(Conversations(rows=rows))

    assert found.median == np.inf
    assert "Median: infinite turns" in found.sentence
    assert "in 0 of 42 conversations" in found.sentence


def test_seats_and_times_before_the_first_turn_are_refused() -> None:
    """A conversation ends once, and turns are counted from 1."""
    rows = leukaemia().rows
    both = pd.concat([rows.assign(speaker_role="A"), rows.assign(speaker_role="B")])

    with pytest.raises(DesignError, match="These rows are seats"):
        curve(Conversations(rows=both))
    with pytest.raises(DesignError, match="counted from 1"):
        curve(Conversations(rows=rows.assign(value=0.0)))
