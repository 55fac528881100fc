"""``colloquia doctor``: whether this machine and this folder are ready for a run, and what to do where they are not."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING

from colloquia.cli.terminal import COMMAND, say, table
from colloquia.lab.equipping.examining import examined
from colloquia.lab.planning.amounts import count
from colloquia.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKS = {"good": "ok", "note": "-", "bad": "!!"}


def doctor(study: Path | None, run_dir: Path | None, base_url: str | None) -> int:
    """Print what was found, and return 1 where something is in the way of a run."""
    found = asyncio.run(examined(read_settings(), study=study, run_dir=run_dir, base_url=base_url))
    for line in table([(MARKS[each.state], each.name, each.words) for each in found]):
        say(line)
    bad = sum(each.state == "bad" for each in found)
    say()
    is_without = any(each.name == "study" and each.state == "note" for each in found)
    then = "new" if is_without else shlex.join(_plan(study, run_dir, base_url))
    say(f"{count(bad, 'thing')} in the way (marked !!)." if bad else f"Nothing is in the way. Next: {COMMAND} {then}")
    return int(bool(bad))


def _plan(study: Path | None, run_dir: Path | None, base_url: str | None) -> Iterator[str]:
    """Yield the command that plans what was looked at."""
    yield "plan"
    if study is not None:
        yield str(study)
    if run_dir is not None:
        yield from ("--run-dir", str(run_dir))
    if base_url is not None:
        yield from ("--base-url", base_url)
