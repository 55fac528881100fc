"""What a journal says besides its calls: the id of the folder, its studies and runs, what could not go on.

A journal has two lines for each turn, and tables need none of those. Where only the outline is read, blocks that hold
nothing else are passed over without a look at their lines.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from colloquia.conversation.probes import is_probe
from colloquia.logbook.entries import (
    AttemptEnded,
    FolderMade,
    LaneChanged,
    Registered,
    RunEnded,
    RunStarted,
    TrialFailed,
    decode_entry,
)
from colloquia.logbook.record import DamagedLine
from colloquia.logbook.tail import Tail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.logbook.entries import Entry
    from colloquia.logbook.folder import RunFolder

_OTHER = re.compile(rb'\n\{"event":"(?!attempt_)')
_CALL, _BESIDE = b'{"event":"attempt_', b'"beside":"'


@dataclass(kw_only=True)
class Outline:
    """A journal without its calls, as far as it was read."""

    folder_id: str | None = None
    """None where it is lost."""
    runs: list[RunStarted] = field(default_factory=list)
    registered: list[Registered] = field(default_factory=list)
    """Studies that were written down before the first run, in order."""
    ends: list[RunEnded] = field(default_factory=list)
    """How runs ended; one that was killed has none."""
    lanes: dict[str, LaneChanged] = field(default_factory=dict)
    """What became last of the lane of each model, by slug."""
    failures: dict[str, int] = field(default_factory=dict)
    """The turn that could last not be had, by trial id."""

    @property
    def studies(self) -> tuple[str, ...]:
        """The texts of the studies that were run, in order; one that was run again at once stands there once."""
        return tuple(text for text, _ in groupby(run.study for run in self.runs))

    def failed(self, last_turns: Mapping[str, int]) -> frozenset[str]:
        """Return the conversations whose last attempt to go on failed.

        Args:
            last_turns: The last turn of each conversation that has any, by trial id.
        """
        return frozenset(
            trial_id
            for trial_id, turn_id in self.failures.items()
            if trial_id not in last_turns or last_turns[trial_id] < turn_id
        )

    def take(self, entry: Entry) -> None:
        """Take in an entry; of those of calls, only an answer to a probe says something."""
        match entry:
            case TrialFailed():
                self.failures[entry.trial_id] = entry.turn_id
            case AttemptEnded() if entry.is_ok and is_probe(entry.beside):
                self.failures.pop(entry.trial_id, None)
            case RunStarted():
                self.runs.append(entry)
            case RunEnded():
                self.ends.append(entry)
            case LaneChanged():
                self.lanes[entry.speaker_slug] = entry
            case FolderMade():
                self.folder_id = self.folder_id or entry.folder_id
            case Registered() if not self.runs:
                self.registered.append(entry)


def outline(folder: RunFolder) -> Outline:
    """Return the outline of a run folder's journal; damaged lines are left out.

    Raises:
        FolderError: the journal cannot be read.
    """
    found = Outline()
    for data in Tail(folder=folder, name=folder.journal).pieces():
        if _OTHER.search(data) or _tells(data, found):
            for line in data.split(b"\n")[:-1]:
                if _tells(line, found):
                    with suppress(DamagedLine):
                        found.take(decode_entry(line))
    return found


def _tells(data: bytes, found: Outline) -> bool:
    """Tell whether a line, or the first of some, is no call, or perhaps one that a failure ended with."""
    return not data.startswith(_CALL) or (bool(found.failures) and _BESIDE in data)
