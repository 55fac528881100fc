"""Whether a run folder holds what was written, and what to do where it does not. Checking never writes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from colloquia.logbook.contents import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from colloquia.logbook.attempts import Orphan
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.holdings import Contents, Damage, Superseded


MOST_CALLS = 5
"""So many calls that left no turn are told one by one; what is more is summed up."""


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What the journal has of one run."""

    run_id: str
    started_at: str
    ended_at: str | None
    """None where the run was killed, or is still going on."""
    reason: str | None
    """How it ended, in a word."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a check of a run folder found."""

    folder: Path
    num_conversations: int
    num_turns: int
    num_answers: int
    """Answers to probes."""
    damaged_lines: tuple[Damage, ...]
    gaps: tuple[Damage, ...]
    is_journal_short: bool
    """True where the journal has lost lines of turns that the log has."""
    quarantined: tuple[str, ...]
    """Conversations that nobody goes on from, by trial id."""
    superseded: tuple[Superseded, ...]
    torn: tuple[str, ...]
    orphans: tuple[Orphan, ...]
    live_run: str | None
    """The run that is going on there; None where none is."""
    runs: tuple[RunRecord, ...]

    @property
    def is_damaged(self) -> bool:
        """True where something is not as it was written; torn tails, repeats and orphans are normal after a kill."""
        return bool(self.damaged_lines or self.gaps)

    @property
    def messages(self) -> tuple[str, ...]:
        """What to tell a person, one sentence or two each; first the damage, then what is normal after a kill."""
        return (*self._damage(), *self._leftovers())

    def _damage(self) -> Iterator[str]:
        yield from (f"{self.folder}/{damage}" for damage in (*self.damaged_lines, *self.gaps))
        if self.is_journal_short:
            yield (
                "The turns themselves are whole, and runs go on from them; but calls that failed may have dropped out "
                f"of what was spent. Restore {self.folder / 'journal.jsonl'} from a copy that has them."
            )
        for trial_id in self.quarantined:
            yield (
                f"Conversation {trial_id} is set aside: no run goes on from it. Restore the file from a copy; or take "
                "out its damaged line and all its later turns by hand, and the next run asks for them again."
            )

    def _leftovers(self) -> Iterator[str]:
        for name in self.torn:
            yield (
                f"{self.folder / name} ends in half a line that was never reported as done; the next run that has "
                "anything to write repairs it."
            )
        for repeat in self.superseded:
            yield (
                f"{self.folder / 'experiment_log.jsonl'}, line {repeat.line}: turn {repeat.turn_id} of conversation "
                f"{repeat.trial_id} stands there twice; the first line counts."
            )
        lost = [orphan for orphan in self.orphans if orphan.run_id != self.live_run]
        for orphan in lost[:MOST_CALLS]:
            yield _lost_call(orphan, is_set_aside=orphan.trial_id in self.quarantined)
        if (more := len(lost) - MOST_CALLS) > 0:
            yield f"And {more:,} more such calls: all {len(lost):,} together may have been billed, {_in_all(lost)}."
        under_way = [orphan for orphan in self.orphans if orphan.run_id == self.live_run]
        for orphan in under_way[:MOST_CALLS]:
            yield f"A call for {_asked(orphan)} is under way in the run that is going on."
        if (more := len(under_way) - MOST_CALLS) > 0:
            yield f"And {more:,} more calls are under way in that run, {len(under_way):,} in all."


def check(folder: RunFolder, *, live_run: str | None = None) -> Findings:
    """Read all of a run folder and return what is wrong with it, and what a kill left behind.

    Args:
        folder: The run folder.
        live_run: The run that is going on there, whose calls under way are not lost.

    Raises:
        FolderError: a file cannot be read.
    """
    contents = read(folder, is_thorough=True)
    return Findings(
        folder=folder.path,
        num_conversations=len(contents.turns),
        num_turns=sum(map(len, contents.turns.values())),
        num_answers=sum(map(len, contents.answers.values())),
        damaged_lines=contents.damaged_lines,
        gaps=contents.gaps,
        is_journal_short=bool(contents.unexplained),
        quarantined=tuple(sorted(contents.quarantined)),
        superseded=contents.superseded,
        torn=contents.torn,
        orphans=contents.orphans,
        live_run=live_run,
        runs=tuple(_runs(contents)),
    )


def _runs(contents: Contents) -> Iterator[RunRecord]:
    ends = {end.run_id: end for end in contents.ends}
    for run in contents.runs:
        end = ends.get(run.run_id)
        yield RunRecord(
            run_id=run.run_id,
            started_at=run.at,
            ended_at=end.at if end else None,
            reason=end.reason if end else None,
        )


def _at_most(reserved_usd: float | None) -> str:
    return "at an unknown cost" if reserved_usd is None else f"for ${reserved_usd:.6f} at most"


def _in_all(orphans: Sequence[Orphan]) -> str:
    """Return what calls may have cost together, as far as it is known."""
    most = [orphan.reserved_usd if orphan.cost_usd is None else orphan.cost_usd for orphan in orphans]
    known = [usd for usd in most if usd is not None]
    if not known:
        return _at_most(None)
    unknown = len(most) - len(known)
    return _at_most(sum(known)) + (f", beside {unknown:,} of which nothing is known" if unknown else "")


def _asked(orphan: Orphan) -> str:
    what = f"turn {orphan.turn_id} of" if orphan.beside is None else f"{orphan.beside}, beside"
    return f"{what} conversation {orphan.trial_id}"


def _lost_call(orphan: Orphan, *, is_set_aside: bool) -> str:
    lost = "its turn is not in the log" if orphan.beside is None else "the answer is not on file"
    what = f"was answered, but {lost}" if orphan.is_answered else "was under way when its run ended"
    cost = f"for ${Decimal(str(orphan.cost_usd)):f}" if orphan.cost_usd is not None else _at_most(orphan.reserved_usd)
    named = f" (generation {orphan.generation_id})" if orphan.generation_id else ""
    return (
        f"A call for {_asked(orphan)} {what}{named}: it may have been billed, {cost}, and "
        f"{'no run' if is_set_aside else 'the next run'} asks again."
    )
