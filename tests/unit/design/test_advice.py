"""Advice: what a researcher should know before a study is run."""

from __future__ import annotations

from typing import Any

import pytest
from builders import plan, study

from colloquia.design.advice import advice, probing_advice, sent

RENT = {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}


def test_a_sound_study_gets_no_advice() -> None:
    """Nobody reads warnings that always come."""
    experiment = study(iterations=5, sampling={"temperature": 1.0}, slots={"a": "x"}, kickoff="[{a}]")

    assert advice(experiment) == ()


@pytest.mark.parametrize(
    "prompt", ["You have 12 turns.", "After 12 Messages it ends.", "Write 12 replies.", "12 exchanges, no more."]
)
def test_a_length_written_as_a_plain_number_is_pointed_out(prompt: str) -> None:
    """It would stay behind when the length grows."""
    experiment = study(scenarios={"rent": {**RENT, "tenant": prompt}}, num_turns=12)

    assert advice(experiment) == (
        (
            "scenarios.rent: a prompt seems to announce the length 12 as a plain number; write {num_turns}, so that it "
            "follows the study when the length changes."
        ),
    )


@pytest.mark.parametrize("prompt", ["You have {num_turns} turns.", "You have 112 turns.", "You live at number 12."])
def test_a_length_that_is_a_slot_or_another_number_is_not(prompt: str) -> None:
    """Only what looks like an announcement."""
    assert advice(study(scenarios={"train": prompt}, num_turns=12)) == ()


def test_a_shared_prompt_is_pointed_out_once() -> None:
    """Though two seats read it."""
    assert len(advice(study(scenarios={"train": "You have 12 turns."}, num_turns=12))) == 1


@pytest.mark.parametrize(
    ("prompts", "places"), [("", ["scenarios.t"]), ({**RENT, "tenant": ""}, ["scenarios.t.tenant"]), (RENT, [])]
)
def test_an_empty_prompt_is_pointed_out(prompts: object, places: list[str]) -> None:
    """It may be meant: then nothing is told. A factor that fills a prompt with nothing is meant."""
    filled = {"scenarios": {"t": "{mood}"}, "factors": {"mood": {"none": "", "loud": "Be loud."}}}

    assert advice(study(scenarios={"t": prompts})) == tuple(
        f"{place}: the prompt is empty, so nothing is told there; if that is not meant, write one." for place in places
    )
    assert advice(study(**filled)) == ()


def test_temperature_zero_repeats_iterations() -> None:
    """With more than one of them, and for models only."""
    models = {
        "gpt": {"slug": "x/gpt", "temperature": 0},
        "wild": "x/wild",
        "dice": {"slug": "scripted:x", "temperature": 0},
    }

    assert advice(study(models=models, iterations=1)) == ()
    assert advice(study(models=models, iterations=2)) == (
        "models.gpt: with temperature 0 the iterations of a cell will mostly repeat each other.",
    )


def test_a_fixed_seed_repeats_iterations_and_a_drawn_one_does_not() -> None:
    """The word for it is said."""
    models = {"fixed": {"slug": "x/y", "seed": 5}, "drawn": {"slug": "x/y", "seed": "auto"}}

    assert advice(study(models=models, iterations=2)) == (
        'models.fixed: with a fixed seed iterations may repeat each other; seed = "auto" draws one a turn.',
    )


def test_iterations_of_one_scenario_are_iterations() -> None:
    """Wherever they were written."""
    scenarios = {"rent": {**RENT, "iterations": 3}, "train": "x"}

    assert len(advice(study(scenarios=scenarios, sampling={"temperature": 0}))) == 1


def test_fields_of_a_scenario_count_where_it_is_repeated() -> None:
    """Temperature 0 is temperature 0."""
    cold = {**RENT, "sampling": {"temperature": 0}}

    assert len(advice(study(scenarios={"rent": cold, "train": "x"}, iterations=2))) == 1
    assert advice(study(scenarios={"rent": {**cold, "iterations": 1}, "train": "x"}, iterations=2)) == ()


def test_a_slot_that_no_prompt_uses_is_pointed_out() -> None:
    """Most likely a prompt has lost it."""
    experiment = study(slots={"town": "Graz", "year": "1990"}, kickoff="[It is {year}.]")

    assert advice(experiment) == ("slots.town: no prompt uses {town}.",)


