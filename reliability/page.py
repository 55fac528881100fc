"""``docs/reliability.md``: what is promised, every figure with the command that repeats it, and what was not proven."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reliability import record
from reliability.house import ROOT
from reliability.record import is_broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reliability.record import Record
    from reliability.row import Row

PAGE = ROOT / "docs" / "reliability.md"
FOUND = Path(__file__).parent / "found.toml"

OPENING = """\
# Reliability

<!-- Written by `python -m reliability page` from docs/reliability/*.json and reliability/found.toml. -->

A study of many conversations runs for hours against services that fail in many ways, and it costs money. This page
says what Colloquia promises, how each promise was tried until it broke or did not, and what was not tried.

## What is promised

**A turn that Colloquia has reported as done is on disk.** The process may be killed at any instant, also while it
starts, repairs its log or writes its tables: no turn that was done is lost, none stands there twice, and none in the
wrong place. Run again, and each conversation goes on at its next turn, as if nothing had happened. The same holds when
the power fails, on a disk that keeps what it said it had written.

**What cannot be known is said.** No service lets a call be made exactly once. A call that was under way when the
process ended may be asked, and paid, a second time; it is listed by `colloquia check`, counted against `max_cost` with
the most that it can have cost, and looked up where the service says what became of it.

**What a model does is data.** A refusal, an empty answer, an overflow stands in the log as it came and is never asked
again, since that would choose the sample. What a service does wrong is tried again within bounds, never before the time
that it asks to wait, and every attempt is in the journal.

**Damage is never passed over.** Each line of the log has a checksum; one that is not what was written sets its
conversation aside, is named by `colloquia check`, and leaves all others alone.

How this is done: one writer; turns and attempts in files that only grow; an attempt on disk before its call leaves; the
journal flushed before the log, and the log before anybody hears that a turn is done. Nothing else is believed: what is
to be done is the plan less the log, and every table can be deleted and made anew.
"""

UNPROVEN = """\
- **No real service was asked.** Every call went to the simulator of this package, which was built from OpenRouter's
  documentation and from faults that users of other tools have reported. What a service does in a way nobody wrote down
  is not in it.
- **No machine was unplugged.** Kills leave the operating system alive, which then still writes what it was handed.
  Power loss is a model of a disk that forgets what was not flushed; a disk that lies about flushing defeats any log.
- **Linux only.** macOS and Windows run the same code; none of these figures was made there. A network file system was
  not tried.
- **One machine, one writer.** A second writer is refused by a lock of the operating system; file systems that do not
  honour such locks were not tried.
- **No soak.** The longest of these proofs takes less than an hour. Nothing ran for days.
- **At least once, not exactly once.** Calls under way at a kill are paid again when they are asked again: counted and
  listed, not prevented.
"""

FIGURES = """\
`make reliability` tries all of it on a small scale in a few minutes, and is part of CI. The figures are those of the
long proofs, each repeated by the command beside it in less than an hour on two cores that do nothing else. A failure is
a case in which the claim did not hold.
"""

PLANTED = """\
A proof that cannot fail proves nothing. So bugs are planted in the package on purpose, and each must be caught.
"""

RUNS = """\
Each proof speaks of the commit beside it and of no later one; `git log COMMIT.. -- colloquia` lists what has changed in
the package since. Times are those of the wall, with whatever else the machine was doing: the longest, kills, took 40
minutes by itself (at 8b82762fed95).
"""

COLUMNS = "| what holds | tried | failures | figure | repeat it |\n|---|---:|---:|---|---|"
PLANTED_COLUMNS = "| planted bug | tried | caught | how it showed |\n|---|---:|---|---|"
RUN_COLUMNS = "| part | commit | seed | took | on | machine |\n|---|---|---:|---:|---|---|"


class Finding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A failure that a proof has found in the package, kept by hand in ``found.toml``."""

    part: str
    date: str
    what: str
    """What was wrong, and what a user would have seen."""
    repeat: str
    """Seed and command that showed it."""
    now: str
    """``open``, or how it was mended."""


def write(parts: Sequence[str]) -> Path:
    """Write the page from all records, and return its path; ``parts`` are all proofs that there are."""
    PAGE.write_text(page(record.kept(), parts, found()), encoding="utf-8")
    return PAGE


def found(path: Path = FOUND) -> list[Finding]:
    """Return the failures that proofs have found."""
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    return msgspec.convert(words.get("finding", []), list[Finding])


def page(records: Sequence[Record], parts: Sequence[str], findings: Sequence[Finding]) -> str:
    """Return the page."""
    sections = (
        OPENING,
        "## The figures\n",
        FIGURES,
        *_figures(records),
        "\n## Planted bugs\n",
        PLANTED,
        *_planted(records),
        "\n## Failures found on the way\n",
        *_failures(records, findings),
        "\n## What was not proven\n",
        UNPROVEN.rstrip("\n"),
        *_unrun(records, parts),
        "\n## Where the figures come from\n",
        RUNS,
        *_runs(records),
    )
    return "\n".join(sections).rstrip("\n") + "\n"


def _figures(records: Iterable[Record]) -> Iterator[str]:
    yield COLUMNS
    for each in records:
        for row in each.rows:
            if not row.is_planted:
                failures = f"**{row.failures:,}**" if row.failures else "0"
                cells = (cell(row.claim), f"{row.tried:,} {cell(row.unit)}", failures, cell(row.figure))
                yield f"| {' | '.join(cells)} | `{each.command}` |"
    notes = [(row, each) for each in records for row in each.rows if row.details and not is_broken(row)]
    notes = [(row, each) for row, each in notes if not row.is_planted]
    if notes:
        yield "\nWhat was tried, in more words:\n"
    for row, each in notes:
        yield f"- *{each.part}: {line(row.claim)}* {line(row.details)}"


def _planted(records: Iterable[Record]) -> Iterator[str]:
    yield PLANTED_COLUMNS
    for each in records:
        for row in each.rows:
            if row.is_planted:
                caught = "yes" if row.failures else "**no**"
                claim = f"{each.part}: {cell(row.claim)}"
                yield f"| {claim} | {row.tried:,} {cell(row.unit)} | {caught} | {cell(row.details)} |"


def _failures(records: Iterable[Record], findings: Sequence[Finding]) -> Iterator[str]:
    broken = [(each, row) for each in records for row in each.rows if is_broken(row)]
    if broken:
        yield "In the figures above:\n"
    for each, row in broken:
        yield f"- **{each.part}**: {_what_broke(row)} {line(row.details)}".rstrip()
    if broken and findings:
        yield ""
    if findings:
        yield "While the proofs were written and first run:\n"
    for finding in findings:
        what, now = line(finding.what), line(finding.now)
        yield f"- **{finding.part}**, {finding.date}: {what} Repeat: {line(finding.repeat)} Now: {now}"
    if not broken and not findings:
        yield "None so far."


def _what_broke(row: Row) -> str:
    if row.is_planted:
        return f"the planted bug was not caught: {line(row.claim)}"
    return f"{line(row.claim)} It did not in {row.failures:,} of {row.tried:,} {row.unit}."


def _unrun(records: Iterable[Record], parts: Iterable[str]) -> Iterator[str]:
    missing = sorted(set(parts) - {each.part for each in records})
    if missing:
        yield f"- **Not run on a large scale yet**: {', '.join(missing)}."


def _runs(records: Iterable[Record]) -> Iterator[str]:
    yield RUN_COLUMNS
    for each in records:
        took = f"{each.seconds / 60:.0f} min" if each.seconds >= 60 else f"{each.seconds:.0f} s"
        yield f"| {each.part} | {each.commit} | {each.seed} | {took} | {each.date} | {each.machine} |"


def line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def cell(text: str) -> str:
    """Return a text as it may stand in a cell of a table."""
    return line(text).replace("|", "\\|")
