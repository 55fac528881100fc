"""What measures and judges are worth: agreement of a panel, answers that are missing, and what people correct."""

from __future__ import annotations

import numpy as np
import pytest
from judged import judged

from colloquia.analysis.report.answers import answers
from colloquia.analysis.report.findings import explored
from colloquia.analysis.report.plates import Plates
from colloquia.analysis.report.report import report
from colloquia.analysis.report.validity import validity

FOOLED = {place: "no" if place % 4 else "yes" for place in range(0, 80, 2)}
"""What a person says of every other of 80 conversations: one in two of these is right."""


@pytest.mark.parametrize(
    ("one", "other", "alpha"),
    [("yes no yes no", "yes no yes no", "1.00"), ("yes no yes no", "no yes no yes", "−0.75")],
)
def test_agreement_of_a_panel_is_said_with_its_interval(one: str, other: str, alpha: str) -> None:
    """One where all agree, below none where they contradict each other."""
    plates = Plates()

    page = validity(judged({"a/one": one.split(), "b/two": other.split()}), plates)

    assert "Krippendorff&#x27;s alpha" in page
    agreement = next(table for table in plates.tables if table.name == "agreement-success")
    assert f"{agreement.frame['estimate'].iloc[0]:.2f}".replace("-", "−") == alpha


def test_a_refusal_of_a_judge_is_missing_and_counted() -> None:
    """A single judge agrees with nobody: no agreement is claimed."""
    plates = Plates()

    page = validity(judged({"a/one": ["yes", None, "no", None]}), plates)

    answered = next(table for table in plates.tables if table.name == "judges")
    assert answered.frame[["asked", "missing"]].to_numpy().tolist() == [[4, 2]]
    assert [table.name for table in plates.tables] == ["judges"]
    assert "No measure was computed" in page
    assert "nobody has labelled a sheet" in page


def test_what_people_say_stands_beside_what_judges_say() -> None:
    """Alpha of panel and people, what it allows, each rate as judged and corrected, how calibrated judges are."""
    plates = Plates()
    given = {by: ["yes"] * 80 for by in ("a/one", "b/two", "c/three")}

    page = validity(judged(given, people=FOOLED), plates)

    assert "panel with people: alpha" in page
    assert "By them the verdict of success is not to be relied on uncorrected" in page
    corrected = next(table for table in plates.tables if table.name == "corrected-success").frame
    assert corrected["name"].tolist() == ["gpt x gpt: yes"]  # of two labels the other is the rest
    assert corrected["judges"].tolist() == [1.0]
    assert corrected["estimate"].tolist() == pytest.approx([0.5])
    assert (corrected["low"] < 0.5).all()
    assert "People labelled 40 of 80 conversations" in page
    assert [figure.name for figure in plates.figures] == ["calibration-success"]
    assert plates.figures[0].table["people"].tolist() == [0.5]


def lenient_to_the_warm() -> dict[str, list[str | None]]:
    """Return what a judge says of 80 conversations, every second warm: yes of all these, and of no other."""
    return {"a/one": ["yes" if place % 4 < 2 else "no" for place in range(80)]}


TONES = ["warm" if place % 4 < 2 else "plain" for place in range(80)]
TRUE = {place: "yes" if place % 8 in (0, 4) else "no" for place in range(0, 80, 2)}
"""What a person says: as often yes of the warm ones as of the others, which the judge does not see."""


def test_an_answer_that_rests_on_judges_is_corrected_beside_it() -> None:
    """The judge finds all the difference there can be; people find what is there."""
    evidence = judged(lenient_to_the_warm(), people={**TRUE, **dict.fromkeys((1, 3, 5, 7), "no")}, tones=TONES)
    found = explored(evidence, ["success == 'yes'"])

    page = answers(evidence, found, ["success == 'yes'"], Plates())

    assert found[0].claim == "tone warm minus plain"
    assert found[0].estimate.estimate == 1.0
    assert found[0].corrected is not None
    assert found[0].corrected.estimate == pytest.approx(20 / 22)
    assert "Corrected by people: 0.91" in page
    assert "people labelled 44 of 80 conversations" in page


def test_an_answer_that_nobody_checked_says_so() -> None:
    """With the command that draws a sheet."""
    evidence = judged(lenient_to_the_warm(), tones=TONES)

    page = answers(evidence, explored(evidence, ["success == 'yes'"]), ["success == 'yes'"], Plates())

    assert "Judges said so, and nobody has checked them" in page
    assert "Corrected by people" not in page


def test_a_hypothesis_about_a_verdict_is_corrected_too() -> None:
    """Under its own name, and its answer is asked again of each judge alone."""
    claim = {"outcome": "success == 'yes'", "higher": "tone == 'warm'", "than": "tone == 'plain'"}
    given = {**lenient_to_the_warm(), "b/two": ["yes"] * 40 + ["no"] * 40, "c/three": ["no"] * 40 + ["yes"] * 40}
    evidence = judged(given, people=TRUE, tones=TONES, hypotheses={"warmth_works": claim})

    page = report(evidence).html

    assert "warmth_works (exploratory): as expected." in page
    assert "Corrected by people:" in page
    assert "judged by b/two alone" in page
    assert "Answer 1: the same sign in" in page


def test_verdicts_are_asked_of_who_sits_where() -> None:
    """Of each two models in a seat while the other stays; where they talk with themselves, of each two models."""
    pairs = [(one, other) for one in ("gpt", "claude") for other in ("gpt", "claude")] * 20
    given = {"a/one": ["yes" if one == "gpt" and place % 10 else "no" for place, (one, _) in enumerate(pairs)]}

    seats = explored(judged(given, seatings=pairs), ["success == 'yes'"])
    alone = explored(judged(given, seatings=[(one, one) for one, _ in pairs]), ["success == 'yes'"])

    assert [each.claim for each in seats] == ["model_1 claude minus gpt", "model_2 claude minus gpt"]
    assert seats[0].estimate.estimate < -0.8
    assert abs(seats[1].estimate.estimate) < 0.2
    assert seats[0].call == (
        "colloquia.statistics(frames, \"success == 'yes'\").contrast('model_1', 'claude', 'gpt', "
        "within=['scenario', 'model_2'])"
    )
    assert [each.claim for each in alone] == ["claude minus gpt"]


def test_four_models_that_talk_with_themselves_are_set_against_their_mean() -> None:
    """One estimate a model, in verdicts as in numbers of turns; together they are none."""
    names = ["gpt", "claude", "llama", "qwen"]
    pairs = [(name, name) for name in names] * 20
    given = {"a/one": ["yes" if one == "gpt" and place % 3 else "no" for place, (one, _) in enumerate(pairs)]}

    found = explored(judged(given, seatings=pairs), ["success == 'yes'"])

    assert [each.claim for each in found] == [f"{name} minus the mean of all" for name in sorted(names)]
    assert sum(each.estimate.estimate for each in found) == pytest.approx(0)
    assert np.sign([each.estimate.estimate for each in found]).tolist() == [-1, 1, -1, -1]
