"""The scenarios of a study: roles, openers, beginnings and rules."""

from __future__ import annotations

from typing import Any

import pytest
from builders import complaint, study

from colloquia.conversation.materials import DEFAULT_GO_ON, DEFAULT_KICKOFF, Scenario
from colloquia.conversation.stopping import (
    ExitRule,
    GoodbyeRule,
    LoopRule,
    PhraseRule,
    RefusalRule,
    SecondsRule,
    TokensRule,
    TruncatedRule,
)

NO_RULE = 'is no rule: write "refusal" or { phrase = text, by = role }.'
RENT = {"landlord": "You want to raise the rent.", "tenant": "You want no raise."}


def rent(**words: object) -> Scenario:
    """Return the scenario ``rent`` with further words."""
    return study(scenarios={"rent": {**RENT, **words}}).materials["rent"]


def refusal(**words: object) -> str:
    """Return what the scenario ``rent`` is refused with once it holds ``words``."""
    refused = complaint(scenarios={"rent": {**RENT, **words}})
    assert refused.startswith("scenarios.rent")
    return refused.removeprefix("scenarios.rent").removeprefix(".")


# -- roles -------------------------------------------------------------------------------------------------------------


def test_roles_are_seated_in_the_order_written() -> None:
    """Each with its own prompt."""
    scenario = rent()

    assert [(role.name, role.prompt) for role in scenario.roles] == list(RENT.items())
    assert not scenario.is_shared


def test_one_prompt_for_both_seats_calls_them_a_and_b() -> None:
    """The same text for each."""
    scenario = study(scenarios={"train": "You sit on a train."}).materials["train"]

    assert [(role.name, role.prompt) for role in scenario.roles] == [(name, "You sit on a train.") for name in "AB"]
    assert scenario.is_shared


def test_a_prompt_may_be_empty() -> None:
    """Then the participant is told nothing."""
    assert [role.prompt for role in rent(tenant="").roles] == ["You want to raise the rent.", ""]


@pytest.mark.parametrize(
    ("scenarios", "message"),
    [
        ({}, "scenarios: is empty; it needs at least one name."),
        (["x"], "scenarios: expected a table of name = prompt, found a list."),
        ("x", "scenarios: expected a table of name = prompt, found a text."),
        ({"rent": {}}, "scenarios.rent: is empty; it needs at least one role."),
        ({"rent": 3}, "scenarios.rent: expected a table of role = prompt, found a whole number."),
        (
            {"rent": {"landlord": "x"}},
            "scenarios.rent: needs one prompt for both seats, or role = prompt for each of two seats.",
        ),
        (
            {"rent": {"num_turns": 3}},
            "scenarios.rent: needs one prompt for both seats, or role = prompt for each of two seats.",
        ),
        (
            {"rent": {"a": "x", "b": "y", "c": "z"}},
            'scenarios.rent: has 3 roles (a, b, c); a dialogue has 2, for more write procedure = "group".',
        ),
        ({"rent": {"landlord": "x", "tenant": 3}}, "scenarios.rent.tenant: expected a text, found a whole number."),
        (
            {"Rent": "x", "rent": "y"},
            "scenarios.rent: the scenarios 'Rent' and 'rent' differ only in letter case; rename one.",
        ),
        (
            {"rent": {"Tenant": "x", "tenant": "y"}},
            "scenarios.rent.tenant: the roles 'Tenant' and 'tenant' differ only in letter case; rename one.",
        ),
        ({"a|b": "x"}, "scenarios.a|b: a scenario's name cannot hold '|' or control characters."),
        (
            {"rent": {"a|b": "x", "c": "y"}},
            "scenarios.rent.a|b: a role's name cannot hold '|' or control characters.",
        ),
        ({"rent": {" a": "x", "c": "y"}}, "scenarios.rent. a: a role needs a name without blanks at its ends."),
        (
            {"rent": {"first": "x", "c": "y"}},
            (
                "scenarios.rent.first: a role cannot be called 'first': "
                "the word means something else where roles are named."
            ),
        ),
    ],
)
def test_scenarios_that_cannot_be_held_are_refused_with_their_place(scenarios: object, message: str) -> None:
    """Too few roles, too many, and names that cannot be told apart."""
    assert complaint(scenarios=scenarios) == message


