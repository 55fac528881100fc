"""Streams are put together whatever they are cut into, and are never taken for whole when they are not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.providers.bodies import (
    COMMENT,
    DONE,
    GOOD_STREAM,
    GOOD_TEXT,
    OWN_SERVER,
    USAGE_EVENT,
    completion,
    delta,
    error,
    event,
    failing,
    read,
)

from colloquia.conversation.chat_model import Reply, Usage
from colloquia.errors import CallError, Failure, Fault
from colloquia.logbook.attempts import is_answered_for_nothing
from colloquia.providers.assembly import Assembly

BODIES = {
    "stream": GOOD_STREAM,
    "stream with CRLF": GOOD_STREAM.replace(b"\n", b"\r\n"),
    "stream of a completed text": event({"choices": [{"text": " Ye"}]})
    + event({"choices": [{"text": "s.", "finish_reason": "stop"}], "usage": {"prompt_tokens": 3}}),
    "whole": json.dumps(completion(GOOD_TEXT)).encode(),
    "padded": b" \n\n" + json.dumps(completion(GOOD_TEXT), ensure_ascii=False).encode(),
}


def outcome(pieces: list[bytes]) -> Reply | Failure:
    """Return what is made of an answer that arrives in ``pieces``."""
    try:
        return read(b"", pieces=pieces)
    except CallError as failed:
        return failed.failure


def test_a_stream_becomes_the_reply_it_spells_out() -> None:
    """Text, reasoning, reasons, usage and ids from all of its events."""
    found = read(GOOD_STREAM)

    assert found.content == GOOD_TEXT
    assert found.reasoning == "Hm. "
    assert (found.finish_reason, found.native_finish_reason) == ("stop", "STOP")
    assert found.usage == Usage(
        input_tokens=310, output_tokens=82, cached_tokens=256, written_tokens=0, reasoning_tokens=60, cost_usd=0.000121
    )
    assert (found.served_by, found.served_model, found.generation_id) == ("DeepInfra", "acme/m-70b", "gen-7")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_split_anywhere_gives_the_same_reply(body: bytes) -> None:
    """At every byte, inside characters and lines, and byte by byte."""
    whole = read(body)

    for cut in range(len(body) + 1):
        assert outcome([body[:cut], body[cut:]]) == whole
    assert outcome([bytes([byte]) for byte in body]) == whole


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_cut_off_anywhere_is_complete_or_failed(body: bytes) -> None:
    """A truncated text is never taken for an answer, with or without an error of the connection."""
    text = read(body).content

    for cut in range(len(body)):
        found = outcome([body[:cut]])
        if isinstance(found, Reply):
            assert found.content == text
        else:
            assert found.fault is Fault.TRANSIENT
            assert (text or "").startswith(found.partial_text or "")


def test_what_had_come_before_a_cut_is_kept_with_the_attempt() -> None:
    """It is no turn, and it may have been billed."""
    cut = GOOD_STREAM[: GOOD_STREAM.index(b"Really")]
    broken = Failure(fault=Fault.TRANSIENT, stage="body", message="h: the answer broke off.", status=200)

    clean, torn = failing(cut), failing(cut, broken=broken)

    assert clean.partial_text == torn.partial_text == GOOD_TEXT.partition("«")[0]
    assert clean.stage == torn.stage == "stream"
    assert clean.generation_id == torn.generation_id == "gen-7"
    assert "broke off" in torn.message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        COMMENT,
        DONE,
        COMMENT + DONE,
        delta(content="Yes"),
        delta(content="Yes") + DONE,
        delta(content="Yes", finish="") + DONE,
        delta(content="Yes", finish=5) + DONE,
        delta(content="Yes") + USAGE_EVENT + DONE,
        delta(content="Ye") + event(b'{"choices": [{"delta": {"con') + delta(content="s", finish="stop") + DONE,
        delta(content="Ye") + event(b'"error"') + delta(content="s", finish="stop") + DONE,
        delta(content="Ye") + delta(content=5) + delta(content="s", finish="stop") + DONE,
        delta(content="Ye") + event(b"\xff") + delta(content="s", finish="stop") + DONE,
        delta(content="Yes", finish="error") + DONE,
        delta(content="", finish="error") + USAGE_EVENT + DONE,
        event({"choices": None}) + DONE,
    ],
    ids=repr,
)
def test_a_stream_without_its_last_frame_or_with_a_lost_line_failed(data: bytes) -> None:
    """Neither [DONE] nor a clean end proves that a text is whole, and a line that cannot be read is lost text."""
    assert failing(data).fault is Fault.TRANSIENT


@pytest.mark.parametrize(
    "data",
    [
        delta(content="Yes", finish="stop"),
        delta(content="Yes", finish="stop") + DONE + DONE,
        delta(content="Yes", finish="stop").rstrip(),
        delta(content="Yes") + delta(finish="stop") + DONE + delta(content="?") + event(error(500)),
        b"\xef\xbb\xbf" + delta(content="Yes", finish="stop") + DONE,
        delta(content="Yes", finish="stop").replace(b"\n\n", b"\n") + DONE,
        event({**completion("Yes"), "object": "chat.completion"}) + DONE,
        delta(content="Ye") + delta(content="s") + event(completion("Yes")) + DONE,
        delta(content="Yes", finish="stop") + event({"choices": [{"index": 1, "delta": {"content": "No"}}]}),
    ],
    ids=repr,
)
def test_a_stream_is_whole_once_its_reason_came(data: bytes) -> None:
    """Whatever follows [DONE], whether or not it comes, and where one event holds the whole completion."""
    found = read(data)

    assert (found.content, found.finish_reason) == ("Yes", "stop")


@pytest.mark.parametrize("beside", [b"", event({"choices": [{"delta": {"content": [], "tool_calls": None}}]})])
def test_a_line_that_is_no_unicode_is_lost_text_wherever_in_it_that_shows(beside: bytes) -> None:
    """Also in a name that nobody reads, whatever came together with it."""
    damaged = delta(content="Yes").replace(b"delta", b"delt\xe1")

    found = failing(damaged + beside + delta(content="No", finish="stop") + DONE)

    assert found.partial_text == "No"


def test_usage_counts_wherever_it_stands() -> None:
    """Beside the last delta, after it, twice, or after [DONE]; of two the later one."""
    usage = event({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}})
    last = delta(content="Yes", finish="stop")

    for data in (last + usage + DONE, usage + last, last + DONE + usage, last + USAGE_EVENT + usage + DONE):
        assert read(data).usage.input_tokens == 5


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"error": {"code": 502, "message": "Provider disconnected"}}, Fault.TRANSIENT),
        ({"error": {"code": "server_error", "message": "lost"}, "choices": []}, Fault.TRANSIENT),
        ({"error": {"code": 400, "message": "lost"}}, Fault.TRANSIENT),
        ({"error": {"code": 429, "message": "slow down"}}, Fault.RATE),
        ({"error": {"code": 401, "message": "revoked"}}, Fault.STOP_RUN),
        ({"error": "lost"}, Fault.TRANSIENT),
        ({"error": {}, "choices": [{"delta": {}, "error": {"message": "lost"}}]}, Fault.TRANSIENT),
    ],
)
@pytest.mark.parametrize("end", [b"", DONE, delta(content="", finish="error") + DONE, delta(finish="stop") + DONE])
def test_an_error_in_the_middle_of_a_stream_ends_it(told: dict[str, Any], fault: Fault, end: bytes) -> None:
    """Whatever else it says; the text that had come is kept apart."""
    found = failing(delta(content="So far") + event(told) + end)

    assert found.fault is fault
    assert found.partial_text == "So far"
    assert found.stage == "stream"
    assert not is_answered_for_nothing(found.status), "the model had run, and may be billed"


def test_a_broken_stream_costs_what_it_says() -> None:
    """Where it says so before it breaks; a server that has no price of its own is not believed on a part of a reply."""
    begun = delta(content="So far")
    lost = event({"error": {"code": 502, "message": "lost"}})

    assert failing(begun + USAGE_EVENT + lost).cost_usd == pytest.approx(0.000121)
    assert failing(begun + USAGE_EVENT).cost_usd == pytest.approx(0.000121)
    assert failing(begun + lost).cost_usd is None
    assert failing(begun + USAGE_EVENT + lost, origin=OWN_SERVER).cost_usd is None


def test_thoughts_are_a_beginning_too() -> None:
    """A model that had thought before the error came may be billed for it."""
    thought = delta(reasoning_details=[{"type": "reasoning.text", "text": "Hm."}])

    assert failing(thought + event(error(404))).fault is Fault.TRANSIENT
    assert failing(thought + event(error(404))).status == 200


def test_an_error_as_the_first_event_counts_like_an_error() -> None:
    """Nothing had begun, so that a wrong setting is a wrong setting."""
    assert failing(event(error(404)) + DONE).fault is Fault.STOP_MODEL
    assert failing(event(error(401)), 401).fault is Fault.STOP_RUN


def test_refusals_in_a_stream_are_refusals() -> None:
    """The text of the refusal where that is all, and the filter's word at the end."""
    refused = read(delta(refusal="I ") + delta(refusal="can't.") + delta(finish="content_filter") + DONE)
    filtered = read(delta(content="") + delta(finish="content_filter", native="refusal") + USAGE_EVENT + DONE)

    assert (refused.content, refused.refusal_source, refused.outcome) == ("I can't.", "provider", None)
    assert (filtered.content, filtered.refusal_source, filtered.outcome) == (None, "provider", "refusal")


