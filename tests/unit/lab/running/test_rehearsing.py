"""A study is rehearsed as it is written: its slugs, its routing and its prices stand in the simulator too."""

from __future__ import annotations

from typing import Any

from colloquia.design.study import Experiment
from colloquia.lab.running.rehearsing import stand_ins
from colloquia.providers.cards import ModelCard
from colloquia.providers.pricelist import PriceList
from colloquia.providers.simulator.catalogue import StandIn

UNKNOWN = PriceList(cards={})


def of(models: dict[str, Any], listed: PriceList = UNKNOWN, **words: Any) -> dict[str, StandIn]:
    """Return what stands in for the models of a study."""
    study = Experiment(models=models, scenarios={"train": "You sit on a train."}, num_turns=2, **words)
    return stand_ins(study, listed)


def test_models_of_openrouter_are_served_and_no_others() -> None:
    """Judges too; embedded and scripted seats, and servers of one's own, are asked where they are."""
    found = of(
        {"gpt": "openai/gpt-4.1-mini", "echo": "scripted:echo", "home": "ollama:llama3.2"},
        judges={"tone": {"by": "google/gemini-2.5-pro", "question": "Is it kind?", "labels": ["yes", "no"]}},
    )

    assert found == {"openai/gpt-4.1-mini": StandIn(), "google/gemini-2.5-pro": StandIn()}


def test_a_pinned_model_is_served_where_its_pin_says() -> None:
    """Two entries of one slug may have two pins."""
    found = of(
        {
            "one": {"slug": "lab/open", "routing": {"only": ["deepinfra"], "quantizations": ["bf16", "fp8"]}},
            "two": {"slug": "lab/open", "routing": {"order": ["together/fp4"]}},
            "any": {"slug": "lab/other", "routing": {"quantizations": ["bf16"]}},
        }
    )

    assert found["lab/open"].at == ("deepinfra/bf16", "deepinfra/fp8", "together/fp4")
    assert found["lab/other"].at == ("sim-alpha/bf16",)


def test_a_stand_in_costs_what_the_model_costs() -> None:
    """Where the kept list of OpenRouter says so; nothing is invented for it."""
    card = ModelCard(slug="lab/dear", name="dear", prompt_price=3e-6, completion_price=1.5e-5)

    found = of({"dear": "lab/dear", "new": "lab/new"}, PriceList(cards={"lab/dear": card}))

    assert found["lab/dear"].price == ("0.000003000000", "0.000015000000")
    assert found["lab/new"].price is None


def test_a_model_that_reasons_is_played_by_one_that_does() -> None:
    """As its card says, or as the study asks for it."""
    card = ModelCard(slug="lab/thinker", name="thinker", is_reasoning=True)

    found = of(
        {"thinker": "lab/thinker", "told": {"slug": "lab/told", "reasoning": {"effort": "low"}}, "plain": "lab/plain"},
        PriceList(cards={"lab/thinker": card}),
    )

    assert [found[slug].like for slug in found] == ["sim/reasoner", "sim/reasoner", "sim/plain"]
