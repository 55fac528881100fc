"""Many at once: a shared stock with talk, and a population that plays a naming game on a graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from builders import seat, talk
from playing import play, read_by, said, setup

from colloquia.conversation.draws import Draws
from colloquia.conversation.graphs import edges
from colloquia.conversation.procedures.commons import Commons
from colloquia.conversation.procedures.population import Population
from colloquia.conversation.steps import Speak
from colloquia.conversation.transcript import Announcement
from colloquia.conversation.walk import Walk
from colloquia.errors import DesignError
from colloquia.places import Place

DRAWS = Draws(seed=1, iteration=1, item=None, names=("gpt",))
AGENTS = tuple(f"agent {number}" for number in range(1, 7))


def commons(rounds: int = 2, talk: int = 2, **settings: Any) -> Commons:
    """Return two players who talk and then take."""
    return Commons(setup=setup(num_turns=rounds * (talk + 2)), rounds=rounds, talk=talk, **settings)


def population(games: int = 30, **settings: Any) -> Population:
    """Return six members that play so many games."""
    return Population(setup=setup(*AGENTS, num_turns=2 * games), names=["Q", "M"], rounds=games, **settings)


def takes(amount: str):  # noqa: ANN201 (what a role says)
    """Return players who always take the same, and talk besides."""
    return lambda _role, _turn: amount


def test_each_round_has_talk_and_then_hidden_moves() -> None:
    """Talk has no round; moves have."""
    pool = commons()
    events, ended = play(pool, takes("20"))

    assert ended == "length"
    assert [(turn.role, turn.round) for turn in said(events)[:4]] == [("A", None), ("B", None), ("A", 1), ("B", 1)]
    assert read_by(events, "A")[:4] == [
        "Round 1. There are 100 in the common stock.",
        "Round 1. There are 100. How many do you take? Answer with one number.",
        "Round 1: A took 20, B took 20. 60 are left.",
        "Round 2. There are 100 in the common stock.",
    ]
    assert pool.outcomes(said(events)) == {"rounds_played": 2, "payoff_1": 40, "payoff_2": 40, "stock_left": 60}


def test_who_want_more_than_there_is_get_the_same_part_of_it() -> None:
    """And the stock is lost."""
    pool = commons(talk=0)
    events, ended = play(pool, lambda role, _turn: {"A": "100", "B": "50"}[role])

    assert ended == "collapse"
    assert pool.earnings(said(events)) == {1: pytest.approx(200 / 3), 2: pytest.approx(100 / 3)}


def test_the_table_knows_the_stock_as_the_players_did() -> None:
    """Also after a move that could not be read: it took nothing."""
    pool = commons(talk=0, invalid="pass", growth=1, stock=10)
    events, _ = play(pool, lambda role, turn_id: {1: "?", 2: "4", 3: "1", 4: "1"}[turn_id])

    assert pool.earnings(said(events)) == {2: 4, 3: 1, 4: 1}
    assert "4 are left." in read_by(events, "A")[-1]
    assert pool.outcomes(said(events))["stock_left"] == 4


def test_two_meet_at_a_time_and_only_they_hear_of_it() -> None:
    """Their game is announced to each, and their moves are heard by nobody else."""
    members = population()
    events, ended = play(members, takes("Q"))
    first = said(events)[:2]

    assert ended == "length"
    assert len(said(events)) == 60
    assert {turn.audience for turn in first} == {(first[0].role, first[1].role)}
    others = [role for role in AGENTS if role not in first[0].audience]
    assert all(event.audience for event in events if isinstance(event, Announcement))
    assert not any("Game 1:" in text for role in others for text in read_by(events, role))


def test_agreement_scores_and_disagreement_costs() -> None:
    """The same for both."""
    members = population(games=1)
    agreed, _ = play(members, takes("Q"))
    first, second = (turn.role for turn in said(agreed))
    split, _ = play(members, lambda role, _turn: "Q" if role == first else "M")

    assert members.earnings(said(agreed)) == {1: 100, 2: 100}
    assert members.earnings(said(split)) == {1: -50, 2: -50}
    assert read_by(split, second)[-1] == "Game 1: you said M, the other said Q. You get -50 points."


def test_a_convention_is_found_and_dated() -> None:
    """All said M at their last game once everybody has played."""
    members = population()
    events, _ = play(members, takes("M"))
    outcomes = members.outcomes(said(events))
    pairs = [{turn.role for turn in said(events)[place : place + 2]} for place in range(0, 60, 2)]
    everybody = next(games for games in range(1, 31) if len(set().union(*pairs[:games])) == 6)

    assert outcomes == {
        "rounds_played": 30, "agreement_share": 1, "late_agreement_share": 1, "convention": "M",
        "convention_share": 1, "converged_at": everybody,
    }  # fmt: skip
    assert set(members.outcomes([]).values()) == {0, None}


def test_a_committed_minority_says_its_name_and_is_asked_nothing() -> None:
    """From the game on that the study names; it is not counted as converted."""
    members = population(committed=2, committed_name="M", committed_from=11)
    events, _ = play(members, takes("Q"))
    early, late = said(events)[:20], said(events)[20:]

    assert len(members.minority) == 2
    assert {turn.move for turn in early} == {"Q"}
    assert {turn.move for turn in late if turn.role in members.minority} == {"M"}
    assert {turn.move for turn in late if turn.role not in members.minority} == {"Q"}
    assert members.outcomes(said(events))["convention"] == "Q"
    assert members.outcomes(said(events))["convention_share"] == 1


def test_a_member_remembers_its_own_last_games_only() -> None:
    """The memory of the study is a window over the games that a member played."""
    members = population(games=60)
    seats = [seat(role, "You play a game.") for role in AGENTS]
    walk = Walk(talk(*(replace(each, memory=2) for each in seats), procedure=members))
    events, _ = play(members, takes("Q"))
    for turn in said(events):
        step = walk.take(turn)
    assert step.request is not None
    heard = "\n".join(message.content for message in step.request.messages)

    assert 2 <= heard.count("you said Q") <= 3
    assert len(step.request.messages) <= 6


def numbers(what: str, turn: int) -> int:
    """Return a number that looks drawn."""
    return DRAWS.integer(what, turn)


@pytest.mark.parametrize("graph", ["regular", "small world"])
def test_graphs_have_no_loops_and_no_pair_twice(graph: str) -> None:
    """Twelve members with four partners each are 24 pairs."""
    found = edges(graph, 12, 4, 0.3, numbers)

    assert len(found) == len(set(found)) == 24
    assert all(one < other for one, other in found)


def test_in_a_regular_graph_everybody_can_meet_as_many() -> None:
    """And it is not the ring it was made from."""
    found = edges("regular", 12, 4, 0.0, numbers)

    assert set(Counter(member for pair in found for member in pair).values()) == {4}
    assert found != edges("small world", 12, 4, 0.0, numbers)


def test_a_small_world_without_rewiring_is_a_ring_and_a_complete_graph_has_all_pairs() -> None:
    """Neighbours of neighbours at most."""
    ring = edges("small world", 8, 4, 0.0, numbers)

    assert all(min(other - one, 8 - other + one) <= 2 for one, other in ring)
    assert len(edges("complete", 8, 4, 0.0, numbers)) == 28


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"names": ["Q"]}, "p.names: needs two names or more"),
        ({"graph": "regullar"}, "p.graph: 'regullar' is no graph. Did you mean 'regular'?"),
        ({"graph": "regular", "degree": 3}, "p.degree: is 3; with 6 members it is an even number below 6."),
        ({"committed": 7}, "p.committed: is 7; there are 6 members."),
        ({"committed": 1}, "p.committed_name: expected a text, found nothing."),
        ({"committed": 1, "committed_name": "X"}, "p.committed_name: 'X' is no name of this game. Known: M, Q."),
        ({"rewired": 2}, "p.rewired: is a share, from 0 to 1."),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], complaint: str) -> None:
    """With path, reason and the nearest word."""
    with pytest.raises(DesignError) as refused:
        Population(setup=setup(*AGENTS), **{"names": ["Q", "M"], **settings}).check(Place(path="p"))

    assert str(refused.value).startswith(complaint)


def test_a_stock_that_cannot_be_is_refused() -> None:
    """A capacity below what there is in the beginning."""
    with pytest.raises(DesignError, match=r"p\.capacity: is 50; the least is 100\."):
        commons(capacity=50).check(Place(path="p"))


def test_talk_goes_round_from_the_opener() -> None:
    """One turn of each seat where the study says nothing of it."""
    pool = Commons(setup=setup("A", "B", "C", num_turns=6, opener="B"), rounds=1)
    step = pool.next_step([Announcement(text="Round 1.")])

    assert step == Speak(role="B")
    assert pool.own_length == 6
