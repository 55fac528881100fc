"""``python -m reliability``: run the proofs, and write down what they came to.

``short``
    All parts on a small scale, as ``make reliability`` does; writes nothing into docs.
``full PART``
    One part on a large scale, as ``make reliability-full PART=...`` does; writes ``docs/reliability/PART.json`` and the
    page. Interrupted, it goes on where it was when run again.
``page``
    Writes ``docs/reliability.md`` anew.
``parts``
    Lists the parts and what each proves.

The exit code is 1 where a claim failed or a bug that was planted was not caught.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from reliability import all_parts, catalogue, page, record
from reliability.progress import Progress
from reliability.terminal import say, table

DEFAULT_SEED = 1


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked, and return the exit code."""
    asked = _parser().parse_args(arguments)
    match asked.command:
        case "short":
            return short(asked.parts or catalogue.names(), asked.seed)
        case "full":
            return full(asked.part, asked.seed)
        case "part":
            return part(asked.part, asked.seed, asked.out)
        case "parts":
            return parts()
    say(f"written: {page.write(catalogue.names())}")
    return 0


def short(parts: tuple[str, ...], seed: int) -> int:
    """Run all parts on a small scale."""
    rows = all_parts.prove_all(parts, seed, say)
    for line in ("", *table(rows)):
        say(line)
    return int(any(map(record.is_broken, rows)))


def full(name: str, seed: int) -> int:
    """Run one part on a large scale, and publish its figures."""
    progress = Progress(name, "full", seed)
    if progress.done:
        say(f"{name}: goes on after {len(progress.done)} steps that are done")
    rows = catalogue.part(name).prove("full", seed, say)
    kept = record.made_here(name, seed, progress.seconds(), rows)
    for line in ("", *table(kept.rows)):
        say(line)
    say(f"\nwritten: {record.keep(kept)}")
    say(f"written: {page.write(catalogue.names())}")
    progress.forget()
    return int(any(map(record.is_broken, rows)))


def part(name: str, seed: int, out: Path) -> int:
    """Run one part on a small scale and leave its rows in a file, for whoever runs several."""
    rows = catalogue.part(name).prove("short", seed, say)
    out.write_bytes(msgspec.json.encode(list(rows)))
    return 0


def parts() -> int:
    """List the parts."""
    for name in catalogue.names():
        say(f"{name:<12} {catalogue.what(name)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reliability", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    shorter = commands.add_parser("short", help="all parts (or those named) on a small scale")
    shorter.add_argument("parts", nargs="*", choices=[*catalogue.names(), []], metavar="PART")
    longer = commands.add_parser("full", help="one part on a large scale, published under docs")
    longer.add_argument("part", choices=catalogue.names())
    alone = commands.add_parser("part", help="one part on a small scale, its rows left in a file")
    alone.add_argument("part", choices=catalogue.names())
    alone.add_argument("--out", type=Path, required=True)
    for command in (shorter, longer, alone):
        command.add_argument("--seed", type=int, default=DEFAULT_SEED, help=f"of all draws; {DEFAULT_SEED} by default")
    commands.add_parser("page", help="write docs/reliability.md anew")
    commands.add_parser("parts", help="list the parts")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("interrupted; a long proof goes on where it was when it is run again")
        sys.exit(130)
