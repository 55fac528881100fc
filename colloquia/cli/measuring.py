"""``measure``: computes what measures have not yet said about a run folder, and says what they are."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from colloquia.cli.terminal import plain, say, table
from colloquia.lab.keeping import measuring
from colloquia.lab.planning.amounts import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from colloquia.analysis.measuring.measure import Measure, Variable
    from colloquia.lab.keeping.measuring import Measured, Tally

WIDTH = 100
MOST_REASONS = 2


def measure(names: Sequence[str], folder: Path) -> None:
    """Compute what is missing, and print what came of it."""
    measures = measuring.chosen(names)
    found = measuring.measure(folder, measures, on_progress=_progress if sys.stderr.isatty() else None)
    for line in _report(found, folder):
        say(plain(line))


def list_measures(names: Sequence[str]) -> None:
    """Print what each measure is; those that are named in full."""
    measures = measuring.chosen(names)
    for each in measures if names else ():
        for line in _described(each):
            say(plain(line))
    if not names:
        rows: list[tuple[str, ...]] = [("measure", "needs", "gives")]
        rows += [
            (f"{each.id} {each.version}", each.needs, ", ".join(variable.name for variable in each.variables))
            for each in measures
        ]
        for line in table(rows):
            say(line)
        say(f"{count(len(measures), 'measure')}; with a name after --list, all about that one.")


def _progress(done: int, of: int) -> None:
    print(f"\rmeasuring: {done:,} of {count(of, 'conversation')}", end="\n" if done == of else "", file=sys.stderr)  # noqa: T201 (a line that grows)


def _report(found: Measured, folder: Path) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("measure", "new", "kept", "values", "none", "why none")]
    rows += [_row(tally) for tally in found.tallies if tally.new or tally.kept]
    yield from table(rows) if len(rows) > 1 else ()
    for tally in found.tallies:
        if tally.without_source:
            what = {"judge": "labels of a judge", "probe": "numbers of a probe", "moves": "moves of a game"}
            yield (
                f"{tally.measure.id} was not computed for {count(tally.without_source, 'conversation')}: there are no "
                f"{what[tally.measure.needs]}."
            )
    yield from (f"Likeness in meaning: {identity}." for identity in found.embeddings)
    if found.unreadable:
        yield f"{count(found.unreadable, 'line')} of measures.jsonl cannot be read and counted for nothing."
    for reason, number in found.left_out.items():
        yield f"{count(number, 'conversation')} left out: {reason}."
    others = sorted(found.sources - {"live", "human"})
    if others:
        yield f"{' and '.join(others).upper()}: these values are fit for a first look and not for findings."
    new = sum(tally.new for tally in found.tallies)
    yield (
        f"{count(found.conversations, 'conversation')} measured, {count(new, 'new measurement')} in "
        f"{folder / 'measures.jsonl'}; colloquia.load({str(folder)!r}).measures shows the values."
    )


def _row(tally: Tally) -> tuple[str, ...]:
    common = tally.missing.most_common()
    why = [f"{reason} ({number:,})" for reason, number in common[:MOST_REASONS]]
    why += [f"and {len(common) - MOST_REASONS} more"] if len(common) > MOST_REASONS else []
    numbers = (tally.new, tally.kept, tally.numbers, tally.missing.total())
    return (f"{tally.measure.id} {tally.measure.version}", *(f"{number:,}" for number in numbers), "; ".join(why))


def _described(each: Measure) -> Iterator[str]:
    yield f"{each.id}, version {each.version}: {each.title}"
    reads = ", ".join(("seats", "texts", *each.reads))
    params = ", ".join(f"{name} {value:g}" for name, value in each.params.items())
    said = {"needs": each.needs, "reads": reads, "params": params, "minimum": each.minimum, "caveat": each.caveat}
    for name, text in said.items():
        yield from _paragraph(f"{name}: {text}") if text else ()
    for variable in each.variables:
        yield from _paragraph(f"{variable.name}: {_of(variable)}")
    yield from _paragraph(f"checked: {each.fixture.source}")


def _of(variable: Variable) -> str:
    low = "" if variable.low is None else f" from {variable.low:g}"
    high = "" if variable.high is None else f" to {variable.high:g}"
    unit = variable.unit if variable.aggregation is None else f"{variable.unit}, {variable.aggregation} to the seat"
    return f"{variable.scale}{low}{high} ({unit}); higher: {variable.more_means}"


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
