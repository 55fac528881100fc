"""What is wanted of judges is plan minus file, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from measurable import write_run

from colloquia import studies
from colloquia.analysis.judging.docket import Docket
from colloquia.analysis.measuring import reading
from colloquia.conversation.chat_model import Reply
from colloquia.lab.judging.asking_judges import judgement_of
from colloquia.logbook import contents

if TYPE_CHECKING:
    from pathlib import Path

    from colloquia.analysis.judging.questions import Question

JUDGES: dict[str, Any] = {
    "summary": {"by": ["a/a", "b/b"], "question": "Summarise it.", "open": True},
    "gist": {"by": ["c/c"], "question": "In a sentence?", "open": True, "reads": "summary", "per": "model"},
    "there": {"by": ["c/c"], "question": "And there?", "open": True, "reads": "warm", "per": "scenario"},
    "warm": {"by": ["a/a"], "question": "Warm?", "labels": ["yes", "no"], "unit": "turn"},
}


@pytest.fixture
def docket(tmp_path: Path) -> Docket:
    """Return the docket of four conversations of gpt and claude that nobody has judged."""
    folder = write_run(tmp_path, judges=JUDGES)
    experiment = studies.parse(contents.read(folder).runs[-1].study)
    return Docket(experiment=experiment, subjects=reading.read(folder).subjects, known={})


def answer(docket: Docket, question: Question, text: str = "They talk.") -> None:
    """Let a judge answer a question."""
    label = "yes" if question.judge.rubric.labels else text
    quote = question.shown[0].replace('"', "'")
    reply = Reply(content=f'{{"quote": "{quote}", "answer": "{label}"}}', source="live")
    docket.take(judgement_of(question, reply, run_id="r"))


def wanted(docket: Docket, name: str) -> Any:
    """Return what is wanted of a judge."""
    return docket.wanted(docket.experiment.panels[name])


def test_every_conversation_is_wanted_of_every_model_first_iterations_first(docket: Docket) -> None:
    """What stops early has read a smaller balanced study."""
    found = wanted(docket, "summary")

    assert len(found.missing) == len(found.asked) == 8
    assert [each.material.iteration for each in found.asked] == [1] * 4 + [2] * 4


def test_turns_are_read_with_what_came_before(docket: Docket) -> None:
    """Four turns of four conversations, each once."""
    firsts = [each for each in wanted(docket, "warm").asked if each.reading == "first"]

    assert len(firsts) == 16
    assert {(each.material.turn_id, len(each.material.said)) for each in firsts} == {(1, 1), (2, 2), (3, 3), (4, 4)}


def test_what_is_answered_is_not_missing(docket: Docket) -> None:
    """Also where another conversation of the very same words still is."""
    first = wanted(docket, "summary").missing[0]
    answer(docket, first)

    assert len(wanted(docket, "summary").missing) == 7
    assert first.identity not in {each.identity for each in wanted(docket, "summary").missing}


def test_a_group_waits_for_all_its_first_answers(docket: Docket) -> None:
    """Both models talk in every conversation, so one open summary holds both up."""
    assert (wanted(docket, "gist").asked, wanted(docket, "gist").waiting) == ((), 2)
    for question in wanted(docket, "summary").missing[1:]:
        answer(docket, question)
    assert (wanted(docket, "gist").asked, wanted(docket, "gist").waiting) == ((), 2)

    answer(docket, wanted(docket, "summary").missing[0])
    found = wanted(docket, "gist")
    assert found.waiting == 0
    assert {each.material.group for each in found.missing} == {"gpt", "claude"}
    assert all(each.material.num_turns == 8 for each in found.missing)


def test_a_group_reads_in_one_order_and_blind(docket: Docket) -> None:
    """Whatever the order in which the answers came; the model is not named."""
    for question in reversed(wanted(docket, "summary").missing):
        answer(docket, question, f"Read by {question.entry.slug}, {question.material.iteration}.")
    gists = wanted(docket, "gist").asked
    texts = [each.request.messages[-1].content for each in gists]

    assert next(text.partition("begin")[2] for text in texts).count("Answer: Read by") == 8
    assert all("gpt" not in text and "claude" not in text for text in texts)
    assert list(gists[0].shown) == sorted(gists[0].shown, key=lambda text: text[-2])


def test_a_changed_first_answer_is_another_question_of_the_second_stage(docket: Docket) -> None:
    """What was distilled from other summaries stays beside."""
    for question in wanted(docket, "summary").missing:
        answer(docket, question)
    before = {each.key for each in wanted(docket, "gist").asked}
    answer(docket, wanted(docket, "summary").asked[0], "Something else.")
    after = {each.key for each in wanted(docket, "gist").asked}

    assert len(before) == len(after) > 0
    assert not before & after


def test_turns_can_be_grouped_too(docket: Docket) -> None:
    """By scenario: all sixteen labels together."""
    for question in wanted(docket, "warm").missing:
        answer(docket, question)
    (found,) = wanted(docket, "there").missing

    assert (found.material.group, found.material.num_turns) == ("rent", 16)
