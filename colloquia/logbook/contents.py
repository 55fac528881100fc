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

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from colloquia.conversation.probes import is_probe
from colloquia.logbook import judgements
from colloquia.logbook.answers import AnswerRow, answer_of, decode_answer
from colloquia.logbook.attempts import BILLED_SOURCES, Attempts, Orphan
from colloquia.logbook.entries import (
    AttemptEnded,
    AttemptSettled,
    AttemptStarted,
    FolderMade,
    LaneChanged,
    Registered,
    RunEnded,
    RunStarted,
    TrialFailed,
    decode_entry,
)
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.jsonl import lines
from colloquia.logbook.record import DamagedLine, decode_turn, guess, turn_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from colloquia.conversation.probes import AskedProbe
    from colloquia.conversation.transcript import Answer, Turn
    from colloquia.logbook.entries import Entry
    from colloquia.logbook.jsonl import Line
    from colloquia.logbook.record import TurnRow


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

    turns: Mapping[str, tuple[Turn, ...]]
    """The turns of each conversation in order, by trial id; the first durable line of each turn."""
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

    @property
    def studies(self) -> tuple[str, ...]:
        """The texts of the studies that were run, in order; one that was run again at once stands there once."""
        return tuple(text for text, _ in groupby(run.study for run in self.runs))


def read(folder: RunFolder) -> Contents:
    """Return what ``folder`` holds; nothing where there is no such folder.

    Raises:
        FolderError: a file cannot be read.
    """
    reading = _Reading()
    for line in lines(folder, folder.log):
        reading.take(folder.log, line, reading.row_line)
    for line in lines(folder, folder.probes):
        reading.take(folder.probes, line, reading.answer_line)
    for line in lines(folder, folder.journal):
        reading.take(folder.journal, line, reading.entry_line)
    return reading.contents(folder)


def rows(folder: RunFolder) -> Iterator[TurnRow]:
    """Yield the rows of the log as they stand there, damaged and superseded ones left out.

    Raises:
        FolderError: the log cannot be read.
    """
    seen: dict[str, set[int]] = {}
    for line in lines(folder, folder.log):
        row = None if line.is_torn else _row_or_none(line)
        if row is not None and row.turn_id not in seen.setdefault(row.trial_id, set()):
            seen[row.trial_id].add(row.turn_id)
            yield row


def answer_rows(folder: RunFolder) -> Iterator[AnswerRow]:
    """Yield the answers as they stand in the file, damaged and superseded ones left out.

    Raises:
        FolderError: the file cannot be read.
    """
    seen: set[tuple[str, AskedProbe]] = set()
    for line in lines(folder, folder.probes):
        with suppress(DamagedLine):
            row = None if line.is_torn else decode_answer(line.data)
            if row is not None and (row.trial_id, row.asked) not in seen:
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


def answers_of(folder: RunFolder, trial_id: str) -> dict[AskedProbe, Answer]:
    """Return the answers to probes of one conversation.

    Raises:
        FolderError: the file cannot be read.
    """
    return {row.asked: answer_of(row) for row in answer_rows(folder) if row.trial_id == trial_id}


def studies(folder: RunFolder) -> list[str]:
    """Return the texts of the studies that were run in a folder, in order; one that was run again at once stands once.

    Raises:
        FolderError: the journal cannot be read.
    """
    found: list[str] = []
    for line in lines(folder, folder.journal):
        if b'"event":"run_started"' not in line.data or line.is_torn:
            continue
        with suppress(DamagedLine):
            entry = decode_entry(line.data)
            if isinstance(entry, RunStarted) and entry.study not in found[-1:]:
                found.append(entry.study)
    return found


def entries(folder: RunFolder) -> Iterator[Entry]:
    """Yield the entries of the journal as they stand there, damaged ones left out.

    Raises:
        FolderError: the journal cannot be read.
    """
    for line in lines(folder, folder.journal):
        with suppress(DamagedLine):
            if not line.is_torn:
                yield decode_entry(line.data)


