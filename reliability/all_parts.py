"""All proofs on a small scale: each in a process of its own, two at a time, within a bound of time.

A proof that raises, hangs or says nothing counts as one that failed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reliability.house import ROOT
from reliability.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AT_ONCE = 2
LIMIT_SECONDS = 570.0
"""For all parts together; CI allows ten minutes."""


def prove_all(parts: Sequence[str], seed: int, say: Callable[[str], None]) -> list[Row]:
    """Return the figures of all ``parts`` on a small scale, in their order."""
    return asyncio.run(_prove_all(parts, seed, say))


async def _prove_all(parts: Sequence[str], seed: int, say: Callable[[str], None]) -> list[Row]:
    places = asyncio.Semaphore(AT_ONCE)
    deadline = time.monotonic() + LIMIT_SECONDS

    async def prove(part: str) -> list[Row]:
        async with places:
            return await _prove(part, seed, say, deadline)

    found = await asyncio.gather(*map(prove, parts))
    return [row for rows in found for row in rows]


async def _prove(part: str, seed: int, say: Callable[[str], None], deadline: float) -> list[Row]:
    began = time.monotonic()
    say(f"{part}: begins")
    with tempfile.TemporaryDirectory(prefix="colloquia-proof-") as folder:
        out = Path(folder) / "rows.json"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "reliability", "part", part, "--seed", str(seed), "--out", str(out)),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        last = await _followed(process, part, say, deadline)
        rows = msgspec.json.decode(out.read_bytes(), type=list[Row]) if out.is_file() else []
    say(f"{part}: took {time.monotonic() - began:.0f} s")
    if process.returncode or not rows:
        rows.append(_unproven(part, f"It ended with code {process.returncode}; its last words: {last}"))
    return rows


async def _followed(process: asyncio.subprocess.Process, part: str, say: Callable[[str], None], deadline: float) -> str:
    """Repeat what a process says until it ends, and end it when its time is over; return its last words."""
    last = ["(nothing)"]

    async def follow() -> None:
        assert process.stdout is not None  # noqa: S101 (it was asked for)
        async for line in process.stdout:
            last.append(line.decode(errors="replace").rstrip())
            say(f"{part}: {last[-1]}")
        await process.wait()

    try:
        await asyncio.wait_for(follow(), max(deadline - time.monotonic(), 1.0))
    except TimeoutError:
        last.append(f"(ended after the {LIMIT_SECONDS:.0f} s that all parts have together)")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    return " / ".join(last[-5:])


def _unproven(part: str, details: str) -> Row:
    return Row(part=part, claim="The proof itself runs to its end.", tried=1, unit="proof", failures=1, details=details)
