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
from typing import TYPE_CHECKING, Any

import msgspec

from colloquia.logbook.answers import AnswerRow, factor_column
from colloquia.logbook.record import TurnRow, in_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from colloquia.logbook.folder import RunFolder

    _Column = Sequence[Any]

Cell = str | int | float | None
"""What can stand in a cell; a Boolean is an integer to Python and a word here."""

_CHUNK = 1 << 18
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COLUMNS = tuple(name for name in TurnRow.__struct_fields__ if name not in ("reasoning", "factors"))
_BEFORE_FACTORS = _COLUMNS.index("arm") + 1
_OF_ANSWERS = tuple(name for name in AnswerRow.__struct_fields__ if name not in ("reasoning", "factors"))
_AFTER_ARM = _OF_ANSWERS.index("arm") + 1
_CONTENT = _COLUMNS.index("content")
"""It is joined to the others apart: JSON would escape what stands in it."""
_MOST_QUOTED = 10_000
_TOGETHER = 64
"""Turns whose cells are made together: few enough to lie near at hand in the processor."""
_encode = msgspec.json.Encoder().encode
_UNKNOWN = msgspec.Raw(b"")
_WORDS = {True: msgspec.Raw(b"True"), False: msgspec.Raw(b"False")}
_LEAST, _MOST = 1e-4, 1e16
"""From the one to below the other, JSON and Python write a number in the same way."""


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
    header = _header((*before, *factor_names, *after, *(["is_planned"] if everything else [])))
    lines_of = _Lines(factor_names, is_planned if everything else None)
    kept = rows if everything else (row for row in rows if is_planned(row.trial_id))
    lines = map(lines_of, in_columns(kept, _TOGETHER))
    folder.replace(folder.turns_csv, _pieces(header.encode() + b"\n", lines))


class _Quoted(dict[str, msgspec.Raw]):
    """Texts as they stand in a cell; those of a table are often the same."""

    def __missing__(self, text: str) -> msgspec.Raw:
        if len(self) >= _MOST_QUOTED:
            self.clear()
        self[text] = cell = msgspec.Raw(_quoted(text).encode())
        return cell


class _Lines:
    """Makes lines of turns as JSON writes them: its numbers and texts are those of CSV, and the rest is put in whole.

    What is put in is unknown, Booleans, very small numbers, and all texts where JSON has to escape one of them.
    """

    def __init__(self, factor_names: Sequence[str], is_planned: Callable[[str], bool] | None) -> None:
        """Make them with a last column that says what is planned, where somebody can tell."""
        self._factor_names = factor_names
        self._is_planned = is_planned
        self._quoted = _Quoted()
        kinds = {field.name: str(field.type) for field in msgspec.structs.fields(TurnRow)}
        self._cells = [(name, _made_of(kinds[name])) for name in _COLUMNS]

    def __call__(self, values: Mapping[str, list[Any]]) -> bytes:
        """Return the lines of some turns, by their cells."""
        unknown = [_UNKNOWN] * len(values["turn_id"])
        columns = [
            unknown if values[name][0] is None and values[name].count(None) == len(unknown) else cells(values[name])
            for name, cells in self._cells
        ]
        columns[_BEFORE_FACTORS:_BEFORE_FACTORS] = self._factors(values["factors"])
        if self._is_planned is not None:
            columns.append([_WORDS[self._is_planned(trial_id)] for trial_id in values["trial_id"]])
        said = [b"" if text is None else _quoted_bytes(text.encode()) for text in values["content"]]
        lines = zip(self._joined(columns[:_CONTENT]), said, self._joined(columns[_CONTENT + 1 :]), strict=True)
        return b"".join([b"%b,%b,%b\n" % (left[1:-1], text, right[1:-1]) for left, text, right in lines])

    def _factors(self, labels: Sequence[Mapping[str, str]]) -> Iterator[_Column]:
        for name in self._factor_names:
            yield [self._quoted[of[name]] if name in of else _UNKNOWN for of in labels]

    def _joined(self, columns: Sequence[_Column]) -> list[bytes]:
        """Return rows of cells as they stand in a line, in brackets."""
        joined = list(map(_encode, zip(*columns, strict=True)))
        if not [line for line in joined if b"\\" in line]:
            return joined
        quoted = [[self._quoted[cell] if type(cell) is str else cell for cell in column] for column in columns]
        return list(map(_encode, zip(*quoted, strict=True)))


def _made_of(kind: str) -> Callable[[_Column], _Column]:
    """Return what makes the cells of a column of some type."""
    if "bool" in kind:
        return lambda column: [_WORDS[value] for value in column]
    if "float" in kind:
        return lambda column: [_UNKNOWN if value is None else _number(value) for value in column]
    return lambda column: [_UNKNOWN if value is None else value for value in column] if None in column else column


def _number(value: float) -> float | msgspec.Raw:
    """Return a number, or its text where JSON has another for it."""
    return value if _LEAST <= value < _MOST else msgspec.Raw(repr(value).encode())


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
    lines = (",".join(map(_cell, row)) + "\n" for row in rows)
    return _pieces(_header(names).encode() + b"\n", (line.encode() for line in lines))


def _header(names: Iterable[str]) -> str:
    return ",".join(name if _PLAIN_NAME.fullmatch(name) else _cell(name) for name in names)


def _pieces(header: bytes, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines, many at once."""
    piece, size = [header], 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield b"".join(piece)
            piece, size = [], 0
    yield b"".join(piece)


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _quoted_bytes(text: bytes) -> bytes:
    return b'"%b"' % text.replace(b'"', b'""')
