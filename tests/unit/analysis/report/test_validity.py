"""What measures and judges are worth: agreement of a panel, and answers that are missing."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from frames import frames, talk

from colloquia.analysis.report.evidence import Evidence, Records
from colloquia.analysis.report.plates import Plates
from colloquia.analysis.report.validity import validity
from colloquia.design.study import Experiment


def judged(labels: dict[str, list[str | None]]) -> Evidence:
    """Return the evidence of conversations that judges read, each slug with its label of each."""
    number = len(next(iter(labels.values())))
    made = frames(*(talk(place, ["a", "b"]) for place in range(number)))
    rows = [
        {
            "experiment_id": f"talk-{place}", "turn_id": None, "group": None, "judge": "success", "by": by,
            "answer": label, "reading": "first", "is_current": True,
        }
        for by, given in labels.items()
        for place, label in enumerate(given)
    ]  # fmt: skip
    judgements = pd.DataFrame(rows).astype({"group": "object", "turn_id": "Int64"})
    experiment = Experiment(models={"gpt": "a/b"}, scenarios={"rent": "Talk."}, num_turns=2)
    return Evidence(frames=replace(made, judgements=judgements), experiment=experiment, records=Records())


@pytest.mark.parametrize(
    ("one", "other", "alpha"),
    [("yes no yes no", "yes no yes no", "1.00"), ("yes no yes no", "no yes no yes", "\u22120.75")],
)
def test_agreement_of_a_panel_is_said_with_its_interval(one: str, other: str, alpha: str) -> None:
    """One where all agree, below none where they contradict each other."""
    plates = Plates()

    page = validity(judged({"a/one": one.split(), "b/two": other.split()}), plates)

    assert "success: judges of the panel" in page
    agreement = next(table for table in plates.tables if table.name == "agreement")
    assert f"{agreement.frame['estimate'].iloc[0]:.2f}".replace("-", "\u2212") == alpha


def test_a_refusal_of_a_judge_is_missing_and_counted() -> None:
    """A single judge agrees with nobody: no agreement is claimed."""
    plates = Plates()

    page = validity(judged({"a/one": ["yes", None, "no", None]}), plates)

    answered = next(table for table in plates.tables if table.name == "judges")
    assert answered.frame[["asked", "missing"]].to_numpy().tolist() == [[4, 2]]
    assert [table.name for table in plates.tables] == ["judges"]
    assert "No measure was computed" in page
