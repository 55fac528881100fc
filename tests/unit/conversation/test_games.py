"""Games: what players are asked and told, what moves earn, what comes of a game."""

from __future__ import annotations

from typing import Any

import pytest
from playing import play, read_by, said, setup

from colloquia.conversation.procedures.game import MatrixGame
from colloquia.conversation.procedures.public_goods import PublicGoods
from colloquia.conversation.procedures.trust import Trust
from colloquia.conversation.procedures.ultimatum import Ultimatum
from colloquia.errors import DesignError
from colloquia.places import Place

DILEMMA = {"J": {"J": [8, 8], "F": [0, 10]}, "F": {"J": [10, 0], "F": [5, 5]}}
SEXES = {"opera": {"opera": [3, 2], "match": [0, 0]}, "match": {"opera": [0, 0], "match": [2, 3]}}


def game(payoffs: Any = None, num_turns: int = 4, **settings: Any) -> MatrixGame:
    """Return a prisoner's dilemma of two rounds."""
    return MatrixGame(setup=setup(num_turns=num_turns), rounds=num_turns // 2, payoffs=payoffs or DILEMMA, **settings)


def always(**moves: str):  # noqa: ANN201 (what a role says)
    """Return players who always say the same."""
    return lambda role, _turn: moves[role]


def test_players_are_asked_and_told_each_its_own_side() -> None:
    """Own choice and own points come first."""
    events, ended = play(game(), always(A="J", B="F"))

    assert ended == "length"
    assert read_by(events, "A") == [
        "Round 1. Your options: J or F.",
        "Round 1: you chose J, the other player chose F. You get 0, the other player gets 10.",
        "Round 2. Your options: J or F.",
        "Round 2: you chose J, the other player chose F. You get 0, the other player gets 10.",
    ]
    assert read_by(events, "B")[1] == (
        "Round 1: you chose F, the other player chose J. You get 10, the other player gets 0."
    )


def test_what_moves_earned_is_known_by_turn_and_by_seat() -> None:
    """From the table, never from the log."""
    dilemma = game()
    events, _ = play(dilemma, always(A="J", B="F"))

    assert dilemma.earnings(said(events)) == {1: 0, 2: 10, 3: 0, 4: 10}
    assert dilemma.outcomes(said(events)) == {"rounds_played": 2, "payoff_1": 0, "payoff_2": 20}
    assert dilemma.outcomes([]) == {"rounds_played": 0, "payoff_1": None, "payoff_2": None}


def test_half_a_round_and_an_unreadable_one_earn_nothing() -> None:
    """They are no rounds."""
    dilemma = game(invalid="pass")
    events, ended = play(dilemma, lambda role, turn_id: "?" if (role, turn_id) == ("A", 1) else "F")

    assert ended == "length"
    assert dilemma.earnings(said(events)) == {3: 5, 4: 5}
    assert dilemma.earnings(said(events)[:3]) == {}
    assert "you chose nothing that could be read" in read_by(events, "A")[1]
    assert "You get nothing, the other player gets nothing." in read_by(events, "A")[1]


def test_the_table_is_written_from_the_side_of_its_reader() -> None:
    """Where the game is the same for both, it reads the same."""
    dilemma, sexes = game(), game(SEXES)

    assert dilemma.slots("A") == dilemma.slots("B")
    assert dilemma.slots("A")["payoffs"] == (
        "you J, the other J: 8 and 8; you J, the other F: 0 and 10; "
        "you F, the other J: 10 and 0; you F, the other F: 5 and 5"
    )
    assert sexes.slots("B")["payoffs"].startswith("you opera, the other opera: 2 and 3; you opera, the other match: 0")
    assert sexes.earned({"A": "match", "B": "match"}) == {"A": 2, "B": 3}
    assert dilemma.slots("A")["rounds"] == "2"


def test_shuffled_options_are_drawn_for_each_player_and_round() -> None:
    """Both orders turn up, and the same draws give the same order."""
    shuffled = game(num_turns=80, order="shuffled")
    events, _ = play(shuffled, always(A="J", B="J"))
    asked = [text for text in read_by(events, "A") if "options" in text]

    assert {text.partition(": ")[2] for text in asked} == {"J or F.", "F or J."}
    assert play(shuffled, always(A="J", B="J"))[0] == events
    assert [text for text in read_by(events, "B") if "options" in text] != asked


def test_a_game_of_other_choices_for_each_seat() -> None:
    """Rows are the first seat's choices, columns the second's."""
    inspection = game({"work": {"look": [1, 0], "trust": [1, 2]}, "rest": {"look": [0, 1], "trust": [2, 0]}})
    events, _ = play(inspection, always(A="rest", B="look"))

    assert (inspection.options("A"), inspection.options("B")) == (("work", "rest"), ("look", "trust"))
    assert [turn.move for turn in said(events)[:2]] == ["rest", "look"]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"rounds": 0}, "p.rounds: is 0; the least is 1."),
        ({"order": "shufled"}, "p.order: 'shufled' is no order. Did you mean 'shuffled'?"),
        ({"invalid": "stop"}, "p.invalid: 'stop' is no word for what then happens. Known: end, pass."),
        ({"payoffs": {"J": {"J": [1, 1]}, "F": {"J": [1, 1]}}}, "p.payoffs: a player with one option has no choice"),
        ({"payoffs": {"J": {"J": [8, 8], "F": [0]}}}, "p.payoffs.J.F: expected own points and the other's, found 1"),
        ({"payoffs": {**DILEMMA, "F": {"J": [1, 1]}}}, "p.payoffs.F: says nothing of 'F'; every choice needs points"),
        ({"payoffs": {"J": {"J": [8, "8"], "F": [0, 1]}}}, "p.payoffs.J.J[1]: expected a number, found a text."),
        ({"payoffs": [1]}, "p.payoffs: expected a table of choice"),
        ({"payoffs": {"j": DILEMMA["J"], "J": DILEMMA["J"]}}, "p.payoffs: two choices differ only in letter case"),
        ({"ask": 3}, "p.ask: expected a text, found a whole number."),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], complaint: str) -> None:
    """With path, reason and the nearest word."""
    with pytest.raises(DesignError) as refused:
        MatrixGame(setup=setup(), **{"payoffs": DILEMMA, **settings}).check(Place(path="p"))

    assert str(refused.value).startswith(complaint)


