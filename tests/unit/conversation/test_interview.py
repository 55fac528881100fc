"""Interviews and questionnaires: who asks, who answers, what is read."""

from __future__ import annotations

from typing import Any

import pytest
from playing import play, said, setup

from colloquia.conversation.procedures.interview import Interview, Questionnaire
from colloquia.errors import DesignError
from colloquia.places import Place

QUESTIONS = ["How old are you?", "Where do you live?", "What do you like?"]


def echo(role: str, turn_id: int) -> str:
    """Return who speaks when."""
    return f"{role} in turn {turn_id}"


def test_questions_of_the_study_are_asked_one_after_the_other() -> None:
    """The interviewer's model is never asked, and the list decides the length."""
    interview = Interview(setup=setup("host", "guest", num_turns=6), questions=QUESTIONS)
    events, ended = play(interview, echo)

    assert ended == "length"
    assert [turn.content for turn in said(events)][::2] == QUESTIONS
    assert [turn.role for turn in said(events)] == ["host", "guest"] * 3
    assert interview.own_length == 6


def test_every_other_seat_answers_each_question() -> None:
    """In seat order, wherever the interviewer sits."""
    interview = Interview(setup=setup("ann", "host", "bob", num_turns=6), interviewer="host", questions=QUESTIONS[:2])

    assert [turn.role for turn in said(play(interview, echo)[0])] == ["host", "ann", "bob"] * 2


def test_without_a_list_the_interviewer_is_asked() -> None:
    """Its prompt says what to ask, and num_turns how long."""
    interview = Interview(setup=setup("host", "guest", num_turns=3))
    events, _ = play(interview, echo)

    assert [turn.content for turn in said(events)] == ["host in turn 1", "guest in turn 2", "host in turn 3"]
    assert interview.own_length is None


def test_questions_can_be_asked_in_a_drawn_order() -> None:
    """Each once, the same whenever it is asked."""
    many = [f"Question {number}?" for number in range(8)]
    shuffled = Interview(setup=setup("host", "guest", num_turns=16), questions=many, order="shuffled")
    asked = [turn.content for turn in said(play(shuffled, echo)[0])][::2]

    assert sorted(asked) == many
    assert asked != many
    assert [turn.content for turn in said(play(shuffled, echo)[0])][::2] == asked


def test_answers_of_a_questionnaire_are_read() -> None:
    """One that cannot be read counts as none, and the next question is asked."""
    form = Questionnaire(setup=setup("host", "guest", num_turns=4), questions=QUESTIONS[:2], scale=[1, 7])
    events, ended = play(form, lambda _role, turn_id: {2: "I would say 5.", 4: "No idea."}[turn_id])

    assert ended == "length"
    assert form.outcomes(said(events)) == {"answer_1": 5, "answer_2": None}
    assert form.outcomes([]) == {"answer_1": None, "answer_2": None}


def test_answers_stand_under_the_questions_of_the_study_in_whatever_order_they_were_asked() -> None:
    """answer_1 answers the first question that is written."""
    many = [f"Question {number}?" for number in range(1, 7)]
    roles = setup("host", "ann", "bob", num_turns=18)
    form = Questionnaire(setup=roles, questions=many, options=[str(n) for n in range(1, 7)], order="shuffled")
    events, _ = play(form, lambda _role, turn_id: str(form.places[(turn_id - 1) // 3] + 1))

    outcomes = form.outcomes(said(events))

    assert {name: value for name, value in outcomes.items() if name.endswith("_ann")} == {
        f"answer_{number}_ann": str(number) for number in range(1, 7)
    }


@pytest.mark.parametrize(
    ("procedure", "complaint"),
    [
        (Interview(setup=setup(), questions=[]), "p.questions: expected a list of questions, found an empty one."),
        (Interview(setup=setup(), questions=["Why?", " "]), "p.questions[1]: is empty."),
        (Interview(setup=setup(), interviewer="C"), "p.interviewer: 'C' is no role of this scenario. Known: A, B."),
        (Questionnaire(setup=setup(), questions=["Why?"]), "p: needs either `options` or a `scale`"),
        (Questionnaire(setup=setup(), questions=["Why?"], scale=[7, 1]), "p.scale: expected two numbers, the lower"),
        (Questionnaire(setup=setup(), questions=["Why?"], options=[1]), "p.options[0]: expected a text"),
    ],
)
def test_settings_that_cannot_be_are_refused(procedure: Any, complaint: str) -> None:
    """With path and reason."""
    with pytest.raises(DesignError) as refused:
        procedure.check(Place(path="p"))

    assert str(refused.value).startswith(complaint)
