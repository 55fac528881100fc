"""The study as a whole: what it requires, and that it is one object however it is written."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from builders import SMALL_STUDY, complaint, study

from colloquia.design.study import Experiment
from colloquia.errors import DesignError


@pytest.mark.parametrize("word", ["models", "scenarios"])
def test_models_and_scenarios_are_required(word: str) -> None:
    """Without them there is nothing to run."""
    words = {name: value for name, value in SMALL_STUDY.items() if name != word}

    with pytest.raises(DesignError) as refused:
        Experiment.from_words(words)

    assert str(refused.value) == f"{word}: missing; a study needs models, scenarios and a length (num_turns)."


def test_what_is_missing_may_only_be_misspelt() -> None:
    """Then it is the misspelt word that is named, and what it may have meant."""
    words = {"scenaros" if name == "scenarios" else name: value for name, value in SMALL_STUDY.items()}

    with pytest.raises(DesignError) as refused:
        Experiment.from_words(words)

    assert str(refused.value) == "scenaros: no such word in a study. Did you mean 'scenarios'?"


def test_a_length_is_required() -> None:
    """Nobody pays for conversations without an end."""
    assert complaint(num_turns=None) == (
        "scenarios.rent: has no length: set num_turns, for the study or for this scenario."
    )


def test_keywords_and_words_of_a_file_make_equal_studies() -> None:
    """One vocabulary."""
    assert Experiment(**SMALL_STUDY) == Experiment.from_words(SMALL_STUDY) == study()


def test_a_study_of_three_words_has_the_documented_defaults() -> None:
    """All ordered pairs, the first seat opens, one conversation a cell, in `data`."""
    experiment = study()

    assert (experiment.pairing, experiment.opens, experiment.iterations) == ("all", "first", 1)
    assert (experiment.seed, experiment.run_dir, experiment.max_cost) == (1, "data", None)
    assert experiment.procedure == "dialogue"


def test_only_words_that_differ_from_their_defaults_are_written_down() -> None:
    """A frozen study is as short as its page."""
    models = {"gpt": {"slug": "openai/gpt"}}

    written = study(title="", iterations=1, seed=1, sampling={}, stop=[], max_cost=0, kickoff=None).words()

    assert written == {**SMALL_STUDY, "models": models, "max_cost": 0}


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"title": "Rent", "iterations": 3, "seed": 9, "max_cost": 1.5, "run_dir": "runs/rent"},
        {"sampling": {"temperature": 0.5}, "pairing": [["gpt", "gpt"]], "opens": "tenant", "view": "script"},
        {"kickoff": "Go.", "go_on": "On.", "stop": ["refusal"], "note": [{"phrase": "x"}], "slots": {"a": "b"}},
        {"procedure": {"kind": "dialogue"}, "providers": {"mine": {"base_url": "http://127.0.0.1:1/v1"}}},
    ],
)
def test_the_words_of_a_study_make_an_equal_study(words: dict[str, Any]) -> None:
    """Nothing is lost on the way into a run folder."""
    experiment = study(**words)

    assert Experiment.from_words(experiment.words()) == experiment


def test_a_study_cannot_be_changed() -> None:
    """Neither by assigning nor by changing what it was made of."""
    models = {"gpt": {"slug": "openai/gpt", "routing": {"only": ["x"]}}}
    experiment = study(models=models)

    models["gpt"]["routing"]["only"].append("y")
    with pytest.raises(FrozenInstanceError):
        experiment.num_turns = 9

    assert experiment.entries["gpt"].routing == {"only": ["x"]}
    assert experiment.num_turns == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"title": 3}, "title: expected a text, found a whole number."),
        ({"run_dir": 3}, "run_dir: expected a text, found a whole number."),
        ({"run_dir": " "}, "run_dir: names no folder."),
        ({"seed": -1}, "seed: is -1; the least is 0."),
        ({"seed": "auto"}, "seed: expected a whole number, found a text."),
        ({"max_cost": -1}, "max_cost: expected dollars, a number of at least 0."),
        ({"max_cost": "15"}, "max_cost: expected dollars, a number of at least 0."),
        ({"slots": "x"}, "slots: expected a table of name = text."),
        (
            {"stop": None},
            'scenarios.rent.stop: expected a list, such as ["refusal", { phrase = "Goodbye.", by = "guest" }].',
        ),
        ({"view": 1}, "view: expected a text, found a whole number."),
    ],
)
def test_a_word_with_a_wrong_value_is_refused_with_its_place(words: dict[str, Any], message: str) -> None:
    """In a researcher's words."""
    assert complaint(**words) == message


