"""``python -m benchmarks.recovery PART``: simulate the studies of a part, write what came out under ``docs/recovery``.

Without a part it lists them; ``all`` runs one after the other. The seed is 1, fixed before the first run; a miss is
written down as a miss. The exit code is 1 where one was.
"""

from __future__ import annotations

import argparse
import os
import sys

# One study is too small for several threads: they would only wait for each other.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from benchmarks.recovery import page  # noqa: E402 - numpy reads the number of threads when it is imported
from benchmarks.recovery.catalogue import PARTS  # noqa: E402 - the same


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked, and return the exit code."""
    names = [part.name for part in PARTS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="?", choices=[*names, "all", "page"], metavar="PART")
    asked = parser.parse_args(arguments).part
    if asked is None:
        for part in PARTS:
            say(f"{part.name:<12} {part.what} ({part.studies:,} studies)")
        return 0
    holds = True
    for part in PARTS:
        if asked in {part.name, "all"}:
            found = page.run(part)
            holds = holds and all(claim["holds"] for claim in found["claims"])
            say(f"written: {page.keep(found)}")
            for claim in found["claims"]:
                say(f"  {page.verdict(claim):<7} {claim['share']:.1%}  {claim['kind']}  {claim['what']}")
    say(f"written: {page.write()}")
    return int(not holds)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
