r"""Tables as CSV that keep every character of a text.

Every text is quoted and a quote within it doubled, so that "NA", "007", line ends and commas stay what they are;
unknown is an empty cell without quotes, an empty text is ``""``. Numbers have their shortest exact form, Booleans are
``True`` and ``False``. UTF-8, rows end in ``\n``.

``pandas.read_csv(path, keep_default_na=False)`` gives the texts back as they are. What pandas takes for numbers it
guesses by column, quotes or not: ``dtype={"content": str}`` keeps a column that holds nothing but "007". It cannot tell
unknown from an empty text. The default parser of pandas 2 ends a cell at a NUL (U+0000), pandas 3 keeps it. The JSONL
has none of these limits.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from colloquia.logbook.answers import AnswerRow, factor_column
from colloquia.logbook.record import TurnRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from colloquia.logbook.folder import RunFolder

Cell = str | int | float | None
"""What can stand in a cell; a Boolean is an integer to Python and a word here."""

_CHUNK = 1 << 18
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COLUMNS = tuple(name for name in TurnRow.__struct_fields__ if name not in ("reasoning", "factors"))
_BEFORE_FACTORS = _COLUMNS.index("arm") + 1
_OF_ANSWERS = tuple(name for name in AnswerRow.__struct_fields__ if name not in ("reasoning", "factors"))
_AFTER_ARM = _OF_ANSWERS.index("arm") + 1


def write_turns(
    folder: RunFolder,
    rows: Iterable[TurnRow],
    *,
    factor_names: Sequence[str],
    is_planned: Callable[[str], bool],
    everything: bool = False,
) -> None:
    """Replace ``experiment_log.csv``: one row for each turn, a column for each factor after ``arm``.

    Args:
        folder: Where it stands.
        rows: The turns in the order of the log; taken one at a time.
        factor_names: Which factors and items get a column.
        is_planned: Tells by trial id whether the study still plans a conversation.
        everything: Keep the turns of the others too, and say in a last column ``is_planned`` which they are.

    Raises:
        StorageError: the disk failed.
    """
    before, after = _COLUMNS[:_BEFORE_FACTORS], _COLUMNS[_BEFORE_FACTORS:]
    names = (*before, *factor_names, *after, *(["is_planned"] if everything else []))

    def cells(row: TurnRow, *, planned: bool) -> Iterator[Cell]:
        yield from (getattr(row, name) for name in before)
        yield from (row.factors.get(name) for name in factor_names)
        yield from (getattr(row, name) for name in after)
        if everything:
            yield planned

    judged = ((row, is_planned(row.trial_id)) for row in rows)
    body = (cells(row, planned=planned) for row, planned in judged if planned or everything)
    folder.replace(folder.turns_csv, table(names, body))


def write_answers(folder: RunFolder, rows: Iterable[AnswerRow], *, factor_names: Sequence[str]) -> None:
    """Replace ``probes.csv``: one row for each answer, a column for each factor after ``arm``.

    Raises:
        StorageError: the disk failed.
    """

    def cells(row: AnswerRow) -> Iterator[Cell]:
        yield from (getattr(row, name) for name in _OF_ANSWERS[:_AFTER_ARM])
        yield from (row.factors.get(name) for name in factor_names)
        yield from (getattr(row, name) for name in _OF_ANSWERS[_AFTER_ARM:])

    names = (*_OF_ANSWERS[:_AFTER_ARM], *map(factor_column, factor_names), *_OF_ANSWERS[_AFTER_ARM:])
    folder.replace(folder.probes_csv, table(names, map(cells, rows)))


def table(names: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[bytes]:
    """Yield a table as CSV, in pieces that keep memory flat."""
    header = ",".join(name if _PLAIN_NAME.fullmatch(name) else _cell(name) for name in names)
    piece: list[str] = []
    size = 0
    for line in chain([header], (",".join(map(_cell, row)) for row in rows)):
        piece += line, "\n"
        size += len(line)
        if size >= _CHUNK:
            yield "".join(piece).encode()
            piece, size = [], 0
    yield "".join(piece).encode()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return repr(value)
