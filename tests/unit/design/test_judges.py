"""The word ``judges``: what is asked, by whom, about what; and that it changes no conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from builders import complaint, plan, study

from colloquia.design.advice import advice
from colloquia.design.families import family
from colloquia.design.judges import question_for

if TYPE_CHECKING:
    from colloquia.conversation.materials import Scenario

TWO = {"by": ["google/gemini-2.5-pro", "x-ai/grok-4"], "question": "Did it work?", "labels": ["yes", "no"]}
RUBRIC = {
    "construct": "concession",
    "question": "Does the tenant give way?",
    "levels": {
        "yes": {"means": "Takes a worse offer.", "example": "Six per cent then."},
        "no": {"means": "Insists.", "example": "Not a penny."},
    },
}
NUMBERED = {**RUBRIC, "levels": {str(n): {"means": f"Level {n}.", "example": f"Line {n}."} for n in (5, 1, 3)}}
GOALS = {
    "factors": {"goal": {"yard": "You want an hour in the yard.", "escape": "You want out."}},
    "scenarios": {"prison": {"guard": "You guard.", "prisoner": "You sit. {goal}"}},
}


def refused(**changes: Any) -> str:
    """Return what a study is refused with whose judge ``success`` is changed; None takes a word out."""
    entry = {word: value for word, value in {**TWO, **changes}.items() if value is not None}
    return complaint(judges={"success": entry}, **GOALS)


def test_a_judge_has_models_a_question_and_a_form() -> None:
    """As study 4 writes it; it reads whole conversations where nothing else is said."""
    judge = study(judges={"success": TWO}).panels["success"]

    assert [entry.slug for entry in judge.by] == TWO["by"]
    assert (judge.rubric.kind, judge.rubric.labels, judge.unit) == ("labels", ("yes", "no"), "conversation")
    assert (judge.reads, judge.per) == (None, None)


def test_one_slug_and_settings_of_its_own_can_be_written() -> None:
    """A judge is written like a model."""
    entry = {**TWO, "by": {"slug": "x-ai/grok-4", "temperature": 0, "routing": {"only": ["xai"]}}}
    judge = study(judges={"success": entry}).panels["success"]

    assert (judge.by[0].slug, judge.by[0].sampling) == ("x-ai/grok-4", {"temperature": 0})
    assert study(judges={"success": {**TWO, "by": "x-ai/grok-4"}}).panels["success"].by[0].name == "x-ai/grok-4"


def test_judges_are_in_no_conversations_id() -> None:
    """They can be added after the talk, and changed."""
    judged = plan(judges={"success": TWO})

    assert [trial.trial_id for trial in judged] == [trial.trial_id for trial in plan()]


def test_a_question_is_filled_with_what_the_conversation_is_about() -> None:
    """Each level has its own; the factor is no more crossed for it."""
    found = study(judges={"success": {**TWO, "question": "Did he get it? {goal}"}}, **GOALS)
    scenarios: list[Scenario] = [variant.scenario for variant in found.variants["prison"]]

    assert [question_for(found.panels["success"], scenario) for scenario in scenarios] == [
        "Did he get it? You want an hour in the yard.",
        "Did he get it? You want out.",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"by": None}, "judges.success: needs `by`: the slugs of who judges"),
        ({"by": []}, "judges.success.by: names nobody."),
        ({"by": ["a/b", "a/b"]}, "judges.success.by: names 'a/b' twice."),
        ({"by": [{"slug": "a/b", "temperatur": 0}]}, "'temperatur' is no word of a model or sampling field. Did you"),
        ({"by": [{"slug": "a/b", "view": "script"}]}, "judges.success.by[0].view: a judge is asked in chat roles"),
        ({"questions": "?"}, "judges.success: 'questions' is no word of a judge. Did you mean 'question'?"),
        ({"question": None}, "judges.success: needs a question or a rubric."),
        ({"question": " "}, "judges.success.question: is empty."),
        ({"question": "{gaol}?"}, "judges.success.question: slot {gaol} has no value"),
        ({"labels": None}, "judges.success: needs one of labels, scale or open = true; it has none."),
        ({"open": True}, "judges.success: needs one of labels, scale or open = true; it has labels and open."),
        ({"labels": None, "open": False}, "judges.success.open: expected true, found true or false."),
        ({"labels": ["yes"]}, "judges.success.labels: expected 2 to 50 labels"),
        ({"labels": ["yes", "Yes "]}, "judges.success.labels[1]: 'Yes' stands there twice, but for letter case."),
        ({"labels": ["yes", "Cannot tell"]}, "judges.success.labels[1]: 'cannot tell' can always be answered"),
        ({"labels": ["yes", ""]}, "judges.success.labels[1]: is no word."),
        ({"labels": None, "scale": [0]}, "judges.success.scale: expected the lowest and the highest number"),
        ({"labels": None, "scale": [0, "x"]}, "judges.success.scale: expected the lowest and the highest number"),
        ({"labels": None, "scale": 7}, "judges.success.scale: expected the lowest and the highest number"),
        ({"labels": None, "scale": [7, 1]}, "judges.success.scale: goes from 7 to 1; write the lower number first."),
        ({"unit": "turns"}, "judges.success.unit: 'turns' is no unit of a judge. Did you mean 'turn'?"),
        ({"per": "model"}, "judges.success.per: says what another judge's answers are read by"),
        ({"reads": "success"}, "judges.success: needs `per`: whose answers are read together"),
        ({"reads": "succes", "per": "model"}, "judges.success.reads: 'succes' is no judge of this study. Did you mean"),
        ({"reads": "success", "per": "model"}, "judges.success.reads: 'success' reads a judge itself"),
        ({"reads": "x", "per": "gaol"}, "judges.success.per: 'gaol' is no group here. Did you mean 'goal'?"),
        ({"reads": "x", "per": "goal", "unit": "turn"}, "judges.success.unit: a judge that reads another's answers"),
        ({"rubric": RUBRIC}, "judges.success.question: stands in the rubric; take it out here."),
        ({"rubric": "file.toml", "question": None, "labels": None}, "judges.success.rubric: 'file.toml' is a file"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_path(changes: dict[str, Any], message: str) -> None:
    """And where a word is nearly right, the right one is named."""
    assert message in refused(**changes)


@pytest.mark.parametrize("name", ["iteration", "model_1", "goal", "a b", "judges", "1st", "scenario", "not"])
def test_a_name_that_a_table_or_an_expression_could_not_hold_is_refused(name: str) -> None:
    """It becomes a column, and is written in expressions."""
    assert complaint(judges={name: TWO}, **GOALS).startswith(f"judges.{name}: ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"construct": ["a", "b"]}, "rubric.construct: a rubric says what is judged, one thing only, as a text."),
        ({"question": ""}, "rubric.question: a rubric says what the judge is asked, as a text."),
        ({"level": {}}, "rubric: 'level' is no word of a rubric. Did you mean 'levels'?"),
        ({"levels": {"yes": RUBRIC["levels"]["yes"]}}, "rubric.levels: has one level"),
        ({"levels": {"yes": {"means": "x"}, "no": {}}}, "rubric.levels.yes.example: every level says what it means"),
        ({"levels": {"yes": {"mean": "x"}, "no": {}}}, "'mean' is no word of a level. Did you mean 'means'?"),
        ({"levels": {**NUMBERED["levels"], **RUBRIC["levels"]}}, "are partly numbers and partly words"),
        ({"question": "{gaol}"}, "judges.success.rubric: slot {gaol} has no value"),
    ],
)
def test_a_rubric_is_whole_or_refused(changes: dict[str, Any], message: str) -> None:
    """One construct, a question, and at least two levels with their meaning and an example each."""
    assert message in complaint(judges={"success": {"by": "a/b", "rubric": {**RUBRIC, **changes}}})


def test_levels_are_labels_or_where_they_are_numbers_a_scale() -> None:
    """Whole numbers between the anchors can be given too."""
    words = study(judges={"gives": {"by": "a/b", "rubric": RUBRIC}}).panels["gives"].rubric
    numbers = study(judges={"gives": {"by": "a/b", "rubric": NUMBERED}}).panels["gives"].rubric

    assert (words.kind, words.labels, words.construct) == ("labels", ("yes", "no"), "concession")
    assert (numbers.kind, numbers.scale, numbers.is_whole) == ("scale", (1, 5), True)


def test_every_change_of_a_rubric_is_another_version() -> None:
    """Its hash covers question, answers, meanings and examples."""
    changed = [
        RUBRIC,
        {**RUBRIC, "question": "Does she?"},
        {**RUBRIC, "construct": "yielding"},
        {**RUBRIC, "levels": {**RUBRIC["levels"], "no": {"means": "Insists", "example": "Not a penny."}}},
        {**RUBRIC, "levels": {**RUBRIC["levels"], "maybe": {"means": "Else.", "example": "Hm."}}},
        NUMBERED,
    ]

    hashes = {study(judges={"a": {"by": "a/b", "rubric": each}}).panels["a"].rubric.sha256 for each in changed}

    assert len(hashes) == len(changed)


def test_a_second_stage_reads_a_judge_per_model_or_factor() -> None:
    """Gallery G2: a judge summarises each talk, a second distils the summaries of one model."""
    judges = {
        "summary": {"by": "a/b", "question": "Summarise it.", "open": True},
        "gist": {"by": "a/b", "question": "In one sentence?", "open": True, "reads": "summary", "per": "model"},
    }
    found = study(judges=judges).panels["gist"]

    assert (found.unit, found.reads, found.per, found.rubric.kind) == ("group", "summary", "model", "open")
    assert study(judges={**judges, "gist": {**judges["gist"], "per": "goal"}}, **GOALS).panels["gist"].per == "goal"


@pytest.mark.parametrize(
    ("slug", "house"),
    [
        ("openai/gpt-4.1-mini", "openai"),
        ("openai/o3-mini", "openai"),
        ("openai/gpt-oss-120b", "openai"),
        ("x-ai/grok-4", "xai"),
        ("google/gemma-3-27b-it:free", "google"),
        ("meta-llama/llama-3.3-70b-instruct", "meta"),
        ("nousresearch/hermes-4", "nousresearch"),
        ("ollama:llama3.2", "meta"),
        ("ollama:qwen3:8b", "qwen"),
        ("vllm:mistralai/Mixtral-8x7B", "mistral"),
        ("ollama:homemade", "homemade"),
        ("embedded:smollm2-135m", "huggingface"),
        ("scripted:always no", "scripted:always no"),
    ],
)
def test_the_family_of_a_model_is_read_from_its_slug(slug: str, house: str) -> None:
    """Whoever serves it."""
    assert family(slug) == house


def test_too_few_judges_and_kin_are_warned_of() -> None:
    """Fewer than three of two families, and a judge of a family that takes part: said, never enforced."""
    said = advice(study(judges={"success": {**TWO, "by": ["openai/o3", "openai/gpt-4.1"]}}))

    assert any(text.startswith("judges.success: 2 judges of 1 family; 3 of 2 families are advised") for text in said)
    assert any("openai/o3 is of the family 'openai', which takes part as 'gpt'" in text for text in said)
    three = {**TWO, "by": ["google/gemini-2.5-pro", "x-ai/grok-4", "google/gemini-2.5-flash"]}
    assert not any("judges" in text for text in advice(study(judges={"success": three})))


def test_a_slot_that_only_a_judge_uses_is_used() -> None:
    """No warning says that nothing uses it."""
    said = advice(study(slots={"aim": "less rent"}, judges={"success": {**TWO, "question": "{aim}?"}}))

    assert not any("slots.aim" in text for text in said)
