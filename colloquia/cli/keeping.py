"""``export``, ``replay``, ``check`` and ``verify``: the tables in any form, and whether the log can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.cli.terminal import COMMAND, on_one_line, plain, say, there
from colloquia.errors import DesignError
from colloquia.lab.keeping import folders
from colloquia.lab.planning.amounts import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from colloquia.lab.keeping.bundling import Replayed

DAMAGE_FOUND = 1
MOST_LINES = 50


def export(
    folder: Path,
    *,
    everything: bool,
    form: str | None,
    only: Sequence[str],
    out: Path | None,
    with_text: bool,
    allow_code: bool,
) -> None:
    """Write the tables of a folder anew, or all or some of it in another form."""
    if form is None:
        if out is not None or only or not with_text:
            raise DesignError(
                "--table, --out and --no-text say how an export in another form is made: name it with --format."
            )
        written = folders.export(folder, everything=everything, allow_code=allow_code)
    else:
        from colloquia.lab.keeping import exporting

        written = exporting.export_as(
            folder, form, only=only, out=out, with_text=with_text, everything=everything, allow_code=allow_code
        )
    for path in written:
        say(f"written: {path}")
    if not written:
        say(f"Nothing was written: {' and '.join(only)} of {folder} hold no row.")
    for remark in damage(folders.damaged(folder), folder):
        say(remark)


def damage(conversations: int, folder: Path) -> Iterator[str]:
    """Yield what to know where damage touches conversations that were written."""
    if conversations:
        yield (
            f"Damaged: {count(conversations, 'conversation')}, of which only whole lines are in it; "
            f"{COMMAND} check {there(folder)} says more."
        )


def replay(bundle: Path, into: Path | None) -> int:
    """Print which tables of a bundle come out of its log again, and return the exit code."""
    from colloquia.lab.keeping import bundling

    found = bundling.replay(bundle, into)
    say(
        plain(on_one_line(found.manifest.title, 100))
        + (f" ({found.manifest.sources})" if found.manifest.sources else "")
    )
    for line in _replayed(found):
        say(plain(line))
    total = len(found.same) + len(found.differing)
    say(f"{len(found.same):,} of {count(total, 'table')} came out of the log again, byte for byte.")
    return 0 if found.is_same else DAMAGE_FOUND


def _replayed(found: Replayed) -> Iterator[str]:
    yield from (f"{name} is not as it was packed." for name in found.altered)
    yield from found.damage
    yield from (f"{name} differs, first in line {line:,}." for name, line in found.differing.items())
    yield from (f"{name} is in the bundle or comes out of the log, and not both." for name in found.missing)
    if found.kept:
        yield f"Taken as they are, since what they need is not here: {', '.join(found.kept)}."
    if not found.is_same:
        others = {name: made for name, made in found.manifest.made_with.items() if found.made_with.get(name) != made}
        for name, made in others.items():
            yield f"It was made with {name} {made}; here is {found.made_with.get(name, 'none')}."


def check(folder: Path) -> int:
    """Print what is damaged and return the exit code."""
    findings = folders.check(folder)
    for message in findings.messages:
        say(plain(message))
    if findings.is_damaged:
        return DAMAGE_FOUND
    say(f"Every line of {folder} is what was written.")
    return 0


def verify(folder: Path, *, allow_code: bool = False) -> int:
    """Print what contradicts the log and return the exit code."""
    found, findings = folders.verify(folder, allow_code=allow_code), folders.check(folder)
    damage = findings.messages if findings.is_damaged else ()
    for message in (*damage, *map(str, found.mismatches[:MOST_LINES])):
        say(plain(message))
    say(
        f"{count(found.requests, 'request')} of {count(found.conversations, 'conversation')} rebuilt; "
        f"{count(len(found.mismatches), 'contradiction')}."
    )
    return 0 if found.is_sound and not damage else DAMAGE_FOUND
