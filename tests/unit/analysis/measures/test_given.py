"""Stance, private answers and games: formulas over what judges, probes and players gave."""

from __future__ import annotations

from dataclasses import replace

import pytest
from talks import of

from colloquia.analysis.measuring.transcript import Answer, Game, Said, Transcript, dyad

DILEMMA = Game(
    options=("C", "D"),
    payoffs={"C": {"C": (3, 3), "D": (0, 5)}, "D": {"C": (5, 0), "D": (1, 1)}},
)


def judged(*labels: str) -> Transcript:
    """Return a talk in which A's turns have these labels."""
    said = dyad(*["x"] * (2 * len(labels)))
    return replace(said, labels={"stance": {1 + 2 * place: label for place, label in enumerate(labels)}})


@pytest.mark.parametrize(
    ("labels", "flips", "first"),
    [
        (("agree", "agree", "agree"), 0, "no flip in 3 turns (censored)"),
        (("agree", "disagree", "agree"), 2, 3),
        (("disagree", "partial", "disagree"), 0, 3),
        (("disagree", "none", "concede"), 1, 5),
        (("none", "none"), "no turn of the seat has a stance", "no turn of the seat has a stance"),
        (("partial", "agree"), 0, 3),
        (("agree", "concede"), 0, "no flip in 2 turns (censored)"),
    ],
    ids=["steady", "there and back", "wavering", "conceding", "none", "coming down", "for and for"],
)
def test_flips_are_changes_of_side(labels: tuple[str, ...], flips: float | str, first: float | str) -> None:
    """Wavering leaves the first stance without taking the other side."""
    assert of("stance_flips", "flips", judged(*labels), "A") == flips
    assert of("stance_flips", "first_flip", judged(*labels), "A") == first


def test_a_seat_the_judge_never_labelled_has_no_shares() -> None:
    """Nor has it flips."""
    assert of("stance_flips", "agreement", judged("agree"), "B") == "no turn of the seat has a label"


def answered(*given: tuple[str, str, int, float | None]) -> Transcript:
    """Return a talk with answers: probe, seat, after which turn, value."""
    answers = tuple(
        Answer(probe=probe, seat=seat, after_turn=after, value=value) for probe, seat, after, value in given
    )
    return replace(dyad("x", "y"), answers=answers)


def test_pull_is_the_share_of_the_gap_that_was_closed() -> None:
    """Away from the partner it is negative, past it more than one."""
    away = answered(("p", "A", 0, 40.0), ("p", "A", 2, 30.0), ("p", "B", 0, 60.0), ("p", "B", 2, 60.0))
    past = answered(("p", "A", 0, 40.0), ("p", "A", 2, 70.0), ("p", "B", 0, 60.0), ("p", "B", 2, 60.0))

    assert of("private_stance", "stance_pull", away, "A") == pytest.approx(-0.5)
    assert of("private_stance", "stance_pull", past, "A") == pytest.approx(1.5)
    assert of("private_stance", "polarisation", away) == pytest.approx(10.0)


def test_without_a_gap_there_is_no_pull() -> None:
    """Who already agrees cannot be pulled."""
    same = answered(("p", "A", 0, 50.0), ("p", "A", 2, 55.0), ("p", "B", 0, 50.0), ("p", "B", 2, 50.0))

    assert of("private_stance", "stance_pull", same, "A") == "no partner whose first answer differs"
    assert of("private_stance", "stance_change", same, "A") == 5.0


def test_only_the_first_and_the_last_readable_answers_count() -> None:
    """Whatever stands between, and in whichever order they are given."""
    said = answered(
        ("p", "A", 4, 9.0), ("p", "A", 0, None), ("p", "A", 1, 2.0), ("p", "A", 2, 7.0), ("p", "A", 6, None)
    )

    assert of("private_stance", "stance_change", said, "A") == 7.0
    assert of("private_stance", "stance_change", said, "B") == "no two answers of the seat"
    assert of("private_stance", "polarisation", said) == "not two seats with two answers each"


def test_several_probes_are_averaged() -> None:
    """Each on its own scale: they should share one."""
    said = answered(("p", "A", 0, 0.0), ("p", "A", 1, 10.0), ("q", "A", 0, 5.0), ("q", "A", 1, 1.0))

    assert of("private_stance", "stance_change", said, "A") == pytest.approx(3.0)


def played(*rounds: str, game: Game | None = DILEMMA) -> Transcript:
    """Return a game of rounds such as ``CD``: A's move, then B's; ``-`` is no move."""
    turns = tuple(
        Said(
            turn_id=2 * number + place + 1,
            seat="AB"[place],
            text=move,
            move=None if move == "-" else move,
            round=number,
        )
        for number, moves in enumerate(rounds)
        for place, move in enumerate(moves)
    )
    return replace(dyad(), turns=turns, game=game)


def test_mutual_cooperation_wastes_nothing() -> None:
    """And mutual defection is the one outcome that another betters for both."""
    assert of("game_outcomes", "efficiency", played("CC", "CC")) == 1.0
    assert of("game_outcomes", "pareto_share", played("CC", "CD", "DC", "DD")) == 0.75
    assert of("game_outcomes", "efficiency", played("DD")) == pytest.approx(2 / 6)


def test_tit_for_tat_is_fully_reciprocal() -> None:
    """P(C after C) - P(C after D); B copies A's last move."""
    said = played("CC", "DC", "CD", "CC", "DC", "DD")

    assert of("game_outcomes", "reciprocity", said, "B") == 1.0


def test_against_one_who_never_changes_there_is_no_reciprocity() -> None:
    """One of the two probabilities has nothing to condition on."""
    reason = "the partner did not do both before a move"

    assert of("game_outcomes", "reciprocity", played("CC", "DC", "CC"), "A") == reason


def test_exploitability_is_what_the_best_constant_move_would_have_added() -> None:
    """A cooperated with one who always did: defecting gives 5 instead of 3."""
    assert of("game_outcomes", "exploitability", played("CC", "CC"), "A") == pytest.approx(2.0)
    assert of("game_outcomes", "exploitability", played("DC", "DD"), "A") == pytest.approx(0.0)


def test_a_round_with_a_reply_that_is_no_move_counts_only_as_that() -> None:
    """It has no payoff, and is no defection."""
    said = played("CC", "C-")

    assert of("game_outcomes", "invalid_share", said, "B") == 0.5
    assert of("game_outcomes", "cooperation", said, "A") == 1.0
    assert of("game_outcomes", "payoff", said, "A") == 3.0


def test_without_a_game_or_a_round_there_are_no_outcomes() -> None:
    """Each variable says so."""
    assert of("game_outcomes", "payoff", played("CC", game=None), "A") == "no game of two"
    assert of("game_outcomes", "efficiency", played("--")) == "no whole round"


def test_a_game_whose_payoffs_are_never_positive_has_no_efficiency() -> None:
    """A share of a loss says nothing."""
    losing = Game(options=("C",), payoffs={"C": {"C": (-1, -1)}})

    assert of("game_outcomes", "efficiency", played("CC", game=losing)) == "no joint payoff above 0 to compare with"
