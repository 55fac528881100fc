"""Which findings are answers, and how they are said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from frames import frames, measured, round_robin, talk

from colloquia.analysis.report.answers import answers, chosen, lowered, sentence
from colloquia.analysis.report.effects import without_interval
from colloquia.analysis.report.everything import Asked, everything
from colloquia.analysis.report.evidence import Evidence, Records
from colloquia.analysis.report.findings import Finding, explored, primary, twins
from colloquia.analysis.report.plates import Plates
from colloquia.analysis.statistics.result import Estimate
from colloquia.analysis.statistics.strata import ALIKE, SINGLE
from colloquia.design.study import Experiment


def evidence(**known: Any) -> Evidence:
    """Return the evidence of a round robin of three models."""
    frames = round_robin(**known)
    experiment = Experiment(models={"gpt": "a/b"}, scenarios={"rent": "Talk."}, num_turns=6)
    return Evidence(frames=frames, experiment=experiment, records=Records(), of=len(frames.conversations))


def finding(
    outcome: str, question: str, size: float, *, q: float = 0.001, low: float = 1.0, claim: str = "a minus b"
) -> Finding:
    """Return a finding of so many standard deviations."""
    estimate = Estimate(
        name=f"{question} a", estimate=2.0, low=low, high=3.0 if low == low else low, conversations=9, method="m"  # noqa: PLR0124 (what is not a number differs from itself)
    )  # fmt: skip
    return Finding(
        outcome=outcome, question=question, claim=claim, estimate=estimate, call="call", size=size, q_value=q
    )


def test_each_question_has_one_answer_before_any_has_two() -> None:
    """The largest effect of each question, then other outcomes of the same questions, five in all."""
    family = [
        finding("words", "actor", 3.0), finding("words", "actor", -2.9), finding("mattr", "actor", 2.5),
        finding("compound", "actor", 2.4), finding("words", "partner", -1.0), finding("words", "tone", 0.5),
        finding("mattr", "tone", 0.4),
    ]  # fmt: skip

    told = chosen(family)

    assert [(each.question, each.outcome, each.size) for each in told] == [
        ("actor", "words", 3.0), ("partner", "words", -1.0), ("tone", "words", 0.5), ("actor", "mattr", 2.5),
        ("actor", "compound", 2.4),
    ]  # fmt: skip


def test_what_is_not_told_from_none_gives_way_to_what_is() -> None:
    """Where nothing is, the largest are shown and said to be in doubt; what has no interval is no answer."""
    sure, unsure = finding("words", "tone", 0.1), finding("mattr", "tone", 5.0, q=0.4)
    nan = float("nan")

    assert chosen([unsure, sure]) == [sure]
    assert chosen([unsure]) == [unsure]
    assert chosen([finding("words", "tone", 9.0, low=nan)]) == []
    assert "Not told from none." in answers(evidence(), [unsure], ["mattr"], Plates())


def test_without_an_interval_the_report_says_what_to_do() -> None:
    """And does not give a difference for an answer."""
    nan = float("nan")

    assert "Raise iterations" in answers(evidence(), [finding("words", "tone", 9.0, low=nan)], ["words"], Plates())
    assert "nothing is varied" in answers(evidence(), [], [], Plates())
    nothing = replace(finding("words", "tone", 0.0, low=-1.0), q_value=1.0)
    assert "came out at 0" in answers(evidence(), [nothing], ["words"], Plates())


def test_why_there_is_no_interval_is_said_below_the_table() -> None:
    """Each reason once; nothing where all estimates have one."""
    nan = float("nan")
    known = finding("words", "tone", 1.0).estimate
    unknown = [replace(known, low=nan, high=nan, warnings=(why, "SCRIPTED turns.")) for why in (ALIKE, ALIKE, SINGLE)]

    assert without_interval([known]) == ""
    assert without_interval([known, *unknown]) == (
        " Where there is none: the conversations of each cell all have the same value: nothing varies that an interval "
        "could be made of. Where there is none: a cell has a single conversation: there is no interval without repeats."
    )


@pytest.mark.parametrize(
    ("question", "claim", "said"),
    [
        (
            "actor",
            "actor a as tenant",
            "Words a turn: a as tenant is 2.0 above the mean of these 3 models, whoever it meets (actor effect)",
        ),
        (
            "partner",
            "partner a as tenant",
            "Words a turn: whoever as tenant meets a is 2.0 above its own habit (partner effect of a)",
        ),
        (
            "actor",
            "actor a",
            "Words a turn: a is 2.0 above the mean of these 3 models, whoever it meets (actor effect)",
        ),
        ("partner", "partner a", "Words a turn: whoever meets a is 2.0 above its own habit (partner effect of a)"),
        ("model", "gpt minus llama", "Words a turn: 2.0 higher for gpt than for llama, in the same scenario and role"),
        ("tone", "tone warm minus cold", "Words a turn: 2.0 higher where tone is warm than where it is cold"),
        (
            "model",
            "gpt minus the mean of all",
            "Words a turn: 2.0 higher for gpt than the mean of these 3 models, in the same scenario and role",
        ),
        (
            "model_2",
            "model_2 gpt minus llama",
            "Words a turn: 2.0 higher where the tenant is gpt than where it is llama, with the same partner",
        ),
        (
            "model_1",
            "model_1 gpt minus the mean of all",
            "Words a turn: 2.0 higher where the landlord is gpt than on average of these 3 models, with the same partner",  # noqa: E501 (one sentence)
        ),
    ],
)
def test_a_finding_is_a_sentence_in_raw_units(question: str, claim: str, said: str) -> None:
    """With the digits that its interval carries."""
    assert sentence(evidence(), finding("words", question, 1.0, claim=claim)) == said


@pytest.mark.parametrize(
    ("estimate", "said"), [(0.04, "0.04 higher"), (-0.3, "0.3 lower"), (12.4, "12 higher"), (0.0, "0 higher")]
)
def test_what_is_higher_is_never_0_higher_by_rounding(estimate: float, said: str) -> None:
    """A small difference with a wide interval keeps its first digit."""
    about = finding("words", "tone", 0.1, claim="tone warm minus cold")
    wide = replace(about, estimate=replace(about.estimate, estimate=estimate, low=-30.0, high=30.0))

    assert sentence(evidence(), wide) == f"Words a turn: {said} where tone is warm than where it is cold"


def test_a_number_seen_from_two_sides_is_asked_about_once() -> None:
    """The share of one of two labels is the other's from one; a number in another unit is the same; others are not."""
    frames = evidence(iterations=12).frames
    score = pd.Series(range(len(frames.conversations)), dtype="float64") % 7
    labels = pd.Series(["yes" if value > 3 else "no" for value in score], dtype="category")
    told = frames.conversations.assign(success=labels, score=score, points=90 - 10 * score, alike=1.0)
    study = replace(evidence(iterations=12), frames=replace(frames, conversations=told))
    outcomes = ["success == 'no'", "success == 'yes'", "score", "points", "alike", "words", "nowhere"]

    assert twins(study, outcomes) == {"success == 'yes'": "success == 'no'", "points": "score"}
    page = everything(
        study, Asked(family=(finding("words", "tone", 1.0),), others=(), twins={"points": "score"}), Plates()
    )
    assert "would count one finding twice: points (Score)." in str(page)


