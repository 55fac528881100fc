"""The simulator: a server on this machine, and nowhere else, that plays what its service computes."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from colloquia.errors import DesignError, SettingsError, nearest
from colloquia.providers.addresses import is_loopback
from colloquia.providers.simulator.clock import Clock
from colloquia.providers.simulator.connection import Connection, MalformedRequestError, Playing
from colloquia.providers.simulator.plan import Plan
from colloquia.providers.simulator.script import Send
from colloquia.providers.simulator.service import Service
from colloquia.providers.simulator.shapes import SHAPES

if TYPE_CHECKING:
    from decimal import Decimal

    from colloquia.providers.simulator.connection import Request
    from colloquia.providers.simulator.ledger import Ledger, Served

HOST = "127.0.0.1"
_BACKLOG = 1024
_MALFORMED = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Simulator:
    """A running simulator; enter it, ask it at its ``base_url``, leave it.

    Args:
        plan: What it is told; by default all goes well.
        shape: The server that it looks like, a name in ``SHAPES``.
        port: Where it listens; 0 for a free port.
        host: An address of this machine.
        clock: The simulated time; by default this machine's, in the plan's unit.
        keeps_bodies: Whether ``served`` keeps the bodies of requests.

    Raises:
        DesignError: there is no such shape.
        SettingsError: it may not listen there, or cannot.
    """

    def __init__(
        self,
        plan: Plan | None = None,
        *,
        shape: str = "openrouter",
        port: int = 0,
        host: str = HOST,
        clock: Clock | None = None,
        keeps_bodies: bool = True,
    ) -> None:
        if shape not in SHAPES:
            raise DesignError(f"There is no shape {shape!r}: {', '.join(SHAPES)}.{nearest(shape, SHAPES)}")
        if not is_loopback(host):
            raise SettingsError(f"The simulator listens on this machine only, and {host!r} is not it: use {HOST}.")
        self.plan = plan or Plan()
        self.clock = clock or Clock(unit=self.plan.clock_unit)
        self.stopped = asyncio.Event()
        """Set once somebody asked it to end, or it ended by itself."""
        self._service = Service(self.plan, SHAPES[shape], self.clock, keeps_bodies=keeps_bodies)
        self._address = (host, port)
        self._connections: set[Connection] = set()
        self._listener: socket.socket
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._address[1]

    @property
    def url(self) -> str:
        """Its address, under which ``/simulator/ledger`` and ``/simulator/stop`` lie."""
        host, port = self._address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def base_url(self) -> str:
        """What a client is given as base URL."""
        return self.url + self._service.shape.base_path

    @property
    def ledger(self) -> Ledger:
        """Everything that it did."""
        return self._service.ledger

    @property
    def served(self) -> list[Served]:
        """Every request, in order of arrival, and what became of it."""
        return self.ledger.served

    @property
    def billed(self) -> Decimal:
        """Dollars charged so far."""
        return self.ledger.billed

    async def __aenter__(self) -> Self:
        self._bind()
        if all(start > self.clock.now() for start, _ in self.plan.refusals()):
            self._listener.listen(_BACKLOG)
        self._serving = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if self._serving:
            self._serving.cancel()
            await asyncio.wait([self._serving])
            self._listener.close()
            if not self._serving.cancelled():
                self._serving.result()

    def _bind(self) -> None:
        """Take our address, to which nobody can connect yet."""
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.setblocking(False)  # noqa: FBT003 (it takes no keyword)
        if os.name == "posix":  # elsewhere it would let two listen at one port
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(self._address)
        except OSError as error:
            self._listener.close()
            raise SettingsError(
                f"Port {self.port} of {self._address[0]} cannot be used ({error.strerror}): name another with --port; "
                "--port 0 takes a free one."
            ) from None
        self._address = (self._address[0], self._listener.getsockname()[1])

    async def _serve(self) -> None:
        """Accept clients, except in the stretches of time in which the plan refuses them."""
        try:
            async with asyncio.TaskGroup() as group:
                for start, end in self.plan.refusals():
                    if self.clock.now() < start:
                        await self._accept(group, self._real_seconds_until(start))
                        self._bind()
                    await asyncio.sleep(self._real_seconds_until(end))
                await self._accept(group, None)
        finally:
            self.stopped.set()

    async def _accept(self, group: asyncio.TaskGroup, seconds: float | None) -> None:
        """Accept clients for so long, then leave those that are there."""
        loop = asyncio.get_running_loop()
        with self._listener as listener, suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                listener.listen(_BACKLOG)
                while True:
                    accepted, _ = await loop.sock_accept(listener)
                    self._begin(group, accepted)
        for connection in self._connections:
            connection.leave()

    def _real_seconds_until(self, seconds: float) -> float:
        return max(self.clock.real(seconds - self.clock.now()), 0.0)

    def _begin(self, group: asyncio.TaskGroup, accepted: socket.socket) -> None:
        """Begin with one client; its socket is closed once nobody reads from it and nobody writes to it."""
        accepted.setblocking(False)  # noqa: FBT003 (it takes no keyword)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(accepted)
        listening = group.create_task(connection.listen())
        conversing = group.create_task(self._converse(connection))
        self._connections.add(connection)
        conversing.add_done_callback(lambda _: listening.cancel())
        for task in (listening, conversing):
            task.add_done_callback(lambda _: self._end(connection, listening, conversing))

    def _end(self, connection: Connection, *tasks: asyncio.Task[None]) -> None:
        if all(task.done() for task in tasks):
            self._connections.discard(connection)
            connection.close()

    async def _converse(self, connection: Connection) -> None:
        """Answer one client until it leaves."""
        try:
            while (request := await connection.request()) and await self._answer(connection, request):
                pass
        except MalformedRequestError:
            await connection.play([Send(_MALFORMED)], self.clock, Playing())

    async def _answer(self, connection: Connection, request: Request) -> bool:
        """Answer one request; return whether the connection can be used again."""
        performance = self._service.perform(request)
        playing = Playing()
        try:
            await connection.play(performance.script, self.clock, playing)
        finally:
            self._service.finish(performance, playing)
            if self._service.is_stop_asked:
                self.stopped.set()
        return playing.is_open and request.keeps_alive
