"""Probes as a study writes them: read, refused by name, varied, and in the identity only where they are remembered."""

from __future__ import annotations

from typing import Any

import pytest
from builders import complaint, plan, study

from colloquia.conversation.probes import Options, Scale

MOOD: dict[str, Any] = {"ask": "tenant", "when": ["start", "each turn"], "scale": [1, 7], "question": "How are you?"}


def refusal(**words: Any) -> str:
    """Return what a probe is refused with; keywords change the one that stands."""
    kept = {word: value for word, value in {**MOOD, **words}.items() if value is not None}
    return complaint(probes={"mood": kept})


def test_a_probe_is_read_with_its_slots_filled() -> None:
    """The question is as it is asked, the options but for their order."""
    (trial,) = plan(slots={"what": "the rent"}, probes={"mood": {**MOOD, "question": "Is {what} fair?"}})

    (mood,) = trial.talk.probes
    assert (mood.question, mood.ask, mood.when) == ("Is the rent fair?", ("tenant",), ("start", "each turn"))
    assert mood.answers == Scale(low=1, high=7)
    assert mood.shown == "never"


def test_each_is_every_role_and_the_end_the_default() -> None:
    """In seat order, whatever the order in which they are named."""
    words = {"options": ["yes", "no"], "question": "Fair? {options}"}
    (each,), (listed,) = (
        plan(probes={"fair": {**words, **more}})[0].talk.probes for more in ({}, {"ask": ["tenant", "landlord"]})
    )

    assert each.ask == listed.ask == ("landlord", "tenant")
    assert each.when == ("end",)
    assert each.question == "Fair? {options}"
    assert each.answers == Options(options=("yes", "no"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"ask": "tennant"}, "probes.mood.ask: 'tennant' is no role of any scenario. Did you mean 'tenant'?"),
        ({"ask": []}, "probes.mood.ask: names nobody"),
        ({"ask": 3}, "probes.mood.ask: expected a text"),
        ({"when": "each turns"}, "probes.mood.when: 'each turns' is no moment of a probe; write one of these, or a tu"),
        ({"when": []}, "probes.mood.when: names no moment"),
        ({"when": [-1]}, "probes.mood.when: is -1; the least is 0"),
        ({"scale": None}, "probes.mood: needs one of `scale = [low, high]`"),
        ({"open": True}, "probes.mood: needs one of `scale = [low, high]`"),
        ({"scale": [7, 1]}, "probes.mood.scale: goes from 7 to 1"),
        ({"scale": [1]}, "probes.mood.scale: expected two numbers"),
        ({"scale": ["a", "b"]}, "probes.mood.scale: expected two numbers"),
        ({"scale": None, "options": ["yes"]}, "probes.mood.options: expected a list of two options at least"),
        ({"scale": None, "options": ["yes", "Yes"]}, "probes.mood.options: an option is empty, or stands there twice"),
        ({"scale": None, "open": False}, "probes.mood.open: is true or not written"),
        ({"shown": "always"}, "probes.mood.shown: 'always' is no word for who remembers a probe"),
        ({"question": None}, "probes.mood.question: is missing"),
        ({"question": "  "}, "probes.mood.question: is missing"),
        ({"question": "Is {it} fair?"}, "probes.mood.question: slot {it} has no value"),
        ({"asks": "tenant"}, "probes.mood: 'asks' is no word of a probe. Did you mean 'ask'?"),
    ],
)
def test_what_asks_nothing_is_refused(words: dict[str, Any], said: str) -> None:
    """The message begins with the path and names the nearest known word."""
    assert refusal(**words).startswith(said)


def test_probes_have_plain_names() -> None:
    """They become columns."""
    assert complaint(probes={"my mood": MOOD}).startswith("probes.my mood: a probe is named with letters")
    assert complaint(probes={"seed": MOOD}).startswith("probes.seed: a probe is named with letters")
    assert complaint(probes={}) == "probes: is empty; it needs at least one name."


def test_a_private_probe_is_no_part_of_a_conversation() -> None:
    """It can be added, edited and taken out; what is remembered makes another conversation."""
    plain, private, remembered, edited = (
        plan(**words)[0].trial_id
        for words in (
            {},
            {"probes": {"mood": MOOD}},
            {"probes": {"mood": {**MOOD, "shown": "self"}}},
            {"probes": {"mood": {**MOOD, "shown": "self", "question": "And you?"}}},
        )
    )

    assert plain == private
    assert len({plain, remembered, edited}) == 3


def test_who_remembers_may_be_a_factor() -> None:
    """Its levels are crossed like others, and the level that nobody remembers is labelled too."""
    never, own = sorted(
        plan(probes={"mood": MOOD}, factors={"mood.shown": ["never", "self"]}),
        key=lambda trial: trial.factors["mood.shown"],
    )

    assert [each.talk.probes[0].shown for each in (never, own)] == ["never", "self"]
    assert never.trial_id != own.trial_id


def test_a_factor_for_a_probe_that_is_not_there_is_refused() -> None:
    """By the name that was probably meant."""
    said = complaint(probes={"mood": MOOD}, factors={"mod.shown": ["never", "self"]})

    assert said == "factors.mod.shown: 'mod' is no probe of this study. Did you mean 'mood'?"


def test_a_scenario_without_the_role_has_no_probe() -> None:
    """Nor is the factor of its remembering crossed there."""
    scenarios = {"rent": {"landlord": "a", "tenant": "b"}, "talk": {"host": "c", "guest": "d"}}
    trials = plan(scenarios=scenarios, probes={"mood": MOOD}, factors={"mood.shown": ["never", "self"]})

    assert [len(trial.talk.probes) for trial in sorted(trials, key=lambda trial: trial.scenario)] == [1, 1, 0]


def test_an_item_that_only_a_question_names_is_crossed() -> None:
    """A question is a text of the scenario like any other."""
    trials = plan(items={"claim": ["a", "b"]}, probes={"mood": {**MOOD, "question": "Is it true that {claim}?"}})

    assert {trial.talk.probes[0].question for trial in trials} == {"Is it true that a?", "Is it true that b?"}


@pytest.mark.parametrize(
    ("slug", "is_asked"),
    [
        ("scripted:always yes", False), ("scripted:sequence a b", False), ("scripted:lines a.py:b", False),
        ("scripted:echo", False), ("scripted:random", False), ("scripted:seats.py:tenant", True),
        ("openai/gpt", True), ("embedded:smollm2-135m", True), ("ollama:llama3", True),
    ],
)  # fmt: skip
def test_lines_are_asked_nothing(slug: str, *, is_asked: bool) -> None:
    """A scripted seat has no opinion, unless a function of the researcher's speaks for it."""
    (trial,) = plan(models={"one": slug}, probes={"mood": MOOD})

    assert bool(trial.talk.probes) is is_asked


def test_hypotheses_may_speak_of_what_probes_find() -> None:
    """At the start, at the end, and in between."""
    found = study(
        probes={"mood": MOOD},
        exclude="mood.start >= 6",
        hypotheses={"up": {"outcome": "mood.change", "higher": "mood.start < 3", "than": "mood.start > 5"}},
    )

    assert found.predictions[0].outcome.value({"mood.change": 2.0}) == 2.0
    assert complaint(exclude="mod.start >= 6", probes={"mood": MOOD}).startswith("exclude: ")