def test_a_sequence_whose_words_bear_quotes_is_pointed_out() -> None:
    """Whoever writes quotes expects whole lines; a word with an apostrophe is one."""
    models = {"firm": "scripted:sequence 'I said 100.' '100.'", "kind": "scripted:sequence Don't 90?"}

    assert advice(study(models=models)) == (
        (
            "models.firm: a sequence says one word a turn, with its quotes; for whole lines write them into a file, "
            "one a turn, and scripted:lines FILE."
        ),
    )


def test_a_slot_that_another_slot_uses_is_used() -> None:
    """Also one that stands in a scenario."""
    scenarios = {"rent": {**RENT, "tenant": "{home}", "slots": {"home": "You live in {town}."}}}

    assert advice(study(scenarios=scenarios, slots={"town": "{name}", "name": "Graz"})) == ()


def test_what_is_sent_and_what_is_left_to_the_provider_is_said() -> None:
    """For each model, as a methods section would."""
    models = {"gpt": "x/gpt", "claude": {"slug": "x/claude", "temperature": 0.5, "top_p": 0.9, "seed": "auto"}}

    assert sent(study(models=models, sampling={"max_tokens": 100})) == {
        "gpt": "sends max_tokens 100; not sent: temperature, top_p, seed",
        "claude": "sends max_tokens 100, temperature 0.5, top_p 0.9, seed auto",
    }


def test_what_comes_too_late_to_happen_is_said() -> None:
    """A conversation of four turns has nothing after its fourth; what happens in time is no matter."""
    late = [{"after": 2, "announce": "In time."}, {"after": 4, "announce": "Too late."}]

    (found,) = advice(study(schedule=late))

    assert found.startswith("scenarios.rent: what the schedule has after turn 4 never happens")
    assert not advice(study(schedule=late[:1]))


def of_probes(**words: Any) -> list[str]:
    """Return what is said of the probes of a study."""
    return list(probing_advice(study(**words), plan(**words)))


@pytest.mark.parametrize("moment", ["start", "end", "each turn", 0, 1, 4])
def test_a_moment_that_comes_is_no_matter(moment: str | int) -> None:
    """The last turn is one after which something can be asked."""
    assert not of_probes(probes={"mood": {"when": moment, "scale": [0, 9], "question": "How are you?"}})


def test_a_probe_that_can_never_be_asked_is_pointed_out() -> None:
    """After a turn that there is not, and before a move where nothing is a move; the moments beside it stay."""
    asked = {"when": ["start", 9, "before move"], "scale": [0, 9], "question": "How are you?"}

    assert of_probes(probes={"mood": asked}) == [
        "probes.mood.when: 9 never comes in scenario 'rent', which has 4 turns.",
        "probes.mood.when: 'before move' never comes in scenario 'rent', which has no moves.",
    ]
    assert not of_probes(probes={"mood": {**asked, "when": 9}}, factors={"num_turns": [4, 9]})


def test_within_a_hidden_round_nobody_is_asked() -> None:
    """Both moves are made at once, so nothing comes directly after the first."""
    words: dict[str, Any] = {
        "scenarios": {"rent": "Play."},
        "num_turns": None,
        "procedure": {
            "kind": "game",
            "rounds": 2,
            "payoffs": {"J": {"J": [8, 8], "F": [0, 9]}, "F": {"J": [9, 0], "F": [5, 5]}},
        },
    }
    mood = {"when": ["start", 1, 2, "before move"], "scale": [0, 9], "question": "How are you?"}

    assert of_probes(**words, probes={"mood": mood}) == [
        "probes.mood.when: 1 never comes in scenario 'rent', which has 4 turns.",
    ]


def test_a_probe_that_asks_scripted_seats_alone_is_pointed_out() -> None:
    """They say their lines whatever they are asked."""
    asked = {"ask": "tenant", "when": "end", "scale": [0, 9], "question": "How are you?"}
    models = {"fixed": "scripted:always No.", "gpt": "x/gpt"}

    (found,) = of_probes(models=models, pairing=[["gpt", "fixed"]], probes={"mood": asked})

    assert found.startswith("probes.mood: nobody is asked it")
    assert not of_probes(models=models, probes={"mood": asked})
