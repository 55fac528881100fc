"""Measurements: what measures computed about conversations, in ``measures.jsonl``; the log is never touched.

A line holds all values of one measure for one conversation, under the hash of everything they were computed from.
Nothing is edited: values of another version, or of a talk that has grown, are another line. The last line of a
conversation and a measure is the current one. Whoever measures writes, also while a run goes on, since this file is
not the run's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from colloquia.logbook.jsonl import append
from colloquia.logbook.lines import lines
from colloquia.logbook.record import SCHEMA, DamagedLine, Version, decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from colloquia.logbook.folder import RunFolder


class Number(msgspec.Struct, frozen=True, array_like=True):
    """One value, or the reason why there is none; written as a list to keep lines short."""

    variable: str
    seat: str | None
    """None where the whole conversation is meant."""
    turn_id: int | None
    """None where a seat or the whole conversation is meant."""
    value: float | None
    reason: str | None

    @property
    def unit(self) -> str:
        """What it belongs to: a turn, a seat or the conversation."""
        if self.seat is None:
            return "conversation"
        return "seat" if self.turn_id is None else "turn"


class Measurement(msgspec.Struct, kw_only=True, frozen=True):
    """What one measure says about one conversation."""

    at: str
    """UTC, ISO 8601."""
    experiment_id: str
    trial_id: str
    num_turns: int
    """How many turns the conversation had."""
    measure: str
    version: int
    params: dict[str, float]
    embedding: str | None
    """Id and revision of the embedding it rests on; None where it needs none."""
    key: str
    """Hash of all its inputs."""
    numbers: tuple[Number, ...]
    schema: Version = SCHEMA


_measurements = msgspec.json.Decoder(Measurement)


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """What stands in ``measures.jsonl``."""

    current: dict[tuple[str, str], Measurement] = field(default_factory=dict)
    """The last line of each conversation and measure."""
    by_key: dict[tuple[str, str], Measurement] = field(default_factory=dict)
    """Every line by conversation and key, superseded ones too."""
    unreadable: int = 0
    """Lines that are not what was written."""


def read(folder: RunFolder) -> Measurements:
    """Return the measurements of a run folder; none where there is no file.

    Raises:
        FolderError: the file cannot be read.
    """
    current: dict[tuple[str, str], Measurement] = {}
    by_key: dict[tuple[str, str], Measurement] = {}
    unreadable = 0
    for line in lines(folder, folder.measures):
        try:
            found = decode(line.data, _measurements)
        except DamagedLine:
            unreadable += bool(line.data) and not line.is_torn
            continue
        current[found.experiment_id, found.measure] = found
        by_key[found.experiment_id, found.key] = found
    return Measurements(current=current, by_key=by_key, unreadable=unreadable)


def write(folder: RunFolder, found: Iterable[Measurement]) -> None:
    """Append measurements, and return when they are on disk; a torn line before them is closed off first.

    Raises:
        StorageError: the disk failed.
        ValueError: a text in them holds a lone surrogate.
    """
    append(folder, folder.measures, *found)
