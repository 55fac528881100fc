"""A fake model that is asked as a judge answers as a judge would, with a verdict that is drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from builders import study

from colloquia.analysis.judging import answers
from colloquia.analysis.judging.material import Material
from colloquia.analysis.judging.questions import Question, questions
from colloquia.conversation.chat_model import Reply
from colloquia.providers.simulator.judging import verdict

TALK = Material(
    experiment_id="e", trial_id="t", turn_id=None, group=None, num_turns=2, iteration=1, question="Did it work?",
    roles=("A", "B"), said=(("A", "Hello: how are you today?"), ("B", "Well, and on my way to Zürich by train.")),
)  # fmt: skip
FORMS: list[dict[str, Any]] = [
    {"labels": ["yes", "no", "not tried"]},
    {"scale": [1, 5]},
    {"open": True},
]


def asked(form: dict[str, Any], material: Material = TALK) -> Question:
    """Return the first question of a judge."""
    judge = study(judges={"success": {"by": "sim/plain", "question": "Did it work?", **form}}).panels["success"]
    return next(questions(judge, [material], seed=1, slugs=[]))


def messages(question: Question) -> list[tuple[str, str]]:
    """Return what is sent, as the simulator sees it."""
    return [(each.role, each.content) for each in question.request.messages]


@pytest.mark.parametrize("form", FORMS, ids=["labels", "scale", "open"])
def test_a_verdict_can_be_read_whatever_is_asked(form: dict[str, Any]) -> None:
    """With a quote that occurs; each draw its own, and always the same."""
    question = asked(form)
    said = [verdict(messages(question), draw) or "" for draw in range(20)]
    found = [
        answers.read(Reply(content=text, source="simulated"), question.judge.rubric, question.shown) for text in said
    ]

    assert [answer.missing for answer in found] == [None] * 20
    assert len({answer.text for answer in found}) > 1
    assert said == [verdict(messages(question), draw) or "" for draw in range(20)]


def test_a_judge_of_answers_can_be_rehearsed_too() -> None:
    """The second stage reads what others answered."""
    group = replace(
        TALK, experiment_id=None, trial_id=None, group="gpt", roles=(), said=(("", "It went rather well."),)
    )

    assert json.loads(verdict(messages(asked({"open": True}, group)), 1) or "")["quote"] == "It went rather well."


def test_nobody_else_is_answered_so() -> None:
    """A seat that says the closing words is no judge."""
    assert verdict([("user", "Answer with the JSON object.")], 1) is None
    assert verdict([("user", "#0123456789 begin\nx\n#0123456789 end")], 1) is None
