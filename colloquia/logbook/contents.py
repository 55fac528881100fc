"""What a run folder holds: its turns, what is damaged, what was paid for, how its runs went. Reading never writes.

The log is read first and the journal after it. The journal is written first, so whoever reads beside a running writer
finds for every turn the attempt that brought it.

A conversation that damage touches is quarantined: its turns are shown, and nobody goes on from them. That is one that
a damaged line names, or one with a gap in its turns. A damaged line of the log that names no conversation known
otherwise may have held a turn of any; then those are quarantined that have an answer in the journal and no turn for it.
The same holds for answers to probes and their file.

A journal that has lost whole lines shows by turns of the log that it cannot explain. That is damage, and touches no
conversation: the turns themselves are whole, only what was spent besides may be more than is known (decision 0010).
"""

from __future__ import annotations

from array import array
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from colloquia.logbook.answers import ANSWERS, AnswerRow, answers_at, decode_answer
from colloquia.logbook.entries import ENTRIES
from colloquia.logbook.lines import lines
from colloquia.logbook.places import Seen, read_at
from colloquia.logbook.reading import Reader
from colloquia.logbook.record import TURNS, DamagedLine, Record, decode, decode_block, decode_turn
from colloquia.logbook.tail import Tail
from colloquia.logbook.turn_rows import turn_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    import msgspec

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.logbook.entries import Entry
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.holdings import Contents
    from colloquia.logbook.lines import Line
    from colloquia.logbook.record import TurnRow
    from colloquia.logbook.tail import Block


def read(folder: RunFolder, *, is_thorough: bool = False, keeps_hashes: bool = False) -> Contents:
    """Return what ``folder`` holds; nothing where there is no such folder. See :class:`Reader`.

    Raises:
        FolderError: a file cannot be read.
    """
    return Reader(folder, is_thorough=is_thorough, keeps_hashes=keeps_hashes).read()


def rows(folder: RunFolder, seen: Seen | None = None, only: Container[str] | None = None) -> Iterator[TurnRow]:
    """Yield the rows of the log as they stand there, damaged and superseded ones left out.

    Args:
        folder: The run folder.
        seen: Is told which turns there are, as they go by.
        only: The conversations that are asked for, by trial id; all where it is None.

    Raises:
        FolderError: the log cannot be read.
    """
    return (Seen() if seen is None else seen).new(_records(folder, folder.log, TURNS), only)


def _records(folder: RunFolder, name: str, decoder: msgspec.json.Decoder[Record]) -> Iterator[Record]:
    """Yield the records of a file as they stand there, damaged ones left out."""

    def records(block: Block) -> Iterable[Record]:
        whole = decode_block(block.data, block.ends, decoder)
        return _whole(block.lines, decoder) if whole is None else whole

    return chain.from_iterable(map(records, Tail(folder=folder, name=name).blocks()))


def _whole(lines: Iterable[bytes], decoder: msgspec.json.Decoder[Record]) -> Iterator[Record]:
    for line in lines:
        with suppress(DamagedLine):
            yield decode(line, decoder)


def rows_of(folder: RunFolder, found: Contents, trial_id: str) -> Iterator[TurnRow]:
    """Return the rows of one conversation of a log that was read, in order.

    Raises:
        FolderError: the log cannot be read.
    """
    places = found.places.get(trial_id)
    return read_at(folder, folder.log, places.in_order if places else (), decode_turn)


def answer_rows(folder: RunFolder) -> Iterator[AnswerRow]:
    """Yield the answers as they stand in the file, damaged and superseded ones left out.

    Raises:
        FolderError: the file cannot be read.
    """
    seen: set[tuple[str, AskedProbe]] = set()
    for row in _records(folder, folder.probes, ANSWERS):
        if (row.trial_id, row.asked) not in seen:
            seen.add((row.trial_id, row.asked))
            yield row


def turns_of(folder: RunFolder, trial_id: str) -> list[Turn]:
    """Return the turns of one conversation as the log has them, in order.

    Raises:
        FolderError: the log cannot be read.
    """
    named = f'"trial_id":"{trial_id}"'.encode()
    found: dict[int, Turn] = {}
    for line in lines(folder, folder.log):
        row = _row_or_none(line) if named in line.data and not line.is_torn else None
        if row is not None and row.trial_id == trial_id:
            found.setdefault(row.turn_id, turn_of(row))
    return [found[turn_id] for turn_id in sorted(found)]


def answers(folder: RunFolder) -> Mapping[str, Mapping[AskedProbe, Answer]]:
    """Return the answers to probes by trial id, each conversation's read where somebody looks at them.

    Raises:
        FolderError: the file cannot be read.
    """
    places: dict[str, array[int]] = {}
    for offset, line in Tail(folder=folder, name=folder.probes).lines():
        with suppress(DamagedLine):
            places.setdefault(decode_answer(line).trial_id, array("Q")).append(offset)
    return answers_at(folder, places)


def entries(folder: RunFolder) -> Iterator[Entry]:
    """Yield the entries of the journal as they stand there, damaged ones left out.

    Raises:
        FolderError: the journal cannot be read.
    """
    return _records(folder, folder.journal, ENTRIES)


def _row_or_none(line: Line) -> TurnRow | None:
    try:
        return decode_turn(line.data)
    except DamagedLine:
        return None
