"""Expressions: what may stand in them, what they say, and that nothing in them is ever run."""

from __future__ import annotations

from contextlib import suppress

import pytest

from colloquia.design.expressions import LONGEST, expression
from colloquia.errors import DesignError

VALUES = {"goal": "escape", "risk": "told", "temperature": "0.7", "belief.start": 95, "belief.end": None, "arm": "talk"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("goal == 'escape'", True),
        ("goal != 'escape'", False),
        ("goal == 'escape' and risk == 'untold'", False),
        ("goal == 'x' or risk == 'told'", True),
        ("not goal == 'x'", True),
        ("goal in ['yard', 'escape']", True),
        ("goal not in ('yard', 'escape')", False),
        ("(goal == 'x') == (risk == 'x')", True),
        ("(goal == 'escape') != (risk == 'told')", False),
        ("temperature == 0.7", True),
        ("temperature == '0.7'", True),
        ("temperature in [0, 0.7]", True),
        ("0.5 < temperature <= 0.7", True),
        ("temperature > -1", True),
        ("belief.start >= 90", True),
        ("belief.start < 90 and goal == 'escape'", False),
        ("goal == risk", False),
        (" goal == 'escape' ", True),
    ],
)
def test_an_expression_says_whether_it_holds(text: str, expected: bool) -> None:  # noqa: FBT001 (what is expected)
    """Labels are texts; one that is a number can be compared as one."""
    assert expression(text, VALUES).holds(VALUES) is expected


@pytest.mark.parametrize("comparison", ["==", "!=", "<", ">=", "in", "not in"])
def test_nothing_holds_of_what_is_unknown(comparison: str) -> None:
    """A probe without an answer is neither high nor low nor anything else."""
    other = "[1]" if "in" in comparison else "1"

    assert not expression(f"belief.end {comparison} {other}", VALUES).holds(VALUES)
    assert not expression(f"goal {comparison} {other}", VALUES).holds({})


def test_it_knows_what_it_speaks_of() -> None:
    """So that a study can tell which factors a selection needs."""
    assert expression("belief.start > 3 and goal in ['a']", VALUES).names == {"belief.start", "goal"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("goals == 'x'", r"'goals'.*Did you mean 'goal'"),
        ("belief.begin == 3", r"'belief.begin'"),
        ("goal", "compare it with something"),
        ("'escape'", "compare it with something"),
        ("goal = 'x'", "no expression"),
        ("goal ==", "no expression"),
        ("", "no expression"),
        ("goal is 'x'", "compares by identity"),
        ("goal == 'x' + 'y'", "cannot stand in an expression"),
        ("goal == f'{risk}'", "cannot stand in an expression"),
        ("goal == b'x'", "cannot stand in an expression"),
        ("goal == None", "cannot stand in an expression"),
        ("open('/etc/passwd') == 'x'", "cannot stand in an expression"),
        ("goal.__class__ == 'x'", "'goal.__class__'"),
        ("[x for x in goal] == []", "cannot stand in an expression"),
        ("(lambda: 1)() == 1", "cannot stand in an expression"),
        ("goal[0] == 'e'", "cannot stand in an expression"),
        ("goal == 'a' if risk else goal == 'b'", "compare it with something"),
        ("(goal := 'x') == 'x'", "cannot stand in an expression"),
        ("goal == 'x'; import os", "no expression"),
        ("(" * 3000 + "goal == 'x'" + ")" * 3000, "longer than"),
        ("(" * 900 + "goal == 'x'" + ")" * 900, "no expression"),
        ("not " * 480 + "goal == 'x'", ""),
        ("goal == '\0'", ""),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_what_is_no_expression_is_refused_in_words(text: str, complaint: str) -> None:
    """Never with another error, and nothing of it is run."""
    if complaint:
        with pytest.raises(DesignError, match=complaint):
            expression(text, VALUES)
        return
    with suppress(DesignError):
        expression(text, VALUES).holds(VALUES)


def test_a_long_expression_is_refused() -> None:
    """A study file is no place for a program."""
    with pytest.raises(DesignError, match="longer than 2,000"):
        expression(" or ".join(["goal == 'x'"] * LONGEST), VALUES)


@pytest.mark.parametrize(
    "text", ["goal == 'pork'", "goal != 'pork'", "'pork' == goal", "goal in ['park', 'pork']", "goal not in ('pork',)"]
)
def test_what_a_name_never_is_is_refused_with_the_nearest_label(text: str) -> None:
    """A label that is not written right would leave a group empty, or leave nobody out, without a word."""
    with pytest.raises(DesignError, match=r"compares 'goal' with 'pork', which it never is\. Did you mean 'park'\?"):
        expression(text, ["goal"], {"goal": ["park", "bus"]})


def test_labels_that_are_numbers_are_compared_as_such() -> None:
    """A level written 0.7 is the same as one written 0.70; where nothing is known of a name all may be compared."""
    known = {"temperature": ["0", "0.7"]}

    assert expression("temperature == 0.70 or other == 'x'", ["temperature", "other"], known).holds({"other": "x"})
    assert expression("temperature > 5", ["temperature"], known)
    with pytest.raises(DesignError, match="compares 'temperature' with 1, which it never is"):
        expression("temperature == 1", ["temperature"], known)


def test_a_comparison_written_as_an_assignment_is_pointed_out() -> None:
    """The commonest slip has a hint of its own."""
    with pytest.raises(DesignError, match="Two things are compared with =="):
        expression("goal = 'park'", ["goal"])