def test_thinking_without_an_answer_is_no_answer() -> None:
    """The thoughts are kept and sent to nobody."""
    details = [{"type": "reasoning.text", "text": "Hm."}, {"type": "reasoning.encrypted", "data": "x"}]

    found = read(delta(reasoning_details=details) + delta(finish="length") + DONE)

    assert (found.content, found.reasoning, found.outcome) == (None, "Hm.", "no_answer")


def test_a_whole_answer_to_a_streamed_request_and_the_reverse_are_understood() -> None:
    """What it is shows in the bytes, not in the headers."""
    assert read(completion(), headers={"content-type": "text/event-stream"}).content == "Yes"
    assert read(GOOD_STREAM, headers={"content-type": "application/json"}).content == GOOD_TEXT


def test_halves_of_a_character_in_two_events_meet() -> None:
    """Some servers cut between the two escapes."""
    halves = event(b'{"choices":[{"delta":{"content":"a\\ud83d"}}]}') + event(
        b'{"choices":[{"delta":{"content":"\\ude00"},"finish_reason":"stop"}]}'
    )

    found = read(halves, origin=OWN_SERVER)

    assert (found.content, found.is_repaired) == ("a\N{GRINNING FACE}", False)


def test_whoever_watches_sees_all_the_text_so_far() -> None:
    """Never the reasoning, and always something that can be written."""
    seen: list[str] = []

    read(GOOD_STREAM, pieces=GOOD_STREAM.splitlines(keepends=True), on_text=seen.append)
    read(event(b'{"choices":[{"delta":{"content":"a\\ud83d"},"finish_reason":"stop"}]}'), on_text=seen.append)

    assert seen == [GOOD_TEXT[: -len("«yes».\nReally.")], GOOD_TEXT, "a\ufffd"]


