"""Our own HTTP client reads what aiohttp reads, writes each call once, and opens and keeps connections with care."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from servers import STREAM_END, STREAM_HEAD, RawServer, Step, chunk, http, serving, stream
from unit.providers.exchanges import BODY, Kept, call, wire

from colloquia.errors import CallError
from colloquia.providers import pool
from colloquia.providers.assembly import Assembly
from colloquia.providers.call import Call, Ticket
from colloquia.providers.sockets import SocketTransport
from colloquia.providers.transport import AiohttpTransport
from colloquia.providers.wire import Patience, Wire

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from colloquia.providers.call import Transport

GOOD = [
    http(b'{"a": 1}', 200, {"Retry-After": "3"}),
    b"".join(stream(b"data: hello\n\ndata: x y z\n\n", size=7)),
    http(b"", 204),
    b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end",
    b"HTTP/1.0 503 No\r\nContent-Length: 3\r\nX: y, z\r\n\r\nabc",
]
PATIENCE = Patience(deadline_seconds=20, silence_seconds=10, idle_seconds=10)


def heard(transport: Transport, data: list[bytes | Step]) -> tuple[object, ...]:
    """Return what an exchange with a server that sends ``data`` comes to."""

    async def main() -> tuple[object, ...]:
        listener = Kept()
        async with serving(data) as server, wire(patience=PATIENCE, transport=transport) as made:
            try:
                found = await made.exchange(call(server), listener)
            except CallError as error:
                return error.failure.stage, error.failure.was_sent
            return found.status, dict(found.headers), listener.body, found.broken is None

    return asyncio.run(main())


@pytest.mark.parametrize("data", GOOD)
@pytest.mark.parametrize("end", [-1, -3, -9, None])
def test_both_clients_read_the_same(data: bytes, end: int | None) -> None:
    """Whole, and cut off near its end."""
    act: list[bytes | Step] = [data[:end]]

    assert heard(SocketTransport(), act) == heard(AiohttpTransport(), act)


@pytest.mark.parametrize("make", [SocketTransport, AiohttpTransport])
def test_an_answer_tells_when_all_of_it_came(make: Callable[[], Transport]) -> None:
    """Nobody needs to wait for more."""

    async def main() -> list[bool]:
        async with serving([STREAM_HEAD, chunk(b"x"), Step.BREATHE, chunk(b"y") + STREAM_END]) as server:
            transport = make()
            response = await transport.send(call(server), Ticket(clock=time.monotonic))
            await response.chunk()
            was_whole = response.is_whole
            await response.chunk()
            await transport.close()
            return [was_whole, response.is_whole]

    assert asyncio.run(main()) == [False, True]


@given(st.sampled_from(GOOD), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_nothing_damaged_is_taken_for_more_than_aiohttp_takes_it_for(good: bytes, chance: random.Random) -> None:
    """A whole answer here is one there, or one with something behind its end; what breaks off breaks off in both."""
    data = bytearray(good)
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(data))
        data[place : place + chance.randrange(3)] = bytes(chance.randrange(256) for _ in range(chance.randrange(3)))

    ours, theirs = (heard(client, [bytes(data)]) for client in (SocketTransport(), AiohttpTransport()))

    is_whole = len(ours) == 4 and ours[-1]
    assert not is_whole or ours == theirs or len(theirs) == 2


def test_a_connection_is_used_again_and_not_once_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server closes its own after a while, and the call that is then on its way would be lost."""

    async def main() -> list[int]:
        found = []
        async with serving([http(BODY), Step.KEEP]) as server, wire(transport=SocketTransport()) as made:
            for kept in (15.0, 15.0, -1.0):
                monkeypatch.setattr(pool, "KEPT_SECONDS", kept)
                await made.exchange(call(server), Assembly())
                found.append(server.connections)
        return found

    assert asyncio.run(main()) == [1, 1, 2]


