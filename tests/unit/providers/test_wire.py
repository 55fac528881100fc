"""Every way in which an exchange can go wrong is told apart, over real sockets on this machine."""

from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from servers import STREAM_END, STREAM_HEAD, RawServer, Step, chunk, http, serving, stream
from unit.providers.bodies import COMMENT, DONE, GOOD_STREAM, delta
from unit.providers.exchanges import BODY, QUICK, answer, call, exchange, failure, wire

from colloquia.errors import CallError, Fault
from colloquia.providers.assembly import Assembly
from colloquia.providers.call import Call
from colloquia.providers.wire import Answer, Patience


def test_an_answer_comes_with_status_headers_body_and_times() -> None:
    """Header names in lower case, the body as it was sent, durations on a clock that never jumps."""
    listener = Assembly()

    found = answer(http(BODY, 503, {"Retry-After": "3", "X-Odd": "ž"}), listener=listener)

    assert (found.status, found.headers["retry-after"], found.headers["x-odd"]) == (503, "3", "ž")
    assert bytes(listener.body) == BODY
    assert found.broken is None
    assert found.latency_ms is not None
    assert found.latency_ms >= 0
    assert found.time_to_first_token_ms is None
    assert found.complete_at.tzinfo is UTC


def test_a_call_is_posted_once_and_as_it_is() -> None:
    """The bytes of the body, the headers of the call, no cookie, one request."""

    async def main() -> RawServer:
        async with serving([http(BODY, 200, {"Set-Cookie": "a=1"}), Step.KEEP]) as server, wire() as made:
            for _ in range(2):
                await made.exchange(call(server, '{"ž": 1}'.encode()), Assembly())
            return server

    server = asyncio.run(main())

    assert [heard.method for heard in server.heard] == ["POST", "POST"]
    assert server.heard[1].body == '{"ž": 1}'.encode()
    assert server.heard[1].headers["authorization"] == "Bearer secret"
    assert server.heard[1].headers["accept-encoding"] == "gzip"
    assert "cookie" not in server.heard[1].headers
    assert server.connections == 1


def test_a_list_is_asked_for_with_get() -> None:
    """Where there is nothing to post."""

    async def main() -> str:
        async with serving([http(BODY)]) as server, wire() as made:
            await made.exchange(call(server, None), Assembly())
            return server.heard[0].method

    assert asyncio.run(main()) == "GET"


def test_a_body_of_megabytes_goes_out_and_comes_in_whole() -> None:
    """Long talks are long."""
    listener = Assembly()
    long = b'"' + b"x" * 3_000_000 + b'"'

    async def main() -> int:
        async with serving([http(long)]) as server, wire() as made:
            await made.exchange(call(server, long), listener)
            return len(server.heard[0].body)

    assert asyncio.run(main()) == len(long)
    assert bytes(listener.body) == long


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    """The body must not travel to another place by itself."""

    async def main() -> tuple[int, int]:
        async with serving([http(b"", 307, {"Location": "/elsewhere"})]) as server:
            found = await exchange(server)
            return found.status, len(server.heard)

    assert asyncio.run(main()) == (307, 1)


def test_a_refused_connection_was_surely_not_billed() -> None:
    """Nothing was sent."""

    async def main() -> None:
        async with serving([b""]) as server:
            pass
        await exchange(server)

    with pytest.raises(CallError) as failed:
        asyncio.run(main())

    found = failed.value.failure
    assert (found.fault, found.stage, found.was_sent, found.status) == (Fault.TRANSIENT, "connect", False, None)


def test_an_unknown_host_was_surely_not_asked() -> None:
    """Names under .invalid never exist."""

    async def main() -> None:
        async with wire() as made:
            await made.exchange(Call(url="http://nobody.invalid/v1/x?key=secret", headers={}, body=b"{}"), Assembly())

    with pytest.raises(CallError) as failed:
        asyncio.run(main())

    assert failed.value.failure.was_sent is False
    assert "nobody.invalid" in failed.value.failure.message
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize(
    "act",
    [
        [],
        [Step.RESET],
        [b"hello\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"],
        [b"HTTP/1.1 200"],
    ],
    ids=["closed", "reset", "no HTTP", "bad length", "endless header", "cut header"],
)
def test_a_call_without_a_readable_answer_may_have_been_billed(act: list[bytes | Step]) -> None:
    """It was sent; an invented status is not believed."""
    found = failure(*act)

    assert (found.fault, found.stage, found.was_sent, found.status) == (Fault.TRANSIENT, "status", True, None)
    assert "127.0.0.1" in found.message


def test_a_server_that_never_answers_is_left() -> None:
    """The connection is closed, so that it can stop as well."""

    async def main() -> None:
        async with serving([Step.HANG]) as server:
            try:
                await exchange(server, patience=QUICK)
            finally:
                await asyncio.wait_for(server.was_left.wait(), 2)

    with pytest.raises(CallError) as failed:
        asyncio.run(main())

    found = failed.value.failure
    assert (found.stage, found.was_sent) == ("status", True)
    assert "silent" in found.message


