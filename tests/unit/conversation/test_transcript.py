"""A transcript keeps the turns among its events at hand."""

from __future__ import annotations

from builders import turn
from hypothesis import given
from hypothesis import strategies as st

from colloquia.conversation.transcript import Announcement, Event, Events, turns

EVENTS = st.lists(
    st.sampled_from([turn(1, "A"), turn(2, "B"), Announcement(text="Time is up."), turn(3, "A", None)]), max_size=8
)


@given(EVENTS, EVENTS)
def test_its_turns_are_those_among_its_events(before: list[Event], after: list[Event]) -> None:
    """However they came in: at first, or one after another."""
    events = Events(before)
    for event in after:
        events.append(event)

    assert events == [*before, *after]
    assert turns(events) == turns([*before, *after])


def test_what_is_added_to_a_copy_is_not_added_to_the_first() -> None:
    """To ask how a conversation would end with a turn is not to say it."""
    said = Events([turn(1, "A")])
    copy = Events(said)

    copy.append(turn(2, "B"))

    assert (len(said), len(turns(said)), len(turns(copy))) == (1, 1, 2)
