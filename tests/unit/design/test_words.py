"""The vocabulary of a study, and the plain values it is made of."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import pytest
from builders import complaint, study
from hypothesis import given
from hypothesis import strategies as st

from colloquia.design.words import IN_SCENARIO, RESERVED_ROLES, WORDS, check_names, plain
from colloquia.errors import DesignError
from colloquia.places import Place, kind

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Place(path="models.gpt")


class Colour(IntEnum):
    """A number that is more than a number."""

    RED = 1


class Wide(float):
    """A fraction that is more than a fraction, as NumPy's are."""


class Loud(str):
    """A text that is more than a text, as those of TOML libraries are."""

    __slots__ = ()


def refusal(check: Callable[..., object], *arguments: object, **known: object) -> str:
    """Return what a check refuses its arguments with."""
    with pytest.raises(DesignError) as refused:
        check(*arguments, **known)
    return str(refused.value)


# -- the vocabulary ----------------------------------------------------------------------------------------------------


def test_what_stands_in_a_scenario_is_a_word_of_the_study() -> None:
    """A scenario has no words of its own."""
    assert IN_SCENARIO <= WORDS


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("num_turn", " Did you mean 'num_turns'?"),
        ("scenario", " Did you mean 'scenarios'?"),
        ("itterations", " Did you mean 'iterations'?"),
        ("kick_off", " Did you mean 'kickoff'?"),
        ("NUM_TURNS", ""),
        ("wibble", ""),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest_one(word: str, hint: str) -> None:
    """A misspelt word never silently does nothing."""
    assert complaint(**{word: 1}) == f"{word}: no such word in a study.{hint}"


@pytest.mark.parametrize("role", sorted(RESERVED_ROLES - IN_SCENARIO))
def test_a_role_cannot_be_named_like_a_word_that_means_something_else(role: str) -> None:
    """Neither like a study word nor like one that stands where roles are named."""
    refused = complaint(scenarios={"rent": {role: "x", "tenant": "y"}})

    assert refused.startswith(f"scenarios.rent.{role}: a role cannot be called {role!r}: ")


def test_a_word_of_the_study_that_does_not_belong_in_a_scenario_is_told_so() -> None:
    """Most likely it was meant as one."""
    refused = complaint(scenarios={"rent": {"landlord": "x", "tenant": "y", "seed": 3}})

    assert refused.endswith("that is a word of the study, and does not belong in a scenario.")


# -- places ------------------------------------------------------------------------------------------------------------


def test_a_place_is_a_path_of_names_and_numbers() -> None:
    """As it would be written in code."""
    place = Place(path="").at("scenarios").at("rent").at("stop").at(0).at("by")

    assert place.path == "scenarios.rent.stop[0].by"
    assert str(place.error("is empty.")) == "scenarios.rent.stop[0].by: is empty."
    assert str(Place(path="").error("is empty.")) == "is empty."


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "nothing"),
        ("", "a text"),
        (True, "true or false"),
        (1, "a whole number"),
        (1.0, "a number"),
        ([], "a list"),
        ({}, "a table"),
        (object(), "an object"),
    ],
)
def test_what_was_found_is_named_in_a_researcher_s_words(value: object, name: str) -> None:
    """No Python in a message."""
    assert kind(value) == name


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "models.gpt: is 0; the least is 1."),
        (-3, "models.gpt: is -3; the least is 1."),
        (2.0, "models.gpt: expected a whole number, found a number."),
        ("2", "models.gpt: expected a whole number, found a text."),
        (True, "models.gpt: expected a whole number, found true or false."),
        (None, "models.gpt: expected a whole number, found nothing."),
    ],
)
def test_a_whole_number_is_whole_and_large_enough(value: object, message: str) -> None:
    """True is no number, whatever Python says."""
    assert refusal(HERE.whole_number, value, least=1) == message


@pytest.mark.parametrize("value", [-0.01, "5", True, None, [5]])
def test_dollars_are_a_number_of_at_least_nothing(value: object) -> None:
    """Money is not owed."""
    assert refusal(HERE.dollars, value) == "models.gpt: expected dollars, a number of at least 0."


def test_dollars_may_be_whole_or_not_or_none_at_all() -> None:
    """A cap of 0 lets only free models speak."""
    assert [HERE.dollars(value) for value in (15, 0.5, 0)] == [15.0, 0.5, 0.0]


def test_a_table_is_a_table_with_an_entry() -> None:
    """The message says of what."""
    assert refusal(HERE.mapping, [], of="name = slug") == "models.gpt: expected a table of name = slug, found a list."
    assert refusal(HERE.mapping, {}, of="name = slug") == "models.gpt: is empty; it needs at least one name."


