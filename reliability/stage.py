"""A small study of three cells that can be held on any disk; somebody notes what is asked and what is acknowledged."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self, cast
from unittest.mock import patch

from colloquia.design.study import Experiment
from colloquia.lab.keeping import folders, liveness
from colloquia.lab.planning.bench import Options, lay_out
from colloquia.lab.planning.planning import draw_up
from colloquia.lab.running.runs import hold
from colloquia.logbook.folder import RunFolder
from colloquia.running.control import Control
from colloquia.running.progress import Progress
from colloquia.settings import Settings
from colloquia.studies import Study
from reliability.loop import run

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from colloquia.conversation.chat_model import ChatModel, ChatRequest, Reply
    from colloquia.conversation.transcript import Turn
    from colloquia.design.trials import Trial
    from colloquia.lab.planning.bench import Bench
    from colloquia.lab.running.runs import Summary
    from colloquia.logbook.disk import Disk
    from colloquia.providers.registry import Models

RAM = Path("/dev/shm")  # noqa: S108 (files in memory, in a directory of our own that nobody else may enter)

WORDS: dict[str, Any] = {
    "models": {"ada": "scripted:random", "bob": "scripted:echo"},
    "scenarios": {
        "market": {"buyer": "You want to buy a «kůň» 🐎.", "seller": "You sell it.", "pairing": [["ada", "bob"]]},
        "train": {"Mia": "You sit on a train.", "Leo": "So do you.", "pairing": [["bob", "ada"]]},
        "letter": {"one": "You write.", "two": "You read.", "pairing": [["ada", "ada"]], "opening": "Dear Žofie,"},
    },
}
"""Three cells; in one the first line is written and nobody is asked for it."""

Key = tuple[str, int]
"""Which turn: conversation and place."""


@dataclass(kw_only=True)
class Witness:
    """What somebody outside saw of a run until it died."""

    is_alive: Callable[[], bool] = lambda: True
    acknowledged: dict[Key, str | None] = field(default_factory=dict)
    """The text of every turn that was reported as done."""
    asked: set[Key] = field(default_factory=set)
    """The turns that a model was called for."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """How a run went."""

    witness: Witness
    summary: Summary | None
    error: BaseException | None
    tracebacks: list[str]
    """What the event loop would have printed of errors that nobody took."""


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a directory for many small files, in memory where the machine has one, and remove it afterwards."""
    with TemporaryDirectory(prefix="colloquia-", dir=RAM if RAM.is_dir() else None, ignore_cleanup_errors=True) as name:
        place = Path(name) / "place"  # what is tried is told by names that are the same each time
        place.mkdir()
        yield place


def bench(draws: random.Random, **words: object) -> Bench:
    """Return the study laid out; keywords are words of the study."""
    study = Study(
        experiment=Experiment.from_words({**WORDS, **words}), folder=Path(), origin="the proof", runs_code=True
    )
    return run(lay_out(study, Options(), Settings(environment={}, cache=Path("no-cache"))), draws)


def held(
    laid_out: Bench, folder: RunFolder, draws: random.Random, *, is_alive: Callable[[], bool] | None = None
) -> Held:
    """Run what is missing of a study in ``folder``, from the plan to the tables, and tell how it went."""
    witness = Witness(is_alive=is_alive) if is_alive else Witness()
    model = laid_out.models.model
    models = cast("Models", StandIns(laid_out.models, lambda slug: _Overheard(model(slug), witness)))
    tracebacks: list[str] = []
    summary: Summary | None = None
    error: BaseException | None = None
    try:
        with on_disk(folder.disk):
            summary = run(_hold(replace(laid_out, folder=folder, models=models), witness), draws, tracebacks)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failed:  # noqa: BLE001 (which errors come out is what is tried)
        error = failed
    return Held(witness=witness, summary=summary, error=error, tracebacks=tracebacks)


@contextmanager
def on_disk(disk: Disk) -> Iterator[None]:
    """Let whoever names a run folder by its path find it on ``disk``."""

    def existing(path: Path | str) -> RunFolder:
        return RunFolder(Path(path), disk)

    with patch.object(folders, "existing", existing), patch.object(liveness, "existing", existing):
        yield


async def _hold(laid_out: Bench, witness: Witness) -> Summary:
    return await hold(laid_out, draw_up(laid_out), control=Control(), progress=_Ledger(witness))


class _Ledger(Progress):
    """Counts as every run does, and notes which turns were reported as done."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self._witness = witness

    def said(self, trial: Trial, turn: Turn) -> None:
        super().said(trial, turn)
        if self._witness.is_alive():
            self._witness.acknowledged[trial.trial_id, turn.turn_id] = turn.content


class StandIns:
    """The models of a study, others being asked in their place.

    Args:
        models: The models.
        model: Returns who is asked in the place of a slug.
    """

    def __init__(self, models: Models, model: Callable[[str], ChatModel]) -> None:
        self._models = models
        self.model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._models, name)

    async def __aenter__(self) -> Self:
        await self._models.__aenter__()
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self._models.__aexit__(*reason)


class _Overheard:
    """One model, overheard; it takes a moment to answer, so that others may come first."""

    def __init__(self, model: ChatModel, witness: Witness) -> None:
        self._model = model
        self._witness = witness

    async def reply(self, request: ChatRequest) -> Reply:
        if self._witness.is_alive():
            self._witness.asked.add((request.occasion.trial_id, request.occasion.turn_id))
        for _ in range(request.occasion.draw % 4):
            await asyncio.sleep(0)
        return await self._model.reply(request)