def test_what_arrives_together_is_shown_once() -> None:
    """However many chunks it is: nobody could have seen the text between them."""
    seen: list[str] = []

    read(GOOD_STREAM, on_text=seen.append)

    assert seen == [GOOD_TEXT]


def test_comments_and_padding_are_no_progress() -> None:
    """A server that only keeps the line open is a silent one."""
    stream, whole = Assembly(), Assembly()

    assert [stream.take(data) for data in (COMMENT, b"da", b"ta: {}\n", COMMENT, b"\n")] == [
        False,
        False,
        True,
        False,
        False,
    ]
    assert [whole.take(data) for data in (b"\n", b" {", b" \n", b'"a"')] == [False, True, False, True]


def test_the_first_token_is_the_first_of_any_kind() -> None:
    """A thought counts, an empty delta does not."""
    assembly = Assembly()

    marks = []
    for data in (delta(role="assistant", content=""), delta(reasoning="H"), delta(content="Y")):
        assembly.take(data)
        marks.append(assembly.has_text)

    assert marks == [False, True, True]


@pytest.mark.parametrize(
    "lines",
    [
        (b'{"id":"a"}{"id":', b'"b"}'),
        (b'{"id":"a"} {"id":{}', b"}"),
        (b'{"id":', b'"b"}'),
        (b'{"id":"a"}{"id":"b"}', b"{}"),
        (b'{"id":"a"', b'}{"id":"b"}'),
    ],
)
def test_what_lines_make_only_together_is_no_chunk(lines: tuple[bytes, ...]) -> None:
    """Each is read by itself, however many came at once: what is no JSON is a lost line."""
    assembly = Assembly()

    assembly.take(b"".join(b"data: %b\n\n" % line for line in lines))

    assert assembly.is_broken
    assert assembly.generation_id is None


class Untyped(Assembly):
    """Reads every chunk as any JSON."""

    def _take_chunks(self, payloads: list[bytes]) -> None:
        for payload in payloads:
            self._take_any(payload)


TEXTS = st.none() | st.sampled_from(["", "a", "ž\ud83d"])
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "index": st.sampled_from([0, None, 1, 0.0, False]),
        "delta": st.fixed_dictionaries(
            {},
            optional={
                "content": TEXTS | st.just([{"type": "text", "text": "p"}]),
                "role": st.just("assistant"),
                "refusal": TEXTS,
                "reasoning": TEXTS,
                "reasoning_content": TEXTS,
                "reasoning_details": st.sampled_from([None, [], [{"text": "r"}]]),
            },
        ),
        "finish_reason": st.sampled_from([None, "stop", ""]),
        "native_finish_reason": st.sampled_from([None, "STOP"]),
        "error": st.sampled_from([None, {}, {"code": 502}]),
        "text": TEXTS,
    },
)
CHUNKS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from([None, "", "gen-1", 5]),
        "model": st.sampled_from([None, "m"]),
        "provider": st.sampled_from([None, "P", {"choices": []}]),
        "usage": st.sampled_from([None, {}, {"prompt_tokens": 1}]),
        "error": st.sampled_from([None, {}, {"code": 429}]),
        "choices": st.none() | st.lists(CHOICES, max_size=2),
    },
)


@given(st.lists(CHUNKS | st.sampled_from(["[DONE]", 1, None, []]), max_size=6))
def test_a_piece_of_text_is_read_as_any_other_chunk_would_be(chunks: list[object]) -> None:
    """To read it by type is quicker, and nothing else."""
    payloads = [b"[DONE]" if chunk == "[DONE]" else json.dumps(chunk).encode() for chunk in chunks]
    quick, slow = Assembly(), Untyped()

    for reader in (quick, slow):
        reader.take(b"".join(b"data: %b\n\n" % payload for payload in payloads))

    assert quick.completion() == slow.completion()
    assert quick.partial_text == slow.partial_text
    assert vars(quick) == {**vars(slow), "_lines": vars(quick)["_lines"]}
