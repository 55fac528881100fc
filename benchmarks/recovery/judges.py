"""Studies that judges read, whose errors and tastes are known, with people who label a part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.recovery.part import FEWER, MANY, Claim, Part
from colloquia.analysis.judging.anchor import draw
from colloquia.analysis.statistics.conversations import Conversations
from colloquia.analysis.statistics.corrections import (
    ErrorRate,
    design_based,
    design_based_contrast,
    rogan_gladen,
)
from colloquia.analysis.statistics.judges import self_preference
from colloquia.analysis.statistics.rates import rate_difference, wilson

EACH, LABELLED = 120, 80
"""Conversations of each model, and items that people label."""
RATES = {"gpt": 0.35, "claude": 0.2}
"""How often each model really does it."""
ERRORS = {"gpt": (0.75, 0.8), "claude": (0.85, 0.9)}
"""Sensitivity and specificity of the judges, of each model's conversations: they read one model worse."""
WARM_SHARE, TONES = 0.4, (0.3, 0.3)
"""How many conversations are warm, and how often it is really done in those and in the others: as often."""
MISSED, FOOLED = 0.1, 0.4
"""How often the judge errs, and how often it takes a warm no for a yes."""
BIAS = 0.2
"""How much more often a judge says yes to its own family where that is wrong."""


def study(chance: np.random.Generator) -> pd.DataFrame:
    """Return conversations of two models with the truth, and what a judge says of each."""
    parts = []
    for model, rate in RATES.items():
        truth = (chance.random(EACH) < rate).astype(float)
        sensitivity, specificity = ERRORS[model]
        judged = np.where(truth == 1, chance.random(EACH) < sensitivity, chance.random(EACH) >= specificity)
        parts.append(pd.DataFrame({"model": model, "real": truth, "judged": judged.astype(float)}))
    return pd.concat(parts, ignore_index=True).assign(experiment_id=lambda rows: rows.index.map(str))


def labelled(items: pd.DataFrame, salt: str) -> pd.DataFrame:
    """Return the same with what people say of the items that are drawn for them."""
    strata = (items["model"] + items["judged"].map({1.0: ": yes", 0.0: ": no"})).tolist()
    places = [(each, None, None) for each in items["experiment_id"]]
    drawn = {item.place[0] for item in draw(dict(zip(places, strata, strict=True)), LABELLED, salt=salt)}
    return items.assign(stratum=strata, truth=items["real"].where(items["experiment_id"].isin(drawn)))


def of_corrections(chance: np.random.Generator, seed: int) -> dict[str, bool]:
    """Simulate a study whose judge reads one model worse, 80 of its 240 conversations labelled by people."""
    items = labelled(study(chance), str(seed))
    found = {}
    for model, rate in RATES.items():
        own = items[items["model"] == model]
        mended = design_based(own, bounds=(0.0, 1.0))
        low, high = wilson(int(own["judged"].sum()), len(own))
        found |= {model: mended.low <= rate <= mended.high, f"{model}_raw": low <= rate <= high}
    gap = design_based_contrast(items, "model", "gpt", "claude")
    return found | {
        "gap": gap.low <= RATES["gpt"] - RATES["claude"] <= gap.high,
        "known": _by_error_rates(chance, items),
    }


def _by_error_rates(chance: np.random.Generator, items: pd.DataFrame) -> bool:
    """Correct a rate by error rates that are known from 50 items of each kind, labelled elsewhere."""
    rates = [ErrorRate(share=float(chance.binomial(50, right) / 50), items=50) for right in ERRORS["gpt"]]
    own = items[items["model"] == "gpt"]
    found = rogan_gladen(yes=own["judged"].sum(), items=len(own), sensitivity=rates[0], specificity=rates[1])
    return found.low <= RATES["gpt"] <= found.high


def of_factor(chance: np.random.Generator, seed: int) -> dict[str, bool]:
    """Simulate a factor of two levels, of unlike size, whose warm level fools the judge; 80 of 240 labelled."""
    is_warm = chance.random(2 * EACH) < WARM_SHARE
    model = np.where(np.arange(2 * EACH) % 2, "gpt", "claude")
    truth = (chance.random(2 * EACH) < np.where(is_warm, *TONES)).astype(float)
    wrong = np.where(truth == 1, MISSED, np.where(is_warm, FOOLED, MISSED))
    judged = np.where(chance.random(2 * EACH) < wrong, 1 - truth, truth)
    study = pd.DataFrame({"model": model, "tone": np.where(is_warm, "warm", "plain"), "real": truth, "judged": judged})
    items = labelled(study.assign(experiment_id=study.index.map(str)), str(seed))
    found = design_based_contrast(items, "tone", "warm", "plain", within=["model"])
    raw = rate_difference(
        Conversations(rows=study.assign(experiment_id=study.index), value="judged"), "tone", "warm", "plain"
    )
    gap = TONES[0] - TONES[1]
    return {"gap": found.low <= gap <= found.high, "raw": raw.low <= gap <= raw.high}


