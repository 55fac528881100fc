"""A run of Colloquia as users have it: journal, log, checksums, durable groups, lanes, budget, classifier and views.

Laid out, planned and held as ``colloquia run`` does it; the tables written at its end are left out, since the others
write none.
"""

from __future__ import annotations

import atexit
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.turns.work import OPENING, prompt
from colloquia.design.study import Experiment
from colloquia.lab.planning.bench import Options, lay_out
from colloquia.lab.planning.planning import draw_up
from colloquia.lab.running import runs
from colloquia.running.control import Control
from colloquia.running.progress import Progress
from colloquia.studies import Study

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.turns.work import Load
    from colloquia.running.session import Session
    from colloquia.settings import Settings

_folders = ExitStack()
atexit.register(_folders.close)


async def ours(url: str, numbers: Iterable[int], load: Load) -> None:
    """Hold conversations in a run folder that is removed at the end of the process: that is no work of a run."""
    there = _folders.enter_context(tempfile.TemporaryDirectory(prefix="turns"))
    at_once = load.conversations if load.is_many else None
    options = Options(run_dir=Path(there) / "run", is_streaming=load.is_streamed, at_once=at_once)
    await held(experiment(url, numbers, load), options)


async def held(study: Experiment, options: Options, settings: Settings | None = None) -> Progress:
    """Hold a study as ``colloquia run`` does, and return what was done."""
    progress = Progress()
    await (await session(study, options, progress, settings)).hold()
    return progress


async def session(study: Experiment, options: Options, progress: Progress, settings: Settings | None = None) -> Session:
    """Return the run of a study, with nothing left in its way."""
    bench = await lay_out(Study(experiment=study, folder=Path(), origin="turns", runs_code=True), options, settings)
    plan = draw_up(bench)
    ready = await runs.cleared(bench, plan, drop=False, on_warning=lambda _warning: None)
    return runs.session(bench, plan, ready, Control(), progress)


def experiment(url: str, numbers: Iterable[int], load: Load) -> Experiment:
    """Return the work as a study with a cap and prices."""
    price = {"prompt": 0.15, "completion": 0.6}
    return Experiment(
        models={"a": "bench:model-a", "b": "bench:model-b"},
        providers={"bench": {"base_url": f"{url}/v1", "price": price}},
        items={"number": [str(number) for number in numbers]},
        pairing=[["a", "b"]],
        scenarios={"work": {"alice": prompt("{number}", 0), "bob": prompt("{number}", 1)}},
        kickoff=OPENING,
        num_turns=load.turns,
        max_cost=100_000,
        sampling={"max_tokens": 256},
    )
