"""What participants see: any transcript, the view of it, and what is sent of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders import occasion, seat, turn
from hypothesis import strategies as st

from colloquia.conversation.materials import DEFAULT_GO_ON, DEFAULT_KICKOFF
from colloquia.conversation.transcript import Announcement, Event
from colloquia.conversation.views import views_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colloquia.conversation.participants import Seat
    from colloquia.conversation.views import View

texts = st.text(st.sampled_from('{}ab: \n\r"') | st.characters(exclude_categories=["Cs"]))


@st.composite
def transcripts(draw: st.DrawFn, roles: Sequence[str] = ("A", "B")) -> list[Event]:
    """Any events among ``roles``: two own turns in a row, silent partners, private lines and announcements."""
    audiences = st.none() | st.lists(st.sampled_from(roles), unique=True).map(tuple)
    events: list[Event] = []
    for number in range(1, draw(st.integers(0, 12)) + 1):
        audience = draw(audiences)
        if draw(st.integers(0, 4)) == 0:
            events.append(Announcement(text=draw(texts), audience=audience))
        else:
            content = draw(st.none() | texts)
            events.append(turn(number, draw(st.sampled_from(roles)), content, audience=audience))
    return events


def seen(own: Seat, events: Sequence[Event], *others: Seat, kickoff: str = DEFAULT_KICKOFF) -> View:
    """Return the view of ``own`` after ``events``, in a dyad where no others are given."""
    seats = [own, *(others or [seat("other")])]
    view = views_of(seats, kickoff=kickoff, go_on=DEFAULT_GO_ON)[own.role]
    for event in events:
        view.see(event)
    return view


def sent(own: Seat, *events: Event, kickoff: str = DEFAULT_KICKOFF) -> list[tuple[str, str]]:
    """Return role and text of each message that ``own`` is sent after ``events``."""
    request = seen(own, events, kickoff=kickoff).request(occasion())
    return [(message.role, message.content) for message in request.messages]
