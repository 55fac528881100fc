"""What a panel says: by majority or mean, of first readings under today's rubric about today's talk, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from builders import study
from msgspec.structs import replace

from colloquia.analysis.judging.verdicts import current, of_conversations, of_turns, verdicts
from colloquia.logbook.judgements import Judgement

JUDGES = study(
    judges={
        "success": {"by": ["a/a", "b/b", "c/c"], "question": "?", "labels": ["yes", "no"]},
        "warmth": {"by": ["a/a", "b/b"], "question": "?", "scale": [0, 10], "unit": "turn"},
        "gist": {"by": "a/a", "question": "?", "open": True},
        "gists": {"by": ["a/a", "b/b"], "question": "?", "open": True},
    }
).panels


def said(judge: str, by: str, answer: str | None, **changes: Any) -> Judgement:
    """Return an answer about the conversation ``e``."""
    made = Judgement(
        key=f"{judge} {by}", judge=judge, by=by, experiment_id="e", trial_id="t", turn_id=None, group=None, num_turns=4,
        answer=answer, number=None, missing=None if answer else "refused", quote="x", said="x",
        rubric_sha256=JUDGES[judge].rubric.sha256, prompt_version=1, masking_version=1, reading="first", order=0,
        speakers={}, sampling={}, finish_reason=None, latency_ms=None, input_tokens=None, output_tokens=None,
        cost_usd=None, served_by=None, served_model=None, generation_id=None, request_sha256="ab", attempts=1,
        source="live", timestamp=None, run_id="r",
    )  # fmt: skip
    return replace(made, **changes)


def three(*answers: str | None) -> list[Judgement]:
    """Return the answers of the three models of ``success``."""
    return [said("success", by, answer) for by, answer in zip(("a/a", "b/b", "c/c"), answers, strict=True)]


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (("yes", "yes", "no"), "yes"),
        (("yes", "no", None), None),
        (("no", None, None), "no"),
        ((None, None, None), None),
    ],
)
def test_labels_need_more_than_half_of_those_who_answered(answers: tuple[str | None, ...], verdict: str | None) -> None:
    """A model that refused has no voice; a split panel has no verdict."""
    found = verdicts(JUDGES["success"], three(*answers))

    assert found.get(("e", None, None)) == verdict


def test_a_scale_is_the_mean_of_those_who_answered() -> None:
    """Of each turn for itself."""
    answers = [
        said("warmth", "a/a", "4", number=4.0, turn_id=1),
        said("warmth", "b/b", "7", number=7.0, turn_id=1),
        said("warmth", "a/a", None, turn_id=2),
        said("warmth", "b/b", "2", number=2.0, turn_id=2),
    ]

    assert verdicts(JUDGES["warmth"], answers) == {("e", 1, None): 5.5, ("e", 2, None): 2.0}
    assert of_turns(answers, JUDGES, {"e": 4}) == {"e": {"warmth": {1: "5.5", 2: "2"}}}


def test_a_text_is_a_verdict_where_one_model_gives_it() -> None:
    """Two texts cannot be joined, and none is a column."""
    texts = [said("gist", "a/a", "Nice."), said("gists", "a/a", "Nice."), said("gists", "b/b", "Fine.")]

    assert verdicts(JUDGES["gist"], texts) == {("e", None, None): "Nice."}
    assert verdicts(JUDGES["gists"], texts) == {}
    assert of_conversations(texts, JUDGES, {"e": 4}) == {"success": {}}


@pytest.mark.parametrize(
    "changes",
    [
        {"num_turns": 2},
        {"rubric_sha256": "another"},
        {"by": "z/z"},
        {"judge": "nobody"},
        {"experiment_id": "gone"},
    ],
)
def test_what_was_said_of_something_else_does_not_hold(changes: dict[str, Any]) -> None:
    """A shorter talk, another rubric, a model or a judge that is no longer asked, a talk that is no longer planned."""
    old = replace(said("success", "a/a", "yes"), **changes)

    assert current([old], JUDGES, {"e": 4}) == []


def test_second_readings_count_for_consistency_only() -> None:
    """The verdict is that of the first."""
    answers = [*three("no", "no", "yes"), said("success", "a/a", "yes", reading="swapped", key="other")]
    holding = current(answers, JUDGES, {"e": 4})

    assert len(holding) == 4
    assert of_conversations(answers, JUDGES, {"e": 4})["success"] == {"e": "no"}


def test_the_latest_answer_under_a_rubric_holds() -> None:
    """As where the words around the rubric have changed."""
    answers = [said("success", "a/a", "yes"), said("success", "a/a", "no", key="later")]

    assert [each.answer for each in current(answers, JUDGES, {"e": 4})] == ["no"]
