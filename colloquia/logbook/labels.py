"""Labels: what people say about turns and conversations, in ``labels.jsonl``; the log is never touched.

A line is a scheme (which labels there are) or a label. Nothing is edited: a person's later label for a place stands
in for the earlier one, and one without a word takes it back. Whoever labels writes, also while a run goes on, since
this file is not the run's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import msgspec

from colloquia.errors import DesignError
from colloquia.logbook.jsonl import append
from colloquia.logbook.lines import lines
from colloquia.logbook.record import SCHEMA, DamagedLine, Version, decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colloquia.logbook.folder import RunFolder

_WORD = re.compile(r"[\w '/+-]{1,40}")
MOST_LABELS = 9
"""A scheme has at most so many: each has a key of the keyboard."""


class Scheme(msgspec.Struct, kw_only=True, frozen=True, tag_field="event", tag="scheme"):
    """Which labels can be given; a changed scheme is a new version beside the old one."""

    at: str
    """UTC, ISO 8601."""
    scheme: str
    version: Annotated[int, msgspec.Meta(ge=1)]
    labels: tuple[str, ...]
    schema: Version = SCHEMA


class Label(msgspec.Struct, kw_only=True, frozen=True, tag_field="event", tag="label"):
    """What one person says about one place."""

    at: str
    """UTC, ISO 8601."""
    labeller: str
    scheme: str
    scheme_version: int
    experiment_id: str
    turn_id: int | None = None
    """None where the whole conversation is meant."""
    start: int | None = None
    """Where a span of the turn begins, in characters; None where the whole turn is meant."""
    end: int | None = None
    """Where it ends, exclusive."""
    label: str | None
    """None takes back what this person said about this place."""
    note: str = ""
    is_blind: bool
    """True where the names of the models were hidden."""
    schema: Version = SCHEMA

    @property
    def place(self) -> Place:
        """What is labelled."""
        return (self.experiment_id, self.turn_id, self.start, self.end)


class Drawn(msgspec.Struct, kw_only=True, frozen=True, tag_field="event", tag="drawn"):
    """One item of a blind sheet: what it is, and how likely it was to be drawn."""

    at: str
    """UTC, ISO 8601."""
    sheet: str
    item: str
    """What it is called on the sheet."""
    judge: str
    rubric_sha256: str
    experiment_id: str
    turn_id: int | None
    """None where the whole conversation is meant."""
    num_turns: int
    """How many turns the conversation had."""
    stratum: str
    probability: float
    schema: Version = SCHEMA


Place = tuple[str, int | None, int | None, int | None]
"""Conversation, turn, beginning and end of a span."""
Record = Scheme | Label | Drawn
_records: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What stands in ``labels.jsonl``."""

    schemes: dict[str, Scheme] = field(default_factory=dict)
    """The latest version of each scheme, by name."""
    current: dict[tuple[str, str, Place], Label] = field(default_factory=dict)
    """What each person last said about each place, by scheme, labeller and place; labels taken back are left out."""
    drawn: tuple[Drawn, ...] = ()
    """The items of all blind sheets, in the order in which they were drawn."""
    unreadable: int = 0
    """Lines that are not what was written."""

    def of(self, experiment_id: str) -> list[Label]:
        """Return the labels of one conversation and its turns, oldest first."""
        found = (label for label in self.current.values() if label.experiment_id == experiment_id)
        return sorted(found, key=lambda label: label.at)

    def labellers(self, scheme: str) -> list[str]:
        """Return who has labelled anything by a scheme, in alphabetical order."""
        return sorted({label.labeller for label in self.current.values() if label.scheme == scheme})


def read(folder: RunFolder) -> Labels:
    """Return the labels of a run folder; none where there is no file.

    Raises:
        FolderError: the file cannot be read.
    """
    schemes: dict[str, Scheme] = {}
    current: dict[tuple[str, str, Place], Label] = {}
    drawn: list[Drawn] = []
    unreadable = 0
    for line in lines(folder, folder.labels):
        try:
            record = decode(line.data, _records)
        except DamagedLine:
            unreadable += not line.is_torn
            continue
        if isinstance(record, Drawn):
            drawn.append(record)
            continue
        if isinstance(record, Scheme):
            if _is_usable(record.labels):
                schemes[record.scheme] = record
            else:
                unreadable += 1
            continue
        key = (record.scheme, record.labeller, record.place)
        current.pop(key, None)
        if record.label is not None:
            current[key] = record
    return Labels(schemes=schemes, current=current, drawn=tuple(drawn), unreadable=unreadable)


def write(folder: RunFolder, *records: Record) -> None:
    """Append ``records``, and return when they are on disk; a torn line before them is closed off first.

    Raises:
        StorageError: the disk failed.
        ValueError: a text in them holds a lone surrogate.
    """
    append(folder, folder.labels, *records)


def checked_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the labels of a scheme as they can be used.

    Raises:
        DesignError: there are none or too many, two are the same, or one is too long.
    """
    found = tuple(word for word in (" ".join(word.split()) for word in words) if word)
    if not 1 <= len(found) <= MOST_LABELS:
        raise DesignError(f"A scheme has 1 to {MOST_LABELS} labels, one for each number key, not {len(found)}.")
    if len({word.casefold() for word in found}) < len(found):
        raise DesignError("Two labels of the scheme are the same word.")
    if odd := [word for word in found if not _WORD.fullmatch(word)]:
        raise DesignError(f"The label {odd[0]!r} is not 1 to 40 letters, digits, blanks or the signs ' / + - _")
    return found


def _is_usable(words: tuple[str, ...]) -> bool:
    try:
        return checked_words(words) == words
    except DesignError:
        return False