@pytest.mark.parametrize(
    ("act", "rests", "connections"),
    [
        ([http(BODY), Step.KEEP], 30.0, 3),
        ([http(BODY), Step.KEEP], 0.0, 1),
        ([http(BODY)], 0.0, 3),
    ],
)
def test_a_connection_that_streamed_is_used_again_once_it_rested(
    act: list[bytes | Step], rests: float, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server has time to close it before the next call, which would be lost."""
    monkeypatch.setattr(pool, "RESTS_SECONDS", rests)

    async def main() -> tuple[int, int]:
        async with serving(act) as server, wire(transport=SocketTransport()) as made:
            for _ in range(3):
                await made.exchange(replace(call(server), keeps_connection=False), Assembly())
                await asyncio.sleep(0.02)
            return len(server.heard), server.connections

    assert asyncio.run(main()) == (3, connections)


def test_a_server_that_hangs_up_late_costs_one_call_and_no_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is lost as any other is, and is not sent again by itself; afterwards each stream has its own connection."""
    monkeypatch.setattr(pool, "RESTS_SECONDS", 0.0)
    late: list[bytes | Step] = [http(BODY), Step.KEEP]
    hung_up: list[bytes | Step] = [b""]

    async def main() -> tuple[list[str], int, int]:
        found = []
        async with serving(late, late, hung_up, late) as server, wire(transport=SocketTransport()) as made:
            for _ in range(5):
                try:
                    await made.exchange(replace(call(server), keeps_connection=False), Assembly())
                    found.append("answered")
                except CallError as error:
                    found.append(f"lost at {error.failure.stage}, sent: {error.failure.was_sent}")
            return found, len(server.heard), server.connections

    lost = "lost at status, sent: True"
    assert asyncio.run(main()) == (["answered", "answered", lost, "answered", "answered"], 5, 3)


@pytest.mark.parametrize(
    "act",
    [
        [http(BODY), b"HTTP/1.1 408 Too late\r\n\r\n", Step.KEEP],
        [http(BODY), Step.BREATHE, b"HTTP/1.1 408 Too late\r\n\r\n", Step.KEEP],
        [http(BODY, 200, {"Connection": "close"}), Step.KEEP],
    ],
)
def test_a_connection_on_which_more_came_than_was_asked_for_is_not_used_again(act: list[bytes | Step]) -> None:
    """What came would be taken for the answer to the next call."""

    async def main() -> tuple[int, int]:
        async with serving(act) as server, wire(transport=SocketTransport()) as made:
            for _ in range(2):
                found = await made.exchange(call(server), Assembly())
                assert found.status == 200
                await asyncio.sleep(0.03)
            return len(server.heard), server.connections

    assert asyncio.run(main()) == (2, 2)


def test_a_long_request_that_is_answered_early_is_heard_and_its_connection_given_up() -> None:
    """A server need not read all of it to decline it."""

    async def main() -> tuple[int, bool]:
        async def declines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(http(b"{}", 413))
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.close()

        async with await asyncio.start_server(declines, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with wire(transport=SocketTransport()) as made:
                long = Call(url=f"http://127.0.0.1:{port}/x", headers={}, body=b"x" * 8_000_000)
                found = await made.exchange(long, Assembly())
            await asyncio.sleep(0.1)
        return found.status, found.broken is None

    assert asyncio.run(main()) == (413, True)


def test_a_header_that_cannot_be_written_is_not() -> None:
    """It would end the head, or begin another call."""

    async def main() -> RawServer:
        async with serving([http(BODY)]) as server, wire(transport=SocketTransport()) as made:
            with pytest.raises(CallError) as failed:
                await made.exchange(Call(url=server.url, headers={"X": "a\r\nY: b"}, body=b""), Assembly())
            assert failed.value.failure.was_sent is False
            return server

    assert asyncio.run(main()).heard == []


def test_addresses_are_written_as_they_are_meant() -> None:
    """With their query, their odd letters percent-encoded, and their host named with its port."""

    async def main() -> RawServer:
        async with serving([http(BODY), Step.KEEP]) as server, wire(transport=SocketTransport()) as made:
            await made.exchange(Call(url=f"{server.url}/ž x?id=a/b&c=%20", headers={}, body=None), Assembly())
            return server

    server = asyncio.run(main())

    assert server.heard[0].path == "/v1/%C5%BE%20x?id=a/b&c=%20"
    assert server.heard[0].headers["host"] == server.address


def test_what_lies_behind_a_proxy_goes_over_the_other_client() -> None:
    """And the proxy sees the whole address."""

    async def main() -> str:
        async with serving([http(BODY)]) as proxy:
            transport = SocketTransport(proxy_for=lambda url: f"http://{proxy.address}")
            async with wire(transport=transport) as made:
                await made.exchange(Call(url="http://lab.example/v1/x", headers={}, body=b"{}"), Assembly())
            return proxy.heard[0].path

    assert asyncio.run(main()) == "http://lab.example/v1/x"


def test_a_call_is_never_sent_again_by_itself() -> None:
    """Not even where a kept connection turns out to be closed."""

    async def main() -> tuple[int, list[bool]]:
        async with serving([http(BODY), Step.RESET]) as server, wire(transport=SocketTransport()) as made:
            found = [await lost(made, server) for _ in range(100)]
            return len(server.heard), [was_sent for was_sent in found if was_sent is not None]

    async def lost(made: Wire, server: RawServer) -> bool | None:
        try:
            await made.exchange(call(server), Assembly())
        except CallError as error:
            return error.failure.was_sent
        return None

    arrived, sent_and_lost = asyncio.run(main())

    assert all(sent_and_lost)
    assert 100 - len(sent_and_lost) <= arrived <= 100


def test_two_hundred_calls_cancelled_at_once_are_not_sent_later() -> None:
    """Each would be a bill that nobody knows of."""

    async def main() -> tuple[int, int]:
        async with serving([STREAM_HEAD, Step.HANG]) as server, wire(transport=SocketTransport()) as made:
            tasks = [asyncio.create_task(made.exchange(call(server), Assembly())) for _ in range(200)]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            heard = len(server.heard)
            await asyncio.sleep(0.1)
            return heard, len(server.heard)

    before, after = asyncio.run(main())

    assert before == after


def test_the_other_client_is_chosen_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """For whoever doubts ours."""
    clients = []

    async def main() -> None:
        async with serving([http(BODY)]) as server, wire() as made:
            await made.exchange(call(server), Assembly())
            clients.append(type(made._transport))

    for chosen in ("aiohttp", ""):
        monkeypatch.setenv("COLLOQUIA_HTTP", chosen)
        asyncio.run(main())

    assert clients == [AiohttpTransport, SocketTransport]
