"""Talk share, turn length and completion: who said how much, how fast, and how it ended."""

from __future__ import annotations

from dataclasses import replace

import pytest
from talks import of, talk, values

from colloquia.analysis.measures.talk_share import gini
from colloquia.analysis.measuring.transcript import Said, Texts, Transcript, dyad


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([1, 1, 1], 0.0), ([0, 0, 3], 2 / 3), ([1, 2, 3], 2 / 9), ([5, 0], 0.5)],
    ids=["even", "one has all", "in steps", "of two"],
)
def test_gini_is_the_mean_difference_by_twice_the_mean(counts: list[int], expected: float) -> None:
    """By hand: of 1, 2, 3 the differences add up to 8, divided by 2 x 3 x 6."""
    assert gini(counts) == pytest.approx(expected)


@pytest.mark.parametrize("counts", [[0, 0], [7]], ids=["silence", "alone"])
def test_there_is_no_gini_where_nobody_can_differ(counts: list[int]) -> None:
    """Rather than a division by zero."""
    assert gini(counts) is None


def test_shares_of_a_group_add_up_to_one() -> None:
    """And a group has no asymmetry."""
    meeting = talk("chair: We begin now.", "driver: Good.", "reader: I want books here.", "driver: No.")

    shares = [of("talk_share", "talk_share", meeting, role) for role in ("chair", "driver", "reader")]

    assert shares == pytest.approx([3 / 9, 2 / 9, 4 / 9])
    assert of("talk_share", "talk_asymmetry", meeting) == "only two seats have an asymmetry"
    assert of("talk_share", "talk_gini", meeting) == pytest.approx(4 * 2 / (2 * 3 * 9))


def test_a_silent_seat_has_no_share_of_nothing() -> None:
    """Where nobody says a word there is nothing to share."""
    assert of("talk_share", "talk_share", dyad("", "!"), "A") == "nobody said a word"
    assert of("talk_share", "talk_share", dyad("word", ""), "B") == 0.0


def test_words_are_those_that_are_said_code_included() -> None:
    """A median of an even number of turns is the middle of the two in the middle."""
    said = talk("A: one two", "B: x", "A: one `two` three four", "B: x y z")

    assert of("turn_length", "words", said, "A") == 3.0
    assert of("turn_length", "words", said, "A", 3) == 4.0
    assert of("turn_length", "words", said, "B") == 2.0


@pytest.mark.parametrize(
    ("latency", "first", "tokens", "expected"),
    [
        (2000.0, 1000.0, 50, 50.0),
        (2000.0, None, 50, 25.0),
        (2000.0, 2000.0, 50, "tokens or times are not known"),
        (None, None, 50, "tokens or times are not known"),
        (2000.0, 1000.0, None, "tokens or times are not known"),
        (2000.0, 1000.0, 0, 0.0),
    ],
    ids=["from the first token", "from the request", "all at once", "no time", "no tokens", "none"],
)
def test_speed_is_tokens_after_the_first(
    latency: float | None, first: float | None, tokens: int | None, expected: float | str
) -> None:
    """Unknown is never zero."""
    turn = Said(turn_id=1, seat="A", text="x", latency_ms=latency, first_token_ms=first, output_tokens=tokens)
    timed = replace(dyad("x"), turns=(turn,))

    assert of("turn_length", "tokens_per_second", timed, "A", 1) == expected


ENDINGS = {
    "length": "ended_by_cap",
    "tokens": "ended_by_cap",
    "deal": "ended_by_goal",
    "exit": "ended_by_goal",
    "phrase": "ended_by_goal",
    "loop": "ended_by_loop",
    "refusal": "ended_by_refusal",
    "input_blocked": "ended_by_refusal",
    "invalid_move": "ended_by_invalid_move",
    "empty": "ended_by_error",
    "context_overflow": "ended_by_error",
    "something new": "ended_by_error",
}


def endings(talked: Transcript) -> list[str]:
    """Return the ways to end that are 1."""
    found = values("completion", talked)
    return [name for (name, _, _), value in found.items() if name.startswith("ended_by") and value.value == 1]


@pytest.mark.parametrize(("how", "expected"), ENDINGS.items())
def test_a_conversation_ends_in_exactly_one_way(how: str, expected: str) -> None:
    """So that the shares add up to one."""
    assert endings(replace(dyad("x"), ended_by=how)) == [expected]


def test_a_failed_conversation_ended_by_error() -> None:
    """Also where an earlier turn had ended it otherwise."""
    assert endings(replace(dyad("x"), is_failed=True)) == ["ended_by_error"]
    assert endings(replace(dyad("x"), is_failed=True, ended_by="length")) == ["ended_by_error"]


def test_a_conversation_that_goes_on_has_not_ended_in_any_way() -> None:
    """It is missing, not zero."""
    assert of("completion", "ended_by_cap", dyad("x")) == "it has not ended"


def test_only_the_later_of_two_equal_conversations_is_the_duplicate() -> None:
    """One of them is an observation."""
    same, other = dyad("x", "y").texts, Texts(turns=((1, "A", "x"),))

    assert of("completion", "duplicate", replace(dyad("x", "y"), earlier=(other, same))) == 1.0
    assert of("completion", "duplicate", replace(dyad("x", "y"), later=(same,), earlier=(other,))) == 0.0


def test_completeness_needs_a_planned_length() -> None:
    """A talk that was lengthened and went on may have more than was planned at first."""
    assert of("completion", "completeness", replace(dyad("x", "y"), planned_turns=8)) == 0.25
    assert of("completion", "completeness", dyad("x", "y")) == "its length is not known"
