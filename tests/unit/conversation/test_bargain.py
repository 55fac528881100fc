"""Bargaining: what counts as a move, what the other hears, what ends it, what comes of it."""

from __future__ import annotations

from typing import Any

import pytest
from builders import turn
from playing import play, said, setup

from colloquia.conversation.procedures.bargain import Bargain, Bargaining, public
from colloquia.errors import DesignError
from colloquia.places import Place

OPEN, ANSWER = Bargaining(has_offer=False), Bargaining(has_offer=True)


def bargain(num_turns: int = 10, opener: str = "seller", **settings: Any) -> Bargain:
    """Return a bargain over an object that costs 40 and is worth 60."""
    made = setup("seller", "buyer", num_turns=num_turns, opener=opener)
    return Bargain(setup=made, **{"cost": 40, "value": 60, **settings})


def lines(*texts: str):  # noqa: ANN201 (what is said, turn by turn)
    """Return seats that say these lines in turn."""
    return lambda _role, turn_id: texts[turn_id - 1]


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("propose 55", "propose 55"),
        ("It is a fine piece.\n\nPropose $55.50", "propose 55.5"),
        ("**Move:** propose 1,200", "propose 1200"),
        ("- propose(55)", "propose 55"),
        ("propose", None),
        ("propose 55 or 60", None),
        ("propose -5", None),
        ("I propose 55 for it.", None),
        ("propose 50\npropose 60", None),
        ("Reject.", "reject"),
        ("reject that", None),
        ("accept", None),
        ("", None),
        ("<private>propose 45</private>\npropose 55", "propose 55"),
        ("<private>propose 45", None),
    ],
)
def test_a_move_is_one_line_of_what_is_heard(text: str, move: str | None) -> None:
    """Nothing is read between the lines, and nothing in what is private; before an offer nothing can be accepted."""
    assert OPEN.read(text) == move
    assert move is None or OPEN.read(move) == move


def test_an_offer_of_the_other_can_be_accepted() -> None:
    """By a line that says nothing else."""
    assert ANSWER.read("You win.\nACCEPT!") == "accept"
    assert ANSWER.read("Accept my apologies.") is None


def test_what_is_private_is_heard_by_nobody_else() -> None:
    """Also where its end is missing."""
    assert public("Hello. <Private>I need 45.</PRIVATE> propose 55") == "Hello.  propose 55"
    assert public("Hello. <private>I need 45.") == "Hello."


def test_a_deal_ends_the_talk_and_shares_the_surplus() -> None:
    """55 leaves the seller three quarters of 20."""
    haggle = bargain()
    events, ended = play(haggle, lines("propose 65", "reject", "propose 55", "accept"))

    assert ended == "deal"
    assert [each.role for each in said(events)] == ["seller", "buyer", "seller", "buyer"]
    assert haggle.outcomes(said(events)) == {"deal": True, "price": 55, "seller_share": 0.75, "buyer_share": 0.25}


def test_without_a_deal_the_length_ends_it() -> None:
    """And there is no price."""
    haggle = bargain(num_turns=3, opener="buyer")
    events, ended = play(haggle, lines("propose 10", "reject", "propose 20"))

    assert ended == "length"
    assert said(events)[0].role == "buyer"
    assert haggle.outcomes(said(events))["deal"] is False
    assert haggle.outcomes(said(events)[:2]) == {
        "deal": None, "price": None, "seller_share": None, "buyer_share": None
    }  # fmt: skip


def test_ones_own_offer_cannot_be_accepted_after_a_rejection() -> None:
    """An offer stands until it is answered."""
    events, _ = play(bargain(num_turns=3), lines("propose 50", "reject", "accept"))

    assert [each.move for each in said(events)] == ["propose 50", "reject", None]


def test_where_no_surplus_can_be_there_is_none_to_share() -> None:
    """The buyer's value lies below the seller's cost."""
    haggle = bargain(value=20)

    outcomes = haggle.outcomes([turn(1, "seller", move="propose 30"), turn(2, "buyer", move="accept")])

    assert (outcomes["price"], outcomes["seller_share"]) == (30, None)


def test_the_prompt_can_say_how_moves_are_written() -> None:
    """Slots of the study: the settings and {moves}."""
    assert bargain().slots("buyer")["cost"] == "40"
    assert "propose and a price, accept, or reject" in bargain().slots("buyer")["moves"]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"seller": "sellar"}, "p.seller: 'sellar' is no role of this scenario. Did you mean 'seller'?"),
        ({"cost": "40"}, "p.cost: expected a number, found a text."),
        ({"invalid": "skip"}, "p.invalid: 'skip' is no word for what then happens. Known: end, pass."),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], complaint: str) -> None:
    """With path, reason and the nearest word."""
    with pytest.raises(DesignError) as refused:
        bargain(**settings).check(Place(path="p"))

    assert str(refused.value) == complaint
