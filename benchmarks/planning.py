# ruff: noqa: INP001 - a folder of commands is no package
"""What ``colloquia plan`` costs on a large design: 10 models x 10 x 5 scenarios x 20 iterations.

    python benchmarks/planning.py [--times 5] [--profile]

Each time is one process, from its start to its end: the promise is under 2 seconds of CPU. ``--profile`` shows instead
where the time goes within one.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import platform
import pstats
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROMISED_SECONDS = 2.0


def study(models: int = 10, scenarios: int = 5, iterations: int = 20) -> str:
    """Return the design as a study file; its models are of a server that nobody asks."""
    price = "price = { prompt = 1, completion = 4 }"
    lines = ["num_turns = 10", f"iterations = {iterations}", "[providers.mine]"]
    lines += ['base_url = "http://127.0.0.1:9/v1"', price, "[models]"]
    lines += [f'm{number} = "mine:m{number}"' for number in range(models)]
    lines += ["[scenarios]"]
    lines += [
        f's{number} = {{ one = "You want {number} things from the other.", two = "You have {number} things to give." }}'
        for number in range(scenarios)
    ]
    return "\n".join(lines) + "\n"


def cpu_seconds(folder: Path) -> float:
    """Return the seconds of CPU that one process took to print the plan."""
    before = os.times()
    command = [sys.executable, "-m", "colloquia", "plan", str(folder / "study.toml"), "--run-dir", str(folder / "run")]
    subprocess.run(  # noqa: S603 (this very Python and package)
        command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=folder
    )
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _profile(folder: Path) -> None:
    from colloquia.cli.app import main

    profile = cProfile.Profile()
    with suppress(SystemExit):
        profile.runcall(main, ["plan", str(folder / "study.toml"), "--run-dir", str(folder / "run")])
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def main() -> int:
    """Measure, print, and say whether the promise holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        (folder / "study.toml").write_text(study(), encoding="utf-8")
        if asked.profile:
            _profile(folder)
            return 0
        took = sorted(cpu_seconds(folder) for _ in range(asked.times))
    median = took[len(took) // 2]
    sys.stdout.write(
        f"10,000 conversations planned in {median:.2f} s of CPU (median of {asked.times}: {took[0]:.2f} to "
        f"{took[-1]:.2f} s); Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores.\n"
    )
    return 0 if median < PROMISED_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
