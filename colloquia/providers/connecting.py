"""How connections are opened: certificates that are believed, names looked up once, and many of them in turn."""

from __future__ import annotations

import asyncio
import ssl
from functools import cache
from pathlib import Path


class Ramp:
    """Spreads new connections, since opening thousands at once would hold up the event loop."""

    PER_STEP = 20
    STEP_SECONDS = 0.01

    def __init__(self) -> None:
        self._taken_until = 0.0

    def delay(self, now: float) -> float:
        """Return how long the connection asked for at ``now`` waits."""
        self._taken_until = max(self._taken_until, now) + self.STEP_SECONDS / self.PER_STEP
        return max(self._taken_until - self.STEP_SECONDS - now, 0.0)

    async def wait(self, *_trace: object) -> None:
        """Wait for this connection's turn."""
        if delay := self.delay(asyncio.get_running_loop().time()):
            await asyncio.sleep(delay)


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of this process; making it takes longer than a call."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    has_store = paths.cafile or (paths.capath and any(Path(paths.capath).iterdir()))
    if not has_store and not context.get_ca_certs():
        load_bundled(context)
    return context


def load_bundled(context: ssl.SSLContext) -> None:
    """Load the certificates of ``certifi``, for a machine that has none of its own."""
    try:
        import certifi
    except ImportError:
        return
    context.load_verify_locations(certifi.where())