def test_a_public_pot_is_multiplied_and_shared_by_all() -> None:
    """20 - 10 + 1.6 x 30 / 4 is 22."""
    pot = PublicGoods(setup=setup("A", "B", "C", "D", num_turns=4))
    events, _ = play(pot, always(A="10", B="I give 20.", C="0", D="0"))

    assert pot.earnings(said(events)) == {1: 22, 2: 12, 3: 32, 4: 32}
    assert read_by(events, "A") == [
        "Round 1. You have {endowment} points. How many do you put into the pot?",
        "Round 1: A put in 10, B put in 20, C put in 0, D put in 0. You put in 10 and get 22.",
    ]
    assert pot.outcomes(said(events))["mean_contribution"] == 7.5
    assert PublicGoods.seats({"players": 5}) == ("A", "B", "C", "D", "E")


def test_more_than_there_is_cannot_be_put_in() -> None:
    """It is no move."""
    events, _ = play(PublicGoods(setup=setup(num_turns=2)), always(A="21", B="20"))

    assert [turn.move for turn in said(events)] == [None, "20"]


@pytest.mark.parametrize(
    ("answer", "earned"), [("Fine, I accept.", {1: 7, 2: 3}), ("reject", {1: 0, 2: 0}), ("ACCEPT", {1: 7, 2: 3})]
)
def test_an_offer_is_taken_or_leaves_both_with_nothing(answer: str, earned: dict[int, float]) -> None:
    """The opener proposes."""
    ultimatum = Ultimatum(setup=setup(num_turns=2, opener="B"))
    events, _ = play(ultimatum, always(B="3", A=answer))

    assert [turn.role for turn in said(events)] == ["B", "A"]
    assert ultimatum.earnings(said(events)) == earned
    assert "offered 3." in read_by(events, "A")[0]
    assert ultimatum.outcomes(said(events))["mean_offer"] == 3


def test_what_is_sent_grows_and_part_of_it_comes_back() -> None:
    """Nobody can send back more than arrived."""
    trust = Trust(setup=setup(num_turns=4))
    events, _ = play(trust, lambda role, turn_id: {1: "4", 2: "6", 3: "2", 4: "7"}[turn_id])

    assert [turn.move for turn in said(events)] == ["4", "6", "2", None]
    assert trust.earnings(said(events)[:2]) == {1: 12, 2: 6}
    assert trust.outcomes(said(events)) == {
        "rounds_played": 1, "payoff_1": 12, "payoff_2": 6, "mean_sent": 4, "mean_returned_share": 0.5
    }  # fmt: skip


@pytest.mark.parametrize(
    ("procedure", "complaint"),
    [
        (PublicGoods(setup=setup(), players=3), "p.players: is 3, and there are 2 seats."),
        (PublicGoods(setup=setup(), multiplier=0), "p.multiplier: is 0: nothing could be shared."),
        (Ultimatum(setup=setup(), amount=-1), "p.amount: is -1; the least is 0."),
        (Trust(setup=setup(), endowment="10"), "p.endowment: expected a number, found a text."),
    ],
)
def test_other_games_check_their_settings_too(procedure: Any, complaint: str) -> None:
    """Each in its own file."""
    with pytest.raises(DesignError) as refused:
        procedure.check(Place(path="p"))

    assert str(refused.value) == complaint
