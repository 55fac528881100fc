"""The dialogue: in turn, until the planned length."""

from __future__ import annotations

from builders import setup, turn

from colloquia.conversation.procedures.dialogue import Dialogue
from colloquia.conversation.steps import End, Speak
from colloquia.conversation.transcript import Announcement, Turn


def spoken(dialogue: Dialogue) -> list[str]:
    """Return who speaks, in order, until the dialogue ends."""
    events: list[Turn] = []
    while isinstance(step := dialogue.next_step(events), Speak):
        events.append(turn(len(events) + 1, step.role))
    return [event.role for event in events]


def test_seats_speak_in_turn_beginning_with_the_opener() -> None:
    """An odd length gives the opener one turn more."""
    assert spoken(Dialogue(setup=setup("B", "A", num_turns=5))) == ["B", "A", "B", "A", "B"]


def test_more_than_two_seats_go_round() -> None:
    """The procedure does not count on two."""
    assert spoken(Dialogue(setup=setup("A", "B", "C", num_turns=5))) == ["A", "B", "C", "A", "B"]


def test_a_dialogue_ends_by_length() -> None:
    """Also when it has more turns than planned: it was longer once."""
    dialogue = Dialogue(setup=setup("A", "B", num_turns=1))

    assert dialogue.next_step([turn(1, "A")]) == End(reason="length")
    assert dialogue.next_step([turn(1, "A"), turn(2, "B")]) == End(reason="length")


def test_an_opening_is_the_line_of_the_first_turn_only() -> None:
    """From the second turn on, models are asked."""
    dialogue = Dialogue(setup=setup("A", "B", num_turns=3, opening="Nice weather."))

    assert dialogue.next_step([]) == Speak(role="A", line="Nice weather.")
    assert dialogue.next_step([turn(1, "A")]) == Speak(role="B")
    assert dialogue.next_step([turn(1, "A"), turn(2, "B")]) == Speak(role="A")


def test_an_announcement_is_no_turn() -> None:
    """It takes nobody's place and counts for no length."""
    dialogue = Dialogue(setup=setup("A", "B", num_turns=2))

    assert dialogue.next_step([Announcement(text="It rains."), turn(1, "A")]) == Speak(role="B")


def test_the_same_transcript_gives_the_same_step() -> None:
    """The procedure keeps nothing in mind."""
    dialogue = Dialogue(setup=setup("A", "B", num_turns=2, opening="Hi."))

    first = [dialogue.next_step([]), dialogue.next_step([turn(1, "A")])]
    second = [dialogue.next_step([turn(1, "A")]), dialogue.next_step([])]

    assert first == second[::-1]
