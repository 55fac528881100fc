"""The models of a study, and what each of them is sent."""

from __future__ import annotations

from typing import Any

import pytest
from builders import complaint, study

from colloquia.design.models import DEFAULT_MAX_TOKENS, joined_sampling, prefix


def sampling(entry: dict[str, Any], **words: object) -> dict[str, Any]:
    """Return the body fields that a model with this entry is sent."""
    experiment = study(models={"gpt": {"slug": "openai/gpt", **entry}}, **words)
    shared = experiment.sampling_of("rent")
    return dict(experiment.entries["gpt"].participant(shared, None, lambda slug: "flip").sampling)


@pytest.mark.parametrize(
    ("slug", "provider"),
    [
        ("openai/gpt-4.1-mini", None),
        ("meta-llama/llama-3.3-70b-instruct:free", None),
        ("gpt-4", None),
        ("embedded:smollm2-135m", "embedded"),
        ("scripted:always X", "scripted"),
        ("ollama:hf.co/org/model:Q4", "ollama"),
        ("mine:openai/gpt", "mine"),
    ],
)
def test_a_colon_before_any_slash_names_the_provider(slug: str, provider: str | None) -> None:
    """A bare slug is OpenRouter's, variants included."""
    assert prefix(slug) == provider


def test_a_slug_alone_is_an_entry() -> None:
    """Both ways to write it are equal."""
    short, full = study(models={"gpt": "openai/gpt"}), study(models={"gpt": {"slug": "openai/gpt"}})

    assert short == full
    assert short.entries["gpt"].slug == "openai/gpt"


def test_two_names_may_share_a_slug() -> None:
    """They are two participants."""
    experiment = study(models={"calm": {"slug": "x/y", "temperature": 0}, "wild": {"slug": "x/y", "temperature": 2}})

    assert [entry.sampling["temperature"] for entry in experiment.entries.values()] == [0, 2]


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ({}, "models: is empty; it needs at least one name."),
        ([], "models: expected a table of name = slug, found a list."),
        ("openai/gpt", "models: expected a table of name = slug, found a text."),
        ({"gpt": 4}, "models.gpt: expected a table of slug, routing, view, sampling, found a whole number."),
        ({"gpt": ""}, "models.gpt: its slug is empty."),
        ({"gpt": "  "}, "models.gpt: its slug is empty."),
        ({"gpt": {"temperature": 1}}, 'models.gpt: needs a slug, such as "openai/gpt-4.1-mini".'),
        ({"gpt": {"slug": 4}}, "models.gpt.slug: expected a text, found a whole number."),
        ({"gpt": {"slug": "x/y", "view": "flop"}}, "models.gpt.view: 'flop' is no view. Did you mean 'flip'?"),
        (
            {"gpt": {"slug": "x/y", "temprature": 1}},
            "models.gpt: 'temprature' is no word of a model or sampling field. Did you mean 'temperature'?",
        ),
        (
            {"gpt": {"slug": "x/y", "routing": {"onyl": ["x"]}}},
            "models.gpt.routing: 'onyl' is no routing field. Did you mean 'only'?",
        ),
        (
            {"gpt": {"slug": "x/y", "routing": ["x"]}},
            'models.gpt.routing: expected a table, such as { only = ["deepinfra"] }.',
        ),
        (
            {"gpt": {"slug": "ollama:x", "routing": {"only": ["x"]}}},
            "models.gpt.routing: is OpenRouter's word; 'ollama:x' is not asked through OpenRouter.",
        ),
        ({"a|b": "x/y"}, "models.a|b: a model's name cannot hold '|' or control characters."),
        (
            {"GPT": "x/y", "gpt": "x/y"},
            "models.gpt: the models 'GPT' and 'gpt' differ only in letter case; rename one.",
        ),
    ],
)
def test_an_entry_that_cannot_be_asked_is_refused_with_its_place(models: object, message: str) -> None:
    """Unknown words with the nearest known one."""
    assert complaint(models=models) == message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"temprature": 1}, "sampling: 'temprature' is no sampling field. Did you mean 'temperature'?"),
        ({"temperature": 2.5}, "sampling.temperature: is 2.5; expected a number from 0 to 2."),
        ({"temperature": "hot"}, "sampling.temperature: is 'hot'; expected a number from 0 to 2."),
        ({"temperature": True}, "sampling.temperature: is True; expected a number from 0 to 2."),
        ({"top_p": -0.1}, "sampling.top_p: is -0.1; expected a number from 0 to 1."),
        ({"presence_penalty": 3}, "sampling.presence_penalty: is 3; expected a number from -2 to 2."),
        ({"max_tokens": 0}, "sampling.max_tokens: is 0; the least is 1."),
        ({"max_tokens": 10.5}, "sampling.max_tokens: expected a whole number, found a number."),
        ({"seed": -1}, "sampling.seed: is -1; the least is 0."),
        ({"seed": "random"}, "sampling.seed: expected a whole number, found a text."),
    ],
)
def test_a_sampling_field_is_known_and_in_its_range(fields: dict[str, Any], message: str) -> None:
    """For all models, for one, and for one scenario alike."""
    rent = {"landlord": "x", "tenant": "y", "sampling": fields}

    assert complaint(sampling=fields) == message
    assert complaint(scenarios={"rent": rent}) == f"scenarios.rent.{message}"
    assert complaint(models={"gpt": {"slug": "x/y", **fields}}).startswith("models.gpt")