@pytest.mark.parametrize(
    ("procedure", "message"),
    [
        (
            {"kind": "gane"},
            "procedure.kind: 'gane' is no procedure, nor one of your own (FILE.py:NAME). Did you mean 'game'?",
        ),
        ({"rounds": 3}, "procedure.kind: expected a text, found nothing."),
        ([], "procedure.kind: expected a text, found a list."),
    ],
)
def test_a_procedure_that_there_is_not_is_refused_by_name(procedure: object, message: str) -> None:
    """For the study and for a scenario."""
    rent = {"landlord": "x", "tenant": "y", "procedure": procedure}

    assert complaint(procedure=procedure) == message
    assert complaint(scenarios={"rent": rent}) == f"scenarios.rent.{message}"


def test_a_setting_that_the_procedure_does_not_know_is_refused() -> None:
    """No setting silently does nothing."""
    assert complaint(procedure={"kind": "dialogue", "rounds": 3}) == (
        "procedure: 'rounds' is no setting of the procedure 'dialogue'. Known: kind."
    )


@pytest.mark.parametrize(
    ("providers", "message"),
    [
        ([], "providers: expected a table of name = { base_url, price }."),
        ({"mine": {}}, "providers.mine: is empty; it needs at least one base_url, price."),
        ({"mine": "http://x"}, "providers.mine: expected a table of base_url, price, found a text."),
        ({"mine": {"price": 0}}, 'providers.mine: needs a base_url, such as "http://127.0.0.1:8080/v1".'),
        ({"mine": {"base_url": 8080}}, "providers.mine.base_url: expected a text, found a whole number."),
        (
            {"mine": {"base_url": "http://x", "key": "K"}},
            "providers.mine: 'key' is no setting of a provider. Known: base_url, price.",
        ),
        (
            {"mine": {"base_url": "http://x", "price": 2}},
            "providers.mine.price: expected { prompt, completion } in dollars per million tokens, or 0.",
        ),
        (
            {"mine": {"base_url": "http://x", "price": {"prompt": 2}}},
            "providers.mine.price: expected { prompt, completion } in dollars per million tokens, or 0.",
        ),
        (
            {"mine": {"base_url": "http://x", "price": {"prompt": 2, "completion": -1}}},
            "providers.mine.price.completion: expected dollars per million tokens, a number of at least 0.",
        ),
        (
            {"Mine": {"base_url": "http://x"}, "mine": {"base_url": "http://y"}},
            "providers.mine: the providers 'Mine' and 'mine' differ only in letter case; rename one.",
        ),
    ],
)
def test_a_server_that_is_not_fully_described_is_refused_with_its_place(providers: object, message: str) -> None:
    """A study names no key: its variable follows from the server's name."""
    assert complaint(providers=providers) == message


@pytest.mark.parametrize("price", [0, 0.0, {"prompt": 0.1, "completion": 2}])
def test_a_server_may_have_a_price_or_cost_nothing(price: object) -> None:
    """Unwritten, its price is unknown."""
    mine = {"base_url": "http://127.0.0.1:8080/v1", "price": price}

    assert study(providers={"mine": mine}).providers == {"mine": mine}
