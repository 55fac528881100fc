"""Connections are opened in turn, closed at once where a call is cancelled, and never used for what was not asked."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest
from servers import STREAM_HEAD, RawServer, Step, chunk, http, serving
from unit.providers.bodies import delta
from unit.providers.exchanges import BODY, call, wire

from colloquia.providers.assembly import Assembly
from colloquia.providers.call import Call
from colloquia.providers.connecting import Ramp, load_bundled, tls_context
from colloquia.providers.transport import AiohttpTransport
from colloquia.providers.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable


def cancelled(act: list[bytes | Step], when: Callable[[RawServer], object]) -> RawServer:
    """Return the server after a call of it was cancelled once ``when`` was over."""

    async def main() -> RawServer:
        async with serving(act) as server, wire() as made:
            task = asyncio.create_task(made.exchange(call(server), Assembly()))
            await when(server)  # type: ignore[misc]
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            if server.heard:
                await asyncio.wait_for(server.was_left.wait(), 2)
            else:
                await asyncio.sleep(0.05)
            return server

    return asyncio.run(main())


@pytest.mark.parametrize(
    "act", [[Step.HANG], [STREAM_HEAD, Step.HANG], [STREAM_HEAD, chunk(delta(content="Y")), Step.HANG]]
)
def test_a_cancelled_call_closes_its_connection(act: list[bytes | Step]) -> None:
    """At once, which at many providers ends the bill."""
    server = cancelled(act, lambda server: server.has_heard.wait())

    assert len(server.heard) == 1
    assert server.was_left.is_set()


def test_a_call_cancelled_before_it_was_sent_is_never_sent() -> None:
    """Neither now nor later."""
    server = cancelled([http(BODY)], lambda server: asyncio.sleep(0))

    assert server.heard == []


def test_many_calls_at_once_all_get_their_answer() -> None:
    """There is no pool that they would have to wait for."""

    async def main() -> tuple[int, int]:
        async with serving([http(BODY), Step.KEEP]) as server, wire() as made:
            answers = await asyncio.gather(*(made.exchange(call(server), Assembly()) for _ in range(150)))
            return sum(found.status == 200 for found in answers), len(server.heard)

    assert asyncio.run(main()) == (150, 150)


def test_a_connection_that_was_closed_between_calls_is_not_used_again() -> None:
    """The next call gets a new one, and is sent once."""

    async def main() -> RawServer:
        async with serving([http(BODY)]) as server, wire() as made:
            for _ in range(2):
                await made.exchange(call(server), Assembly())
                await asyncio.sleep(0.02)
            return server

    server = asyncio.run(main())

    assert (len(server.heard), server.connections) == (2, 2)


def test_a_wire_can_be_used_again_after_it_was_closed() -> None:
    """Also in another event loop."""
    made = Wire()

    async def main() -> int:
        async with serving([http(BODY)]) as server:
            found = await made.exchange(call(server), Assembly())
            await made.close()
            return found.status

    assert [asyncio.run(main()) for _ in range(2)] == [200, 200]


def test_a_call_goes_through_the_proxy_that_its_address_has() -> None:
    """And the proxy sees the whole address."""

    async def main() -> str:
        async with serving([http(BODY)]) as proxy:
            transport = AiohttpTransport(proxy_for=lambda url: f"http://{proxy.address}")
            async with wire(transport=transport) as made:
                far = Call(url="http://lab.example/v1/x", headers={}, body=b"{}")
                await made.exchange(far, Assembly())
            return proxy.heard[0].path

    assert asyncio.run(main()) == "http://lab.example/v1/x"


def test_new_connections_are_spread_and_a_few_are_not() -> None:
    """Twenty at once, then twenty every ten milliseconds."""
    ramp = Ramp()

    delays = [ramp.delay(100.0) for _ in range(2000)]

    assert delays[:20] == pytest.approx([0.0] * 20)
    assert delays[-1] == pytest.approx(0.99)
    assert ramp.delay(200.0) == 0.0


def test_there_is_one_tls_context() -> None:
    """Making one takes longer than a call, and it checks certificates."""
    assert tls_context() is tls_context()
    assert tls_context().check_hostname


def test_a_machine_without_certificates_uses_the_bundled_ones() -> None:
    """Where they are installed."""
    pytest.importorskip("certifi")
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    load_bundled(bare)

    assert bare.get_ca_certs()


def test_a_call_shows_neither_headers_nor_body() -> None:
    """In a repr, as in a traceback."""
    shown = repr(Call(url="http://h/v1", headers={"Authorization": "Bearer secret"}, body=b"prompt"))

    assert "secret" not in shown
    assert "prompt" not in shown
