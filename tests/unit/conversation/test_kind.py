"""Kinds of procedures: settings from their fields, texts with words, and staged ones that never depend on the order."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from builders import setup, turn
from hypothesis import given
from hypothesis import strategies as st
from playing import play, said

from colloquia.conversation.kind import Staged, as_text, enumerated, shuffled, worded
from colloquia.conversation.moves import Amount
from colloquia.conversation.steps import Announce, End, Move, Speak
from colloquia.conversation.transcript import Announcement

if TYPE_CHECKING:
    from colloquia.conversation.kind import Play


@dataclass(frozen=True, kw_only=True)
class Echoing(Staged):
    """Both bid unseen, the sum is announced, the first speaks; for ever."""

    factor: int = 2
    greeting: str = "Hello"
    notes: str | None = None

    def play(self) -> Play:
        """Ask, tell, let speak."""
        number = 0
        while True:
            number += 1
            bids = yield Move(roles=("A", "B"), round=number, options=Amount(least=0, most=9))
            total = self.factor * sum(float(bid.move or 0) for bid in bids)
            yield Announce(text=f"{total:g}")
            (said_last,) = yield Speak(role="A")
            if said_last.content == "stop":
                yield End(reason="stopped")


def digits(_role: str, turn_id: int) -> str:
    """Return the last digit of the turn."""
    return str(turn_id % 10)


WHOLE, _ = play(Echoing(setup=setup(num_turns=12)), digits)


@given(st.lists(st.integers(min_value=0, max_value=len(WHOLE)), max_size=8))
def test_a_staged_procedure_answers_in_any_order_of_asking(places: list[int]) -> None:
    """What it remembers of one transcript changes no answer for a shorter one."""
    remembering = Echoing(setup=setup(num_turns=12))

    for place in places:
        fresh = Echoing(setup=setup(num_turns=12))
        assert repr(remembering.next_step(WHOLE[:place])) == repr(fresh.next_step(WHOLE[:place]))


def test_another_transcript_is_played_anew() -> None:
    """A bid that differs changes what is announced."""
    procedure = Echoing(setup=setup(num_turns=12))
    bids = [turn(1, "A", round=1, move="1"), turn(2, "B", round=1, move="2")]
    others = [bids[0], turn(2, "B", round=1, move="5")]

    assert procedure.next_step(bids) == Announce(text="6")
    assert procedure.next_step(others) == Announce(text="12")
    assert procedure.next_step(bids) == Announce(text="6")
    assert procedure.next_step([*others, Announcement(text="12")]) == Speak(role="A")


def test_half_a_round_is_still_to_be_made() -> None:
    """The same move is asked for."""
    procedure = Echoing(setup=setup())

    assert procedure.next_step(WHOLE[:1]) == procedure.next_step([])


def test_the_length_ends_what_would_go_on_for_ever() -> None:
    """Nothing is asked beyond it, and a longer one goes on."""
    procedure = Echoing(setup=setup(num_turns=3))

    assert procedure.next_step(WHOLE[:4]) == End(reason="length")
    assert isinstance(procedure.lengthened(6).next_step(WHOLE[:4]), Move)


def test_an_end_of_its_own_stays_its_own() -> None:
    """The reason is that of the procedure."""
    procedure = Echoing(setup=setup(num_turns=12))

    events, reason = play(procedure, lambda role, turn_id: "stop" if turn_id == 3 else digits(role, turn_id))

    assert (reason, len(said(events))) == ("stopped", 3)
    assert procedure.next_step(events) == End(reason="stopped")


def test_what_it_remembers_is_no_part_of_it() -> None:
    """Two are equal whatever they were asked, and one that was asked can be sent to another process."""
    asked, fresh = Echoing(setup=setup()), Echoing(setup=setup())
    asked.next_step(WHOLE[:2])

    assert asked == fresh
    again = pickle.loads(pickle.dumps(asked))  # noqa: S301 (what this test wrote itself)
    assert repr(again.next_step(WHOLE[:2])) == repr(fresh.next_step(WHOLE[:2]))


def test_settings_are_the_fields_and_fill_slots() -> None:
    """Texts and numbers do, nothing does not."""
    assert Echoing.settings() == {"factor": 2, "greeting": "Hello", "notes": None}
    assert Echoing(setup=setup()).slots("A") == {"factor": "2", "greeting": "Hello"}


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (2.5, "2.5"), (3.0, "3"), ("a b", "a b")])
def test_a_setting_fills_a_slot_in_its_shortest_form(value: object, text: str) -> None:
    """As it would be written by hand."""
    assert as_text(value) == text


def test_only_its_own_words_are_filled_in_a_text() -> None:
    """Any other brace is text."""
    assert worded("Round {round} of {rounds}: {x y}", round="3") == "Round 3 of {rounds}: {x y}"


def test_words_are_enumerated_and_shuffled() -> None:
    """Every word once; the same draw gives the same order."""
    assert [enumerated(words, "or") for words in (("J",), ("J", "F"), ("J", "F", "K"))] == ["J", "J or F", "J, F or K"]
    orders = {shuffled(("J", "F", "K"), setup(), "options", number) for number in range(60)}
    assert len(orders) == 6
    assert shuffled(("J", "F", "K"), setup(), "options", 1) == shuffled(("J", "F", "K"), setup(), "options", 1)
