"""What a measure is: checked when made, its values checked when given, seats made from turns."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest

from colloquia.analysis.measuring.measure import Fixture, Measure, Value, Variable, number
from colloquia.analysis.measuring.transcript import dyad
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from colloquia.analysis.measuring.measure import Params
    from colloquia.analysis.measuring.transcript import Transcript


def variable(name: str = "length", **known: Any) -> Variable:
    """Return a variable of turns whose seat gets the mean."""
    return Variable(
        **{"name": name, "unit": "turn", "scale": "signs", "more_means": "longer", "aggregation": "mean", **known}
    )


def length(transcript: Transcript, _params: Params) -> Iterator[Value]:
    """Yield the number of signs of each turn."""
    for turn in transcript.turns:
        yield number("length", len(turn.text) if turn.text else None, "nothing said", at=turn)


def measure(of: Callable[[Transcript, Params], Iterable[Value]] = length, **known: Any) -> Measure:
    """Return a measure of the length of turns."""
    words = {
        "id": "length", "version": 1, "title": "Length", "variables": (variable(),), "minimum": "a turn",
        "caveat": "None.", "fixture": Fixture(transcript=dyad(), expected=(), source="by hand"),
    }  # fmt: skip
    return Measure(of=of, **{**words, **known})


@pytest.mark.parametrize(
    "known",
    [
        {"id": "two words"},
        {"id": ""},
        {"version": 0},
        {"variables": ()},
        {"variables": (variable("twice"), variable("twice"))},
    ],
    ids=["id", "no id", "version", "no variable", "a name twice"],
)
def test_a_measure_that_cannot_be_told_apart_is_refused(known: dict[str, Any]) -> None:
    """When it is made, before anything is computed."""
    with pytest.raises(DesignError, match="needs an id"):
        measure(**known)


@pytest.mark.parametrize(
    ("value", "reason"), [(nan, None), (inf, None), (1.0, "because"), (-inf, None)], ids=["NaN", "inf", "both", "-inf"]
)
def test_a_value_is_a_number_or_has_a_reason(value: float, reason: str | None) -> None:
    """Never both, never neither."""
    with pytest.raises(ValueError, match="finite number, or NaN with a reason"):
        Value("length", value, reason=reason)


def test_a_value_knows_what_it_belongs_to() -> None:
    """A turn, a seat or the whole conversation."""
    units = [Value("x", 1), Value("x", 1, "A"), Value("x", 1, "A", 3)]

    assert [value.unit for value in units] == ["conversation", "seat", "turn"]


def test_what_is_not_finite_becomes_its_reason() -> None:
    """Also an infinity that a division left behind."""
    assert number("x", inf, "why").reason == "why"
    assert number("x", None, "why", seat="A") == Value("x", seat="A", reason="why")
    assert number("x", 2, "why") == Value("x", 2)


def test_values_that_are_missing_for_one_reason_are_equal() -> None:
    """Whichever NaN they hold, on every Python; another reason is another value."""
    missing = Value("x", float("nan"), reason="why")

    assert missing == Value("x", float("nan"), reason="why")
    assert len({missing, Value("x", reason="why")}) == 1
    assert missing != Value("x", reason="another")
    assert missing != Value("x", 2.0)


@pytest.mark.parametrize(("rule", "expected"), [("mean", 4.0), ("median", 3.0)])
def test_a_seat_gets_the_aggregate_of_its_turns(rule: str, expected: float) -> None:
    """By the rule of the variable; turns without a number are left out."""
    found = measure(variables=(variable(aggregation=rule),)).values(dyad("ab", "x", "abc", "", "abcdefg"))

    assert [value.value for value in found if value.seat == "A" and value.turn_id is None] == [expected]


def test_a_seat_without_a_number_has_the_reason_of_its_turns() -> None:
    """And one without turns says so."""
    found = {value.seat: value.reason for value in measure().values(dyad("")) if value.turn_id is None}

    assert found == {"A": "nothing said", "B": "no turn of the seat has a number"}


def test_a_variable_that_needs_a_judge_is_silent_without_one() -> None:
    """Other variables of the measure are not."""
    judged = measure(variables=(variable(), variable("judged", needs="judge")))
    talk = dyad("ab")

    assert {value.variable for value in judged.values(talk)} == {"length"}
    assert {value.variable for value in judged.values(replace(talk, labels={"x": {}}))} == {"length", "judged"}


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("by zero"), KeyError("x"), TypeError("none"), AttributeError("no"), ValueError("bad")]
)
def test_a_measure_that_fails_is_named(error: Exception) -> None:
    """With what its Python raised, as the boundary to code of others."""

    def broken(_transcript: Transcript, _params: Params) -> Iterator[Value]:
        raise error

    with pytest.raises(DesignError, match=f"measure 'length' failed: {type(error).__name__}"):
        measure(broken).values(dyad("a"))


def test_a_variable_that_is_not_declared_is_refused() -> None:
    """So that no number is without a description."""
    with pytest.raises(DesignError, match=r"gives \['width'\]"):
        measure(lambda _transcript, _params: [Value("width", 1)]).values(dyad("a"))


def test_a_measure_is_handed_nothing_but_what_it_reads() -> None:
    """What it cannot see cannot enter its values, nor its key."""
    seen = []

    def nosy(transcript: Transcript, _params: Params) -> list[Value]:
        seen.append(transcript)
        return []

    talk = replace(dyad("a"), planned_turns=9, ended_by="length")
    measure(nosy).values(talk)
    measure(nosy, reads=("ending",)).values(talk)

    assert [transcript.planned_turns for transcript in seen] == [None, 9]
    assert measure(nosy).key(talk) == measure(nosy).key(dyad("a"))
    assert measure(nosy, reads=("ending",)).key(talk) != measure(nosy, reads=("ending",)).key(dyad("a"))