def test_sampling_is_a_table() -> None:
    """A number alone says nothing."""
    assert complaint(sampling=1.0) == "sampling: expected a table of sampling fields, such as { temperature = 1.0 }."


def test_only_what_is_written_is_sent_and_max_tokens() -> None:
    """No temperature, no seed, nothing that nobody asked for."""
    assert sampling({}) == {"max_tokens": DEFAULT_MAX_TOKENS} == {"max_tokens": 1024}


def test_a_model_s_own_fields_win_over_the_scenario_s_and_these_over_the_study_s() -> None:
    """The nearest word counts."""
    rent = {"landlord": "x", "tenant": "y", "sampling": {"temperature": 0.5, "top_p": 0.5}}
    words = {"scenarios": {"rent": rent}, "sampling": {"temperature": 0.1, "top_p": 0.1, "top_k": 1}}

    assert sampling({"temperature": 0.9}, **words) == {"max_tokens": 1024, "temperature": 0.9, "top_p": 0.5, "top_k": 1}


def test_default_takes_a_field_back() -> None:
    """Then the provider decides; `max_tokens` falls back to what is always sent."""
    shared = {"temperature": 1.0, "seed": 5, "max_tokens": 50}

    assert sampling({"temperature": "default", "seed": "default"}, sampling=shared) == {"max_tokens": 50}
    assert sampling({"max_tokens": "default"}, sampling=shared)["max_tokens"] == 1024


def test_joining_sampling_changes_no_layer() -> None:
    """Layers are shared by models."""
    shared, own = {"temperature": 1.0}, {"temperature": "default"}

    joined_sampling(shared, own)

    assert (shared, own) == ({"temperature": 1.0}, {"temperature": "default"})


@pytest.mark.parametrize(
    ("own", "shared", "expected"),
    [(None, None, "script"), (None, "flip", "flip"), ("flip", None, "flip"), ("script", "flip", "script")],
)
def test_a_view_is_the_model_s_or_the_study_s_or_the_provider_s(
    own: str | None, shared: str | None, expected: str
) -> None:
    """Unwritten, it is what the provider asks for."""
    entry = {"slug": "embedded:x"} | ({"view": own} if own else {})

    participant = study(models={"gpt": entry}).entries["gpt"].participant({}, shared, lambda slug: "script")

    assert participant.view == expected


def test_the_study_s_view_is_one_that_there_is() -> None:
    """Refused with the nearest."""
    assert complaint(view="scripted") == "view: 'scripted' is no view. Did you mean 'script'?"