@pytest.mark.parametrize(
    ("word", "value", "meant"),
    [("num_turn", 3, "num_turns"), ("openning", "Hi.", "opening"), ("iteration", 2, "iterations")],
)
def test_a_misspelt_word_in_a_scenario_is_refused_with_the_nearest(word: str, value: object, meant: str) -> None:
    """It would be taken for a role."""
    assert refusal(**{word: value}) == (
        f': has 3 roles (landlord, tenant, {word}); a dialogue has 2, for more write procedure = "group".'
        f" Did you mean {meant!r}?"
    )


# -- lengths -----------------------------------------------------------------------------------------------------------


def test_a_scenario_s_own_length_holds_there() -> None:
    """And the study's elsewhere."""
    experiment = study(scenarios={"rent": {**RENT, "num_turns": 8}, "train": "x"}, num_turns=2)

    assert {name: scenario.num_turns for name, scenario in experiment.materials.items()} == {"rent": 8, "train": 2}


def test_a_study_needs_no_length_where_every_scenario_has_one() -> None:
    """A length is required, and that is one."""
    assert study(scenarios={"rent": {**RENT, "num_turns": 8}}, num_turns=None).num_turns is None


def test_a_scenario_without_any_length_is_refused() -> None:
    """By name."""
    refused = complaint(scenarios={"train": "x", "rent": {**RENT, "num_turns": 8}}, num_turns=None)

    assert refused == "scenarios.train: has no length: set num_turns, for the study or for this scenario."


@pytest.mark.parametrize("length", [0, -1, 2.5, "ten", True])
def test_a_length_is_a_whole_number_of_at_least_one(length: object) -> None:
    """For the study and for a scenario."""
    assert complaint(num_turns=length).startswith("num_turns: ")
    assert refusal(num_turns=length).startswith("num_turns: ")


@pytest.mark.parametrize("iterations", [0, -1, 2.5, "ten", True])
def test_iterations_are_a_whole_number_of_at_least_one(iterations: object) -> None:
    """For the study and for a scenario."""
    assert complaint(iterations=iterations).startswith("iterations: ")
    assert refusal(iterations=iterations).startswith("iterations: ")


def test_a_scenario_s_own_iterations_hold_there() -> None:
    """And the study's elsewhere."""
    experiment = study(scenarios={"rent": {**RENT, "iterations": 8}, "train": "x"}, iterations=2)

    assert {name: experiment.iterations_of(name) for name in experiment.materials} == {"rent": 8, "train": 2}


# -- slots -------------------------------------------------------------------------------------------------------------


def test_slots_fill_every_text_of_a_scenario() -> None:
    """Prompts, kick-off, opening and `go_on`."""
    words = {"slots": {"town": "Graz"}, "go_on": "Go on in {town}."}

    begun = rent(tenant="You live in {town}.", kickoff="[{town}, morning.]", **words)
    opened = rent(opening="Hello from {town}!", **words)

    assert begun.roles[1].prompt == "You live in Graz."
    assert begun.roles[1].template == "You live in {town}."
    assert (begun.kickoff, begun.opening, begun.go_on) == ("[Graz, morning.]", None, "Go on in Graz.")
    assert opened.opening == "Hello from Graz!"


def test_a_scenario_s_own_slots_win_over_the_study_s() -> None:
    """Others stay."""
    scenarios = {"rent": {**RENT, "landlord": "{town}, {year}", "slots": {"town": "Graz"}}}

    experiment = study(scenarios=scenarios, slots={"town": "Linz", "year": "1990"})

    assert experiment.materials["rent"].roles[0].prompt == "Graz, 1990"


def test_the_length_fills_a_slot() -> None:
    """To announce it, write it."""
    scenario = rent(tenant="You have {num_turns} turns.", num_turns=12)

    assert scenario.roles[1].prompt == "You have 12 turns."


