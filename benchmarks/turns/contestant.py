"""One contestant in a process of its own: ``python -m benchmarks.turns.contestant NAME URL LOAD``; prints what it took.

One conversation of two turns is held first, so that nothing is imported and no connection opened for the first time
while it is measured.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.request import urlopen

import msgspec
import uvloop

from benchmarks.turns import frameworks, readers
from benchmarks.turns.cores import cpu_seconds, keep_to, memory_kb, open_files
from benchmarks.turns.ours import ours
from benchmarks.turns.work import WARM_UP, Load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CONTESTANTS: dict[str, Callable[[str, range, Load], Awaitable[None]]] = {
    "raw": readers.raw,
    "bare": readers.bare,
    "colloquia": ours,
    **frameworks.installed(),
}


class Took(msgspec.Struct, kw_only=True, frozen=True):
    """What a contestant took for the work."""

    cpu_ms_a_turn: float
    """Of its process, that of the system for it and of its threads included."""
    turns_a_second: float
    kb_a_conversation: float
    """The most memory that it held, less what it held before, shared among the conversations."""
    requests: int
    """That the server had."""
    repeated: int
    """Of them, such as it had before."""


async def measured(name: str, url: str, load: Load) -> Took:
    """Do the work once, and return what it took."""
    hold = CONTESTANTS[name]
    await count(url, "/reset/0")
    await hold(url, range(WARM_UP, WARM_UP + 1), replace(load, turns=2, conversations=1))
    await count(url, f"/reset/{load.latency_ms}")
    memory, cpu, began = memory_kb("VmRSS"), cpu_seconds(), time.perf_counter()
    await hold(url, range(load.conversations), load)
    seconds, used = time.perf_counter() - began, cpu_seconds() - cpu
    asked = await count(url, "/count")
    return Took(
        cpu_ms_a_turn=used * 1000 / load.all_turns,
        turns_a_second=load.all_turns / seconds,
        kb_a_conversation=(memory_kb("VmHWM") - memory) / load.conversations,
        requests=asked["requests"],
        repeated=asked["repeated"],
    )


async def count(url: str, path: str) -> dict[str, int]:
    """Return what the server says at ``path``."""

    def ask() -> dict[str, int]:
        with urlopen(f"{url}{path}", timeout=30) as answer:  # noqa: S310 (the server on this machine)
            return msgspec.json.decode(answer.read(), type=dict[str, int])

    return await asyncio.to_thread(ask)


if __name__ == "__main__":
    keep_to(core=0)
    open_files(65_536)
    took = uvloop.run(measured(sys.argv[1], sys.argv[2], msgspec.json.decode(sys.argv[3], type=Load)))
    sys.stdout.buffer.write(msgspec.json.encode(took) + b"\n")
