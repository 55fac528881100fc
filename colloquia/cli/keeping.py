"""``export``, ``check`` and ``verify``: the tables anew, and whether the log can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.cli.terminal import count, plain, say
from colloquia.lab import folders

if TYPE_CHECKING:
    from pathlib import Path

DAMAGE_FOUND = 1
MOST_LINES = 50


def export(folder: Path, *, everything: bool) -> None:
    """Write the tables of a folder anew."""
    for path in folders.export(folder, everything=everything):
        say(f"written: {path}")


def check(folder: Path) -> int:
    """Print what is damaged and return the exit code."""
    findings = folders.check(folder)
    for message in findings.messages:
        say(plain(message))
    if findings.is_damaged:
        return DAMAGE_FOUND
    say(f"Every line of {folder} is what was written.")
    return 0


def verify(folder: Path) -> int:
    """Print what contradicts the log and return the exit code."""
    found, findings = folders.verify(folder), folders.check(folder)
    damage = findings.messages if findings.is_damaged else ()
    for message in (*damage, *map(str, found.mismatches[:MOST_LINES])):
        say(plain(message))
    say(
        f"{count(found.requests, 'request')} of {count(found.conversations, 'conversation')} rebuilt; "
        f"{count(len(found.mismatches), 'contradiction')}."
    )
    return 0 if found.is_sound and not damage else DAMAGE_FOUND
