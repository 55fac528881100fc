"""How many calls of a model may be under way at once."""

from __future__ import annotations

import pytest

from colloquia.lab.planning.bench import EMBEDDED_AT_ONCE
from colloquia.lab.running.runs import lane_width


@pytest.mark.parametrize("widest", [1, 64, 2000])
def test_a_server_may_be_asked_as_much_as_the_run_allows(widest: int) -> None:
    """Its refusals narrow the lane; nothing else does."""
    assert lane_width("openai/gpt", widest) == widest


def test_people_and_the_embedded_model_are_not_asked_more_for_it() -> None:
    """One turn at a time the one, as many as the cores carry the other."""
    assert (lane_width("human:ada", 2000), lane_width("embedded:small", 2000)) == (1, EMBEDDED_AT_ONCE)
