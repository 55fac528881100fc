"""Balance: each model, how often in each seat and opening, in each scenario and arm."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import plan

from colloquia.design.balance import balance, uneven

MODELS = {name: f"openai/{name}" for name in ("a", "b", "c", "d")}


@pytest.mark.parametrize(("pairing", "sits"), [("all", 4 * 3), ("distinct", 3 * 3), ("self", 3)])
def test_a_round_robin_is_balanced_exactly(pairing: str, sits: int) -> None:
    """Every model sits in each seat as often as every other, and opens from the first as often."""
    found = balance(plan(models=MODELS, pairing=pairing, iterations=3))

    assert {(each.role, each.conversations, each.opens) for each in found} == {
        ("landlord", sits, sits),
        ("tenant", sits, 0),
    }
    assert len(found) == 8
    assert uneven(found) == {}


def test_where_both_open_each_seat_opens_half() -> None:
    """One conversation of each pair with either opening."""
    found = balance(plan(models=MODELS, opens="both"))

    assert {(each.conversations, each.opens) for each in found} == {(8, 4)}


def test_unordered_pairs_are_uneven_and_say_where() -> None:
    """The first model of the list always sits in the first seat."""
    found = balance(plan(models=MODELS, pairing="unordered"))

    sits = {(each.role, each.model): each.conversations for each in found}
    assert (sits["landlord", "a"], sits["landlord", "d"], sits["tenant", "d"]) == (3, 0, 3)
    assert uneven(found) == {("rent", None): ("landlord", "tenant")}


def test_scenarios_and_arms_are_told_apart() -> None:
    """Balance over all of them together would hide what is uneven in each."""
    trials = plan(models=MODELS, pairing=[["a", "b"], ["b", "a"], ["c", "d"]], scenarios={"t": "x", "u": "y"})
    armed = [replace(trial, arm="talk" if trial.scenario == "t" else "alone") for trial in trials]

    assert set(uneven(balance(armed))) == {("t", "talk"), ("u", "alone")}
    assert {each.arm for each in balance(armed) if each.scenario == "t"} == {"talk"}


def test_a_model_that_sits_nowhere_in_a_scenario_is_no_part_of_it() -> None:
    """What is not there is not out of balance."""
    trials = plan(models=MODELS, pairing=[["a", "b"], ["b", "a"]])

    assert {each.model for each in balance(trials)} == {"a", "b"}
    assert uneven(balance(trials)) == {}
