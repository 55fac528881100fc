"""Calls over real sockets on this machine: what the tests of the wire and of its HTTP client share."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from servers import RawServer, Step, serving

from colloquia.errors import CallError
from colloquia.providers.assembly import Assembly
from colloquia.providers.call import Call
from colloquia.providers.wire import Answer, Patience, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from colloquia.errors import Failure

QUICK = Patience(silence_seconds=0.5, idle_seconds=0.1, deadline_seconds=5, farewell_seconds=0.05)
BODY = json.dumps({"choices": []}).encode()


class Kept:
    """Keeps a body as it comes."""

    is_finished = False
    has_text = False

    def __init__(self) -> None:
        self.body = b""

    def take(self, data: bytes) -> bool:
        """Keep it."""
        self.body += data
        return True


@asynccontextmanager
async def wire(**known: object) -> AsyncIterator[Wire]:
    """Return a wire that is closed at the end."""
    made = Wire(**{"patience": Patience(deadline_seconds=5), **known})  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()


async def exchange(server: RawServer, listener: Assembly | None = None, **known: object) -> Answer:
    """Return the answer to one call."""
    async with wire(**known) as made:
        return await made.exchange(call(server), listener or Assembly())


def call(server: RawServer, body: bytes | None = b"{}") -> Call:
    """Return a call of the server."""
    return Call(url=f"{server.url}/x", headers={"Authorization": "Bearer secret"}, body=body)


def answer(*act: bytes | Step, listener: Assembly | None = None, **known: object) -> Answer:
    """Return the answer of a server that does ``act``."""

    async def main() -> Answer:
        async with serving(act) as server:
            return await exchange(server, listener, **known)

    return asyncio.run(main())


def failure(*act: bytes | Step, **known: object) -> Failure:
    """Return how a call of a server that does ``act`` fails."""
    with pytest.raises(CallError) as failed:
        answer(*act, **known)
    assert "secret" not in repr(failed.value)
    return failed.value.failure