def test_an_unknown_choice_is_refused_with_the_nearest_or_with_all() -> None:
    """All of them where none is near."""
    near = refusal(HERE.known, "scrip", ("flip", "script"), what="view")
    far = refusal(HERE.known, "x", ("script", "flip"), what="view")

    assert near == "models.gpt: 'scrip' is no view. Did you mean 'script'?"
    assert far == "models.gpt: 'x' is no view. Known: flip, script."


# -- plain values ------------------------------------------------------------------------------------------------------


values = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_plain_values_are_equal_copies(value: object) -> None:
    """What the researcher still holds in hand cannot change a study."""
    copy = plain(value, HERE)

    assert copy == value
    assert copy is not value or not isinstance(value, list | dict)


def test_subclasses_become_plain() -> None:
    """Numbers of other libraries and texts of TOML can be written, compared and sent like any others."""
    copy = plain({Loud("a"): Loud("b"), "c": (Colour.RED, Wide(0.5), True)}, HERE)

    assert copy == {"a": "b", "c": [1, 0.5, True]}
    assert {type(part) for part in (*copy, copy["a"])} == {str}
    assert [type(part) for part in copy["c"]] == [int, float, bool]
    assert msgspec.json.encode(copy) == b'{"a":"b","c":[1,0.5,true]}'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, float("nan")]}, "models.gpt.a[1]: is no finite number."),
        (float("-inf"), "models.gpt: is no finite number."),
        ({"a": "x\ud800"}, "models.gpt.a: holds a lone surrogate, which is no Unicode text."),
        ({"x\udfff": "a"}, "models.gpt: holds a lone surrogate, which is no Unicode text."),
        ({"a": None}, "models.gpt.a: a study cannot hold NoneType objects."),
        ({1: "a"}, "models.gpt: expected a text, found a whole number."),
        ({"a": b"x"}, "models.gpt.a: a study cannot hold bytes objects."),
        ({"a": {1, 2}}, "models.gpt.a: a study cannot hold set objects."),
        (MappingProxyType({}), "models.gpt: a study cannot hold mappingproxy objects."),
    ],
)
def test_what_a_study_file_cannot_say_is_refused_with_its_place(value: object, message: str) -> None:
    """A study is plain text, numbers, lists and tables, so that it can be frozen and read back."""
    assert refusal(plain, value, HERE) == message


def test_every_word_of_a_study_is_made_plain() -> None:
    """However deep it stands."""
    assert complaint(title="\ud83d") == "title: holds a lone surrogate, which is no Unicode text."
    assert complaint(max_cost=float("nan")) == "max_cost: is no finite number."
    assert complaint(sampling={"temperature": float("inf")}) == "sampling.temperature: is no finite number."
    assert study(pairing=(("gpt", "gpt"),)) == study(pairing=[["gpt", "gpt"]])


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", " gpt", "gpt ", "\tgpt", " "])
def test_a_name_has_no_blanks_at_its_ends(name: str) -> None:
    """Nobody sees the difference."""
    assert refusal(check_names, [name], HERE, what="model").endswith("a model needs a name without blanks at its ends.")


@pytest.mark.parametrize("name", ["a|b", "a\nb", "a\0", "a\u2028b", "\u202egpt"])
def test_a_name_has_no_bar_and_no_control_characters(name: str) -> None:
    """Tables join names by a bar, and files have lines."""
    assert refusal(check_names, [name], HERE, what="model").endswith("cannot hold '|' or control characters.")


@pytest.mark.parametrize("names", [("GPT", "gpt"), ("Straße", "STRASSE")])
def test_names_that_differ_only_in_letter_case_are_refused(names: tuple[str, str]) -> None:
    """Some file systems and most readers take them for one."""
    refused = refusal(check_names, names, HERE, what="role")

    assert refused == (
        f"models.gpt.{names[1]}: the roles {names[0]!r} and {names[1]!r} differ only in letter case; rename one."
    )


def test_ordinary_names_of_any_language_are_names() -> None:
    """With blanks and signs inside."""
    check_names(["gpt-4.1 mini", "Käthe", "小明", "a.b", "it's", "{x}", "#1"], HERE, what="model")


def test_a_whole_number_is_one_number_however_it_is_written() -> None:
    """``temperature = 1`` and ``temperature = 1.0`` are one study, one id and one request."""
    assert plain(1.0, Place(path="x")) == 1
    assert type(plain(1.0, Place(path="x"))) is int
    assert type(plain(0.5, Place(path="x"))) is float


def test_a_number_beyond_all_readers_is_refused() -> None:
    """What TOML and JSON readers would disagree on cannot be frozen."""
    with pytest.raises(DesignError, match="larger than any number"):
        plain(2**63, Place(path="seed"))
