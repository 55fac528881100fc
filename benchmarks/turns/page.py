"""What the measurements came to: one JSON file each under ``docs/performance``, and the page made of them."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks import measured
from benchmarks.logs.logs import FRAMES, LOGS
from benchmarks.turns import caching, embedded, growth, workers
from benchmarks.turns.rounds import PARTS, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping

VERSIONS = ("aiohttp", "msgspec", "uvloop")


class Other(Protocol):
    """Something besides the turns that is measured in a way of its own."""

    TITLE: str
    VERSIONS: tuple[str, ...]
    """The packages on whose versions it depends."""

    def run(self, rounds: int, say: Callable[[str], None]) -> Coroutine[Any, Any, dict[str, Any]]:
        """Measure it so many times; what comes back says whether its aim ``holds``."""

    def section(self, found: Mapping[str, Any]) -> Iterator[str]:
        """Yield the lines of the page."""


OTHERS: dict[str, Other] = {
    "growth": growth, "caching": caching, "embedded": embedded, "workers": workers, "logs": LOGS, "frames": FRAMES,
}  # fmt: skip

_HEAD = """# What a turn costs

A language model takes seconds, so the tool should take nothing: what it takes decides how many conversations one
core can hold. Here a run with everything switched on (journal, log, checksums, groups flushed to disk before a turn
counts, lanes, budget, retries, classifier, views) does the same work on the same server as

- `raw`: sockets of its own on uvloop, each message encoded once and appended, replies decoded by type: the least that
  one Python process can do, and nobody's tool;
- `bare`: aiohttp with nothing around it, the history encoded anew each turn, streams read by a parser written by hand.

The server answers from a process and a core of its own, on this machine and without TLS. Contestants take turns,
round by round; each is held to every planned request, none of them twice. CPU is that of the contestant's process,
system and threads included, after a conversation that warms it up; planning is part of it, tables written at the end
are not. Ratios are medians of the ratios within a round: what else the machine does slows all of a round alike.
Seconds are not so robust.
"""

_FOOT = """## Measure again

`make bench` measures all of it and writes this page, `make bench PART=short` one part of it. `raw` takes in several
answers at a time where they come together, which they do the oftener the faster the server is. So beside a faster
server than this one `raw` costs less, and every ratio to it is larger: compare ratios of one server only."""


def keep(name: str, command: str, found: dict[str, Any]) -> str:
    """Write the file of a part, and return its name."""
    packages = OTHERS[name].VERSIONS if name in OTHERS else VERSIONS
    return measured.keep("performance", name, command, {"versions": {each: version(each) for each in packages}} | found)


def write() -> str:
    """Write the page anew from the files of all parts that were measured, and return its name."""
    (measured.DOCS / "performance.md").write_text(text(measured.kept("performance")), encoding="utf-8")
    return "docs/performance.md"


def text(kept: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    measured = [name for name in (*PARTS, *OTHERS) if name in kept]
    reached = [name for name in measured if kept[name]["holds"]]
    lines = [_HEAD, f"**{len(reached)} of {len(measured)} aims are reached.**"]
    for name in measured:
        lines += ["", *_section(name, kept[name]), "", _source(kept[name])]
    lines += ["", _FOOT]
    return "\n".join(lines) + "\n"


def _section(name: str, found: dict[str, Any]) -> Iterator[str]:
    if name in OTHERS:
        yield f"## {OTHERS[name].TITLE}"
        yield ""
        yield from OTHERS[name].section(found)
    else:
        yield from _turns(PARTS[name], found)


def _turns(part: Part, found: dict[str, Any]) -> Iterator[str]:
    load, first = part.load, part.names[0]
    yield f"## {part.title}"
    yield ""
    verdict = "reached" if found["holds"] else "**not reached**"
    yield f"{load.conversations:,} conversations of {load.turns} turns. To reach: {part.to_reach}; {verdict}."
    yield ""
    what = "turns a second" if part.figure == "turns_a_second" else "CPU"
    yield f"| | CPU a turn, ms | turns a second | memory a conversation, kB | {what}, times `{first}` |"
    yield "|---|---:|---:|---:|---:|"
    for each, medians in found["medians"].items():
        yield (
            f"| `{each}` | {medians['cpu_ms_a_turn']:.3f} | {medians['turns_a_second']:,.0f} | "
            f"{medians['kb_a_conversation']:,.0f} | {found['ratios'][each]:.2f} |"
        )


def _source(found: dict[str, Any]) -> str:
    versions = ", ".join(f"{each} {number}" for each, number in found["versions"].items())
    return (
        f"`{found['command']}`, medians of {found['rounds']} rounds, {found['date']}, commit {found['commit']}; "
        f"{found['machine']}; {versions}."
    )
