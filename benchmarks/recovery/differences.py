"""Studies of means, rates and differences between conversations."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import optimize, stats

from benchmarks.recovery.part import FEWER, MANY, Claim, Part
from colloquia.analysis.statistics.contrasts import contrast, mean
from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.effects import cliffs_delta, hedges_g
from colloquia.analysis.statistics.equivalence import equivalence
from colloquia.analysis.statistics.families import benjamini_hochberg, holm
from colloquia.analysis.statistics.mixed import mixed
from colloquia.analysis.statistics.pairing import paired_contrast
from colloquia.analysis.statistics.power import power
from colloquia.analysis.statistics.rates import odds_ratio, rate, rate_difference

TURNS, ICC, CARRY = 20, 0.2, 0.4
"""Nested data: turns of a conversation, their intraclass correlation, and how far one turn carries to the next."""


def nested(chance: np.random.Generator, each: int) -> pd.DataFrame:
    """Return turns of ``each`` conversations of two conditions, in two scenarios, that differ in nothing."""
    count = 2 * each
    noise = chance.standard_normal((count, TURNS))
    for turn in range(1, TURNS):
        noise[:, turn] = CARRY * noise[:, turn - 1] + np.sqrt(1 - CARRY**2) * noise[:, turn]
    values = np.sqrt(ICC) * chance.standard_normal((count, 1)) + np.sqrt(1 - ICC) * noise
    units = np.arange(count)
    frame = {"experiment_id": units, "tone": np.where(units % 2, "warm", "cold"), "scenario": units // 2 % 2}
    repeated = {name: np.repeat(column, TURNS) for name, column in frame.items()}
    return pd.DataFrame(repeated | {"turn_id": np.tile(np.arange(TURNS), count), "value": values.ravel()})


def of_turns(chance: np.random.Generator, seed: int) -> dict[str, bool]:
    """Simulate 30 conversations against 30 of 20 turns, and test as one should and as one should not."""
    turns = nested(chance, 30)
    talks = Conversations(rows=turns.groupby(["experiment_id", "tone", "scenario"])["value"].mean().reset_index())
    found = contrast(talks, "tone", "warm", "cold", within=["scenario"], seed=seed)
    warm, cold = (turns.loc[turns["tone"] == tone, "value"] for tone in ("warm", "cold"))
    return {
        "null": found.p_value <= 0.05,
        "covers": found.low <= 0 <= found.high,
        "turns": bool(stats.ttest_ind(warm, cold).pvalue <= 0.05),
    }


def of_means(chance: np.random.Generator, seed: int) -> dict[str, bool]:
    """Simulate skewed values with a known mean, and conditions with a known difference and unlike spreads."""
    skewed = talks(chance.gamma(4, 1, 30), np.zeros(30))
    unlike = talks(np.concatenate([2 + chance.normal(0, 1, 25), 1.5 + chance.normal(0, 2, 25)]), np.repeat([1, 0], 25))
    few = talks(np.concatenate([2 + chance.normal(0, 1, 6), 1.5 + chance.normal(0, 1, 6)]), np.repeat([1, 0], 6))
    level = mean(skewed)
    large, small = contrast(unlike, "arm", 1, 0, seed=seed, draws=9), contrast(few, "arm", 1, 0, seed=seed, draws=9)
    return {
        "mean": level.low <= 4 <= level.high,
        "difference": large.low <= 0.5 <= large.high,
        "few": small.low <= 0.5 <= small.high,
    }


def of_rates(chance: np.random.Generator, _: int) -> dict[str, bool]:
    """Simulate rates drawn at random, 40 conversations of each."""
    one, other = chance.uniform(0.1, 0.9, 2)
    some = talks((chance.random(80) < np.repeat([one, other], 40)).astype(float), np.repeat([1, 0], 40))
    level = rate(some.where("arm", [1]))
    gap, odds = rate_difference(some, "arm", 1, 0), odds_ratio(some, "arm", 1, 0)
    truth = one / (1 - one) / (other / (1 - other))
    return {
        "rate": level.low <= one <= level.high,
        "difference": gap.low <= one - other <= gap.high,
        "odds": odds.low <= truth <= odds.high,
    }


def of_effects(chance: np.random.Generator, _: int) -> dict[str, bool]:
    """Simulate a difference of half a standard deviation, 25 conversations of each."""
    some = talks(np.concatenate([chance.normal(0.5, 1, 25), chance.normal(0, 1, 25)]), np.repeat([1, 0], 25))
    g, delta = hedges_g(some, "arm", 1, 0), cliffs_delta(some, "arm", 1, 0)
    truth = 2 * stats.norm.cdf(0.5 / np.sqrt(2)) - 1
    return {"g": g.low <= 0.5 <= g.high, "delta": delta.low <= truth <= delta.high}


def of_equivalence(chance: np.random.Generator, seed: int) -> dict[str, bool]:
    """Simulate a difference that just is the bound."""
    some = talks(np.concatenate([chance.normal(1, 1, 40), chance.normal(0, 1, 40)]), np.repeat([1, 0], 40))
    return {"at_bound": equivalence(some, "arm", 1, 0, bound=1, draws=9, seed=seed).is_equivalent}


def of_pairs(chance: np.random.Generator, seed: int) -> dict[str, bool]:
    """Simulate 20 pairs that share their material, with a difference and without."""
    shared = np.tile(chance.normal(0, 2, 20), 2)
    noise = chance.normal(0, 1, 40)
    arms = np.repeat([1, 0], 20)
    about = {"item": "claim", "seating": "m1 x m2", "iteration": np.tile(np.arange(20), 2)}
    found = paired_contrast(talks(shared + noise + 0.7 * arms, arms, **about), "arm", 1, 0, because="material", draws=9)
    null = paired_contrast(talks(shared + noise, arms, **about), "arm", 1, 0, because="material", seed=seed)
    return {"difference": found.low <= 0.7 <= found.high, "null": null.p_value <= 0.05}


def of_families(chance: np.random.Generator, _: int) -> dict[str, bool]:
    """Simulate ten tests of nothing."""
    p = chance.random(10)
    return {"holm": bool((holm(p) <= 0.05).any()), "q": bool((benjamini_hochberg(p) <= 0.05).any())}


def of_mixed(chance: np.random.Generator, seed: int) -> dict[str, bool]:  # noqa: ARG001 (as all parts are called)
    """Simulate 12 scenarios meant as a sample, 4 conversations of two seats each, with a difference and without."""
    units = np.arange(48)
    base = chance.normal(0, 0.7, 12)[units // 4] + chance.normal(0, 0.7, 48)
    rows = pd.DataFrame({
        "experiment_id": np.repeat(units, 2), "speaker_role": np.tile(["A", "B"], 48), "arm": np.repeat(units % 2, 2),
        "scenario": np.repeat(units // 4, 2), "value": np.repeat(base, 2) + chance.normal(0, 1, 96),
    })  # fmt: skip
    ways = {"fixed": ["speaker_role"], "random": ["scenario"], "within": ["scenario"], "draws": 9}
    raised = rows.assign(value=rows["value"] + 0.5 * rows["arm"])
    found = mixed(Conversations(rows=raised), "arm", 1, 0, **ways)
    null = mixed(Conversations(rows=rows), "arm", 1, 0, **ways)
    return {
        "difference": found.estimate.low <= 0.5 <= found.estimate.high,
        "null": null.estimate.p_value <= 0.05,
        "beside": found.bootstrap.low <= 0.5 <= found.bootstrap.high,
    }


def of_power(chance: np.random.Generator, seed: int) -> dict[str, bool]:
    """Simulate a study of 20 against 20 from a pilot, with the effect that a t test finds in 80 of 100."""
    values = chance.normal(3, 2, 40)
    arms = np.repeat([1, 0], 20)
    spread = np.sqrt((values[arms == 1].var(ddof=1) + values[arms == 0].var(ddof=1)) / 2)
    effect = spread * _detectable(20)
    found = power(talks(values, arms), "arm", 1, 0, effect=effect, sizes=[20], studies=1, seed=seed)
    return {"found": bool(found.frame["power"].item() == 1)}


def _detectable(each: int) -> float:
    """Return the standardized difference that a two-sided t test at 5 % finds with power .8."""
    df, scale = 2 * each - 2, np.sqrt(each / 2)
    cut = stats.t.ppf(0.975, df)
    return float(optimize.brentq(lambda d: stats.nct.sf(cut, df, d * scale) - 0.8, 0.1, 3))


def talks(values: np.ndarray, arms: np.ndarray, **about: object) -> Conversations:
    """Return one conversation for each value."""
    frame = pd.DataFrame({"experiment_id": np.arange(len(values)), "arm": arms, "value": values, **about})
    return Conversations(rows=frame)


PARTS = (
    Part(
        name="nested", studies=MANY, simulate=of_turns,
        what="30 against 30 conversations of 20 turns that do not differ (intraclass .2, autocorrelation .4)",
        claims=(
            Claim(key="null", kind="rejects", what="permutation of conversations within scenarios"),
            Claim(key="covers", kind="covers", what="interval of the contrast"),
            Claim(key="turns", kind="shows", what="the wrong test: a t test over turns rejects"),
        ),
    ),
    Part(
        name="means", studies=MANY, simulate=of_means, what="means and differences that are known",
        claims=(
            Claim(key="mean", kind="covers", what="mean of 30 skewed values (gamma)"),
            Claim(key="difference", kind="covers", what="difference, 25 against 25, one spread twice the other"),
            Claim(key="few", kind="covers", what="difference, 6 against 6 (t interval)"),
        ),
    ),
    Part(
        name="rates", studies=MANY, simulate=of_rates, what="rates between .1 and .9, 40 conversations each",
        claims=(
            Claim(key="rate", kind="covers", what="rate (Wilson)"),
            Claim(key="difference", kind="covers", what="difference of rates (Newcombe)"),
            Claim(key="odds", kind="covers", what="odds ratio (Woolf)"),
        ),
    ),
    Part(
        name="effects", studies=MANY, simulate=of_effects, what="half a standard deviation, 25 against 25",
        claims=(
            Claim(key="g", kind="covers", what="Hedges' g"),
            Claim(key="delta", kind="covers", what="Cliff's delta"),
        ),
    ),
    Part(
        name="equivalence",
        studies=MANY,
        simulate=of_equivalence,
        what="a difference that just is the bound, 40 against 40",
        claims=(Claim(key="at_bound", kind="rejects", what="called equivalent though it is not"),),
    ),
    Part(
        name="pairs", studies=MANY, simulate=of_pairs, what="20 pairs that share their material",
        claims=(
            Claim(key="difference", kind="covers", what="difference within pairs"),
            Claim(key="null", kind="rejects", what="exchange within pairs"),
        ),
    ),
    Part(
        name="families", studies=MANY, simulate=of_families, what="ten tests of nothing",
        claims=(
            Claim(key="holm", kind="rejects", what="any of the ten by Holm"),
            Claim(key="q", kind="rejects", what="any of the ten by Benjamini and Hochberg"),
        ),
    ),
    Part(
        name="mixed",
        studies=FEWER,
        simulate=of_mixed,
        what="12 scenarios as a sample, 4 conversations of two seats each",
        claims=(
            Claim(key="difference", kind="covers", what="difference by the mixed model"),
            Claim(key="null", kind="rejects", what="its t test"),
            Claim(key="beside", kind="covers", what="the same difference by the default way beside it"),
        ),
    ),
    Part(
        name="power", studies=MANY, simulate=of_power, what="20 against 20 from a pilot, an effect of power .8",
        claims=(Claim(key="found", kind="hits", what="the simulated study finds it"),),
    ),
)  # fmt: skip
