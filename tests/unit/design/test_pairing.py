"""Who sits with whom."""

from __future__ import annotations

import pytest
from builders import complaint
from hypothesis import given
from hypothesis import strategies as st

from colloquia.design.pairing import seatings
from colloquia.errors import DesignError
from colloquia.places import Place

HERE = Place(path="pairing")
NAMES = ("gpt", "claude", "llama")

names = st.lists(st.text(min_size=1), min_size=2, max_size=6, unique=True)


def refusal(pairing: object, *, models: tuple[str, ...] = NAMES, seats: int = 2) -> str:
    """Return what a pairing is refused with."""
    with pytest.raises(DesignError) as refused:
        seatings(pairing, models, seats, HERE)
    return str(refused.value)


@pytest.mark.parametrize(
    ("pairing", "expected"),
    [
        ("all", ["gg", "gc", "gl", "cg", "cc", "cl", "lg", "lc", "ll"]),
        ("distinct", ["gc", "gl", "cg", "cl", "lg", "lc"]),
        ("unordered", ["gc", "gl", "cl"]),
        ("self", ["gg", "cc", "ll"]),
    ],
)
def test_a_pairing_seats_the_models_two_by_two(pairing: str, expected: list[str]) -> None:
    """In the order in which they are written."""
    found = seatings(pairing, NAMES, 2, HERE)

    assert ["".join(name[0] for name in seating) for seating in found] == expected


@given(names)
def test_each_pairing_has_its_number_of_seatings_and_none_twice(models: list[str]) -> None:
    """All of n models, n (n - 1), half of that, n."""
    count = len(models)

    found = {word: seatings(word, models, 2, HERE) for word in ("all", "distinct", "unordered", "self")}

    assert {word: len(set(pairs)) for word, pairs in found.items()} == {
        "all": count * count,
        "distinct": count * (count - 1),
        "unordered": count * (count - 1) // 2,
        "self": count,
    }
    assert set(found["all"]) == set(found["distinct"]) | set(found["self"])
    assert all(len(set(pairs)) == len(pairs) for pairs in found.values())


@given(names, st.text(min_size=1))
def test_one_more_model_keeps_all_seatings(models: list[str], further: str) -> None:
    """Wherever it is written, ordered pairs stay."""
    more = [further, *(name for name in models if name != further)]

    assert set(seatings("all", models, 2, HERE)) <= set(seatings("all", [*more, *models], 2, HERE))


def test_a_list_seats_as_it_is_written() -> None:
    """One model a seat, in seat order."""
    assert seatings([["llama", "gpt"], ["gpt", "gpt"]], NAMES, 2, HERE) == (("llama", "gpt"), ("gpt", "gpt"))


def test_self_and_lists_fill_any_number_of_seats() -> None:
    """Groups are seated so."""
    assert seatings("self", ("gpt",), 4, HERE) == (("gpt",) * 4,)
    assert seatings([["gpt", "claude", "gpt"]], NAMES, 3, HERE) == (("gpt", "claude", "gpt"),)


def test_words_for_pairs_do_not_seat_groups() -> None:
    """Nobody can say what "distinct" is for four."""
    assert refusal("all", seats=3) == "pairing: with 3 seats write 'self' or a list of seatings; 'all' speaks of pairs."


def test_an_unknown_pairing_is_refused_with_the_nearest() -> None:
    """As every word is."""
    assert refusal("distinkt") == "pairing: 'distinkt' is no pairing. Did you mean 'distinct'?"
    assert refusal(3) == "pairing: expected a text, found a whole number."


@pytest.mark.parametrize("word", ["distinct", "unordered"])
def test_one_model_makes_no_pair_of_two(word: str) -> None:
    """Better than a run of nothing."""
    assert "leaves nothing to run with one model" in refusal(word, models=("gpt",))


@pytest.mark.parametrize(
    ("pairing", "message"),
    [
        ([], "pairing: is empty; it needs at least one seating."),
        ([["gpt"]], "pairing[0]: expected a list of 2 models, one for each seat."),
        (
            [["gpt", "claude"], ["gpt", "claude", "llama"]],
            "pairing[1]: expected a list of 2 models, one for each seat.",
        ),
        (["gpt", "claude"], "pairing[0]: expected a list of 2 models, one for each seat."),
        ([["gpt", "lama"]], "pairing[0]: 'lama' is no model of this study. Did you mean 'llama'?"),
        ([["gpt", 1]], "pairing[0]: expected a text, found a whole number."),
    ],
)
def test_a_list_that_does_not_fit_is_refused_with_its_place(pairing: object, message: str) -> None:
    """Wrong lengths and unknown models."""
    assert refusal(pairing) == message


def test_a_seating_that_stands_twice_is_refused() -> None:
    """It would be one conversation with one id; more of them are iterations."""
    assert refusal([["gpt", "llama"], ["llama", "gpt"], ["gpt", "llama"]]) == (
        "pairing[2]: this seating stands there already; for more conversations of it raise `iterations`."
    )


def test_a_pairing_is_refused_where_it_was_written() -> None:
    """In the study or in the scenario."""
    rent = {"landlord": "x", "tenant": "y"}

    assert complaint(pairing="distinct").startswith("pairing: ")
    assert complaint(scenarios={"rent": {**rent, "pairing": "distinct"}}).startswith("scenarios.rent.pairing: ")
