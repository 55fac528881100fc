"""What a measure is handed: only what it reads, known again by its digest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colloquia.analysis.measuring.embedding import GivenVectors
from colloquia.analysis.measuring.transcript import Answer, Game, Said, Seat, Texts, Transcript, dyad

FULL = replace(
    dyad("Hello.", "Hello yourself."),
    seats=(Seat(role="A", prompt="Be kind."), Seat(role="B", prompt="Be short.")),
    turns=(
        Said(
            turn_id=1,
            seat="A",
            text="Hello.",
            latency_ms=10.0,
            first_token_ms=2.0,
            output_tokens=3,
            is_truncated=True,
            is_refusal=True,
            move="J",
            round=1,
        ),
        Said(turn_id=2, seat="B", text="Hello yourself."),
    ),
    planned_turns=2,
    ended_by="length",
    is_failed=True,
    earlier=(Texts(turns=((1, "A", "Hi."),)),),
    later=(Texts(turns=((1, "A", "Ho."),)),),
    embedding=GivenVectors({}),
    labels={"stance": {1: "agree"}},
    answers=(Answer(probe="belief", seat="A", after_turn=0, value=1.0),),
    game=Game(options=("J",), payoffs={"J": {"J": (1, 1)}}),
)
"""A conversation with something in every part."""


def test_with_no_part_only_seats_and_texts_are_left() -> None:
    """Everything else is as if it had never been."""
    assert FULL.only(()) == dyad("Hello.", "Hello yourself.")


@pytest.mark.parametrize(
    "part", ["timing", "flags", "ending", "prompts", "cell", "embedding", "judge", "probe", "moves"]
)
def test_each_part_is_kept_where_it_is_read(part: str) -> None:
    """And it changes the digest, so that nothing that is read goes unnoticed."""
    bare = FULL.only(())
    kept = FULL.only((part,))  # type: ignore[arg-type]

    assert kept != bare
    assert kept.digest() != bare.digest()


def test_all_parts_together_are_the_whole() -> None:
    """No field belongs to no part."""
    parts = ("timing", "flags", "ending", "prompts", "cell", "embedding", "judge", "probe", "moves")

    assert FULL.only(parts) == FULL


@pytest.mark.parametrize(
    "other",
    [
        dyad("Hello.", "Hello yourself!"),
        dyad("Hello.", None),
        dyad("Hello.", ""),
        dyad("Hello.", "Hello yourself.", roles=("A", "C")),
        dyad("Hello. Hello yourself."),
        replace(FULL.only(()), turns=tuple(reversed(FULL.only(()).turns))),
    ],
    ids=["a sign", "no text", "empty text", "a role", "one turn", "the order"],
)
def test_another_talk_has_another_digest(other: Transcript) -> None:
    """To the last character."""
    assert other.digest() != dyad("Hello.", "Hello yourself.").digest()


def test_the_digest_is_the_same_on_every_machine() -> None:
    """A stored key must be found again; a change to this number makes all values anew."""
    known = "7ff531f60e4e8737b99c5cd29cde88d4ade209f836181c7b2e4f665b6de13807"

    assert dyad("Hello.", None).digest() == known


def test_replies_are_turns_that_answer_another_seat() -> None:
    """Not those after one's own turn, nor where one of the two has no text."""
    talk = replace(
        dyad(),
        turns=tuple(
            Said(turn_id=number, seat=seat, text=text)
            for number, (seat, text) in enumerate(
                [("A", "one"), ("A", "two"), ("B", "three"), ("A", None), ("B", "five"), ("A", "six")], start=1
            )
        ),
    )

    assert [(before.turn_id, turn.turn_id) for before, turn in talk.replies] == [(2, 3), (5, 6)]


def test_a_seat_said_what_has_a_text() -> None:
    """Turns without one are neither its words nor empty ones."""
    talk = dyad("a", "b", None, "c", "")

    assert [turn.text for turn in talk.of("A")] == ["a", ""]
    assert [turn.text for turn in talk.spoken] == ["a", "b", "c", ""]
    assert talk.roles == ("A", "B")