def _row_or_none(line: Line) -> TurnRow | None:
    try:
        return decode_turn(line.data)
    except DamagedLine:
        return None


@dataclass(kw_only=True)
class _Reading:
    """What was found so far."""

    turns: dict[str, dict[int, Turn]] = field(default_factory=dict)
    begins: dict[str, int] = field(default_factory=dict)
    answers: dict[str, dict[AskedProbe, Answer]] = field(default_factory=dict)
    answered: set[tuple[str, int, str]] = field(default_factory=set)
    """The same as the journal names them: trial id, turn, what was asked beside it."""
    damage: list[Damage] = field(default_factory=list)
    superseded: list[Superseded] = field(default_factory=list)
    attempts: Attempts = field(default_factory=Attempts)
    failures: dict[str, int] = field(default_factory=dict)
    """The turn that could last not be had, by trial id."""
    named: set[str] = field(default_factory=set)
    """Conversations that the journal speaks of."""
    folder_id: str | None = None
    runs: list[RunStarted] = field(default_factory=list)
    registered: list[Registered] = field(default_factory=list)
    ends: list[RunEnded] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    lanes: dict[str, LaneChanged] = field(default_factory=dict)

    def take(self, file: str, line: Line, decode: Callable[[Line], None]) -> None:
        """Take in one line of a file, whatever state it is in."""
        if line.is_torn:
            self.torn.append(file)
            return
        try:
            decode(line)
        except DamagedLine as damaged:
            named: list[tuple[str | None, int | None]] = [*guess(line.data)] or [(None, None)]
            self.damage += [
                Damage(file=file, line=line.number, reason=damaged.reason, trial_id=trial_id, turn_id=turn_id)
                for trial_id, turn_id in named
            ]

    def row_line(self, line: Line) -> None:
        """Take in a whole line of the log."""
        row = decode_turn(line.data)
        self.attempts.row(row)
        self.sources.add(row.source)
        turns = self.turns.setdefault(row.trial_id, {})
        self.begins.setdefault(row.trial_id, row.forked_at or 0)
        if row.turn_id in turns:
            self.superseded.append(Superseded(line=line.number, trial_id=row.trial_id, turn_id=row.turn_id))
        else:
            turns[row.turn_id] = turn_of(row)

    def answer_line(self, line: Line) -> None:
        """Take in a whole line of the answers to probes."""
        row = decode_answer(line.data)
        self.sources.add(row.source)
        self.answered.add((row.trial_id, row.after_turn, row.asked.beside))
        self.answers.setdefault(row.trial_id, {}).setdefault(row.asked, answer_of(row))

    def entry_line(self, line: Line) -> None:
        """Take in a whole line of the journal."""
        entry: Entry = decode_entry(line.data)
        match entry:
            case AttemptStarted():
                self.attempts.started(entry)
                self.named.add(entry.trial_id)
            case AttemptEnded():
                self.attempts.ended(entry)
                self.named.add(entry.trial_id)
                if entry.is_ok and is_probe(entry.beside):
                    self.failures.pop(entry.trial_id, None)
            case AttemptSettled():
                self.attempts.settled(entry)
            case TrialFailed():
                self.failures[entry.trial_id] = entry.turn_id
                self.named.add(entry.trial_id)
            case RunStarted():
                self.runs.append(entry)
            case RunEnded():
                self.ends.append(entry)
            case LaneChanged():
                self.lanes[entry.speaker_slug] = entry
            case FolderMade() | Registered():
                self._before_a_run(entry)

    def _before_a_run(self, entry: FolderMade | Registered) -> None:
        if isinstance(entry, FolderMade):
            self.folder_id = self.folder_id or entry.folder_id
        elif not self.runs:
            self.registered.append(entry)

    def contents(self, folder: RunFolder) -> Contents:
        """Return what was found."""
        gaps = tuple(self._gaps(folder.log))
        unexplained = self._unexplained()
        orphans = tuple(self.attempts.orphans(self._is_kept(folder)))
        return Contents(
            turns={
                trial_id: tuple(turns[turn_id] for turn_id in sorted(turns)) for trial_id, turns in self.turns.items()
            },
            damage=(*self.damage, *gaps, *self._lost_entries(folder.journal, unexplained)),
            answers=self.answers,
            quarantined=self._quarantined(folder.log, gaps, orphans),
            unexplained=unexplained,
            superseded=tuple(self.superseded),
            content_hashes=self.attempts.content_hashes,
            answer_hashes=self.attempts.answer_hashes,
            orphans=orphans,
            failed=frozenset(
                trial_id for trial_id, turn_id in self.failures.items() if max(self.turns.get(trial_id, (0,))) < turn_id
            ),
            unsettled=tuple(self.attempts.unsettled.values()),
            spent_usd=self.attempts.spent_usd(),
            judges_usd=self.attempts.spent_beside_usd("judge"),
            has_unknown_cost=self.attempts.has_unknown_cost() or bool(unexplained and self.sources & BILLED_SOURCES),
            folder_id=self.folder_id,
            runs=tuple(self.runs),
            registered=tuple(self.registered),
            ends=tuple(self.ends),
            torn=tuple(self.torn),
            sources=frozenset(self.sources),
            lanes=dict(self.lanes),
        )

    def _is_kept(self, folder: RunFolder) -> Callable[[str, int, str | None], bool]:
        """Return what tells whether the answer to a call is on file."""
        answered: list[set[tuple[str, int, str]]] = []

        def is_kept(trial_id: str, turn_id: int, beside: str | None) -> bool:
            if beside is None:
                return turn_id in self.turns.get(trial_id, ())
            if is_probe(beside):
                return (trial_id, turn_id, beside) in self.answered
            if not answered:  # read only where something was asked beside the turns
                answered.append({judgement.call for judgement in judgements.read(folder).by_key.values()})
            return (trial_id, turn_id, beside) in answered[0]

        return is_kept

    def _unexplained(self) -> frozenset[tuple[str, int]]:
        """Return the turns that the journal cannot explain; not those of which a damaged line speaks anyway."""
        named = {damage.trial_id for damage in self.damage}
        return frozenset(key for key in self.attempts.unexplained() if key[0] not in named)

    def _lost_entries(self, journal: str, unexplained: frozenset[tuple[str, int]]) -> Iterator[Damage]:
        if (self.turns or self.answers) and self.folder_id is None:
            reason = "it no longer holds the id of this folder, by which its conversations are known"
            yield Damage(file=journal, line=None, reason=reason)
        elif unexplained:
            trial_id, turn_id = min(unexplained)
            others = f", and {len(unexplained) - 1:,} more" if len(unexplained) > 1 else ""
            reason = f"lines of it are missing: it does not tell how turn {turn_id} was asked for{others}"
            yield Damage(file=journal, line=None, reason=reason, trial_id=trial_id, turn_id=turn_id)

    def _gaps(self, log: str) -> Iterator[Damage]:
        for trial_id, turns in self.turns.items():
            for before, after in pairwise((self.begins.get(trial_id, 0), *sorted(turns))):
                if after != before + 1:
                    missing = f"turn {before + 1}" if after == before + 2 else f"turns {before + 1} to {after - 1}"
                    reason = f"the log has turn {after} and not {missing}"
                    yield Damage(file=log, line=None, reason=reason, trial_id=trial_id, turn_id=before + 1)

    def _quarantined(self, log: str, gaps: tuple[Damage, ...], orphans: tuple[Orphan, ...]) -> frozenset[str]:
        named = {damage.trial_id for damage in (*self.damage, *gaps) if damage.trial_id is not None}
        known = self.turns.keys() | self.answers.keys() | self.named
        unnamed = {damage.file for damage in self.damage if damage.trial_id not in known}
        for orphan in orphans:
            file = log if orphan.beside is None else RunFolder.probes if is_probe(orphan.beside) else None
            if orphan.is_answered and file in unnamed:
                named.add(orphan.trial_id)
        return frozenset(named)
