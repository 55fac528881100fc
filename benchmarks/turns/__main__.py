"""``python -m benchmarks.turns [PART ...]``: measure what a turn costs, write what came out under ``docs/performance``.

Parts: ``short``, ``long``, ``many``, ``streamed``, ``growth``, ``caching``, ``embedded``, ``workers``, ``logs``,
``frames``; all of them where none is named (half an hour).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from benchmarks.turns import page, rounds

KNOWN = (*rounds.PARTS, *page.OTHERS)
"""All that can be measured."""


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for; the exit code is 0 also where an aim is missed, which the page says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(KNOWN))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.parts if name not in KNOWN]:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(KNOWN)}")
    for name in options.parts or KNOWN:
        say(f"written: {page.keep(name, f'make bench PART={name}', _measured(name, options.rounds))}")
    say(f"written: {page.write()}")
    return 0


def _measured(name: str, number: int) -> dict[str, Any]:
    if name in rounds.PARTS:
        return rounds.run(rounds.PARTS[name], number, say)
    return asyncio.run(page.OTHERS[name].run(number, say))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
