"""Bytes of an answer are handed on together where its reader has time, and nothing that came is lost."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from servers import STREAM_END, STREAM_HEAD, Step, chunk, serving
from unit.providers.exchanges import call

from colloquia.providers import arrival
from colloquia.providers.call import Ticket
from colloquia.providers.sockets import SocketTransport

if TYPE_CHECKING:
    import pytest


async def read_gathering(act: list[bytes | Step], many: int) -> list[bytes]:
    """Return the first pieces in which a body is handed on whose reader has time."""
    async with serving(act) as server:
        transport = SocketTransport()
        ticket = Ticket(clock=time.monotonic)
        response = await transport.send(call(server), ticket)
        ticket.may_gather = True
        found: list[bytes] = []
        while len(found) < many and (piece := await response.chunk()):
            found.append(piece)
        await transport.close()
        return found


def test_what_may_be_gathered_is_handed_on_together_once_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pieces it came in."""
    monkeypatch.setattr(arrival, "GATHERS_SECONDS", 30.0)
    act = [STREAM_HEAD, Step.BREATHE, chunk(b"a"), Step.BREATHE, chunk(b"b"), Step.BREATHE, chunk(b"c") + STREAM_END]

    assert asyncio.run(read_gathering(act, many=9)) == [b"abc"]


def test_what_is_gathered_is_handed_on_after_a_while_and_when_the_connection_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody may be watching, and nothing that came is lost."""
    hanging, broken = ([STREAM_HEAD, Step.BREATHE, chunk(b"a"), end] for end in (Step.HANG, Step.RESET))
    monkeypatch.setattr(arrival, "GATHERS_SECONDS", 0.02)
    assert asyncio.run(read_gathering(hanging, many=1)) == [b"a"]

    monkeypatch.setattr(arrival, "GATHERS_SECONDS", 30.0)
    assert asyncio.run(read_gathering(broken, many=1)) == [b"a"]


def test_no_more_than_so_many_pieces_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory stays bounded, however fast a server is."""
    monkeypatch.setattr(arrival, "GATHERS_SECONDS", 30.0)
    monkeypatch.setattr(arrival, "MOST_GATHERED", 2)
    act = [STREAM_HEAD, Step.BREATHE, chunk(b"a"), Step.BREATHE, chunk(b"b"), Step.HANG]

    assert asyncio.run(read_gathering(act, many=1)) == [b"ab"]