HALF = BODY[: len(BODY) // 2]


@pytest.mark.parametrize(
    "act",
    [
        [http(HALF, length=len(BODY))],
        [http(HALF, length=len(BODY)), Step.BREATHE, Step.RESET],
        [http(HALF, length=len(BODY)), Step.HANG],
        [STREAM_HEAD, chunk(HALF)],
        [STREAM_HEAD, chunk(HALF), Step.BREATHE, b"zz\r\n"],
        [STREAM_HEAD, chunk(HALF), Step.HANG],
    ],
    ids=["cut", "reset", "stalled", "cut chunks", "bad chunk", "stalled chunks"],
)
def test_a_body_that_breaks_off_keeps_its_status_and_what_had_come(act: list[bytes | Step]) -> None:
    """Whoever reads it decides what it is worth."""
    listener = Assembly()

    found = answer(*act, listener=listener, patience=QUICK)

    assert found.status == 200
    assert bytes(listener.body) == HALF
    assert found.broken is not None
    assert (found.broken.fault, found.broken.stage, found.broken.status) == (Fault.TRANSIENT, "body", 200)


def test_a_drip_of_bytes_ends_at_the_deadline() -> None:
    """However short the gaps are; the deadline stands around all of it."""
    drip: list[bytes | Step] = [STREAM_HEAD]
    for _ in range(100):
        drip += [chunk(b"x"), Step.BREATHE]

    found = answer(*drip, patience=Patience(deadline_seconds=0.5))

    assert found.broken is not None
    assert "no end after 0.5 s" in found.broken.message


def test_a_server_that_goes_on_talking_is_heard_to_its_end() -> None:
    """However often the end of its patience has to be moved."""
    drip: list[bytes | Step] = [STREAM_HEAD]
    for _ in range(40):
        drip += [chunk(b"x"), Step.BREATHE]
    listener = Assembly()

    found = answer(*drip, STREAM_END, listener=listener, patience=Patience(idle_seconds=0.3, deadline_seconds=20))

    assert found.broken is None
    assert listener.body == b"x" * 40
    assert found.latency_ms is not None
    assert found.latency_ms > 300


def test_comments_alone_do_not_keep_a_server_from_being_silent() -> None:
    """The idle time runs on data."""

    async def main() -> Answer:
        async with serving([STREAM_HEAD, Step.BABBLE]) as server:
            found = await exchange(server, patience=QUICK)
            await asyncio.wait_for(server.was_left.wait(), 2)
            return found

    found = asyncio.run(main())

    assert found.broken is not None
    assert "silent" in found.broken.message


def test_a_server_that_keeps_the_line_open_after_the_end_is_not_waited_for() -> None:
    """What counts has come."""
    listener = Assembly()

    found = answer(STREAM_HEAD, chunk(GOOD_STREAM), Step.HANG, listener=listener, patience=QUICK)

    assert found.broken is None
    assert listener.is_whole


def test_the_time_to_the_first_token_is_that_of_the_first_text() -> None:
    """Not that of a comment or of an empty delta."""
    listener = Assembly()
    ticks = count()
    act = [STREAM_HEAD, chunk(COMMENT), Step.BREATHE, chunk(delta(role="assistant", content="")), Step.BREATHE]
    act += [chunk(delta(content="Y")), Step.BREATHE, chunk(DONE), STREAM_END]

    found = answer(*act, listener=listener, clock=lambda: next(ticks) / 1000)

    assert found.time_to_first_token_ms is not None
    assert found.latency_ms is not None
    assert 0 < found.time_to_first_token_ms < found.latency_ms


def test_where_the_machine_slept_the_latency_is_unknown() -> None:
    """The clock that never jumps stood still meanwhile."""
    moments = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(100))

    assert answer(http(BODY), now=lambda: next(moments)).latency_ms is None


ZIPPED = gzip.compress(BODY, mtime=0)


def zipped(data: bytes) -> bytes:
    """Return an answer that says it is zipped."""
    return http(data, headers={"Content-Encoding": "gzip"})


def test_a_zipped_body_is_unzipped() -> None:
    """However it was cut on the way."""
    whole, pieces = Assembly(), Assembly()

    assert answer(zipped(ZIPPED), listener=whole).broken is None
    head = STREAM_HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    zipped_stream = stream(gzip.compress(GOOD_STREAM, mtime=0), size=7)[1:]
    assert answer(head, *zipped_stream, listener=pieces).broken is None

    assert bytes(whole.body) == BODY
    assert pieces.is_whole


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ZIPPED[:-9], "cut off"),
        (ZIPPED[:-8] + b"\0" * 8, "damaged"),
        (b"no zip at all", "damaged"),
        (ZIPPED + b"more", "follows"),
        (gzip.compress(b"x" * 17_000_000, mtime=0), "more than 16 MB"),
    ],
)
def test_a_zipped_body_that_is_not_one_is_told(data: bytes, reason: str) -> None:
    """Cut, damaged, followed by more, or larger than memory allows."""
    found = answer(zipped(data))

    assert found.broken is not None
    assert reason in found.broken.message
    assert found.status == 200


def test_a_body_without_an_end_is_bounded() -> None:
    """No answer needs more."""
    listener = Assembly()
    piece = chunk(b"x" * 2**20)

    found = answer(STREAM_HEAD, *[piece] * 20, listener=listener)

    assert found.broken is not None
    assert "16 MB" in found.broken.message
    assert len(listener.body) <= 16 * 2**20


def test_a_packing_that_nobody_asked_for_is_told() -> None:
    """Only gzip is understood."""
    found = answer(http(BODY, headers={"Content-Encoding": "br"}))

    assert found.broken is not None
    assert "'br'" in found.broken.message
