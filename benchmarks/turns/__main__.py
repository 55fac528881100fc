"""``python -m benchmarks.turns [PART ...]``: measure what a turn costs, write what came out under ``docs/performance``.

Parts: ``short``, ``long``, ``many``, ``streamed``; all of them where none is named (some minutes).
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.turns import page, rounds


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for; the exit code is 0 also where an aim is missed, which the page says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(rounds.PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.parts if name not in rounds.PARTS]:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(rounds.PARTS)}")
    for name in options.parts or rounds.PARTS:
        found = rounds.run(rounds.PARTS[name], options.rounds, say)
        say(f"written: {page.keep(name, f'make bench PART={name}', found)}")
    say(f"written: {page.write()}")
    return 0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