def test_braces_of_json_reach_the_model_untouched() -> None:
    """And a doubled slot is printed."""
    prompt = 'Answer as {"price": 0, "terms": {}}, or write {{price}}.'

    assert rent(tenant=prompt).roles[1].prompt == 'Answer as {"price": 0, "terms": {}}, or write {price}.'


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"tenant": "{twon}", "slots": {"town": "Graz"}},
            (
                "tenant: slot {twon} has no value: add it to `slots`, or write {{twon}} to print it as it stands. "
                "Did you mean 'town'?"
            ),
        ),
        (
            {"kickoff": "{when}"},
            "kickoff: slot {when} has no value: add it to `slots`, or write {{when}} to print it as it stands.",
        ),
        (
            {"tenant": "{a}", "slots": {"a": "{b}", "b": "{a}"}},
            "tenant: slot {a} fills itself, by way of a -> b -> a",
        ),
        ({"slots": ["x"]}, "slots: expected a table of name = text."),
        ({"slots": {"town": 3}}, "slots.town: expected a text, found a whole number."),
        (
            {"slots": {"my town": "x"}},
            "slots.my town: a slot's name holds letters, digits and underscores, and begins with no digit.",
        ),
        (
            {"slots": {"größe": "x"}},
            "slots.größe: a slot's name holds letters, digits and underscores, and begins with no digit.",
        ),
        ({"slots": {"num_turns": "x"}}, "slots.num_turns: a slot cannot be named like a word of the study."),
    ],
)
def test_slots_that_cannot_fill_are_refused_with_their_place(words: dict[str, Any], message: str) -> None:
    """No template language reaches a model half filled."""
    assert refusal(**words) == message


# -- beginnings --------------------------------------------------------------------------------------------------------


def test_unwritten_directions_are_the_usual_ones() -> None:
    """A kick-off and what is sent to one who speaks again; no opening."""
    scenario = rent()

    assert (scenario.kickoff, scenario.opening, scenario.go_on) == (DEFAULT_KICKOFF, None, DEFAULT_GO_ON)


@pytest.mark.parametrize("word", ["kickoff", "opening", "go_on"])
def test_a_direction_that_comes_out_empty_is_refused(word: str) -> None:
    """Written empty or filled with nothing."""
    assert refusal(**{word: " \n"}) == f"{word}: is empty."
    assert refusal(**{word: "{nothing}", "slots": {"nothing": ""}}) == f"{word}: is empty."
    assert refusal(**{word: 3}) == f"{word}: expected a text, found a whole number."


def test_a_kick_off_and_an_opening_exclude_each_other() -> None:
    """A scripted line needs nobody to be told to begin."""
    message = "has both a kick-off and an opening; a scripted opening needs no kick-off."

    assert refusal(kickoff="[Begin.]", opening="Hi.") == f": {message}"
    assert complaint(kickoff="[Begin.]", opening="Hi.") == f"scenarios.rent: {message}"


@pytest.mark.parametrize(
    ("opens", "openers"),
    [
        ("first", ("landlord",)),
        ("second", ("tenant",)),
        ("both", ("landlord", "tenant")),
        ("tenant", ("tenant",)),
        ("landlord", ("landlord",)),
    ],
)
def test_who_opens_is_a_seat_or_a_role_or_each_in_turn(opens: str, openers: tuple[str, ...]) -> None:
    """One conversation for each opener."""
    assert rent(opens=opens).opener == openers


@pytest.mark.parametrize(("opens", "opener"), [("first", "A"), ("second", "B"), ("B", "B")])
def test_a_seat_of_a_shared_prompt_can_open(opens: str, opener: str) -> None:
    """Under its name or its number."""
    assert study(scenarios={"train": "x"}, opens=opens).materials["train"].opener == (opener,)


def test_both_open_no_shared_prompt() -> None:
    """There the order of the pair is who opens."""
    assert complaint(scenarios={"train": "x"}, opens="both") == (
        "scenarios.train.opens: with one prompt for both seats the order of the pair is who opens; "
        "'both' would double it."
    )


def test_a_role_that_is_not_there_cannot_open() -> None:
    """The nearest is named, otherwise all."""
    what = "is no role of this scenario, nor first, second or both."

    assert refusal(opens="tennant") == f"opens: 'tennant' {what} Did you mean 'tenant'?"
    assert refusal(opens="judge") == f"opens: 'judge' {what} Known: both, first, landlord, second, tenant."
    assert refusal(opens=2) == "opens: expected a text, found a whole number."


# -- rules -------------------------------------------------------------------------------------------------------------


