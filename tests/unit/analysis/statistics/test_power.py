"""Power by simulation: that of the t test where it is known, and what a pilot must have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.power import power
from colloquia.errors import DesignError


def pilot(each: int = 40) -> Conversations:
    """Return a pilot of two arms whose values are evenly spaced quantiles of a normal distribution."""
    from scipy.stats import norm

    values = norm.ppf((np.arange(each) + 0.5) / each)
    values = values / values.std(ddof=1) if each > 1 else values
    return Conversations(
        rows=pd.DataFrame({
            "experiment_id": np.arange(2 * each), "arm": np.repeat(["warm", "plain"], each),
            "value": np.concatenate([5 + values, 9 + values]),
        })
    )  # fmt: skip


def test_power_is_that_of_the_t_test_where_values_are_normal() -> None:
    """20 against 20, one standard deviation apart: .869 (power.t.test, benchmarks/references/differences.R)."""
    found = power(pilot(), "arm", "warm", "plain", effect=1.0, sizes=[20], studies=400).frame

    assert found["power"].item() == pytest.approx(0.8689528, abs=0.05)
    assert found["low"].item() < 0.8689528 < found["high"].item()


def test_the_difference_of_the_pilot_itself_plays_no_part() -> None:
    """Without an effect about one study in twenty finds one, though the arms of the pilot are far apart."""
    found = power(pilot(), "arm", "warm", "plain", effect=0.0, sizes=[20], studies=400).frame

    assert found["power"].item() < 0.1


def test_more_conversations_find_more_and_are_more_precise() -> None:
    """And the smallest that is enough is named, or that none is."""
    found = power(pilot(), "arm", "warm", "plain", effect=1.0, sizes=[6, 20, 40], studies=60)

    assert found.frame["power"].is_monotonic_increasing
    assert found.frame["half_width"].is_monotonic_decreasing
    assert found.enough(power=0.8) in (20, 40)
    assert found.enough(power=0.8, half_width=0.01) is None
    assert "% with 20 a cell" in found.sentence


def test_a_pilot_of_single_conversations_says_nothing_about_spread() -> None:
    """Refused, as is a study of one a cell; a small pilot is warned of."""
    with pytest.raises(DesignError, match="pilot needs two"):
        power(pilot(1), "arm", "warm", "plain", effect=1.0, sizes=[20])
    with pytest.raises(DesignError, match="study needs two"):
        power(pilot(), "arm", "warm", "plain", effect=1.0, sizes=[1])
    small = power(pilot(4), "arm", "warm", "plain", effect=1.0, sizes=[4], studies=4)
    assert any("fewer than 10" in warning for warning in small.warnings)
