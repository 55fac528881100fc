"""The simulation: fifty seeds in which every invariant holds, told again to the byte, and bugs that none survives."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from reliability.house import ROOT
from reliability.parts import budget, simulation
from reliability.simulating import bugs
from reliability.simulating.counting import caught, retold, spendings, stories
from reliability.simulating.spending import Run, spend
from reliability.simulating.story import story
from reliability.tally import Tally


def failures(found: dict[str, Tally]) -> list[str]:
    """Return what did not hold."""
    return [example for tally in found.values() for example in tally.examples]


def test_every_invariant_holds_over_fifty_seeds() -> None:
    """Small studies under faults, kills, power cuts, stops, pauses and edits; each is finished in the end."""
    found = stories("1", 0, 50, "small")

    assert not failures(found)
    assert found["seeds"].tried == 50
    assert found["turns"].tried > 500
    assert len(found["calls"].kinds) > 15, "hardly any fault was drawn"
    assert {"kill", "power cut", "stop", "stop now"} <= set(found["ends"].kinds)
    # A few of these stories are long enough for one of them: which, any change of what is simulated may change.
    assert len({"offline", "suspend", "clock put back", "pause"} & set(found["ends"].kinds)) >= 3


def test_the_same_seed_tells_the_same_story_to_the_byte() -> None:
    """Twice in one process; another seed tells another."""
    assert not failures(retold("1", 0, 3, "small"))
    assert story("1/0", "small").trace != story("1/1", "small").trace


def test_the_same_seed_tells_the_same_story_in_every_process() -> None:
    """Whatever order Python gives to sets there: a seed that failed somewhere fails everywhere."""
    code = "from reliability.simulating.story import story; print(*(story(f'7/{n}', 'small').trace for n in range(4)))"

    traces = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": order},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for order in ("1", "2")
    }

    assert len(traces) == 1


@pytest.mark.parametrize("bug", [bug for bug in bugs.CLAIMS if bug not in simulation.LEFT_TO_BUDGET])
def test_a_planted_bug_is_caught(bug: str) -> None:
    """Some invariant does not hold within a few seeds."""
    tally = caught("1", bug, simulation.MOST_TO_CATCH)[bug]

    assert tally.failures == 1, f"nothing was noticed in {tally.tried} seeds"


@pytest.mark.parametrize(
    ("bug", "invariant"),
    [
        ("acknowledge before write", "I5"),
        ("write a turn twice", "I1"),
        ("retry a refusal", "I7"),
        ("forget what was heard", "I3"),
        ("settle a lost call at zero", "I6"),
    ],
)
def test_a_planted_bug_breaks_the_invariant_that_it_should(bug: str, invariant: str) -> None:
    """A proof that fails for another reason proves something else."""
    with bugs.planted(bug):
        wrong = (told for number in range(12) for told in story(f"1/{number}", "small").wrong)

        assert any(told.startswith(f"{invariant}:") for told in wrong)


@pytest.mark.parametrize("bug", budget.BUGS)
def test_a_bug_in_the_budget_overspends_the_cap(bug: str) -> None:
    """What was billed passes the cap, by the account of the service."""
    tally = caught("1", bug, budget.MOST_TO_CATCH, is_spending=True)[bug]

    assert tally.failures == 1
    assert "were billed under a cap" in tally.examples[0]


def test_no_cap_is_overspent_and_each_is_used() -> None:
    """A few seeds of those of which the long proof tries a thousand."""
    found = spendings("1", 0, 6)

    assert not failures(found)
    assert max(map(float, found["overspent"].kinds)) <= 0
    assert found["used"].kinds, "no run was stopped by its cap"


def test_two_hundred_calls_are_under_way_at_once_where_the_cap_allows() -> None:
    """Else the proof would try less than it says."""
    assert max(spend(f"1/{number}").most_in_flight for number in (4, 9)) > 100


def test_the_most_that_a_conversation_can_cost_counts_the_turns_of_whoever_opens() -> None:
    """Seed 872: the second seat opens, so that it speaks twice in three turns, at a hundred times the other's price."""
    assert spend("1/872").wrong == ()


def test_what_is_left_of_a_cap_is_told_as_an_overspend_below_zero() -> None:
    """A run that billed three quarters of its cap has -25 %."""
    run = Run(cap_usd=4.0, billed_usd=3.0, booked_usd=3.5, stopped_by="budget", calls=2, calls_so_far=9)

    assert run.share_used == pytest.approx(0.75)
    assert run.overspend == pytest.approx(-0.25)


def test_the_figures_say_how_much_of_a_cap_was_used() -> None:
    """The median over runs that made enough calls; one that made a few says nothing."""
    found = {claim: Tally(tried=3) for claim in ("overspent", "ended", "in flight", "used")}
    found["overspent"].kinds.update({"-0.0100": 2, "-0.5000": 1})
    found["ended"].kinds.update({"budget": 3, "calls": 1200})
    found["in flight"].kinds.update({"200": 1, "20": 2})
    found["used"].kinds.update({"0.900 0.990 50": 1, "0.800 0.970 50": 2, "0.100 0.100 3": 1})

    overspent, ended, used = budget._rows(found)

    assert overspent.figure == "at worst 1.00% below the cap"
    assert "At most 200 calls were under way at once; in 1 studies at least 100." in overspent.details
    assert ended.figure == "3 stopped by their cap, 1,200 calls"
    assert used.figure.startswith("median share of the cap billed 80.0%, booked (lost calls at their worst) 97.0%")


def test_the_figures_of_the_simulation_name_every_invariant_and_fail_where_one_did() -> None:
    """One claim that did not hold fails its own row and no other."""
    found = stories("1", 0, 1, "small") | {"same": Tally(tried=1)}
    found["kept"].add("seed 9", ["I5: turn 1 of x was lost"])

    rows = list(simulation._rows(found))

    claims = " ".join(row.claim for row in rows)
    assert all(f"I{number}" in claims for number in range(1, 9))
    assert [row.failures for row in rows] == [0, 0, 1, 0, 0, 0, 0]
    assert "seed 9: I5: turn 1 of x was lost" in next(row.details for row in rows if row.failures)
