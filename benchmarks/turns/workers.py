"""What a run in workers of Ray takes of the process that writes, beside the same run in that process; one is killed.

``python -m benchmarks.turns.workers WHERE URL`` holds the work once and prints what it took: ``here``, in ``workers``,
or in workers of which one is ``killed`` by ``kill -9`` once a third of the turns are said, and another takes its place.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec
import uvloop

from benchmarks.turns.contestant import count
from benchmarks.turns.cores import cpu_seconds, open_files
from benchmarks.turns.ours import experiment, session
from benchmarks.turns.rounds import serving
from benchmarks.turns.work import Load
from colloquia.lab.planning.bench import Options, Workers
from colloquia.running.executors.ray import OnRay
from colloquia.running.progress import Progress
from reliability.house import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from colloquia.running.session import Session

TITLE = "Workers of Ray"
VERSIONS = ("ray", "aiohttp", "msgspec")
WORKERS = 4
LOAD = Load(conversations=500, turns=8, latency_ms=500, is_many=True)
PLACES = 200
"""Calls of one model under way at once, at most."""
CAP_USD = 0.6
"""Of which all turns cost $0.43: so much that it carries them, and so little that it is lent in blocks to its end."""
MOST_TIMES = 2.0
SECONDS = 900


class Took(msgspec.Struct, kw_only=True, frozen=True):
    """What a run took and left."""

    cpu_ms_a_turn: float
    """Of the process that writes."""
    turns_a_second: float
    turns: int
    """Different turns in the log."""
    twice: int
    """Turns that the log has more than once."""
    most_under_way: int
    """Requests that the server had under way at once, of one model."""
    asked_again: int
    """Requests that it had had before."""
    spent_usd: float
    killed: int
    """Workers that were killed."""


async def hold(where: str, url: str, load: Load = LOAD) -> Took:
    """Hold the work once."""
    with tempfile.TemporaryDirectory(prefix="workers") as there:
        options = Options(
            run_dir=Path(there) / "run",
            is_streaming=False,
            at_once=load.conversations,
            workers=None if where == "here" else Workers(number=WORKERS),
        )
        progress = Progress()
        study = replace(experiment(url, range(load.conversations), load), max_cost=CAP_USD)
        run = _narrow(await session(study, options, progress))
        await count(url, f"/reset/{load.latency_ms}")
        killing = asyncio.create_task(_kill_one(progress)) if where == "killed" else None
        cpu, began = cpu_seconds(), time.perf_counter()
        _, spent_usd = await run.hold()
        seconds, used = time.perf_counter() - began, cpu_seconds() - cpu
        killed = await killing if killing else 0
        lines = (Path(there) / "run" / "experiment_log.jsonl").read_bytes().splitlines()
    said = Counter((row["trial_id"], row["turn_id"]) for row in map(msgspec.json.decode, lines))
    server = await count(url, "/count")
    return Took(
        cpu_ms_a_turn=used * 1000 / load.all_turns,
        turns_a_second=load.all_turns / seconds,
        turns=len(said),
        twice=said.total() - len(said),
        most_under_way=server["most_under_way"],
        asked_again=server["repeated"],
        spent_usd=spent_usd,
        killed=killed,
    )


def _narrow(session: Session) -> Session:
    """Return a run with fewer places in its lanes than conversations that want one."""

    def width(_slug: str) -> int:
        return PLACES

    executor = session.executor
    narrow = replace(executor, width=width) if isinstance(executor, OnRay) else executor
    return replace(session, lane_width=width, executor=narrow)


async def _kill_one(progress: Progress) -> int:
    """Kill one worker as soon as a third of the turns are said; return how many were."""
    while progress.turns_said < LOAD.all_turns / 3:  # noqa: ASYNC110 (nobody tells when a turn was said)
        await asyncio.sleep(0.05)
    os.kill(next(workers_of(os.getpid())), signal.SIGKILL)
    return 1


def workers_of(run: int) -> Iterator[int]:
    """Yield the processes of a run's workers."""
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and _says(place / "cmdline").startswith(b"ray::Worker") and run in _ancestors(place):
            yield int(place.name)


def _ancestors(place: Path) -> Iterator[int]:
    while (status := _says(place / "stat")) and (parent := int(status.rpartition(b") ")[2].split()[1])) > 1:
        yield parent
        place = place.parent / str(parent)


def _says(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def run(rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Hold the work in all three ways so many times."""
    taken: dict[str, list[Took]] = {"here": [], "workers": [], "killed": []}
    with serving() as url:
        for number in range(rounds):
            for where, found in taken.items():
                found.append(await asyncio.to_thread(_once, where, url))
                say(f"{TITLE}, round {number + 1}, {where}: {found[-1].cpu_ms_a_turn:.3f} ms of CPU a turn")
    return found_of(taken)


def _once(where: str, url: str) -> Took:
    answer = subprocess.run(  # noqa: S603 (this very Python and package)
        [sys.executable, "-m", "benchmarks.turns.workers", where, url],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=SECONDS,
    )  # fmt: skip
    return msgspec.json.decode(answer.stdout.splitlines()[-1], type=Took)


def found_of(taken: Mapping[str, list[Took]]) -> dict[str, Any]:
    """Return what rounds come to, and whether all held in each of them."""
    rows = {
        where: {
            "cpu_ms_a_turn": median(took.cpu_ms_a_turn for took in found),
            "turns_a_second": median(took.turns_a_second for took in found),
            "times": median(
                took.cpu_ms_a_turn / here.cpu_ms_a_turn for took, here in zip(found, taken["here"], strict=True)
            ),
            "most_under_way": max(took.most_under_way for took in found),
            "spent_usd": max(took.spent_usd for took in found),
            "asked_again": max(took.asked_again for took in found),
        }
        for where, found in taken.items()
    }
    every = [took for found in taken.values() for took in found]
    holds = (
        all((took.turns, took.twice) == (LOAD.all_turns, 0) for took in every)
        and all(took.most_under_way <= PLACES and took.spent_usd <= CAP_USD for took in every)
        and all(took.killed == 1 for took in taken["killed"])
        and max(row["times"] for row in rows.values()) <= MOST_TIMES
    )
    return {"rounds": len(taken["here"]), "rows": rows, "holds": holds}


def section(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    verdict = "reached" if found["holds"] else "**not reached**"
    yield (
        f"{LOAD.conversations} conversations at once of {LOAD.turns} turns, replies of {LOAD.latency_ms} ms, "
        f"{WORKERS} workers on this machine; in the last row one of them is killed with `kill -9` after a third of the "
        "turns, and another takes its place. To reach: every planned turn exactly once, never more than "
        f"{PLACES} calls of a model under way, no more than the cap of ${CAP_USD:.2f} spent, lost calls at their most "
        f"included, and where it is written at most {MOST_TIMES:g} times the CPU of a run without workers; {verdict}."
    )
    yield ""
    yield (
        "| | CPU a turn where it is written, ms | times | turns a second | calls of a model, at most | asked again | "
        "spent, $ |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for where, row in found["rows"].items():
        yield (
            f"| {where} | {row['cpu_ms_a_turn']:.3f} | {row['times']:.2f} | {row['turns_a_second']:,.0f} | "
            f"{row['most_under_way']} | {row['asked_again']} | {row['spent_usd']:.3f} |"
        )


if __name__ == "__main__":
    open_files(65_536)
    took = uvloop.run(hold(sys.argv[1], sys.argv[2]))
    sys.stdout.buffer.write(b"\n" + msgspec.json.encode(took) + b"\n")
