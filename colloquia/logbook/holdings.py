"""What a run folder holds, as whoever read it hands it on."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.logbook.attempts import Orphan
    from colloquia.logbook.entries import AttemptEnded, LaneChanged, Registered, RunEnded, RunStarted
    from colloquia.logbook.keys import Spoken
    from colloquia.logbook.places import Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Damage:
    """One thing that is not as it was written; a line with two broken records in it is two."""

    file: str
    line: int | None
    """Counted from 1; None for a gap, where a line is missing."""
    reason: str
    trial_id: str | None = None
    """The conversation it seems to belong to."""
    turn_id: int | None = None

    def __str__(self) -> str:
        """Return it as a sentence: which file, which line, what, and whose turn."""
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        turn = f", turn {self.turn_id}" if self.line is not None and self.turn_id is not None else ""
        whose = f"conversation {self.trial_id}{turn}" if self.trial_id else "no conversation can be made out"
        return f"{place}: {self.reason} ({whose})."


@dataclass(frozen=True, kw_only=True, slots=True)
class Superseded:
    """A later line for a turn that the log already had; it counts for the money only."""

    line: int
    trial_id: str
    turn_id: int


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a run folder holds."""

    turns: Mapping[str, Sequence[Turn]]
    """The turns of each conversation in order, by trial id; the first durable line of each turn. They are read from the
    log when somebody looks at them."""
    answers: Mapping[str, Mapping[AskedProbe, Answer]]
    """The answers to probes, by trial id; the first durable line of each."""
    damage: tuple[Damage, ...]
    quarantined: frozenset[str]
    """Conversations that damage touches, by trial id."""
    unexplained: frozenset[tuple[str, int]]
    """Turns that were asked for and of which the journal no longer tells how, by trial id and turn."""
    superseded: tuple[Superseded, ...]
    content_hashes: Mapping[tuple[str, int], str]
    """What the journal says the text of a turn hashes to, by trial id and turn."""
    answer_hashes: Mapping[tuple[str, int, str], set[str]]
    """What it says that answers beside the turns hash to, by trial id, turn and what was asked."""
    orphans: tuple[Orphan, ...]
    """Calls that left no turn; while a run is going on also those under way."""
    failed: frozenset[str]
    """Conversations whose last attempt to go on failed, by trial id."""
    unsettled: tuple[AttemptEnded, ...]
    """Calls booked without a bill whose generation the provider can be asked about."""
    spent_usd: float
    """All that is known, or must be taken, to have been spent."""
    judges_usd: float
    """What of it was spent on judges."""
    has_unknown_cost: bool
    """True where a call may have been billed that no price is known of."""
    has_bounded_cost: bool
    """True where a call that was lost is counted at the most that it can have cost."""
    folder_id: str | None
    runs: tuple[RunStarted, ...]
    registered: tuple[Registered, ...]
    """Studies that were written down before the first run of this folder, in order."""
    ends: tuple[RunEnded, ...]
    """How runs ended; one that was killed has none."""
    torn: tuple[str, ...]
    """Files whose tail has no line end: never reported as done, repaired by the next run."""
    sources: frozenset[str]
    lanes: Mapping[str, LaneChanged] = field(default_factory=dict)
    """What became last of the lane of each model, by slug."""
    places: Mapping[str, Places] = field(default_factory=dict, compare=False)
    """Which turns the log has of each conversation and where, by trial id."""
    spoken: Mapping[str, Mapping[str, Spoken]] = field(default_factory=dict, compare=False)
    """What the turns of each participant came to, by trial id and friendly name."""

    @property
    def damaged_lines(self) -> tuple[Damage, ...]:
        """The damage of lines that stand there; one with two broken records in it is there twice."""
        return tuple(damage for damage in self.damage if damage.line is not None)

    @property
    def gaps(self) -> tuple[Damage, ...]:
        """The places where lines are missing."""
        return tuple(damage for damage in self.damage if damage.line is None)

    @property
    def num_damaged_lines(self) -> int:
        """How many lines cannot be read, each counted once."""
        return len({(damage.file, damage.line) for damage in self.damaged_lines})

    @property
    def studies(self) -> tuple[str, ...]:
        """The texts of the studies that were run, in order; one that was run again at once stands there once."""
        return tuple(text for text, _ in groupby(run.study for run in self.runs))