def test_an_acronym_stays_one_within_a_sentence() -> None:
    """Other titles begin small there."""
    assert [lowered(words) for words in ("MATTR (x)", "Words a turn", "")] == ["MATTR (x)", "words a turn", ""]


def test_three_models_are_compared_in_pairs() -> None:
    """With q values over the family, and a call that names what was compared."""
    found = explored(evidence(iterations=12), ["words"])

    assert [each.claim for each in found] == ["claude minus gpt", "claude minus llama", "gpt minus llama"]
    assert all(each.q_value >= each.estimate.p_value - 1e-9 for each in found)
    assert found[0].call == (
        "colloquia.statistics(frames, 'words').contrast('speaker_model', 'claude', 'gpt', "
        "within=['scenario', 'speaker_role'])"
    )


def test_a_conversation_that_repeats_another_counts_once() -> None:
    """The same words three times in each cell are one observation: there is no interval, and no answer."""
    frames = evidence(iterations=3).frames
    same = frames.turns.assign(content=frames.turns["turn_id"].astype("str") + frames.turns["speaker_model"])
    repeated = replace(evidence(iterations=3), frames=replace(frames, turns=same))

    found = explored(repeated, ["words"])

    assert repeated.call("words") == "colloquia.statistics(frames, 'words', distinct=True)"
    assert chosen(found) == []


def test_who_opens_a_control_arm_is_no_question_of_its_own() -> None:
    """It follows from the arm; other questions are asked within an arm, in any number of scenarios."""
    talks = [
        talk(
            number,
            ["word " * (3 + number % 4), "word"],
            models=("gpt", "claude") if number % 4 < 2 else ("claude", "gpt"),
            scenario=("rent", "debate")[number // 2 % 2],
            roles=("tenant", "landlord") if number % 2 else ("landlord", "tenant"),
            about={"arm": ("talk", "self_reflection")[number % 2], "tone": ("plain", "warm")[number // 4 % 2]},
        )
        for number in range(48)
    ]
    experiment = Experiment(
        models={"gpt": "a/b", "claude": "a/c"}, scenarios={"rent": "Talk.", "debate": "Talk."}, num_turns=2
    )
    one = Experiment(models={"gpt": "a/b"}, scenarios={"rent": "Talk."}, num_turns=2)
    made = frames(*talks)

    assert Evidence(frames=made, experiment=one, records=Records()).factors == ["tone", "arm"]
    assert Evidence(frames=made, experiment=experiment, records=Records()).blocks("tone") == ["scenario", "arm"]
    assert Evidence(frames=made, experiment=experiment, records=Records()).blocks("arm") == ["scenario"]


def test_how_something_is_said_is_no_outcome_of_a_game() -> None:
    """Where turns are moves, words a turn say nothing; what the game declares is asked about."""
    study = evidence()
    moved = replace(study, frames=replace(study.frames, turns=study.frames.turns.assign(move="J")))

    earned = measured(moved.frames, "payoff", "seat", {("talk-1", "tenant"): 3.0})
    earned.measures["measure"] = "game_outcomes"
    earned = replace(earned, conversations=earned.conversations.assign(payoff_1=1.0, prediction=2.0))

    assert "words" in primary(study)
    assert "words" not in primary(moved)
    assert primary(replace(moved, frames=earned)) == ["prediction", "game_outcomes.payoff"]
