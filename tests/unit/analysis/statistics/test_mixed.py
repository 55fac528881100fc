"""The mixed model beside the bootstrap: lme4's numbers, known degrees of freedom, and when both are said to agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.mixed import mixed
from colloquia.errors import DesignError

CLOSE = 5e-4
VALUES = [
    6.0, 6.8, 5.4, 4.6, 7.4, 7.9, 6.9, 6.0, 4.6, 5.1, 3.6, 4.7, 5.0, 4.4, 7.0, 7.8, 5.9, 7.1, 4.6, 4.2, 6.8, 7.0, 5.2,
    6.4, 7.5, 8.2, 5.7, 6.5, 6.6, 7.2, 9.3, 8.4, 3.6, 4.5, 3.5, 2.6, 5.8, 5.2, 3.8, 5.0, 4.2, 5.0, 7.6, 6.7, 8.1, 7.7,
    6.9, 7.5,
]  # fmt: skip


def seats() -> Conversations:
    """Return six scenarios, two arms, two conversations of two seats in each."""
    units = np.repeat(np.arange(24), 2)
    return Conversations(
        rows=pd.DataFrame({
            "experiment_id": units, "speaker_role": np.tile(["A", "B"], 24), "scenario": units // 4,
            "arm": np.where(units % 4 < 2, "plain", "warm"), "value": VALUES,
        })
    )  # fmt: skip


def test_the_mixed_model_is_lme4_s() -> None:
    """Estimate, standard error and all variances: benchmarks/references/mixed.R, lme4 1.1.31."""
    found = mixed(seats(), "arm", "warm", "plain", fixed=["speaker_role"], random=["scenario"])

    assert found.estimate.estimate == pytest.approx(1.295833, abs=CLOSE)
    assert found.estimate.standard_error == pytest.approx(0.407879, abs=CLOSE)
    variances = dict(found.variances)
    assert sorted(variances.values()) == pytest.approx([0.3110779, 0.8426540, 1.0057250], abs=CLOSE)
    assert variances["residual"] == pytest.approx(0.3110779, abs=CLOSE)


def test_degrees_of_freedom_are_those_of_the_balanced_design() -> None:
    """24 conversations, 6 scenarios, 1 contrast: 24 - 6 - 1 = 17, as Satterthwaite's are where all is balanced."""
    found = mixed(seats(), "arm", "warm", "plain", fixed=["speaker_role"], random=["scenario"]).estimate

    assert found.df == pytest.approx(17, abs=CLOSE)
    assert found.high - found.estimate == pytest.approx(2.109816 * found.standard_error, abs=CLOSE)


def test_the_conversation_is_random_without_being_asked_for() -> None:
    """Two rows of one conversation are never taken for two observations."""
    assert "(1 | random1)" in mixed(seats(), "arm", "warm", "plain", random=["scenario"]).formula


def test_both_ways_stand_beside_each_other_and_in_the_sentence() -> None:
    """Here they agree: each lies in the interval of the other, both exclude none."""
    found = mixed(seats(), "arm", "warm", "plain", random=["scenario"], within=["scenario"])

    assert found.agrees
    assert found.frame["way"].tolist() == ["bootstrap", "mixed model"]
    assert found.sentence.endswith("They agree.")
    assert "linear mixed model by mixedlm" in found.sentence


def test_a_variance_of_none_is_told_and_no_warning_escapes() -> None:
    """A singular fit is a word in the result, not noise on the terminal."""
    rows = seats().rows.assign(value=np.tile([1.0, 2.0, 1.5, 0.5], 12))

    found = mixed(Conversations(rows=rows), "arm", "warm", "plain", random=["scenario"])

    assert any("singular" in warning for warning in found.estimate.warnings)


def test_what_the_arithmetic_leaves_of_no_difference_is_none() -> None:
    """Both arms hold the same values: the fit comes to some 1e-15, and that is no effect."""
    rows = seats().rows
    same = rows.assign(value=rows.groupby("arm").cumcount().map(dict(enumerate(VALUES))))

    found = mixed(Conversations(rows=same), "arm", "warm", "plain", random=["scenario"])

    assert found.estimate.estimate == 0.0
    assert "mixed model: 0 (95 % interval" in found.sentence


def test_something_must_be_random() -> None:
    """One row a conversation and no sample of anything is no mixed model."""
    rows = seats().rows.drop_duplicates("experiment_id").drop(columns="speaker_role")

    with pytest.raises(DesignError, match="needs something random"):
        mixed(Conversations(rows=rows), "arm", "warm", "plain")
