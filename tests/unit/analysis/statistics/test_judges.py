"""Judges with planted habits are found out: who agrees, who clings to an order, who favours its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from colloquia.analysis.statistics.judges import agreement, anchored, kept, readings, self_preference

GPT, GEMINI, GROK = "openai/gpt-9", "google/gemini-9", "x-ai/grok-9"


def answers(*rows: dict[str, Any], judge: str = "success") -> pd.DataFrame:
    """Return a frame of answers as ``load()`` has them, as far as they are looked at."""
    frame = pd.DataFrame([{"turn_id": None, "reading": "first", "is_current": True, **row} for row in rows])
    return frame.assign(judge=judge, turn_id=frame["turn_id"].astype("Int64"))


def said(talk: int, by: str, answer: str | None, **more: Any) -> dict[str, Any]:
    """Return one answer."""
    return {"experiment_id": f"e{talk}", "by": by, "answer": answer, **more}


def test_only_first_answers_that_hold_are_compared() -> None:
    """One row a place, one column a model; what is missing is missing."""
    frame = answers(
        said(1, GPT, "yes"), said(1, GROK, None), said(2, GPT, "no"), said(2, GPT, "yes", reading="again"),
        said(3, GPT, "yes", is_current=False), said(4, GPT, None),
    )  # fmt: skip
    table = readings(frame, "success")

    assert table[GPT].tolist() == ["yes", "no"]
    assert readings(frame, "other").empty


def test_a_panel_that_agrees_has_an_alpha_of_one_and_one_that_guesses_none() -> None:
    """Kappa of each two beside it."""
    chance = np.random.default_rng(1)
    truth = np.where(chance.random(200) < 0.5, "yes", "no")
    guess = np.where(chance.random(200) < 0.5, "yes", "no")
    rows = [
        each
        for talk in range(200)
        for each in (said(talk, GPT, truth[talk]), said(talk, GEMINI, truth[talk]), said(talk, GROK, guess[talk]))
    ]
    found = {each.name: each for each in agreement(answers(*rows), "success", is_scale=False)}

    assert found[f"Cohen's kappa of {GEMINI} and {GPT}"].estimate == 1.0
    assert abs(found[f"Cohen's kappa of {GEMINI} and {GROK}"].estimate) < 0.15
    assert 0.2 < found["Krippendorff's alpha, nominal"].estimate < 0.45


def test_scales_have_an_interval_alpha_and_an_icc() -> None:
    """Of the places that all models scored."""
    rows = [said(talk, by, str(talk % 7 + shift)) for talk in range(40) for by, shift in ((GPT, 0), (GROK, 1))]
    names = [each.name for each in agreement(answers(*rows, said(99, GPT, "3")), "success", is_scale=True)]

    assert names == ["Krippendorff's alpha, interval", "ICC(2,2)"]


def test_one_judge_agrees_with_nobody() -> None:
    """There is nothing to compare, and no error."""
    assert agreement(answers(said(1, GPT, "yes")), "success", is_scale=False) == []


def test_a_judge_that_clings_to_the_first_answer_is_found_out() -> None:
    """It changes its verdict with the order, and keeps it when it is asked the same again."""
    rows = []
    for talk in range(20):
        rows += [
            said(talk, GPT, "yes"),
            said(talk, GPT, "no", reading="swapped"),
            said(talk, GPT, "yes", reading="again"),
        ]
        rows += [said(talk, GROK, "no"), said(talk, GROK, None if talk == 0 else "no", reading="swapped")]
    frame = answers(*rows)

    swapped = {each.name.partition(" kept")[0]: each for each in kept(frame, "success", "swapped")}
    again = kept(frame, "success", "again")
    assert (swapped[GPT].estimate, swapped[GPT].conversations) == (0.0, 20)
    assert (swapped[GROK].estimate, swapped[GROK].conversations) == (1.0, 19)
    assert swapped[GPT].high < swapped[GROK].low
    assert [(each.name, each.estimate) for each in again] == [(f"{GPT} kept its verdict when asked again", 1.0)]


def judged_turns(bias: float, generosity: float = 0.0, talks: int = 120) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores of the two turns of each talk, by three judges, and who said them; one favours its own."""
    chance = np.random.default_rng(2)
    rows, turns = [], []
    for talk in range(talks):
        for turn, slug in ((1, "openai/gpt-4.1"), (2, "anthropic/claude-9")):
            turns.append({"experiment_id": f"e{talk}", "turn_id": turn, "speaker_slug": slug})
            true = chance.normal(5, 1)
            for by in (GPT, GEMINI, GROK):
                own = bias if by == GPT and turn == 1 else 0.0
                kind = generosity if by == GPT else 0.0
                rows.append(said(talk, by, f"{true + own + kind + chance.normal(0, 0.5):.3f}", turn_id=turn))
    return answers(*rows), pd.DataFrame(turns)


