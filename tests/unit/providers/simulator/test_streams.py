"""How a stream looks, byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unit.providers.simulator.rehearsing import answers, chat, raw, rehearse, request, told

from colloquia.providers.simulator.script import Answer, Event, Pause, Send, played

if TYPE_CHECKING:
    from colloquia.providers.simulator.simulator import Simulator


def test_a_stream_begins_empty_and_ends_with_usage_and_done() -> None:
    """A comment, an empty delta, the text, the reason, one usage chunk without choices, and [DONE]."""
    (stream,) = answers(chat(stream=True))

    lines = [line for line in stream.raw.splitlines() if line]
    first, *_, last_word, usage = stream.chunks
    assert lines[0] == b": OPENROUTER PROCESSING"
    assert lines[-1] == b"data: [DONE]"
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert last_word["choices"][0]["finish_reason"] == "stop"
    assert last_word["choices"][0]["native_finish_reason"] is not None
    assert (usage["choices"], usage["usage"]["completion_tokens"] > 0) == ([], True)


def test_only_the_last_word_has_a_finish_reason() -> None:
    """Every chunk before it says null."""
    (stream,) = answers(chat(stream=True))

    reasons = [chunk["choices"][0]["finish_reason"] for chunk in stream.chunks if chunk["choices"]]
    assert set(reasons[:-1]) == {None}


def test_all_chunks_bear_one_id_which_the_header_bears_too() -> None:
    """So that a reply that is lost can be looked up."""
    (stream,) = answers(chat(stream=True))

    assert {chunk["id"] for chunk in stream.chunks} == {stream.headers["x-generation-id"]}


def test_streams_end_their_lines_in_either_way() -> None:
    """Some with LF, some with CRLF."""
    streams = answers(*(chat(f"Number {number}.", stream=True) for number in range(12)))

    assert {b"\r\n\r\n" in stream.raw for stream in streams} == {True, False}
    assert all(stream.text.startswith("Simulated ") for stream in streams)


def test_streams_are_cut_inside_lines_and_characters() -> None:
    """Among a few hundred events some part in the middle of a character."""
    event = Event({"choices": [{"delta": {"content": "東京 — 🙂"}}]})

    script = played(Answer(events=(event,) * 300), date="", draw="test")

    parts = [action.data.partition(b"\r\n")[2][:-2] for action in script[1:-1] if isinstance(action, Send)]
    assert len(parts) > 300
    assert b"".join(parts).decode().count("東京 — 🙂") == 300
    assert sum(_is_cut_character(part) for part in parts) > 3


def _is_cut_character(part: bytes) -> bool:
    try:
        part.decode()
    except UnicodeDecodeError:
        return True
    return False


def test_a_cut_lets_others_run_between_its_halves() -> None:
    """So that a client is likely to read them one by one."""
    script = played(Answer(events=(Event(b"data: 1"),) * 50), date="", draw="test")

    assert Pause(0) in script


def test_a_connection_serves_several_requests() -> None:
    """It stays open after a whole reply and after a stream."""

    async def act(simulator: Simulator) -> bytes:
        path = simulator.base_url.removeprefix(simulator.url) + "/chat/completions"
        kept = [request(simulator, path, chat(stream=streamed), Connection="") for streamed in (True, False)]
        return await raw(simulator, b"".join([*kept, request(simulator, path, chat("Bye."))]))

    everything = rehearse(act)

    assert everything.count(b"HTTP/1.1 200 OK") == 3


def test_a_request_may_come_in_chunks() -> None:
    """As clients send long ones."""

    async def act(simulator: Simulator) -> bytes:
        path = simulator.base_url.removeprefix(simulator.url) + "/chat/completions"
        head, _, body = request(simulator, path, chat(), Transfer_Encoding="chunked", Content_Length="").partition(
            b"\r\n\r\n"
        )
        chunks = [body[:7], body[7:], b""]
        return await raw(simulator, head + b"\r\n\r\n" + b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks))

    assert told(rehearse(act)).text.startswith("Simulated ")
