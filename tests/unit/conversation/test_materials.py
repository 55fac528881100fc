"""Slots are filled, and nothing else in a researcher's text is touched."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colloquia.conversation.materials import fill, slot_names
from colloquia.errors import DesignError

SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

texts = st.text(st.sampled_from("{}{}ab_1 \n\r\t\"'\\é\u2028") | st.characters(exclude_categories=["Cs"]))
"""Any text, with many braces."""


def test_a_slot_is_filled_with_its_text() -> None:
    """Every occurrence, wherever it stands."""
    filled = fill("{place}: you met on {place}.", {"place": "a train"})

    assert filled == "a train: you met on a train."


def test_slots_may_hold_slots() -> None:
    """A text used in several prompts can be made of others."""
    filled = fill("{setting}", {"setting": "You are in {town}.", "town": "Graz"})

    assert filled == "You are in Graz."


def test_one_slot_may_be_reached_by_two_ways() -> None:
    """Only a circle is refused, not a repetition."""
    filled = fill("{a} {b}", {"a": "{c}", "b": "{c}{a}", "c": "x"})

    assert filled == "x xx"


def test_a_slot_without_a_value_is_refused_with_the_nearest_name() -> None:
    """A misspelt slot never reaches a model."""
    with pytest.raises(DesignError) as refused:
        fill("Convince them of {clam}.", {"claim": "x", "town": "y"})

    assert str(refused.value) == (
        "slot {clam} has no value: add it to `slots`, or write {{clam}} to print it as it stands. Did you mean 'claim'?"
    )


def test_a_slot_without_a_value_and_without_a_near_name_gets_no_hint() -> None:
    """No guess is better than a wild one."""
    with pytest.raises(DesignError, match=r"as it stands\.$"):
        fill("{weather}", {"claim": "x"})


@pytest.mark.parametrize(
    ("slots", "way"),
    [
        ({"a": "again {a}"}, "a -> a"),
        ({"a": "{b}", "b": "{c}", "c": "{a}"}, "a -> b -> c -> a"),
    ],
)
def test_a_slot_that_fills_itself_is_refused_with_the_way_round(slots: dict[str, str], way: str) -> None:
    """The circle is named, so that it can be cut."""
    with pytest.raises(DesignError) as refused:
        fill("{a}", slots)

    assert str(refused.value) == f"slot {{a}} fills itself, by way of {way}"


def test_doubled_braces_print_a_slot_as_it_stands() -> None:
    """A prompt can speak of templates."""
    filled = fill("Write {{name}} where {name} goes.", {"name": "Ana"})

    assert filled == "Write {name} where Ana goes."


@pytest.mark.parametrize(
    "text",
    [
        'Answer as JSON: {"offer": 2400, "terms": {"months": [1, 2]}}',
        "{}",
        "{ name }",
        "{name",
        "name}",
        "{1st}",
        "{a-b}",
        "{a.b}",
        "{café}",
        "{a!r:>10}",
        r"\frac{1}{2}",
        "body { margin: 0 }",
        "{{}}",
        "{% if x %}",
        "%(name)s $name ${1}",
    ],
)
def test_any_other_brace_is_text(text: str) -> None:
    """JSON, code and formulas stand in prompts as they are."""
    assert fill(text, {"name": "Ana", "a": "b", "caf": "x"}) == text


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("One.\n{none}\nTwo.", "One.\nTwo."),
        ("One.\n{none} {none}\t\nTwo.", "One.\nTwo."),
        ("One.\r\n{none}\r\nTwo.", "One.\r\nTwo."),
        ("{none}", ""),
        ("{none}\nOne.", "One."),
        ("One.\n{through}\nTwo.", "One.\nTwo."),
        ("One.\n{half}\nTwo.", "One.\nleft\nTwo."),
    ],
)
def test_a_line_that_holds_only_empty_slots_is_left_out(text: str, filled: str) -> None:
    """A level that says nothing leaves no gap."""
    slots = {"none": "", "through": "{none}", "half": "{none}\nleft"}

    assert fill(text, slots) == filled


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("One.\n\n  \nTwo.", "One.\n\n  \nTwo."),
        ("- {none}", "- "),
        ("{none}{some}", "x"),
        ("{none} {some}", " x"),
        ("{{none}}{none}", "{none}"),
    ],
)
def test_any_other_line_stays(text: str, filled: str) -> None:
    """Blank lines of the researcher, and lines that hold anything else."""
    assert fill(text, {"none": "", "some": "x"}) == filled


def test_slots_are_named_in_order_and_printed_ones_are_none() -> None:
    """Repeats included, so that whoever counts can count."""
    assert list(slot_names("{b} {a} {{c}} {b} {1} { d }")) == ["b", "a", "b"]


@given(texts.filter(lambda text: not SLOT.search(text)))
def test_a_text_without_slots_is_never_altered(text: str) -> None:
    """Not a blank, not a line ending, not a brace."""
    assert fill(text, {"a": "x", "b": ""}) == text


@given(texts.filter(lambda text: not SLOT.search(text)))
def test_what_fills_a_slot_stands_there_as_written(text: str) -> None:
    """A slot's text is not trimmed either."""
    assert fill("<{a}>", {"a": text}) == f"<{text}>"


@given(texts)
def test_any_text_can_be_printed_by_doubling_its_slots(text: str) -> None:
    """There is nothing that a prompt cannot say."""
    doubled = SLOT.sub(r"{{\1}}", text)

    assert fill(doubled, {}) == text