def of_scores(chance: np.random.Generator, seed: int) -> dict[str, bool]:
    """Simulate scores of turns, five a conversation, by a judge that is too kind to some, 60 of 300 labelled."""
    of = np.repeat(np.arange(60), 5)
    truth = 3 + chance.normal(0, 0.8, 60)[of] + chance.normal(0, 0.8, 300)
    judged = truth + 0.5 + 0.4 * (truth > 3) + chance.normal(0, 0.7, 300)
    strata = np.digitize(judged, [3, 4.5]).astype(str).tolist()
    places = [(str(talk), turn, None) for turn, talk in enumerate(of)]
    drawn = {item.place for item in draw(dict(zip(places, strata, strict=True)), 60, salt=str(seed))}
    is_drawn = [place in drawn for place in places]
    items = pd.DataFrame({"experiment_id": of, "judged": judged, "stratum": strata, "truth": truth})
    found = design_based(items.assign(truth=items["truth"].where(is_drawn)))
    half = 1.96 * judged.std(ddof=1) / np.sqrt(300)
    return {"mean": found.low <= 3 <= found.high, "raw": abs(judged.mean() - 3) <= half}


def of_preference(chance: np.random.Generator, _: int) -> dict[str, bool]:
    """Simulate three judges of two families that take part and one that does not; one favours its own."""
    truth = {model: chance.random(EACH) < rate for model, rate in RATES.items()}
    answers, turns = [], []
    for model, slug in (("gpt", "openai/gpt-9"), ("claude", "anthropic/claude-9")):
        for number, is_yes in enumerate(truth[model]):
            talk = f"{model}{number}"
            turns.append({"experiment_id": talk, "turn_id": 1, "speaker_slug": slug})
            for by in ("openai/judge-gpt", "google/gemini-9", "x-ai/grok-9"):
                says_yes = _says_yes(chance, is_real=bool(is_yes), bias=BIAS * (by[:6] == slug[:6]))
                answers.append({"experiment_id": talk, "by": by, "answer": "yes" if says_yes else "no"})
    frame = pd.DataFrame(answers).assign(judge="success", reading="first", is_current=True, turn_id=pd.NA)
    found = dict(self_preference(frame, pd.DataFrame(turns), "success", label="yes"))["openai/judge-gpt"]
    favour = (1 - RATES["gpt"]) * BIAS
    return {"favour": found.low <= favour <= found.high, "found": found.low > 0}


def _says_yes(chance: np.random.Generator, *, is_real: bool, bias: float) -> bool:
    return bool(chance.random() < (0.8 if is_real else 0.15 + bias))


PARTS = (
    Part(
        name="judges", studies=MANY, simulate=of_corrections,
        what="a judge that reads one of two models worse; 120 conversations of each, people label 80 of the 240",
        claims=(
            Claim(key="gpt", kind="covers", what="rate of the model that is read worse, corrected by what people said"),
            Claim(key="claude", kind="covers", what="rate of the other model, corrected"),
            Claim(key="gap", kind="covers", what="difference of the two, corrected"),
            Claim(key="known", kind="covers", what="rate by error rates known from elsewhere (Rogan and Gladen)"),
            Claim(key="gpt_raw", kind="shows", what="rate of the first as the judge found it, uncorrected"),
            Claim(key="claude_raw", kind="shows", what="rate of the second as the judge found it, uncorrected"),
        ),
    ),
    Part(
        name="judged-factor", studies=MANY, simulate=of_factor,
        what="a factor that only fools the judge; strata of the draw hold both levels; people label 80 of the 240",
        claims=(
            Claim(key="gap", kind="covers", what="difference between the levels, corrected by what people said"),
            Claim(key="raw", kind="shows", what="the same as the judge found it, uncorrected"),
        ),
    ),
    Part(
        name="judged-scores", studies=MANY, simulate=of_scores,
        what="scores of 300 turns in 60 conversations by a judge that is too kind; people label 60",
        claims=(
            Claim(key="mean", kind="covers", what="mean score, corrected by what people said"),
            Claim(key="raw", kind="shows", what="mean score as the judge found it, its turns taken for independent"),
        ),
    ),
    Part(
        name="self-preference", studies=FEWER, simulate=of_preference,
        what="three judges of 240 conversations, one of which says yes to its own family in .2 more of the wrong cases",
        claims=(
            Claim(key="favour", kind="covers", what="how much it favours its own"),
            Claim(key="found", kind="shows", what="the preference is found (its interval lies above none)"),
        ),
    ),
)  # fmt: skip
