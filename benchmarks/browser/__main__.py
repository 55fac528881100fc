"""``python -m benchmarks.browser PART``: measure what the pages cost, write what came out under ``docs/browser``.

Parts: ``soak`` (half an hour, hardly any CPU) and ``loading`` (some minutes); the exit code is 1 where a promise is not
kept. ``pictures`` (some minutes) measures nothing, and takes the pictures under ``docs/images`` anew.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.browser import loading, page, pictures, soak


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browser", description=__doc__.partition("\n")[0])
    parser.add_argument("part", choices=["soak", "loading", "pictures"])
    parser.add_argument("--minutes", type=float, default=soak.MINUTES, help="of the soak")
    options = parser.parse_args(arguments)
    if options.part == "pictures":
        pictures.run(say)
        return 0
    if options.part == "soak":
        found, extra = soak.run(options.minutes, say), f" ARGS='--minutes {options.minutes:g}'"
        command = f"make soak{extra if options.minutes != soak.MINUTES else ''}"
    else:
        found, command = loading.run(say), "make bench-pages"
    say(f"written: {page.keep(options.part, command, found)}")
    say(f"written: {page.write()}")
    return int(not page.holds(options.part, found))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
