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
from typing import TYPE_CHECKING

import msgspec

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
_OURS = frozenset({"experiment_id", "trial_id", "run_id", "parent_id", "request_sha256", "timestamp"})
"""Texts that Colloquia makes itself: they hold no quote."""
_MOST_QUOTED = 10_000


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
    line_of = _line_of(factor_names)
    marks = {True: b",True\n", False: b",False\n"}

    def lines() -> Iterator[bytes]:
        for row in rows:
            planned = is_planned(row.trial_id)
            if everything:
                yield line_of(row)[:-1] + marks[planned]
            elif planned:
                yield line_of(row)

    folder.replace(folder.turns_csv, _pieces(header.encode() + b"\n", lines()))


class _Quoted(dict[str | None, str]):
    """Texts as they stand in a cell; those of a table are often the same."""

    def __missing__(self, text: str | None) -> str:
        if len(self) >= _MOST_QUOTED:
            self.clear()
        self[text] = cell = _cell(text)
        return cell


def _line_of(factor_names: Sequence[str]) -> Callable[[TurnRow], bytes]:
    """Return what makes a line of a turn: a function written for its columns, which takes half of the time."""
    quoted = _Quoted()

    def factors(row: TurnRow) -> str:
        return "".join([f",{quoted[row.factors.get(name)]}" for name in factor_names])

    kinds = {field.name: str(field.type) for field in msgspec.structs.fields(TurnRow)}
    cells = [_expression(name, kinds[name]) for name in _COLUMNS]
    cells[_BEFORE_FACTORS - 1] += "{factors(row)}" if factor_names else ""
    place = _COLUMNS.index("content")
    before, after = (f"f'''{','.join(part)}'''.encode()" for part in (cells[:place], cells[place + 1 :]))
    content = """b'' if row.content is None else b'"%b"' % row.content.replace('"', '""').encode()"""
    names = {"factors": factors, "quoted": quoted, "cell": _cell}
    made: Callable[[TurnRow], bytes] = eval(  # noqa: S307 (made of our own columns' names)
        f"lambda row: b'%b,%b,%b\\n' % ({before}, {content}, {after})", names
    )
    return made


def _expression(name: str, kind: str) -> str:
    """Return what stands for a column in the function that makes a line."""
    value = f"row.{name}"
    if "bool" in kind:
        return f"{{{value}}}"
    if "int" in kind or "float" in kind:
        return f"{{'' if {value} is None else {value}}}" if "None" in kind else f"{{{value}}}"
    if name in _OURS:
        bare = f'"{{{value}}}"'
        return f"{{'' if {value} is None else f'{bare}'}}" if "None" in kind else bare
    return f"{{cell({value})}}" if name == "generation_id" else f"{{quoted[{value}]}}"


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
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return repr(value)
