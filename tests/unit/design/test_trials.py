"""Trials: what a conversation's id is made of, and in which order conversations are held."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Any
from uuid import uuid5

import pytest
from builders import plan, study
from hypothesis import given
from hypothesis import strategies as st

from colloquia.conversation.steps import Speak
from colloquia.conversation.stopping import PhraseRule
from colloquia.design.trial import NAMESPACE, trial_id_of
from colloquia.design.trials import Trial, trials
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

RENT = {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}
MODELS = {"gpt": "openai/gpt", "claude": "anthropic/claude", "llama": "meta/llama", "qwen": "qwen/qwen"}
SCENARIOS = {"rent": RENT, "train": "You sit on a train.", "dishes": {"son": "Not you.", "mother": "Your turn."}}


def ids(expanded: Iterable[Trial]) -> list[str]:
    """Return the ids of trials, in order."""
    return [trial.trial_id for trial in expanded]


def rent_ids(**words: object) -> list[str]:
    """Return the ids of a study whose only scenario is ``rent`` with further words."""
    return ids(plan(scenarios={"rent": {**RENT, **words}}))


@st.composite
def studies(draw: st.DrawFn) -> dict[str, Any]:
    """The words of a study of some models, scenarios and iterations, in any order."""
    models = draw(st.lists(st.sampled_from(sorted(MODELS)), min_size=1, unique=True))
    scenarios = draw(st.lists(st.sampled_from(sorted(SCENARIOS)), min_size=1, unique=True))
    return {
        "models": {name: MODELS[name] for name in models},
        "scenarios": {name: SCENARIOS[name] for name in scenarios},
        "iterations": draw(st.integers(1, 4)),
        "num_turns": draw(st.integers(1, 20)),
        "seed": draw(st.integers(0, 3)),
        "pairing": draw(st.sampled_from(["all", "self"])),
    }


# -- what there is -----------------------------------------------------------------------------------------------------


def test_every_pair_meets_in_every_scenario_in_every_iteration() -> None:
    """Nine ordered pairs, three scenarios, two iterations."""
    models = {name: MODELS[name] for name in ("gpt", "claude", "llama")}

    expanded = plan(models=models, scenarios=SCENARIOS, iterations=2)

    cells = {(trial.scenario, trial.names, trial.iteration) for trial in expanded}
    assert len(expanded) == len(cells) == 9 * 3 * 2
    assert {trial.num_turns for trial in expanded} == {4}


def test_more_conversations_than_anybody_could_hold_are_a_slip_of_the_pen() -> None:
    """Refused with their number, before the first is written out."""
    with pytest.raises(DesignError, match=r"iterations: the study comes to 1,000,000,000 conversations"):
        plan(pairing="all", iterations=10**9)


def test_both_openers_have_a_conversation_each() -> None:
    """Whoever opens, seats and roles stay where they are."""
    expanded = plan(opens="both")

    openers = {trial.talk.procedure.next_step([]) for trial in expanded}
    assert openers == {Speak(role="landlord"), Speak(role="tenant")}
    assert {tuple(seat.role for seat in trial.talk.seats) for trial in expanded} == {("landlord", "tenant")}


def test_a_trial_holds_all_that_decides_what_is_said() -> None:
    """Seats with their prompts and fields, directions, rules and draws."""
    (trial,) = plan(
        scenarios={"rent": {**RENT, "kickoff": "[Begin.]", "go_on": "[More.]", "opens": "tenant"}},
        sampling={"temperature": 0.5},
        stop=[{"phrase": "Deal!"}],
        note=[{"phrase": "No."}],
        seed=7,
    )

    assert [(seat.role, seat.prompt) for seat in trial.talk.seats] == list(RENT.items())
    assert trial.talk.seats[0].participant.sampling == {"max_tokens": 1024, "temperature": 0.5}
    assert (trial.talk.kickoff, trial.talk.go_on) == ("[Begin.]", "[More.]")
    assert trial.talk.procedure.next_step([]) == Speak(role="tenant")
    assert trial.talk.stop == (PhraseRule(phrase="Deal!"),)
    assert trial.note == (PhraseRule(phrase="No."),)
    assert (trial.talk.draws.seed, trial.talk.draws.names, trial.talk.draws.item) == (7, ("gpt", "gpt"), None)


def test_a_view_that_nobody_wrote_is_what_the_provider_asks_for() -> None:
    """By the slug of each model."""
    experiment = study(models={"gpt": "openai/gpt", "small": "embedded:small"}, pairing=[["gpt", "small"]])

    (trial,) = trials(experiment, lambda slug: "script" if slug.startswith("embedded:") else "flip")

    assert [seat.participant.view for seat in trial.talk.seats] == ["flip", "script"]


def test_each_scenario_has_its_own_fields_and_numbers() -> None:
    """Sampling, length, iterations and pairing."""
    own = {"sampling": {"temperature": 0}, "num_turns": 9, "iterations": 3, "pairing": "self"}
    models = {name: MODELS[name] for name in ("gpt", "claude")}

    expanded = plan(models=models, scenarios={"rent": {**RENT, **own}, "train": "x"}, sampling={"temperature": 1})

    rent = [trial for trial in expanded if trial.scenario == "rent"]
    train = [trial for trial in expanded if trial.scenario == "train"]
    assert (len(rent), len(train)) == (2 * 3, 4)
    assert {trial.num_turns for trial in rent} == {9}
    assert {trial.talk.seats[0].participant.sampling["temperature"] for trial in rent} == {0}
    assert {trial.talk.seats[0].participant.sampling["temperature"] for trial in train} == {1}


# -- ids ---------------------------------------------------------------------------------------------------------------


def test_the_id_is_the_hash_of_everything_that_decides_what_is_said() -> None:
    """Written out once, as the standard library computes it; a change of it orphans every log there is."""
    entry = {"slug": "x/gpt", "routing": {"only": ["é"]}, "temperature": 0.00001, "view": "flip"}
    words = {
        "models": {"gpt": entry},
        "opens": "second",
        "stop": ["refusal", {"phrase": "Bye", "by": "tenant"}],
        "seed": 3,
    }
    sampling = {"max_tokens": 1024, "temperature": 0.00001}
    asked = {"name": "gpt", "slug": "x/gpt", "routing": {"only": ["é"]}, "sampling": sampling}
    seat = {**asked, "view": "flip", "memory": None}
    identity = {
        "format": 1,
        "seed": 3,
        "scenario": "rent",
        "seats": [{**seat, "role": role, "prompt": prompt} for role, prompt in RENT.items()],
        "factors": {},
        "item": None,
        "begins": {"kickoff": "[The conversation begins. You speak first.]"},
        "go_on": "[Please continue.]",
        "opens": "tenant",
        "procedure": {"kind": "dialogue", "version": 1, "settings": {}},
        "schedule": [],
        "stop": [{"rule": "refusal"}, {"rule": "phrase", "phrase": "Bye", "by": "tenant"}],
        "probes": [],
        "arm": None,
        "parent": None,
        "donor": None,
        "iteration": 1,
    }
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    (trial,) = plan(scenarios={"rent": RENT}, **words)

    assert trial.trial_id == str(uuid5(NAMESPACE, canonical))


def test_the_id_of_a_known_conversation_never_changes() -> None:
    """Logs of years hold it."""
    (trial,) = plan()

    assert trial.trial_id == "8ccbb7f0-14cc-5f71-89c8-f873f4b6069f"


@pytest.mark.parametrize(
    "words",
    [
        {"num_turns": 16},
        {"title": "Rent"},
        {"max_cost": 45},
        {"run_dir": "runs/rent"},
        {"note": ["refusal"]},
        {"iterations": 1},
        {"pairing": "self"},
        {"opens": "landlord"},
        {"sampling": {"max_tokens": 1024}},
        {"procedure": {"kind": "dialogue"}},
        {"slots": {"unused": "x"}},
        {"providers": {"mine": {"base_url": "http://127.0.0.1:1/v1", "price": 0}}},
        {"models": {"gpt": {"slug": "openai/gpt", "routing": {}}}},
        {"kickoff": "[The conversation begins. You speak first.]", "go_on": "[Please continue.]"},
    ],
)
def test_what_does_not_decide_what_is_said_is_no_part_of_the_id(words: dict[str, Any]) -> None:
    """Raise the length, name the study, write out a default: nothing is said anew."""
    assert ids(plan(**words)) == ids(plan())


@pytest.mark.parametrize(
    "words",
    [
        {"seed": 2},
        {"models": {"GPT": "openai/gpt"}},
        {"models": {"gpt": "openai/gpt-4"}},
        {"models": {"gpt": {"slug": "openai/gpt", "routing": {"only": ["azure"]}}}},
        {"models": {"gpt": {"slug": "openai/gpt", "temperature": 1}}},
        {"models": {"gpt": {"slug": "openai/gpt", "seed": "auto"}}},
        {"models": {"gpt": {"slug": "openai/gpt", "view": "script"}}},
        {"view": "script"},
        {"sampling": {"temperature": 1}},
        {"sampling": {"max_tokens": 1000}},
        {"scenarios": {"lease": RENT}},
        {"scenarios": {"rent": {**RENT, "tenant": "You want no raise. "}}},
        {"scenarios": {"rent": {"owner": RENT["landlord"], "tenant": RENT["tenant"]}}},
        {"scenarios": {"rent": dict(reversed(RENT.items()))}},
        {"kickoff": "[Begin.]"},
        {"opening": "[The conversation begins. You speak first.]"},
        {"go_on": "[More.]"},
        {"opens": "second"},
        {"stop": ["refusal"]},
        {"stop": [{"phrase": "refusal"}]},
    ],
)
def test_whatever_decides_what_is_said_changes_the_id(words: dict[str, Any]) -> None:
    """Each part of the identity by itself."""
    assert set(ids(plan(**words))).isdisjoint(ids(plan()))


def test_no_two_of_these_changes_give_the_same_id() -> None:
    """A phrase is no refusal, a kick-off no opening, a role no model."""
    changes: list[dict[str, Any]] = [
        {"kickoff": "x"},
        {"opening": "x"},
        {"go_on": "x"},
        {"stop": [{"phrase": "x"}]},
        {"stop": [{"phrase": "x", "by": "tenant"}]},
        {"stop": ["refusal", {"phrase": "x"}]},
        {"stop": [{"phrase": "x"}, "refusal"]},
        {"opens": "second"},
    ]

    found = [trial_id for change in changes for trial_id in rent_ids(**change)]

    assert len(set(found)) == len(changes)


def test_an_announced_length_is_part_of_the_prompt_and_so_of_the_id() -> None:
    """What participants are told decides what they say."""
    announced = {"tenant": "You have {num_turns} turns."}

    assert rent_ids(**announced, num_turns=4) != rent_ids(**announced, num_turns=5)


def test_the_text_that_fills_a_slot_is_part_of_the_id_and_its_name_is_not() -> None:
    """The prompt counts after filling."""
    assert rent_ids(tenant="{a}", slots={"a": "x"}) == rent_ids(tenant="{b}", slots={"b": "x"}) == rent_ids(tenant="x")
    assert rent_ids(tenant="{a}", slots={"a": "x"}) != rent_ids(tenant="{a}", slots={"a": "y"})


def test_the_conversations_of_a_cell_have_the_ids_of_all_that_they_consist_of() -> None:
    """Each has the id of its own identity, its iteration included, also where texts look like the JSON of one."""
    looks_so = '\\"iteration":0,"'
    expanded = plan(
        scenarios={"rent": dict.fromkeys(RENT, f"{looks_so} {{tone}} {{place}}") | {"opening": looks_so}},
        factors={"tone": {looks_so: "calm", "other": looks_so}},
        items={"place": [looks_so]},
        models={looks_so: MODELS["gpt"]},
        sampling={"chat_template_kwargs": {"iteration": 0}},
        iterations=3,
    )

    assert len(expanded) == 6
    assert ids(expanded) == [trial_id_of(trial.identity) for trial in expanded]
    assert [trial.identity["iteration"] for trial in expanded] == [trial.iteration for trial in expanded]


def test_where_the_weights_lie_is_no_part_of_the_id() -> None:
    """Another machine has another folder; another file is another model."""
    places = ["embedded:talker.gguf", "embedded:/srv/weights/talker.gguf", r"embedded:C:\weights\talker.gguf"]

    found = {tuple(ids(plan(models={"gpt": slug}))) for slug in places}

    assert len(found) == 1
    assert ids(plan(models={"gpt": "embedded:other.gguf"})) != list(*found)


def test_the_order_of_keys_is_no_part_of_the_id() -> None:
    """In tables of fields as in tables of words."""
    fields = {"temperature": 0.5, "top_p": 0.9, "logit_bias": {"1": 2, "3": 4}}
    backwards = {"logit_bias": {"3": 4, "1": 2}, "top_p": 0.9, "temperature": 0.5}

    assert ids(plan(sampling=fields)) == ids(plan(sampling=backwards))


@given(studies())
def test_no_two_conversations_of_a_study_share_an_id(words: dict[str, Any]) -> None:
    """One id, one conversation."""
    found = ids(plan(**words))

    assert len(set(found)) == len(found)


@given(studies(), st.sampled_from(sorted(MODELS)), st.sampled_from(sorted(SCENARIOS)), st.integers(1, 3))
def test_one_more_model_scenario_or_iteration_keeps_all_ids(
    words: dict[str, Any], model: str, scenario: str, iterations: int
) -> None:
    """So only what is new is run, and what was said stays in the plan."""
    more = {
        **words,
        "models": {model: MODELS[model], **words["models"]},
        "scenarios": {scenario: SCENARIOS[scenario], **words["scenarios"]},
        "iterations": words["iterations"] + iterations,
        "num_turns": words["num_turns"] + 1,
    }

    assert set(ids(plan(**words))) < set(ids(plan(**more)))


@given(studies(), st.randoms(use_true_random=False))
def test_the_order_of_models_and_scenarios_changes_neither_ids_nor_their_order(
    words: dict[str, Any], chance: Random
) -> None:
    """A page may be tidied up."""
    shuffled = dict(words)
    for word in ("models", "scenarios"):
        entries = list(words[word].items())
        chance.shuffle(entries)
        shuffled[word] = dict(entries)

    assert ids(plan(**shuffled)) == ids(plan(**words))


def test_one_more_seating_keeps_the_draws_of_the_others() -> None:
    """A new model re-deals nothing."""
    few = {trial.trial_id: trial.talk.draws for trial in plan(models={"gpt": MODELS["gpt"]})}
    many = {trial.trial_id: trial.talk.draws for trial in plan(models=MODELS)}

    assert few.items() <= many.items()


def test_draws_are_shared_by_what_differs_in_a_prompt_only() -> None:
    """A contrast between two texts has the same dice on both sides."""
    (one,), (other,) = plan(), plan(scenarios={"rent": {**RENT, "tenant": "You are furious."}})

    assert one.trial_id != other.trial_id
    assert [one.talk.draws.integer("turn", turn) for turn in range(5)] == [
        other.talk.draws.integer("turn", turn) for turn in range(5)
    ]


# -- order -------------------------------------------------------------------------------------------------------------


@given(studies())
def test_every_cell_gets_its_first_iteration_before_any_gets_its_second(words: dict[str, Any]) -> None:
    """What stops early is a smaller balanced study."""
    expanded = plan(**words)

    cells = len({(trial.scenario, trial.names) for trial in expanded})
    rounds = [expanded[start : start + cells] for start in range(0, len(expanded), cells)]
    assert [{trial.iteration for trial in each} for each in rounds] == [{n} for n in range(1, words["iterations"] + 1)]
    assert all(len({(trial.scenario, trial.names) for trial in each}) == cells for each in rounds)


@given(studies())
def test_the_same_seed_gives_the_same_order(words: dict[str, Any]) -> None:
    """On every machine, at every time."""
    assert ids(plan(**words)) == ids(plan(**words))


def test_cells_are_shuffled_by_the_seed_and_anew_in_each_iteration() -> None:
    """No model always comes first."""
    orders = set()
    for seed in (1, 2):
        expanded = plan(models=MODELS, seed=seed, iterations=2)
        for iteration in (1, 2):
            orders.add(tuple(trial.names for trial in expanded if trial.iteration == iteration))

    assert len(orders) == 4
    assert tuple((one, two) for one in MODELS for two in MODELS) not in orders


def test_one_more_model_or_scenario_leaves_the_others_in_their_order() -> None:
    """Positions in the study are no dice."""
    before = ids(plan(models={"gpt": "openai/gpt", "claude": "anthropic/claude"}, iterations=3))
    after = ids(plan(models=MODELS, scenarios={"dishes": SCENARIOS["dishes"], "rent": RENT}, iterations=3))

    assert [trial_id for trial_id in after if trial_id in set(before)] == before


def test_both_openers_of_a_pair_are_shuffled_apart() -> None:
    """Who opens is drawn as a cell of its own."""
    expanded = plan(models=MODELS, opens="both")

    firsts = [trial.talk.procedure.next_step([]) for trial in expanded]
    pairs = [trial.names for trial in expanded]
    assert len(expanded) == 2 * 16
    assert {Speak(role="landlord"), Speak(role="tenant")} == set(firsts)
    assert any(one != other for one, other in zip(pairs[::2], pairs[1::2], strict=True))


def test_shuffling_is_fair() -> None:
    """Over many seeds each of three cells comes first about equally often, in every order."""
    three = [["gpt", "gpt"], ["gpt", "claude"], ["claude", "gpt"]]
    models = {name: MODELS[name] for name in ("gpt", "claude")}

    orders = [tuple(trial.names for trial in plan(models=models, pairing=three, seed=seed)) for seed in range(600)]

    counts = [orders.count(order) for order in permutations(map(tuple, three))]
    assert sum(counts) == 600
    assert min(counts) > 60
    assert max(counts) < 140
