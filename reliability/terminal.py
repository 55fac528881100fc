"""What the proofs print: progress, line by line, and a table at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reliability.record import is_broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reliability.row import Row

HEAD = ("part", "tried", "failures", "", "what holds")


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201 (the one place)


def table(rows: Sequence[Row]) -> Iterable[str]:
    """Yield the figures as lines with aligned columns, and below them what failed."""
    lines = [HEAD, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    for line in lines:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
    for row in filter(is_broken, rows):
        yield f"\n{row.part}: {row.claim}\n  {row.details}"


def _cells(row: Row) -> tuple[str, ...]:
    if row.is_planted:
        verdict, claim = "caught" if row.failures else "NOT CAUGHT", f"planted: {row.claim}"
    else:
        verdict, claim = f"{row.failures:,}", row.claim
    return row.part, f"{row.tried:,} {row.unit}", verdict, row.figure, claim
