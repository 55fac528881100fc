"""Whether judges can be believed: ``judge --validity``, and the sheets of ``label export`` and ``label import``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.validity import rows, rows_of_people
from colloquia.cli.terminal import COMMAND, plain, say, table
from colloquia.lab.judging import judging, sheets
from colloquia.lab.judging.validity import validity as found_of
from colloquia.lab.planning.amounts import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from colloquia.analysis.statistics.judges import Anchored
    from colloquia.analysis.statistics.result import Estimate
    from colloquia.analysis.validity import Validity
    from colloquia.lab.planning.bench import Options


def validity(study: Path | None, options: Options, names: Sequence[str]) -> None:
    """Print how far the judges of a folder can be believed."""
    _, folder = judging.look_up(study, options)
    _print(folder.path, names)


def export(folder: Path, judge: str, to: Path, number: int) -> None:
    """Write a blind sheet, and say what was drawn."""
    sheet = sheets.export(folder, judge, to, number=number)
    say(
        plain(
            f"{count(sheet.items, 'item')} of {sheet.of:,} drawn from {sheet.strata} strata (who talks with whom, by "
            f"what the judges said), into {sheet.path}."
        )
    )
    say("Fill in the column `label`, leave it blank or write `cannot tell` where it cannot be told; then:")
    say(plain(f"  {COMMAND} label import {sheet.path} --by NAME --run-dir {folder}"))


def take_back(folder: Path, sheet: Path, by: str) -> None:
    """Take a filled sheet in, and print what it says of the judges."""
    filled = sheets.take_back(folder, sheet, by)
    there = f"{filled.kept:,} there already, {filled.blank:,} blank"
    say(plain(f"{count(filled.labelled, 'label')} of {by} taken in, {there}."))
    _print(folder, [filled.judge])


def _print(folder: Path, names: Sequence[str]) -> None:
    found = found_of(folder, names)
    if not found:
        say("No judge of this study gives labels or numbers, so there is nothing that could agree.")
    for each in found:
        for line in _lines(each):
            say(plain(line))


def _lines(found: Validity) -> Iterator[str]:
    judge = found.judge
    yield ""
    share = f", {found.missing / found.of:.1%}" if found.of else ""
    yield (
        f"{judge.name}: {count(found.places, judge.unit)} judged by {count(len(judge.by), 'model')}; "
        f"{count(found.missing, 'answer')} of {found.of:,} missing{share}."
    )
    told = [_row(each) for each in rows(found)]
    yield from table([("", "estimate", "95 % interval", "conversations"), *told]) if told else ()
    if len(judge.by) == 1:
        yield "One model judges: nothing can be said of agreement or self-preference."
    if found.people is None:
        yield f"Nobody has labelled a sheet of it: {COMMAND} label export --judge {judge.name}"
    else:
        yield from _people(found.people)


def _people(people: Anchored) -> Iterator[str]:
    told = [_row(each) for each in rows_of_people(people)]
    yield "By people:"
    yield from table([("", "estimate", "95 % interval", "conversations"), *told]) if told else ()
    yield f"The panel's verdict {people.gate}."
    corrected = [
        (f"{seating}: {label}" if label else seating, f"{raw:.3f}", f"{each.estimate:.3f}", _interval(each))
        for seating, label, raw, each in people.corrected
    ]
    yield from table([("", "judges found", "corrected", "95 % interval"), *corrected]) if corrected else ()
    contrasts = [(label, each.name, f"{each.estimate:.3f}", _interval(each)) for label, each in people.contrasts]
    yield from table([("", "", "estimate", "95 % interval"), *contrasts]) if contrasts else ()
    warnings = dict.fromkeys(warning for *_, each in people.corrected for warning in each.warnings)
    yield from (*warnings, *people.uncorrected)


def _row(found: Estimate) -> tuple[str, ...]:
    return (found.name, f"{found.estimate:.3f}", _interval(found), f"{found.conversations:,}")


def _interval(found: Estimate) -> str:
    return f"{found.low:.3f} to {found.high:.3f}"