def test_a_judge_that_favours_its_own_is_found_out() -> None:
    """By how much, too; the others favour nobody that takes part."""
    found = self_preference(*judged_turns(0.8), "success")

    assert [by for by, _ in found] == [GPT]
    estimate = found[0][1]
    assert estimate.low < 0.8 < estimate.high
    assert estimate.low > 0
    assert estimate.conversations == 120


def test_a_judge_that_is_kind_to_all_favours_nobody() -> None:
    """Its scores lie above the others', of its own as of others."""
    ((_, estimate),) = self_preference(*judged_turns(0.0, generosity=1.5), "success")

    assert estimate.low < 0 < estimate.high


def test_a_talk_of_several_families_is_nobodys_own() -> None:
    """Where whole conversations are judged there is then nothing to estimate."""
    frame, turns = judged_turns(0.8)
    whole = frame[frame["turn_id"] == 1].assign(turn_id=pd.NA)

    assert self_preference(whole, turns, "success") == []


def anchor(agree: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return items that a panel judged, all labelled by two people, who say the same as it in a share of them."""
    chance = np.random.default_rng(1)
    truth = np.where(chance.random(200) < 0.5, "yes", "no")
    verdict = np.where(chance.random(200) < agree, truth, np.where(truth == "yes", "no", "yes"))
    index = pd.MultiIndex.from_tuples([(f"e{n}", 0) for n in range(200)], names=["experiment_id", "turn_id"])
    coders = pd.DataFrame({"ann": truth, "bo": truth}, index=index)
    items = pd.DataFrame({
        "experiment_id": [f"e{n}" for n in range(200)], "turn_id": 0, "seating": ["gpt x gpt", "claude x claude"] * 100,
        "verdict": verdict, "truth": truth, "by a/b": verdict,
    })  # fmt: skip
    return items.assign(stratum=items["seating"] + ": " + items["verdict"]), coders


@pytest.mark.parametrize(
    ("agree", "gate"), [(1.0, "may carry a headline"), (0.9, "may be reported"), (0.75, "is not to be relied on")]
)
def test_the_gate_is_the_lower_end_of_the_interval(agree: float, gate: str) -> None:
    """Not the estimate."""
    found = anchored(*anchor(agree), labels=("yes", "no"))

    assert found.gate.startswith(gate)
    assert found.coders is not None
    assert found.coders.estimate == 1.0
    assert [name for name, _ in found.models] == ["a/b"]


def test_rates_are_corrected_for_each_pair_of_models_and_compared() -> None:
    """Never pooled; all were labelled, so they are exact."""
    items, coders = anchor(0.75)
    found = anchored(items, coders, labels=("yes", "no"))
    true = items.groupby("seating")["truth"].agg(lambda each: (each == "yes").mean())

    rates = {(name, label): (raw, mended.estimate) for name, label, raw, mended in found.corrected}
    assert rates["gpt x gpt", "yes"][1] == pytest.approx(true["gpt x gpt"])
    assert rates["gpt x gpt", "yes"][0] != rates["gpt x gpt", "yes"][1]
    difference = dict(found.contrasts)["yes"]
    assert difference.estimate == pytest.approx(true["gpt x gpt"] - true["claude x claude"])
    assert found.calibration["labelled"].sum() == 200


def test_nothing_is_corrected_where_nobody_looked() -> None:
    """And that is said of whom."""
    items, coders = anchor(0.9)
    items.loc[items["stratum"] == "gpt x gpt: no", "truth"] = None
    found = anchored(items, coders, labels=("yes", "no"))

    assert {name for name, *_ in found.corrected} == {"claude x claude"}
    assert found.uncorrected[0].startswith("gpt x gpt: Nobody labelled an item of the stratum")
