"""Reading a run folder for a resume: the keys of every line, and where its text stands; nothing is held twice.

Every line's checksum is compared. What was said stays on disk and is read where it is looked at, so that a million
turns are read in flat memory. A second look reads only what was added since the first.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from colloquia.conversation.probes import is_probe
from colloquia.logbook import judgements
from colloquia.logbook.answers import ANSWERS, answers_at
from colloquia.logbook.attempts import BILLED_SOURCES, Attempts
from colloquia.logbook.entries import ENTRIES, AttemptEnded, AttemptSettled, AttemptStarted, TrialFailed
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.holdings import Contents, Damage, Superseded
from colloquia.logbook.keys import TURN_KEYS, Spoken
from colloquia.logbook.outline import Outline
from colloquia.logbook.places import ByTrial, Places, Said
from colloquia.logbook.record import TURNS, DamagedLine, decode, decode_block, guess
from colloquia.logbook.tail import Tail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import msgspec

    from colloquia.logbook.answers import AnswerRow
    from colloquia.logbook.attempts import Orphan
    from colloquia.logbook.entries import Entry
    from colloquia.logbook.keys import TurnKeys
    from colloquia.logbook.record import TurnRow
    from colloquia.logbook.tail import Block

    _Take = Callable[[Sequence[Any], Iterable[int], int], None]


class Reader:
    """A run folder that is read, perhaps several times."""

    def __init__(self, folder: RunFolder, *, is_thorough: bool = False, keeps_hashes: bool = False) -> None:
        """Read nothing yet.

        Args:
            folder: The run folder.
            is_thorough: Read all fields of each turn, so that a line that never was one is found.
            keeps_hashes: Keep what the journal says that texts hash to.
        """
        self.folder = folder
        self._keeps_hashes = keeps_hashes
        self._tails = [Tail(folder=folder, name=name) for name in (folder.log, folder.probes, folder.journal)]
        self._decoders = (TURNS if is_thorough else TURN_KEYS, ANSWERS, ENTRIES)
        self._found = self._nothing()
        self._contents: Contents | None = None
        """What was returned last; None where there is more by now."""

    def read(self) -> Contents:
        """Return what the folder holds by now; where nothing was added, the very object that was returned before.

        Raises:
            FolderError: a file cannot be read.
        """
        if any(tail.is_another() for tail in self._tails):
            self._found, self._contents = self._nothing(), None
            for tail in self._tails:
                tail.start_anew()
        torn = self._torn()
        takes: tuple[_Take, ...] = (self._found.rows, self._found.given, self._found.entries)
        for tail, decoder, take in zip(self._tails, self._decoders, takes, strict=True):
            for block in tail.blocks():
                self._take(tail.name, block, decoder, take)
                self._contents = None
        # An orphan may be a judge's, whose judgement has come since: that is in a file of its own.
        if self._contents is None or self._contents.orphans or torn != self._torn():
            self._contents = self._found.contents(self._torn())
        return self._contents

    def _torn(self) -> tuple[str, ...]:
        return tuple(tail.name for tail in self._tails if tail.is_torn)

    def _nothing(self) -> _Found:
        return _Found(folder=self.folder, attempts=Attempts(keeps_hashes=self._keeps_hashes))

    def _take(self, file: str, block: Block, decoder: msgspec.json.Decoder[Any], take: _Take) -> None:
        """Take in many lines at once; where one of them is damaged, one by one."""
        records = decode_block(block.data, block.ends, decoder)
        if records is not None:
            take(records, block.offsets(), block.number)
            return
        for number, (offset, line) in enumerate(zip(block.offsets(), block.lines, strict=True), start=block.number):
            try:
                take([decode(line, decoder)], [offset], number)
            except DamagedLine as damaged:
                self._found.damaged(file, number, line, damaged.reason)


@dataclass(kw_only=True)
class _Found:
    """What was found so far."""

    folder: RunFolder
    attempts: Attempts
    turns: dict[str, Places] = field(default_factory=dict)
    spoken: dict[str, dict[str, Spoken]] = field(default_factory=dict)
    answers: dict[str, array[int]] = field(default_factory=dict)
    """Where the answers to probes begin, by trial id."""
    answered: set[tuple[str, int, str]] = field(default_factory=set)
    """The same as the journal names them: trial id, turn, what was asked beside it."""
    damage: list[Damage] = field(default_factory=list)
    superseded: list[Superseded] = field(default_factory=list)
    outline: Outline = field(default_factory=Outline)
    named: set[str] = field(default_factory=set)
    """Conversations that the journal speaks of."""
    sources: set[str] = field(default_factory=set)

    def damaged(self, file: str, number: int, line: bytes, reason: str) -> None:
        """Take in a line that is not what was written."""
        named: list[tuple[str | None, int | None]] = [*guess(line)] or [(None, None)]
        self.damage += [
            Damage(file=file, line=number, reason=reason, trial_id=trial_id, turn_id=turn_id)
            for trial_id, turn_id in named
        ]

    def rows(self, rows: Iterable[TurnKeys | TurnRow], offsets: Iterable[int], number: int) -> None:
        """Take in whole lines of the log."""
        for place, (row, offset) in enumerate(zip(rows, offsets, strict=True)):
            self.attempts.row(row)
            self.sources.add(row.source)
            trial_id = row.trial_id
            places = self.turns.get(trial_id)
            if places is None:
                places = self.turns[trial_id] = Places(row.forked_at or 0)
                self.spoken[trial_id] = {}
            if not places.put(row.turn_id, offset):
                repeat = Superseded(line=number + place, trial_id=trial_id, turn_id=row.turn_id)
                self.superseded.append(repeat)
                continue
            by_name = self.spoken[trial_id]
            spoken = by_name.get(row.speaker_model)
            if spoken is None:
                spoken = by_name[row.speaker_model] = Spoken()
            spoken.take(row)

    def given(self, rows: Iterable[AnswerRow], offsets: Iterable[int], _number: int) -> None:
        """Take in whole lines of the answers to probes."""
        for row, offset in zip(rows, offsets, strict=True):
            self.sources.add(row.source)
            self.answered.add((row.trial_id, row.after_turn, row.asked.beside))
            self.answers.setdefault(row.trial_id, array("Q")).append(offset)

    def entries(self, entries: Iterable[Entry], _offsets: Iterable[int], _number: int) -> None:
        """Take in whole lines of the journal."""
        for entry in entries:
            if isinstance(entry, AttemptStarted):
                self.attempts.started(entry)
                self.named.add(entry.trial_id)
            elif isinstance(entry, AttemptEnded):
                self._ended(entry)
            elif isinstance(entry, AttemptSettled):
                self.attempts.settled(entry)
            else:
                self._other(entry)

    def _ended(self, entry: AttemptEnded) -> None:
        is_on_file = (entry.trial_id, entry.turn_id, entry.beside) in self.answered
        self.attempts.ended(entry, is_on_file=is_on_file)
        self.named.add(entry.trial_id)
        if entry.beside is not None:
            self.outline.take(entry)

    def _other(self, entry: Entry) -> None:
        self.outline.take(entry)
        if isinstance(entry, TrialFailed):
            self.named.add(entry.trial_id)

    def contents(self, torn: tuple[str, ...]) -> Contents:
        """Return what was found."""
        gaps = tuple(self._gaps(self.folder.log))
        unexplained = self._unexplained()
        orphans = tuple(self.attempts.orphans(self._is_kept()))
        return Contents(
            turns=ByTrial(self.turns, lambda trial_id: Said((self.folder, self.folder.log), self.turns[trial_id])),
            places=self.turns,
            spoken=self.spoken,
            damage=(*self.damage, *gaps, *self._lost_entries(self.folder.journal, unexplained)),
            answers=answers_at(self.folder, self.answers),
            quarantined=self._quarantined(self.folder.log, gaps, orphans),
            unexplained=unexplained,
            superseded=tuple(self.superseded),
            content_hashes=self.attempts.content_hashes,
            answer_hashes=self.attempts.answer_hashes,
            orphans=orphans,
            failed=self.outline.failed({trial_id: places.turn_ids[-1] for trial_id, places in self._stuck()}),
            unsettled=tuple(self.attempts.unsettled.values()),
            spent_usd=self.attempts.spent_usd(),
            judges_usd=self.attempts.spent_beside_usd("judge"),
            has_unknown_cost=self.attempts.has_unknown_cost() or bool(unexplained and self.sources & BILLED_SOURCES),
            has_bounded_cost=self.attempts.has_bounded_cost(),
            folder_id=self.outline.folder_id,
            runs=tuple(self.outline.runs),
            registered=tuple(self.outline.registered),
            ends=tuple(self.outline.ends),
            torn=torn,
            sources=frozenset(self.sources),
            lanes=dict(self.outline.lanes),
        )

    def _stuck(self) -> Iterator[tuple[str, Places]]:
        """Yield the conversations that could not go on at some time, and have turns."""
        return ((trial_id, self.turns[trial_id]) for trial_id in self.outline.failures if trial_id in self.turns)

    def _is_kept(self) -> Callable[[str, int, str | None], bool]:
        """Return what tells whether the answer to a call is on file."""
        answered: list[set[tuple[str, int, str]]] = []

        def is_kept(trial_id: str, turn_id: int, beside: str | None) -> bool:
            if beside is None:
                return trial_id in self.turns and turn_id in self.turns[trial_id]
            if is_probe(beside):
                return (trial_id, turn_id, beside) in self.answered
            if not answered:  # read only where something was asked beside the turns
                answered.append({judgement.call for judgement in judgements.read(self.folder).by_key.values()})
            return (trial_id, turn_id, beside) in answered[0]

        return is_kept

    def _unexplained(self) -> frozenset[tuple[str, int]]:
        """Return the turns that the journal cannot explain; not those of which a damaged line speaks anyway."""
        named = {damage.trial_id for damage in self.damage}
        return frozenset(key for key in self.attempts.unexplained() if key[0] not in named)

    def _lost_entries(self, journal: str, unexplained: frozenset[tuple[str, int]]) -> Iterator[Damage]:
        if (self.turns or self.answers) and self.outline.folder_id is None:
            reason = "it no longer holds the id of this folder, by which its conversations are known"
            yield Damage(file=journal, line=None, reason=reason)
        elif unexplained:
            trial_id, turn_id = min(unexplained)
            others = f", and {len(unexplained) - 1:,} more" if len(unexplained) > 1 else ""
            reason = f"lines of it are missing: it does not tell how turn {turn_id} was asked for{others}"
            yield Damage(file=journal, line=None, reason=reason, trial_id=trial_id, turn_id=turn_id)

    def _gaps(self, log: str) -> Iterator[Damage]:
        for trial_id, places in self.turns.items():
            for before, after in () if places.is_whole else pairwise((places.begins, *places.turn_ids)):
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
