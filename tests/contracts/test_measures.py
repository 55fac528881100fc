"""What every measure must do, those of one's own included: describe itself, know its numbers, and never break."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colloquia.analysis.measuring.embedding import TfIdf
from colloquia.analysis.measuring.registry import built_in, named
from colloquia.analysis.measuring.transcript import Answer, Game, Said, Seat, Texts, Transcript, dyad

if TYPE_CHECKING:
    from colloquia.analysis.measuring.measure import Measure, Value

OWN = Path(__file__).parents[1] / "data" / "measures" / "shouting.py"
MEASURES = [*built_in().values(), named(f"{OWN}:SHOUTING", allows_code=True)]
TOLERANCE = 5e-4

LONG = "The rent is too high, but I cannot pay! Is it fair? " * 20_000
"""One megabyte."""

TALKS = {
    "nothing said": dyad(),
    "one turn": dyad("Hello there."),
    "empty texts": dyad("", "", "", ""),
    "blanks": dyad(" \n\t ", "\r\n", " "),
    "one word": dyad("Yes", "No", "Yes", "No"),
    "no content": dyad(None, None, "Hello.", None),
    "only one seat speaks": replace(
        dyad(), turns=tuple(Said(turn_id=number, seat="A", text="Alone again.") for number in (1, 2, 3, 4))
    ),
    "Chinese": dyad("房租太高了。", "不行！你觉得呢？", "我不同意。", "好的。"),
    "Arabic": dyad("الإيجار مرتفع جدا.", "لا أستطيع أن أدفع؟", "حسنا", "شكرا"),
    "emoji": dyad("😀😀", "👩‍👩‍👧‍👦 ok", "🇩🇪", "😀"),
    "separators": dyad("a\u2028b\u2029c", "\u200b\u200d", "line\x0bline\x0c", "\ufeff"),
    "NUL and controls": dyad("\x00", "a\x00b\x1b[31m", "\x7f", "\x00\x00"),
    "markup only": dyad("```\ncode\n```", "**", "[](http://x)", "# - >"),
    "signs only": dyad("?!?!", "...", "'''", "--"),
    "one megabyte": dyad("Yes.", LONG, "No.", "Yes."),
    "one word of a megabyte": dyad("a" * 1_000_000, "b", "!" * 1_000_000),
    "five seats": Transcript(
        seats=tuple(Seat(role=role) for role in "ABCDE"),
        turns=tuple(Said(turn_id=number, seat="ABCDE"[number % 5], text="We meet. Sorry?") for number in range(1, 13)),
    ),
    "one seat": Transcript(seats=(Seat(role="A"),), turns=(Said(turn_id=1, seat="A", text="To be, or not to be."),)),
    "roles with signs": dyad("(B): Hello.", "[A]*: Hello.", roles=("[A]*", "(B)")),
}
"""Conversations that are out of the ordinary."""


def whole(talk: Transcript) -> Transcript:
    """Return a conversation with something in every part that a measure may read."""
    texts, first = [turn.text or "" for turn in talk.turns], (*talk.roles, "A")[0]
    return replace(
        talk,
        seats=tuple(Seat(role=seat.role, prompt="Talk about the rent.") for seat in talk.seats),
        turns=tuple(
            replace(turn, latency_ms=0.0, output_tokens=3, move="J", round=turn.turn_id) for turn in talk.turns
        ),
        planned_turns=4,
        ended_by="length",
        earlier=(talk.texts, Texts(turns=((1, first, "Hello."),)), Texts(turns=())),
        embedding=TfIdf(texts),
        labels={name: {1: "agree", 2: "odd", 3: "5"} for name in ("stance", "refusal", "adherence")},
        answers=(
            Answer(probe="belief", seat=first, after_turn=0, value=1.0),
            Answer(probe="belief", seat=first, after_turn=4, value=None),
        ),
        game=Game(options=("J", "F"), payoffs={"J": {"J": (0, 0), "F": (0, 0)}, "F": {"J": (0, 0), "F": (0, 0)}}),
    )


def each_measure() -> pytest.MarkDecorator:
    """Run a test once for each measure."""
    return pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.id)


@each_measure()
def test_a_measure_describes_itself(measure: Measure) -> None:
    """Whoever reads a table can know what a number is, from where to where it goes, and what it is not."""
    assert measure.title
    assert measure.minimum
    assert measure.caveat.endswith(".")
    for variable in measure.variables:
        assert variable.scale
        assert variable.more_means
        assert (-inf if variable.low is None else variable.low) < (inf if variable.high is None else variable.high)
        assert variable.aggregation is None or variable.unit == "turn"


@each_measure()
def test_a_measure_gives_the_values_of_its_fixture(measure: Measure) -> None:
    """They were computed by hand or by a named reference, and agree to 5e-4."""
    found = {_place(value): value for value in measure.values(measure.fixture.transcript)}

    assert measure.fixture.source
    for expected in measure.fixture.expected:
        value = found[_place(expected)]
        assert value.reason == expected.reason, expected
        if expected.reason is None:
            assert value.value == pytest.approx(expected.value, abs=TOLERANCE), expected


@each_measure()
@pytest.mark.parametrize("parts", ["texts alone", "every part"])
@pytest.mark.parametrize("name", TALKS)
def test_a_measure_gives_a_value_or_a_reason_for_any_talk(measure: Measure, name: str, parts: str) -> None:
    """Never an exception, never a number that is none, nothing outside of its range, nothing twice."""
    talk = TALKS[name] if parts == "texts alone" else whole(TALKS[name])

    found = measure.values(talk)

    ranges = {variable.name: (variable.low, variable.high) for variable in measure.variables}
    for value in found:
        low, high = ranges[value.variable]
        assert isfinite(value.value) is (value.reason is None)
        assert value.reason is None or value.reason
        if value.reason is None:
            assert low is None or value.value >= low - 1e-9, value
            assert high is None or value.value <= high + 1e-9, value
    assert len({_place(value) for value in found}) == len(found)


@each_measure()
def test_every_variable_has_a_value_or_a_reason_for_each_seat_or_the_whole(measure: Measure) -> None:
    """Nothing is missing without a word, where there is what the variable needs."""
    found = {_place(value) for value in measure.values(whole(TALKS["one word"]))}

    for variable in measure.variables:
        seats = (None,) if variable.unit == "conversation" else ("A", "B")
        assert all((variable.name, seat, None) in found for seat in seats), variable.name


@each_measure()
def test_the_same_input_gives_the_same_values_under_the_same_key(measure: Measure) -> None:
    """Also from an equal transcript that is another object."""
    one, other = whole(dyad("Is it fair?", "No, I am sorry.")), whole(dyad("Is it fair?", "No, I am sorry."))

    assert measure.values(one) == measure.values(other)
    assert measure.key(one) == measure.key(other)


@each_measure()
def test_another_text_version_or_param_is_another_key(measure: Measure) -> None:
    """A changed measure or transcript can never be taken for what was there."""
    talk = whole(dyad("Is it fair?", "No, I am sorry."))
    params = MappingProxyType({**measure.params, "one more": 1.0})

    keys = {
        measure.key(talk),
        measure.key(whole(dyad("Is it fair?", "No, I am sorry!"))),
        replace(measure, version=measure.version + 1).key(talk),
        replace(measure, params=dict(params)).key(talk),
    }

    assert len(keys) == 4


@each_measure()
def test_what_a_measure_does_not_read_changes_neither_value_nor_key(measure: Measure) -> None:
    """A measure of texts is not computed anew because a clock went differently."""
    full = whole(dyad("Is it fair?", "No, I am sorry."))

    assert measure.values(full.only(measure.reads)) == measure.values(full)
    assert measure.key(full.only(measure.reads)) == measure.key(full)


@each_measure()
def test_renaming_the_seats_renames_the_values_and_changes_no_number(measure: Measure) -> None:
    """No measure depends on what a seat is called, or on which model sits in it."""
    lines = ("The rent is too high, I think.", "Sorry, is it?", "I cannot pay it.", "We see. The rent stays.") * 4

    here = {_place(value): value for value in measure.values(whole(dyad(*lines, roles=("A", "B"))))}
    there = measure.values(whole(dyad(*lines, roles=("Zoe", "Bo"))))

    names = {"Zoe": "A", "Bo": "B", None: None}
    assert len(there) == len(here)
    for value in there:
        same = here[value.variable, names[value.seat], value.turn_id]
        assert (value.reason is None) is (same.reason is None), value
        assert value.reason is not None or value.value == pytest.approx(same.value), value


@each_measure()
def test_what_is_said_later_changes_no_value_of_an_earlier_turn(measure: Measure) -> None:
    """Values of turns look back, so that a talk that goes on only adds to them."""
    lines = ("The rent is too high, I think.", "Sorry, is it?", "I cannot pay it.", "We see. The rent stays.")
    full = replace(whole(dyad(*lines)), embedding=TfIdf(lines))
    short = replace(full, turns=full.turns[:3])

    later = {_place(value): value for value in measure.values(full) if value.unit == "turn"}
    for value in measure.values(short):
        if value.unit == "turn":
            same = later[_place(value)]
            assert value.reason == same.reason
            assert value.reason is not None or value.value == pytest.approx(same.value)


@settings(max_examples=60)
@given(st.lists(st.one_of(st.none(), st.text(max_size=200)), max_size=9), st.booleans())
def test_whatever_is_said_every_measure_gives_values_or_reasons(texts: list[str | None], has_all: bool) -> None:  # noqa: FBT001
    """Any characters in any order, turns without a text among them."""
    talk = whole(dyad(*texts)) if has_all else dyad(*texts)

    for measure in MEASURES:
        ranges = {variable.name: variable for variable in measure.variables}
        for value in measure.values(talk):
            variable = ranges[value.variable]
            assert isfinite(value.value) is (value.reason is None)
            if value.reason is None:
                assert variable.low is None or value.value >= variable.low - 1e-9, value
                assert variable.high is None or value.value <= variable.high + 1e-9, value


def test_all_eighteen_measures_are_there() -> None:
    """The core set, each in a file of its own that bears its name."""
    assert len(built_in()) == 18
    assert all(measure.of.__module__.endswith(f".{name}") for name, measure in built_in().items())


def test_no_two_measures_give_a_variable_of_the_same_name() -> None:
    """So that a variable can be picked out of the frame by its name alone."""
    names = [variable.name for measure in MEASURES for variable in measure.variables]

    assert len(set(names)) == len(names)


def test_a_measure_of_ones_own_has_at_most_forty_lines() -> None:
    """The example of the documentation is one."""
    assert len(OWN.read_text(encoding="utf-8").splitlines()) <= 40


def _place(value: Value) -> tuple[str, str | None, int | None]:
    return (value.variable, value.seat, value.turn_id)
