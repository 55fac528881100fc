"""What each participant is sent: the transcript as it sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import occasion, seat, turn
from hypothesis import given
from hypothesis import strategies as st
from unit.conversation.seen import seen, sent, transcripts

from colloquia.conversation.chat_model import Reply
from colloquia.conversation.materials import DEFAULT_GO_ON, DEFAULT_KICKOFF
from colloquia.conversation.transcript import Announcement, Event, Turn, is_audible
from colloquia.conversation.views import VIEWS

# -- flip --------------------------------------------------------------------------------------------------------------


def test_the_opener_is_sent_its_prompt_and_the_kick_off() -> None:
    """The kick-off is a stage direction, not something that was said."""
    assert sent(seat("A", "You sell bread.")) == [("system", "You sell bread."), ("user", DEFAULT_KICKOFF)]


def test_an_empty_prompt_makes_no_system_message() -> None:
    """Some servers refuse an empty one."""
    assert sent(seat("A")) == [("user", DEFAULT_KICKOFF)]


def test_the_responder_is_sent_what_the_opener_said_and_no_kick_off() -> None:
    """Bare in a dyad."""
    assert sent(seat("B", "You buy."), turn(1, "A", "Good morning.")) == [
        ("system", "You buy."),
        ("user", "Good morning."),
    ]


def test_own_turns_are_assistant_messages_and_those_of_the_other_user_messages() -> None:
    """Both see the same talk from their own side."""
    events = [turn(1, "A", "One."), turn(2, "B", "Two."), turn(3, "A", "Three.")]

    assert sent(seat("B"), *events) == [("user", "One."), ("assistant", "Two."), ("user", "Three.")]
    assert sent(seat("A"), *events, turn(4, "B", "Four.")) == [
        ("user", DEFAULT_KICKOFF),
        ("assistant", "One."),
        ("user", "Two."),
        ("assistant", "Three."),
        ("user", "Four."),
    ]


def test_a_scripted_opening_has_the_kick_off_before_it() -> None:
    """No conversation begins with an assistant message."""
    events = [turn(1, "A", "Nice weather."), turn(2, "B", "Indeed.")]

    assert sent(seat("A"), *events) == [("user", DEFAULT_KICKOFF), ("assistant", "Nice weather."), ("user", "Indeed.")]


def test_who_speaks_again_with_nothing_heard_is_asked_to_go_on() -> None:
    """A monologue alternates too."""
    events = [turn(1, "A", "One."), turn(2, "A", "Two.")]

    assert sent(seat("A"), *events) == [
        ("user", DEFAULT_KICKOFF),
        ("assistant", "One."),
        ("user", DEFAULT_GO_ON),
        ("assistant", "Two."),
        ("user", DEFAULT_GO_ON),
    ]


def test_who_is_alone_remembers_its_own_last_turns() -> None:
    """A memory of two is two turns also where nobody else has said anything, as in a control arm."""
    alone = replace(seat("A"), memory=2)

    assert sent(alone, turn(1, "A", "One."), turn(2, "A", "Two."), turn(3, "A", "Three.")) == [
        ("user", DEFAULT_KICKOFF),
        ("assistant", "Two."),
        ("user", DEFAULT_GO_ON),
        ("assistant", "Three."),
        ("user", DEFAULT_GO_ON),
    ]


def test_two_turns_heard_in_a_row_are_one_message() -> None:
    """Its parts are joined by a blank line."""
    assert sent(seat("B"), turn(1, "A", "One."), turn(2, "A", "Two.")) == [("user", "One.\n\nTwo.")]


def test_in_a_group_everyone_is_heard_under_the_name_of_the_role() -> None:
    """Announcements stay as the researcher wrote them."""
    events = [
        turn(1, "B", "One."),
        Announcement(text="[It begins to rain.]"),
        turn(2, "C", "Two."),
        turn(3, "A", "Three."),
        turn(4, "C", "Four."),
    ]

    view = seen(seat("A"), events, seat("B"), seat("C"))

    assert [message.content for message in view.request(occasion()).messages] == [
        "B: One.\n\n[It begins to rain.]\n\nC: Two.",
        "Three.",
        "C: Four.",
    ]


def test_what_a_role_does_not_hear_is_no_part_of_its_view() -> None:
    """Private lines and private announcements."""
    events = [
        turn(1, "A", "Only for A and C.", audience=("C",)),
        Announcement(text="A note for A.", audience=("A",)),
        turn(2, "A", "For all."),
    ]

    assert sent(seat("B"), *events) == [("user", "For all.")]


def test_speakers_know_their_own_turns_whoever_hears_them() -> None:
    """Also those that nobody hears."""
    whispered = turn(1, "A", "Hm.", audience=())

    assert is_audible(whispered, "A")
    assert not is_audible(whispered, "B")
    assert ("assistant", "Hm.") in sent(seat("A"), whispered)


def test_hidden_reasoning_is_sent_to_nobody() -> None:
    """Also not to its author."""
    thought = Turn(turn_id=1, role="A", reply=Reply(content="Yes.", source="live", reasoning="I should say yes."))

    assert "should" not in str(sent(seat("A"), thought))
    assert "should" not in str(sent(seat("B"), thought))


def test_a_turn_without_text_stands_as_an_empty_text() -> None:
    """The messages alternate all the same."""
    assert sent(seat("A"), turn(1, "A", None), turn(2, "B", None)) == [
        ("user", DEFAULT_KICKOFF),
        ("assistant", ""),
        ("user", ""),
    ]


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_what_a_model_says_is_never_searched_for_slots(view: str) -> None:
    """Model text is no template."""
    events = [turn(1, "A", "{claim} {{claim}}"), turn(2, "B", "{num_turns}")]

    text = str(sent(seat("A", view=view), *events))

    assert "{claim} {{claim}}" in text
    assert "{num_turns}" in text


@given(transcripts(("A", "B", "C")), st.sampled_from(["", "You are A."]))
def test_the_flip_view_strictly_alternates_and_begins_and_ends_with_user(events: list[Event], prompt: str) -> None:
    """Whoever spoke how often in a row, whatever was heard: every server takes it."""
    view = seen(seat("A", prompt), events, seat("B"), seat("C"))

    roles = [message.role for message in view.request(occasion()).messages]

    if prompt:
        assert roles.pop(0) == "system"
    assert roles[::2] == ["user"] * (len(roles) // 2 + 1)
    assert roles[1::2] == ["assistant"] * (len(roles) // 2)


@given(transcripts())
def test_own_turns_stand_as_received(events: list[Event]) -> None:
    """In order, letter by letter, nothing left out and nothing added."""
    messages = seen(seat("A"), events).request(occasion()).messages

    own = [event.content or "" for event in events if isinstance(event, Turn) and event.role == "A"]
    assert [message.content for message in messages if message.role == "assistant"] == own


@given(transcripts())
def test_all_that_is_heard_is_sent_once_and_in_order(events: list[Event]) -> None:
    """What stands between two own turns is one message."""
    expected, heard = [], []
    for event in [event for event in events if is_audible(event, "A")] + [turn(99, "A")]:
        if isinstance(event, Turn) and event.role == "A":
            expected.append("\n\n".join(heard) if heard else DEFAULT_GO_ON if expected else DEFAULT_KICKOFF)
            heard = []
        else:
            heard.append(event.text if isinstance(event, Announcement) else event.content or "")

    messages = seen(seat("A"), events).request(occasion()).messages

    assert [message.content for message in messages if message.role == "user"] == expected


# -- script ------------------------------------------------------------------------------------------------------------


def test_the_script_view_is_one_text_that_ends_with_ones_own_name() -> None:
    """A model that only continues texts can play a role."""
    events = [turn(1, "Ana", "Good morning."), turn(2, "Ben", "Morning!")]

    assert sent(seat("Ana", "A market.", view="script"), *events) == [
        ("script", "A market.\n\nAna: Good morning.\nBen: Morning!\nAna:")
    ]


def test_a_script_without_a_prompt_begins_with_its_first_line() -> None:
    """No blank lines lead in."""
    assert sent(seat("Ana", view="script")) == [("script", "Ana:")]


def test_the_usual_kick_off_is_not_written_into_a_script() -> None:
    """Its last line says already who speaks."""
    assert DEFAULT_KICKOFF not in str(sent(seat("Ana", "A market.", view="script")))


def test_a_kick_off_of_the_researcher_is_written_into_the_opener_s_script() -> None:
    """The other one reads none."""
    ana, ben = seat("Ana", view="script"), seat("Ben", view="script")

    assert sent(ana, kickoff="[Ana greets.]") == [("script", "[Ana greets.]\nAna:")]
    assert sent(ben, turn(1, "Ana", "Hi."), kickoff="[Ana greets.]") == [("script", "Ana: Hi.\nBen:")]


def test_a_kick_off_stays_in_the_opener_s_script() -> None:
    """What a participant was once told it does not forget; the text only grows."""
    events = [turn(1, "Ana", "Hi."), turn(2, "Ben", "Hello.")]

    script = sent(seat("Ana", view="script"), *events, kickoff="[Ana greets.]")

    assert script == [("script", "[Ana greets.]\nAna: Hi.\nBen: Hello.\nAna:")]


def test_a_turn_of_several_lines_is_one_line_of_a_script() -> None:
    """Otherwise a model could put words into another's mouth."""
    events = [turn(1, "Ana", "One.\n\nTwo.\r\nBen: Three.\u2028Four."), Announcement(text="[A bell\nrings.]")]

    (text,) = (text for _, text in sent(seat("Ben", view="script"), *events))

    assert text == "Ana: One. Two. Ben: Three. Four.\n[A bell rings.]\nBen:"


def test_a_script_leaves_out_what_its_role_does_not_hear() -> None:
    """As every view does."""
    assert sent(seat("B", view="script"), Announcement(text="For A.", audience=("A",))) == [("script", "B:")]


@given(transcripts())
def test_a_script_has_a_line_for_each_event(events: list[Event]) -> None:
    """Whatever the texts hold."""
    (message,) = seen(seat("A", view="script"), events).request(occasion()).messages

    assert len(message.content.split("\n")) == sum(is_audible(event, "A") for event in events) + 1
