"""The social relations model: the published formulas on tables for paper, intervals, roles, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.kenny import effects
from colloquia.analysis.statistics.social_relations import social_relations, with_partners
from colloquia.analysis.statistics.variances import components
from colloquia.errors import DesignError

CLOSE = 5e-4
NONE = float("nan")
FOUR = np.array([[NONE, 4, 5, 6], [4, NONE, 5, 3], [3, 3, NONE, 3], [2, 2, 2, NONE]])
FIVE = np.array([
    [NONE, 5.1, 6.3, 4.2, 7.7], [3.9, NONE, 5.0, 4.4, 6.1], [2.2, 4.8, NONE, 3.1, 5.9], [6.6, 5.5, 7.2, NONE, 8.3],
    [4.1, 3.3, 4.9, 2.8, NONE],
])  # fmt: skip


def test_effects_are_those_of_a_table_on_paper() -> None:
    """Rows 5, 4, 3, 2, columns 3, 3, 4, 4, mean 3.5: the first actor 9/8 * 5 + 3/8 * 3 - 3/2 * 3.5 = 1.5."""
    grand, actors, partners, pairs = effects(FOUR)

    assert grand == pytest.approx(3.5)
    assert actors.tolist() == pytest.approx([1.5, 0.375, -0.375, -1.5])
    assert partners.tolist() == pytest.approx([0.0, -0.375, 0.375, 0.0])
    assert pairs[0].tolist() == pytest.approx([0.0, -0.625, -0.375, 1.0])


@pytest.mark.parametrize(
    ("table", "estimates", "errors"),
    [
        (
            FOUR,
            [1.333333, -0.166667, 0.666667, -0.208333, 0.083333],
            [1.017704, 0.152383, 0.323017, 0.255750, 0.323017],
        ),
        (FIVE, [1.008333, 1.153667, 0.482667, -0.979667, -0.102], [0.654081, 0.737815, 0.178088, 0.654174, 0.178088]),
    ],
    ids=["four models", "five models"],
)
def test_variances_and_their_errors_are_the_published_formulas(
    table: np.ndarray, estimates: list[float], errors: list[float]
) -> None:
    """Those of TripleR: benchmarks/references/social_relations.R."""
    found = components(table, None, 0.95).variances

    assert [each.estimate for each in found] == pytest.approx(estimates, abs=CLOSE)
    assert [each.standard_error for each in found] == pytest.approx(errors, abs=CLOSE)


def test_a_negative_variance_is_printed_as_estimated() -> None:
    """And what it means is said."""
    found = components(FOUR, None, 0.95)

    assert found.variances[1].estimate == pytest.approx(-1 / 6)
    assert found.warnings[0] == "Negative as estimated, which means close to none: partner variance."
    assert np.isnan(found.reciprocity[0].estimate)


def test_the_interval_of_a_variance_is_longer_above_than_below() -> None:
    """A chi-square over its degrees of freedom is skewed; a symmetric interval would lie too low."""
    actor = components(FIVE, None, 0.95).variances[0]

    assert actor.high - actor.estimate > 2 * (actor.estimate - actor.low)


def test_an_interval_of_a_mean_square_alone_is_the_chi_square_s() -> None:
    """Without relationships the actor variance is a mean square: n - 1 over the quantiles of chi-square of n - 1."""
    from scipy.stats import chi2

    given = np.array([2.0, 1.0, 0.5, -0.5, -1.0, -2.0])
    actor = components(given[:, None] + np.zeros((6, 6)), None, 0.95).variances[0]

    exact = [given.var(ddof=1) * 5 / chi2.ppf(share, 5) for share in (0.975, 0.025)]
    assert [actor.low, actor.high] == pytest.approx(exact, rel=0.05)


def test_shares_add_up_and_tell_relationship_from_error() -> None:
    """To one, error included where conversations are repeated; without repeats there is no error share."""
    once = components(FIVE, None, 0.95)
    chance = np.random.default_rng(1)
    often = components(FIVE, 0.2 * chance.standard_normal((5, 5)), 0.95)

    assert sum(each.estimate for each in once.shares[:3]) == pytest.approx(1)
    assert np.isnan(once.shares[3].estimate)
    assert sum(each.estimate for each in often.shares) == pytest.approx(1)
    assert "not told apart" in once.warnings[-1]


def robin(models: str, roles: tuple[str, str] = ("A", "B"), *, self_play: bool = True) -> Conversations:
    """Return two conversations of every ordered pair, whose values are made of both models and a little chance."""
    chance = np.random.default_rng(1)
    rows = [
        (f"{i}{j}{k}", role, speaker, 3.0 * models.index(speaker) + models.index(other) + chance.normal(0, 0.1))
        for i in models
        for j in models
        if self_play or i != j
        for k in range(2)
        for role, speaker, other in ((roles[0], i, j), (roles[1], j, i))
    ]
    return Conversations(rows=pd.DataFrame(rows, columns=["experiment_id", "speaker_role", "speaker_model", "value"]))


def test_named_roles_are_fitted_apart_and_unnamed_seats_together() -> None:
    """A landlord is no tenant."""
    assert set(social_relations(robin("abcd", ("landlord", "tenant")))) == {"landlord", "tenant"}
    assert set(social_relations(robin("abcd"))) == {"all"}


def test_self_play_is_what_actor_and_partner_do_not_expect() -> None:
    """None here; nothing at all where no model met itself."""
    found, without = social_relations(robin("abcd"))["all"], social_relations(robin("abcd", self_play=False))["all"]

    assert [each.low < 0 < each.high for each in found.self_play] == [True] * 4
    assert without.self_play == ()


def test_a_partner_is_the_other_seat_of_the_same_conversation() -> None:
    """Three seats are no round robin of dyads."""
    rows = with_partners(robin("abcd")).rows

    assert rows.iloc[2][["speaker_model", "partner_model"]].tolist() == ["a", "a"]
    three = pd.concat([robin("abcd").rows, robin("abcd").rows.assign(speaker_role="C").iloc[:1]])
    with pytest.raises(DesignError, match="dyads with a row for each"):
        with_partners(Conversations(rows=three))


def test_a_pair_that_never_talked_and_too_few_models_are_refused() -> None:
    """Named, with what to do instead."""
    some = robin("abcd")
    lacking = Conversations(rows=some.rows[~some.rows["experiment_id"].isin(["ab0", "ab1", "ba0", "ba1"])])

    with pytest.raises(DesignError, match="a never talked to b"):
        social_relations(lacking)
    with pytest.raises(DesignError, match="4 models or more; here are 3"):
        social_relations(robin("abc"))
