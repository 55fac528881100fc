"""What is sent as a request: that it grows by appending, its hash, its seed."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from builders import occasion, seat
from hypothesis import given
from hypothesis import strategies as st
from unit.conversation.seen import seen, texts, transcripts

from colloquia.conversation.chat_model import Message
from colloquia.conversation.hashing import request_sha256
from colloquia.conversation.materials import DEFAULT_GO_ON, DEFAULT_KICKOFF
from colloquia.conversation.transcript import Event, Turn
from colloquia.conversation.views import VIEWS, views_of, with_seed

if TYPE_CHECKING:
    from colloquia.conversation.chat_model import ChatRequest

numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
settings = st.dictionaries(texts, values, max_size=4)
"""Whatever a study can write as routing or sampling."""


def stdlib_json(value: object) -> str:
    """Return JSON with sorted keys and no spaces, as the standard library writes it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def stdlib_sha256(request: ChatRequest) -> str:
    """Return the hash of a request as it is documented, by the standard library alone."""
    parts = {
        "slug": request.slug,
        "routing": request.routing,
        "sampling": request.sampling,
        "messages": [{"content": message.content, "role": message.role} for message in request.messages],
    }
    text = "{" + ",".join(f"{stdlib_json(key)}:{stdlib_json(value)}" for key, value in parts.items()) + "}"
    return sha256(text.encode()).hexdigest()


@given(transcripts(), st.sampled_from(sorted(VIEWS)), st.sampled_from([DEFAULT_KICKOFF, "[Begin\nnow.]"]))
def test_a_view_grows_by_appending(events: list[Event], view: str, kickoff: str) -> None:
    """What a participant was sent before each own turn is the beginning of what it is sent later, byte by byte."""
    own = seat("A", "You are A.", view=view)
    growing = seen(own, [], kickoff=kickoff)
    earlier: list[bytes] = []

    for event in events:
        if isinstance(event, Turn) and event.role == "A":
            earlier.append(growing.request(occasion()).messages_json)
        growing.see(event)
    last = growing.request(occasion()).messages_json

    end = b"]" if view == "flip" else b'","role":"script"}]'
    assert all(last.startswith(request.removesuffix(end)) for request in earlier)


@given(transcripts(), st.sampled_from(sorted(VIEWS)))
def test_asking_changes_nothing(events: list[Event], view: str) -> None:
    """A view that was asked at every step sends what a fresh one sends."""
    own = seat("A", view=view)
    growing = seen(own, [])
    for event in events:
        growing.request(occasion())
        growing.see(event)

    assert growing.request(occasion()) == growing.request(occasion())
    assert growing.request(occasion()) == seen(own, events).request(occasion())


@given(transcripts(), settings, settings, st.sampled_from(sorted(VIEWS)))
def test_the_hash_is_what_the_standard_library_computes(
    events: list[Event], routing: dict[str, Any], sampling: dict[str, Any], view: str
) -> None:
    """Anyone can check a log without Colloquia: slug, routing, sampling, and last the messages."""
    own = seat("A", "You are Zoë.", slug="é/x", routing=routing, sampling=sampling, view=view)

    request = seen(own, events).request(occasion())

    assert request.sha256 == stdlib_sha256(request)


def test_the_hash_of_a_known_request_never_changes() -> None:
    """Logs of years hold it."""
    messages = b'[{"content":"Hi","role":"user"}]'

    found = request_sha256("openai/gpt", {"only": ["x"]}, {"temperature": 0.5, "max_tokens": 1024}, messages)

    text = (
        '{"slug":"openai/gpt","routing":{"only":["x"]},"sampling":{"max_tokens":1024,"temperature":0.5},'
        '"messages":[{"content":"Hi","role":"user"}]}'
    )
    assert found == sha256(text.encode()).hexdigest()


@given(transcripts(), st.sampled_from(sorted(VIEWS)))
def test_the_messages_as_json_are_the_messages(events: list[Event], view: str) -> None:
    """What is hashed is what is sent."""
    request = seen(seat("A", "You are A.", view=view), events).request(occasion())

    expected = [{"content": message.content, "role": message.role} for message in request.messages]
    assert request.messages_json.decode() == stdlib_json(expected)


def test_the_occasion_and_who_watches_are_no_part_of_the_hash() -> None:
    """The same request is the same request, whenever and for whomever it is sent."""
    view = seen(seat("A"), [])

    one = view.request(occasion())
    other = view.request(occasion(trial_id="trial-2", turn_id=9, seat=1, draw=8), on_text=print)

    assert one.sha256 == other.sha256
    assert other.on_text is print


@pytest.mark.parametrize(
    "change",
    [{"slug": "openai/other"}, {"routing": {"only": ["x"]}}, {"sampling": {"temperature": 1.0}}, {"view": "script"}],
)
def test_whatever_changes_the_body_changes_the_hash(change: dict[str, Any]) -> None:
    """Slug, routing, sampling and messages."""
    assert seen(seat("A", **change), []).request(occasion()).sha256 != seen(seat("A"), []).request(occasion()).sha256


@given(st.data())
def test_that_a_request_was_made_changes_no_later_one(data: st.DataObject) -> None:
    """Seats are asked by turns and by probes, before an announcement and again after it, and not always answer."""
    view, events = seen(seat("A"), []), data.draw(transcripts())

    for event in events:
        if data.draw(st.booleans()):
            view.request(occasion(), question=data.draw(st.none() | st.just("How sure are you?")))
        view.see(event)

    assert view.request(occasion()) == seen(seat("A"), events).request(occasion())


def test_a_seed_that_is_drawn_is_this_turn_s_draw() -> None:
    """It stands in the request and in its hash."""
    view = seen(seat("A", sampling={"seed": "auto", "temperature": 1.0}), [])

    one, other = view.request(occasion(draw=7)), view.request(occasion(draw=8))

    assert one.sampling == {"seed": 7, "temperature": 1.0}
    assert one.sha256 != other.sha256


@pytest.mark.parametrize("sampling", [{}, {"seed": 5}, {"temperature": 1.0}])
def test_a_seed_is_drawn_only_where_it_is_asked_for(sampling: dict[str, Any]) -> None:
    """No seed unless written; a written one is sent as it is."""
    assert with_seed(sampling, 7) == sampling


def test_the_participant_s_settings_are_not_changed_by_asking() -> None:
    """The next turn draws again."""
    own = seat("A", sampling={"seed": "auto"})

    seen(own, []).request(occasion())

    assert own.participant.sampling == {"seed": "auto"}


def test_each_seat_has_the_view_of_its_participant() -> None:
    """An embedded model and a chat model can talk with each other."""
    views = views_of([seat("A"), seat("B", view="script")], kickoff=DEFAULT_KICKOFF, go_on=DEFAULT_GO_ON)

    assert [views[role].request(occasion()).messages for role in "AB"] == [
        (Message(role="user", content=DEFAULT_KICKOFF),),
        (Message(role="script", content="B:"),),
    ]