def test_rules_are_read_in_their_order() -> None:
    """To stop, or only to note."""
    scenario = rent(stop=["refusal", {"phrase": "Deal!"}], note=[{"phrase": "Goodbye", "by": "tenant"}])

    assert scenario.stop == (RefusalRule(), PhraseRule(phrase="Deal!", by="anyone"))
    assert scenario.note == (PhraseRule(phrase="Goodbye", by="tenant"),)


def test_without_rules_only_length_ends_a_talk() -> None:
    """The default."""
    assert (rent().stop, rent().note) == ((), ())


def test_a_scenario_s_own_rules_replace_the_study_s() -> None:
    """Also by none."""
    experiment = study(scenarios={"rent": {**RENT, "stop": []}, "train": "x"}, stop=["refusal"])

    assert experiment.materials["rent"].stop == ()
    assert experiment.materials["train"].stop == (RefusalRule(),)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("goodbye", GoodbyeRule(seats=2)),
        ("loop", LoopRule()),
        ("truncated", TruncatedRule()),
        ({"exit": "I leave."}, ExitRule(text="I leave.")),
        ({"tokens": 500}, TokensRule(most=500)),
        ({"seconds": 1.5}, SecondsRule(most=1.5)),
    ],
    ids=["goodbye", "loop", "truncated", "exit", "tokens", "seconds"],
)
def test_every_rule_is_read(rule: object, expected: object) -> None:
    """As an ending or as a note."""
    experiment = study(scenarios={"rent": RENT}, stop=[rule], note=["refusal", rule])

    assert experiment.materials["rent"].stop == (expected,)
    assert experiment.materials["rent"].note == (RefusalRule(), expected)


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"tokens": 0}, "stop[0].tokens: is 0"),
        ({"tokens": "many"}, "stop[0].tokens: expected a whole number"),
        ({"seconds": 0}, "stop[0].seconds: is 0"),
        ({"exit": " "}, "stop[0].exit: is empty"),
        ({"phrase": "x", "seconds": 60}, "stop[0]: {'phrase': 'x', 'seconds': 60} is no rule"),
        ({"exit": "x", "by": "tenant"}, "stop[0]: {'exit': 'x', 'by': 'tenant'} is no rule"),
    ],
    ids=["no tokens", "words", "no time", "no text", "two", "by"],
)
def test_a_rule_that_cannot_be_is_refused(rule: object, complaint: str) -> None:
    """By place."""
    assert refusal(stop=[rule]).startswith(complaint)


@pytest.mark.parametrize("word", ["stop", "note"])
def test_a_deal_is_read_in_moves_only(word: str) -> None:
    """A procedure without moves has none, and no rule silently does nothing."""
    message = "a deal is an accepted offer, and this procedure has no moves to make one; bargain has."

    assert refusal(**{word: ["refusal", "deal"]}) == f"{word}[1]: {message}"
    assert study(procedure="bargain", **{word: ["deal"]}).materials["rent"].outcomes[0] == "deal"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("refusal", 'stop: expected a list, such as ["refusal", { phrase = "Goodbye.", by = "guest" }].'),
        ({}, 'stop: expected a list, such as ["refusal", { phrase = "Goodbye.", by = "guest" }].'),
        ([3], "stop[0]: expected a text, found a whole number."),
        (["refusals"], f"stop[0]: 'refusals' {NO_RULE} Did you mean 'refusal'?"),
        (["phrase"], f"stop[0]: 'phrase' {NO_RULE}"),
        ([{"phrse": "x"}], f"stop[0]: {{'phrse': 'x'}} {NO_RULE} Did you mean 'phrase'?"),
        (
            [{"phrase": "x", "bye": "tenant"}],
            f"stop[0]: {{'phrase': 'x', 'bye': 'tenant'}} {NO_RULE} Did you mean 'by'?",
        ),
        ([{"by": "tenant"}], f"stop[0]: {{'by': 'tenant'}} {NO_RULE}"),
        ([{}], f"stop[0]: {{}} {NO_RULE}"),
        ([{"phrase": " "}], "stop[0].phrase: is empty."),
        ([{"phrase": 3}], "stop[0].phrase: expected a text, found a whole number."),
        (
            [{"phrase": "x", "by": "tennant"}],
            "stop[0].by: 'tennant' is no role of this scenario. Did you mean 'tenant'?",
        ),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(rules: object, message: str) -> None:
    """The nearest known one is named."""
    assert refusal(stop=rules) == message
