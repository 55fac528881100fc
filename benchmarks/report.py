# ruff: noqa: INP001 - a folder of commands is no package
"""What a report costs: CPU seconds of ``colloquia report`` on 2,000 measured conversations of 10 turns.

    python benchmarks/report.py [--conversations N] [--turns N]

The conversations are those of ``examples/round_robin``: eight scripted talkers, all pairs, two levels of a factor.
Holding and measuring them is not counted.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from colloquia.cli.app import main as command
from colloquia.lab.keeping.reporting import report

EXAMPLE = Path(__file__).parents[1] / "examples" / "round_robin"
CELLS = 128
BUDGET_SECONDS = 60.0


def held(place: Path, conversations: int, turns: int) -> Path:
    """Hold and measure so many conversations, and return their run folder."""
    shutil.copytree(EXAMPLE, place / "study")
    page = place / "study" / "study.toml"
    words = {"num_turns ": turns, "iterations ": -(-conversations // CELLS)}
    lines = [
        next((f"{word}= {number}" for word, number in words.items() if line.startswith(word)), line)
        for line in page.read_text(encoding="utf-8").splitlines()
    ]
    page.write_text("\n".join(lines), encoding="utf-8")
    folder = place / "run"
    for arguments in (
        ["run", str(page), "--allow-code", "--run-dir", str(folder)],
        ["measure", "--run-dir", str(folder)],
    ):
        with redirect_stdout(StringIO()), suppress(SystemExit):
            command(arguments)
    return folder


def main() -> int:
    """Measure, print, and return 0 where the budget holds."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--conversations", type=int, default=2_000)
    arguments.add_argument("--turns", type=int, default=10)
    given = arguments.parse_args()
    with TemporaryDirectory() as place:
        folder = held(Path(place), given.conversations, given.turns)
        start = process_time()
        found = report(folder)
        seconds = process_time() - start
    size = len(found.report.html) / 1e6
    print(  # noqa: T201 (a command says what it found)
        f"{seconds:.1f} s of CPU for a report on {given.conversations:,} conversations: {len(found.report.findings):,} "
        f"primary estimates, {len(found.report.tables)} tables, {len(found.report.figures)} figures, {size:.2f} MB; "
        f"at most {BUDGET_SECONDS:g} s are promised."
    )
    return 0 if seconds <= BUDGET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
