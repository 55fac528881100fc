"""llama.cpp's server inside this process, for one model file: started at its first call, stopped at close.

It is asked over HTTP on this machine, by the same code as any other server. ``SLOTS`` texts are worked on at once;
calls beyond that wait here, so that waiting is no part of a turn's latency. A participant's text only grows, so nearly
all of it is still in a slot or in the ``CACHE_MB`` beside them: 12 participants on 4 slots found 9,400 of 11,900 tokens
there, with slots pinned to participants and without, so none is pinned.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING

from colloquia.errors import CallError, Failure, Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SLOTS = 4
SLOT_TOKENS = 4096
"""The longest text, its reply included."""
CACHE_MB = 512
"""Memory for the states of texts that are in no slot; one of 400 tokens takes about 9 MB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """A model file that is being served."""

    base_url: str
    model: str
    """The name of the file and the beginning of its SHA-256."""


class LlamaServer:
    """One model file, served once somebody asks."""

    def __init__(self, weights: Path) -> None:
        self._weights = weights
        self._process: object | None = None
        self._served: Served | None = None
        self._starting = asyncio.Lock()
        self._slots = asyncio.Semaphore(SLOTS)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Served]:
        """Hold one of the slots.

        Raises:
            CallError: the file cannot be run.
        """
        async with self._slots:
            yield await self._started()

    async def close(self) -> None:
        """Stop the server; the next call starts it again."""
        stopping, self._process, self._served = [self._process], None, None
        await asyncio.to_thread(stopping.clear)

    async def _started(self) -> Served:
        async with self._starting:
            if self._served is not None:
                return self._served
            self._process, served = await asyncio.to_thread(_start, self._weights)
            self._served = served
            return served


def engine() -> str:
    """Return the name and version of what runs the model."""
    return f"xllamacpp {version('xllamacpp')}"


def _start(weights: Path) -> tuple[object, Served]:
    """Load the model; what is returned first runs until nobody holds it."""
    from xllamacpp import Server

    try:
        server = Server(_parameters(weights))
    except RuntimeError as error:
        message = f"embedded: {weights} cannot be run: {error}."
        failure = Failure(fault=Fault.STOP_MODEL, stage="connect", message=message, was_sent=False)
        raise CallError(failure) from error
    served = Served(base_url=f"{server.listening_address}/v1", model=f"{weights.stem} sha256:{_sha256(weights)[:16]}")
    return server, served


def _parameters(weights: Path) -> object:
    from xllamacpp import CommonParams

    wanted = CommonParams()
    wanted.model.path = str(weights)
    wanted.n_ctx = SLOTS * SLOT_TOKENS
    wanted.n_parallel = SLOTS
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = _threads()
    wanted.cache_ram_mib = CACHE_MB
    wanted.port = 0
    wanted.verbosity = -1
    return wanted


def _threads() -> int:
    """Return the number of cores but one.

    The threads wait for each other by spinning: where another program takes one of their cores, all of them stall. On
    two busy cores, two threads were 20 times slower than one (77 s against 3.6 s); on two idle ones, 1.8 times faster.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(cores - 1, 1)


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(2**20):
            digest.update(piece)
    return digest.hexdigest()
