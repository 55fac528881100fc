"""Every column of every table, as the code describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colloquia.analysis.codebook import ROWS, described, meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """# The columns of the tables

`colloquia.load(folder)` has them as frames; the CSV files of a run folder hold the same. Unknown is missing, never 0.
Tables of a study also have a column for each factor and item, what its probes and judges found, and what its procedure
makes of a conversation; `colloquia export --format csv` writes the codebook of that very study beside its tables.
"""
TITLES = {
    "turns": "One row a turn or move: `experiment_log.csv`, and the lines of `experiment_log.jsonl`.",
    "conversations": "One row a conversation: `conversations.csv`.",
    "probes": "One row an answer to a private question: `probes.csv`.",
    "judgements": "One row an answer of a judge: `judgements.jsonl`.",
}


def page() -> str:
    """Return the page."""
    return HEAD + "".join(text for table in ROWS for text in _table(table))


def _table(table: str) -> Iterator[str]:
    yield f"\n## {table}\n\n{TITLES[table]}\n\n| column | meaning |\n|---|---|\n"
    for name in described(ROWS[table]):
        told = meaning(table, name).replace("``", "`").replace("|", "\\|")
        yield f"| `{name}` | {told} |\n"
