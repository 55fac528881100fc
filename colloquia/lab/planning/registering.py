"""Registration: a study written down before its data, and what later ones did otherwise.

What counts is the last study that was registered before the first run of a folder; where none was, the study of the
first run. A hypothesis is confirmatory where it stood there word for word; whatever else differs is a deviation and is
listed, and every other hypothesis is exploratory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.design.differing import Differing, differing
from colloquia.errors import FolderError
from colloquia.lab.planning.planning import trials_of
from colloquia.logbook.entries import Registered
from colloquia.logbook.jsonl import Writer, repair_tail
from colloquia.logbook.outline import outline
from colloquia.logbook.record import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colloquia.lab.planning.bench import Bench
    from colloquia.logbook.holdings import Contents


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a study is worth as a confirmation in its folder."""

    is_registered: bool
    """False where nothing was registered and the first run counts."""
    at: str
    """When the study was written down: UTC, ISO 8601."""
    sha256: str
    conversations: int
    """How many were planned then."""
    confirmatory: tuple[str, ...]
    """Hypotheses that stood there word for word."""
    exploratory: tuple[str, ...]
    """Hypotheses that were written or changed afterwards."""
    deviations: tuple[str, ...]
    """What else is otherwise now, a sentence each."""

    @property
    def words(self) -> str:
        """What was written down, and when, in one sentence."""
        how = "registered" if self.is_registered else "not registered; the study of the first run counts, of"
        return f"{how} {self.at[:10]}, {self.conversations:,} conversations planned (sha256 {self.sha256[:12]})"


async def register(bench: Bench, now: datetime | None = None) -> Registered:
    """Write a study down in the journal of its folder, before any run.

    Raises:
        FolderBusyError: another process writes in the folder.
        FolderError: the folder was run already, so this would be no registration.
        StorageError: the disk failed.
    """
    bench.folder.make()
    with bench.folder.lock("registration"):
        if outline(bench.folder).runs:
            raise FolderError(
                f"{bench.folder.path} was run already: its first run counts, and a registration would come after it. "
                "Name another run folder with --run-dir."
            )
        repair_tail(bench.folder, bench.folder.journal)
        text = studies.frozen(bench.experiment)
        entry = Registered(
            at=timestamp(now or datetime.now(UTC)),
            study=text,
            sha256=sha256(text.encode()).hexdigest(),
            planned={
                "conversations": len(bench.trials),
                "turns": sum(trial.num_turns for trial in bench.trials),
            },
        )
        writer = Writer(bench.folder)
        try:
            await writer.journal(entry)
        finally:
            await writer.close()
    return entry


def standing(found: Contents, study: str | None = None) -> Standing | None:
    """Return what a study is worth as a confirmation in a folder; None where that was never run.

    Args:
        found: What the folder holds.
        study: The study, as it is frozen; the latest that was run where it is None.
    """
    if not found.runs:
        return None
    first, latest = (found.registered or found.runs[:1])[-1], found.runs[-1].study if study is None else study
    before, after = studies.parse(first.study), studies.parse(latest)
    planned = trials_of(first.study)
    old, new = (dict(each.hypotheses or {}) for each in (before, after))
    confirmatory = tuple(name for name, text in new.items() if old.get(name) == text)
    return Standing(
        is_registered=bool(found.registered),
        at=first.at,
        sha256=sha256(first.study.encode()).hexdigest(),
        conversations=len(planned),
        confirmatory=confirmatory,
        exploratory=tuple(name for name in new if name not in confirmatory),
        deviations=tuple(_deviations(differing(before, after, planned, trials_of(*found.studies, latest)))),
    )


def _deviations(found: Differing) -> Iterator[str]:
    yield from (words for words in found.words if not words.startswith(("run_dir:", "max_cost:", "title:")))
    if found.only_before:
        yield f"{found.only_before:,} conversations that were planned are no longer"
    if found.only_after:
        yield f"{found.only_after:,} conversations were added"
