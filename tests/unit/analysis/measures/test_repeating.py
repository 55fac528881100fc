"""Lexical diversity, repetition, loops and compression: how much is said anew."""

from __future__ import annotations

import random

import pytest
from talks import of, talk

from colloquia.analysis.measures.lexical_diversity import mattr, mtld
from colloquia.analysis.measures.loops import first_run, jaccard, shingles
from colloquia.analysis.measuring.transcript import dyad
from colloquia.analysis.measuring.words import words

TOLERANCE = 5e-4
GARDEN = (
    "My neighbour grows tomatoes, beans and far too many courgettes. Every summer she leaves a basket at our door, "
    "and every summer we pretend to be surprised. Last year my son carved a boat from the largest one and sailed it "
    "across the pond until a duck, who had watched all morning, climbed aboard and sank the whole expedition."
)


def test_diversity_equals_lexicalrichness() -> None:
    """Version 0.5.1, on a second text: benchmarks/references/lexical_diversity.py."""
    assert mattr(words(GARDEN), 50) == pytest.approx(0.85, abs=TOLERANCE)
    assert mtld(words(GARDEN), 0.72) == pytest.approx(97.468, abs=TOLERANCE)


def test_mattr_by_steps_equals_mattr_by_windows() -> None:
    """The running count is the plain definition, on words drawn by a seed."""
    chance = random.Random(1)
    said = [chance.choice("abcdefgh") for _ in range(200)]

    windows = [len(set(said[start : start + 50])) / 50 for start in range(len(said) - 49)]

    assert mattr(said, 50) == pytest.approx(sum(windows) / len(windows))


def test_words_that_never_repeat_have_the_length_as_mtld() -> None:
    """No factor is ever complete, and no part of one."""
    assert mtld([str(number) for number in range(80)], 0.72) == 80


def test_one_word_over_and_over_has_the_least_mtld() -> None:
    """Every second word ends a run."""
    assert mtld(["no"] * 100, 0.72) == pytest.approx(2.0)


def test_diversity_is_of_all_turns_of_a_seat_together() -> None:
    """Short turns add up; code is not counted."""
    part = " ".join(f"word{number}" for number in range(30))

    assert of("lexical_diversity", "mattr", talk(f"A: {part}", "B: x", f"A: {part}"), "A") == pytest.approx(30 / 50)
    assert of("lexical_diversity", "mattr", dyad(f"{part} ```{part}```"), "A") == "fewer than 50 words"


def test_a_seat_repeats_what_it_said_and_takes_up_what_it_heard() -> None:
    """Counted in runs of four words."""
    said = talk("A: the rent is too high", "B: the rent is too low", "A: the rent is too high")

    assert of("self_repetition", "uptake", said, "B", 2) == 0.5
    assert of("self_repetition", "self_repetition", said, "A", 3) == 1.0
    assert of("self_repetition", "self_repetition_net", said, "A", 3) == 0.0
    assert of("self_repetition", "uptake", said, "A", 3) == 0.5


def test_what_came_after_the_first_turn_counts_as_repetition_net_of_it() -> None:
    """A formula of the role that opens the talk is left out, a loop that begins later is not."""
    said = talk("A: as your landlord I say", "B: x", "A: pay the full rent", "B: x", "A: pay the full rent")

    assert of("self_repetition", "self_repetition_net", said, "A", 5) == 1.0


@pytest.mark.parametrize(
    ("turn", "variable", "reason"),
    [
        (1, "self_repetition", "the first turn of the seat"),
        (1, "uptake", "nobody else has said anything yet"),
        (3, "self_repetition", "fewer than 4 words"),
    ],
)
def test_a_turn_that_cannot_repeat_says_why(turn: int, variable: str, reason: str) -> None:
    """It is missing, not zero."""
    assert of("self_repetition", variable, dyad("one two three four", "a b c d", "short"), "A", turn) == reason


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("a b c d e f", "a b c d e f", 1.0), ("a b c d e f", "b c d e f g", 1 / 3), ("yes", "yes", 1.0), ("", "", 0.0)],
    ids=["same", "shifted", "short", "empty"],
)
def test_likeness_is_the_share_of_common_runs(one: str, other: str, expected: float) -> None:
    """Of five words; a shorter text is one run."""
    assert jaccard(shingles(one, 5), shingles(other, 5)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("flags", "expected"), [("0111", 1), ("110111", 3), ("1101", None), ("", None), ("111", 0)], ids=str
)
def test_a_loop_begins_with_three_in_a_row(flags: str, expected: int | None) -> None:
    """The first of the three is the onset."""
    assert first_run([flag == "1" for flag in flags], 3) == expected


def test_two_seats_that_repeat_themselves_in_turn_are_a_loop() -> None:
    """Likeness looks back over six turns, not one."""
    loop = dyad("start here now please", *["thank you so very much", "no thank you my friend"] * 4)

    assert of("loops", "onset_90", loop) == 4.0
    assert of("loops", "looped_90", loop) == 1.0


def test_a_cycle_longer_than_six_turns_is_no_loop() -> None:
    """It shows in the recurrence rate."""
    cycle = dyad(*[f"this is remark number {number} of all" for number in "abcdefghi"] * 3)

    assert of("loops", "looped_90", cycle) == 0.0
    assert of("loops", "recurrence", cycle) == pytest.approx(27 / (27 * 26 / 2))


def test_a_nearly_equal_turn_counts_at_the_lower_threshold_only() -> None:
    """By hand: of 12 runs 11 are the same, 11 / 13 = .846. Both thresholds are reported."""
    base = " ".join(f"word{number}" for number in range(15))
    said = dyad(*[f"{base} end{number}" for number in range(5)])

    assert of("loops", "onset_80", said) == 2.0
    assert of("loops", "looped_90", said) == 0.0


def test_without_a_loop_the_onset_is_censored() -> None:
    """Which is what survival analysis needs to know."""
    assert of("loops", "onset_90", dyad("a", "b", "c", "d")) == "no loop in 4 turns (censored)"
    assert of("loops", "looped_90", dyad("a", "b", "c")) == "too few turns to see a loop"


def test_a_talk_that_falls_into_a_rut_compresses_better_and_better() -> None:
    """The slope is negative, the ratio of what repeats is small."""
    chance = random.Random(1)
    fresh = [" ".join(f"{chance.random():.9f}" for _ in range(25)) for _ in range(8)]
    rut = [*fresh, *["the same thing again and again and again " * 7] * 8]

    level, trend = of("compression", "compression", dyad(*fresh)), of("compression", "compression_slope", dyad(*rut))

    assert isinstance(level, float)
    assert level > 0.4
    assert isinstance(trend, float)
    assert trend < -0.02


def test_every_window_has_the_same_number_of_bytes() -> None:
    """Six turns with fewer are no window, since short texts compress badly."""
    assert of("compression", "compression", dyad(*["ä" * 50] * 9)) == "no 6 turns in a row with 1024 bytes"
    assert of("compression", "compression", dyad(*["ä" * 100] * 6)) == pytest.approx(0.02, abs=0.01)
