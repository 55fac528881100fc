"""Contestants one after the other, round by round; what is claimed is the median of the ratios within a round.

What else the machine does slows all of a round alike, and its CPU time hardly at all.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.turns.contestant import Took
from benchmarks.turns.work import Load
from reliability.house import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 600
"""A contestant that takes longer is stopped."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One table: a load, what a run is compared with there, and what is to be reached."""

    title: str
    load: Load
    names: tuple[str, ...]
    """The contestants; the first is the measure of the others."""
    to_reach: str
    figure: str
    """Which figure of :class:`Took` is compared."""
    most_times: float | None = None
    """A run's figure is to be at most so many times that of the first."""
    least_share: float | None = None
    """A run's figure is to be at least this share of that of the first."""
    most_kb: float | None = None
    """A conversation of a run is to take at most so much memory."""


PARTS = {
    "short": Part(
        title="A whole turn, 10 turns a conversation",
        load=Load(conversations=50, turns=10),
        names=("raw", "bare", "colloquia"),
        to_reach="at most 14 times the CPU of `raw`",
        figure="cpu_ms_a_turn",
        most_times=14,
    ),
    "long": Part(
        title="A whole turn, 200 turns a conversation",
        load=Load(conversations=50, turns=200),
        names=("raw", "bare", "colloquia"),
        to_reach="at most 12 times the CPU of `raw`",
        figure="cpu_ms_a_turn",
        most_times=12,
    ),
    "many": Part(
        title="2,000 conversations at once, replies of 500 ms",
        load=Load(conversations=2000, turns=10, latency_ms=500, is_many=True),
        names=("raw", "bare", "colloquia"),
        to_reach="at least half of the turns per second of `raw`, and at most 100 kB a conversation",
        figure="turns_a_second",
        least_share=0.5,
        most_kb=100,
    ),
    "streamed": Part(
        title="Streaming with live text, 60 chunks a reply",
        load=Load(conversations=50, turns=4, is_streamed=True),
        names=("bare", "colloquia"),
        to_reach="at most 1.7 times the CPU of `bare`, which reads the stream by hand",
        figure="cpu_ms_a_turn",
        most_times=1.7,
    ),
}


def run(part: Part, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure a part, and return its medians and ratios."""
    taken: dict[str, list[Took]] = {name: [] for name in part.names}
    with serving() as url:
        for number in range(rounds):
            for name, found in taken.items():
                took = once(name, url, part.load)
                found.append(took)
                say(
                    f"{part.title}, round {number + 1}, {name}: {took.cpu_ms_a_turn:.3f} ms of CPU a turn, "
                    f"{took.turns_a_second:,.0f} turns a second"
                )
    return found_of(part, taken)


def found_of(part: Part, taken: dict[str, list[Took]]) -> dict[str, Any]:
    """Return what rounds come to: medians, and medians of the ratios within a round."""
    first = taken[part.names[0]]
    ratios = {
        name: median(
            getattr(took, part.figure) / getattr(base, part.figure) for took, base in zip(found, first, strict=True)
        )
        for name, found in taken.items()
    }
    medians = {
        name: {key: median(getattr(took, key) for took in found) for key in Took.__struct_fields__[:3]}
        for name, found in taken.items()
    }
    return {"rounds": len(first), "medians": medians, "ratios": ratios, "holds": _holds(part, medians, ratios)}


def once(name: str, url: str, load: Load) -> Took:
    """Let a contestant do the work, and make sure that it did all of it and nothing twice."""
    answer = subprocess.run(  # noqa: S603 (this very Python and package)
        [sys.executable, "-m", "benchmarks.turns.contestant", name, url, msgspec.json.encode(load).decode()],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=SECONDS,
    )  # fmt: skip
    took = msgspec.json.decode(answer.stdout.splitlines()[-1], type=Took)
    if (took.requests, took.repeated) != (load.all_turns, 0):
        raise ValueError(f"{name} made {took.requests} requests, {took.repeated} of them twice, not {load.all_turns}")
    return took


def _holds(part: Part, medians: dict[str, dict[str, float]], ratios: dict[str, float]) -> bool:
    ratio, memory = ratios["colloquia"], medians["colloquia"]["kb_a_conversation"]
    return (
        (part.most_times is None or ratio <= part.most_times)
        and (part.least_share is None or ratio >= part.least_share)
        and (part.most_kb is None or memory <= part.most_kb)
    )


@contextmanager
def serving() -> Iterator[str]:
    """Yield the address of a server that ends with the block."""
    command = [sys.executable, "-m", "benchmarks.turns.server"]
    with subprocess.Popen(  # noqa: S603 (this very Python and package)
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield next(line.strip() for line in process.stdout or ())
