"""The proof of donors, controls, forks and probes: a few of its deaths; ``make reliability-full`` tries all."""

from __future__ import annotations

import pytest

from reliability import branching
from reliability.stage import scratch


@pytest.mark.parametrize("when", branching.WHENS)
@pytest.mark.parametrize("number", range(len(branching.ACTS)), ids=branching.ACTS)
def test_what_dies_at_a_write_comes_to_the_same_end(number: int, when: branching.When) -> None:
    """The same rows and the same tables but for times, every request rebuilt, whatever was lost on the way."""
    found = branching.deaths(number, when, "tests", least=3)["death"]

    assert found.tried >= 3
    assert found.examples == []


def test_beliefs_move_by_known_amounts_in_every_arm() -> None:
    """What is compared is what was meant: 5 a reason, 2 a second thought, and forks under their parents' ids."""
    with scratch() as place:
        talks, _, forked = branching.acts(place, "tests")

    assert sum("self_reflection" in row and '"belief.change": "4.0"' in row for row in talks.expected) == 4
    assert sum('"belief.change": "10.0"' in row for row in talks.expected) == 12
    assert sum(row.startswith("conversations.csv") and '"fork": "turn 1 edited"' in row for row in forked.expected) == 1


def test_a_bug_that_is_planted_is_noticed() -> None:
    """A proof that cannot fail proves nothing."""
    for found in (branching.forgotten_prefixes("tests"), branching.skipped_tail_repair("tests")):
        assert found
        assert all(tally.failures for tally in found.values())
