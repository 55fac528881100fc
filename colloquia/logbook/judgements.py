"""Judgements: what judges said, in ``judgements.jsonl``; the log is never touched.

A line is one answer of one judge model, under the hash of everything it was asked with: model, sampling, prompt,
rubric, transcript, order. Nothing is edited: an answer under a changed rubric, or about a talk that has grown, is
another line beside the old one. Whoever judges holds the folder's lock, since every call is in the journal too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from colloquia.conversation.chat_model import Source
from colloquia.logbook.lines import lines
from colloquia.logbook.record import SCHEMA, DamagedLine, Timed, Version, decode

if TYPE_CHECKING:
    from colloquia.logbook.folder import RunFolder

Reading = Literal["first", "swapped", "again"]
"""The reading that counts; the same in the other order; the same once more."""


class Judgement(Timed, kw_only=True, frozen=True):
    """What one judge model said about one thing."""

    key: str
    """Hash of all its inputs."""
    judge: str
    """Its name in the study."""
    by: str
    """Slug of the model that was asked."""
    experiment_id: str | None
    """The conversation; null where it is about a group of them."""
    trial_id: str | None
    turn_id: int | None
    """Null where the whole conversation or a group is meant."""
    group: str | None
    """The model, level or scenario whose answers were read together; null where one conversation was read."""
    num_turns: int
    """How many turns the conversation had; of a group, how many answers were read."""
    answer: str | None
    """The label or the text, or the number as it is written; null where there is none."""
    number: float | None
    """The answer as a number, on a scale."""
    missing: str | None
    """Why there is no answer."""
    quote: str | None
    """What the judge rests its answer on, in its words."""
    said: str | None
    """The whole reply."""
    rubric_sha256: str
    """Version of question, answers, meanings and examples."""
    prompt_version: int
    masking_version: int
    reading: Reading
    order: int
    """0: as the rubric lists its answers and the seats are; 1: both the other way round."""
    speakers: dict[str, str]
    """What each role was called."""
    sampling: dict[str, str | int | float | bool | list[object] | dict[str, object] | None]
    """Body fields as they were sent."""
    finish_reason: str | None
    latency_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    served_by: str | None
    served_model: str | None
    generation_id: str | None
    request_sha256: str
    attempts: int
    source: Source
    timestamp: str | None
    run_id: str
    schema: Version = SCHEMA

    @property
    def place(self) -> Place:
        """What it is about."""
        return (self.experiment_id, self.turn_id, self.group)

    @property
    def call(self) -> tuple[str, int, str]:
        """How the journal knows its call: conversation or group, turn or 0, what was asked beside the turns."""
        return (self.trial_id or named(self.group or ""), self.turn_id or 0, called(self.judge, self.by, self.reading))


Place = tuple[str | None, int | None, str | None]
"""Conversation, turn, group."""
_judgements = msgspec.json.Decoder(Judgement)


@dataclass(frozen=True, kw_only=True)
class Judgements:
    """What stands in ``judgements.jsonl``."""

    by_key: dict[tuple[str, Place, str], Judgement] = field(default_factory=dict)
    """Every answer by judge, place and hash of its inputs, superseded ones too; the first line of each counts."""
    unreadable: int = 0
    """Lines that are not what was written."""


def named(group: str) -> str:
    """Return what stands in the journal in a conversation's place where a group of them was read."""
    return f"group {group}"


def called(judge: str, by: str, reading: Reading) -> str:
    """Return what a judge's call is named in the journal."""
    return f"judge {judge} by {by}" + ("" if reading == "first" else f", {reading}")


def read(folder: RunFolder) -> Judgements:
    """Return the judgements of a run folder; none where there is no file.

    Raises:
        FolderError: the file cannot be read.
    """
    by_key: dict[tuple[str, Place, str], Judgement] = {}
    unreadable = 0
    for line in lines(folder, folder.judgements):
        try:
            found = decode(line.data, _judgements)
        except DamagedLine:
            unreadable += bool(line.data) and not line.is_torn
            continue
        by_key.setdefault((found.judge, found.place, found.key), found)
    return Judgements(by_key=by_key, unreadable=unreadable)
