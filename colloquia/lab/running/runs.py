"""Running a study: the doors that Python, the command line and the browser share."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colloquia import studies
from colloquia.design.models import prefix
from colloquia.errors import DesignError, DroppedTurnsError
from colloquia.lab.keeping.folders import are_tables_current, export
from colloquia.lab.planning.bench import EMBEDDED_AT_ONCE, Options, check_ready, headroom, lay_out, slugs, study_of
from colloquia.lab.planning.planning import Plan, draw_up, missing
from colloquia.lab.planning.preflight import Preflight, preflight
from colloquia.lab.running.elsewhere import check_possible, on_ray
from colloquia.lab.running.loops import Interrupts, exit_code, finished
from colloquia.lab.running.notebooks import shown
from colloquia.logbook.disk import APPEND
from colloquia.providers.cards import card_of
from colloquia.providers.pricelist import with_fee
from colloquia.providers.prompt_caching import caches_prompts
from colloquia.running.control import Control
from colloquia.running.lanes import WIDEST
from colloquia.running.progress import Progress
from colloquia.running.session import HERE, OPEN_AT_ONCE, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from colloquia.design.forecast import Price
    from colloquia.design.study import Experiment
    from colloquia.lab.planning.bench import Bench
    from colloquia.logbook.folder import RunFolder
    from colloquia.studies import Study

WITHOUT_A_SERVER = ("embedded", "scripted", "human")
RUN_LOG = "run.log"
"""What a run in the background prints, in its run folder."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run did."""

    plan: Plan
    progress: Progress
    spent_usd: float
    """All that was ever spent in this folder."""
    stopped_by: str | None = None
    """Why the run stopped early; None where it did not."""
    message: str = ""
    stopped_models: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return what was done, and why it stopped where it did."""
        progress = self.progress
        spent = f", ${self.spent_usd:,.4f} spent so far" if self.spent_usd else ""
        early = f"; stopped early ({self.stopped_by})" if self.stopped_by else ""
        return (
            f"Summary({self.plan.folder}: {progress.finished:,} of {progress.conversations:,} conversations finished, "
            f"{len(progress.failures):,} failed, {progress.turns_said:,} turns added{spent}{early})"
        )

    @property
    def exit_code(self) -> int:
        """0 nothing missing, 1 some conversations failed, 3 stopped early and resumable; signals by number."""
        if self.stopped_by:
            return exit_code(self.stopped_by)
        if self.progress.left > len(self.progress.failures):
            return 3
        return 1 if self.progress.failures or self.plan.is_damaged else 0


async def hold(
    bench: Bench,
    plan: Plan,
    *,
    control: Control,
    progress: Progress,
    drop: bool = False,
    on_warning: Callable[[str], None] = lambda _warning: None,
) -> Summary:
    """Run what is missing, and leave log, journal and tables in the run folder.

    Args:
        bench: The study, laid out.
        plan: What is missing of it.
        control: Tells the run to stop.
        progress: Kept while it runs.
        drop: Go on where turns that were paid for fall out of the plan.
        on_warning: Told, before the first paid call, what a researcher should know.

    Raises:
        DroppedTurnsError: turns that cost money would fall out of the plan, and ``drop`` is False.
        FolderBusyError: another process writes in the folder.
        FolderError: the folder cannot be written.
        SettingsError: a key or a package is missing, or a cap is set and a price unknown.
        StorageError: the disk failed; what was acknowledged is safe.
    """
    _check_dropped(plan, drop=drop)
    if plan.is_complete:
        return _looked_over(bench, plan, progress)
    try:
        ready = await cleared(bench, plan, drop=drop, on_warning=on_warning)
        return await _held(bench, plan, ready, control, progress)
    except asyncio.CancelledError:
        if not control.is_cut_short:
            raise
        return _cut_short(plan, control, progress)


def _looked_over(bench: Bench, plan: Plan, progress: Progress) -> Summary:
    """Return what a run that finds nothing missing did: at most, write tables that are older than the log."""
    if not are_tables_current(bench.folder.path):
        export(bench.folder.path, allow_code=bench.options.allows_code)
    return Summary(plan=plan, progress=progress, spent_usd=plan.spent_usd)


async def _held(bench: Bench, plan: Plan, ready: Preflight, control: Control, progress: Progress) -> Summary:
    done, spent = await session(bench, plan, ready, control, progress).hold()
    export(bench.folder.path, allow_code=bench.options.allows_code)
    return Summary(
        plan=replace(plan, difference=done),
        progress=progress,
        spent_usd=spent,
        stopped_by=control.reason,
        message=control.message,
        stopped_models=dict(control.stopped_models),
    )


async def cleared(bench: Bench, plan: Plan, *, drop: bool, on_warning: Callable[[str], None]) -> Preflight:
    """Make sure that nothing stands in the way of a run, before anything is written, and return what was found.

    Raises:
        DesignError: OpenRouter does not serve a model, or takes none of its fields.
        DroppedTurnsError: turns that cost money would fall out of the plan, and ``drop`` is False.
        FolderError: the folder cannot be written.
        SettingsError: a key or a package is missing, or a cap is set and a price unknown.
    """
    _check_dropped(plan, drop=drop)
    if plan.difference.work:
        check_ready(bench)
        check_possible(bench)
    ready = await preflight(bench, plan)
    for warning in ready.warnings:
        on_warning(warning)
    return ready


def _check_dropped(plan: Plan, *, drop: bool) -> None:
    dropped = plan.difference.dropped
    if dropped.paid_turns and not drop:
        raise DroppedTurnsError(
            f"{dropped.paid_turns} turns that were paid for would fall out of the plan. They stay in the log; run with "
            "--drop to go on without them, or name another run folder."
        )


def _cut_short(plan: Plan, control: Control, progress: Progress) -> Summary:
    """Return what was done until the run was stopped at once, which is no cancellation for those who called it."""
    if task := asyncio.current_task():
        task.uncancel()
    return Summary(
        plan=plan,
        progress=progress,
        spent_usd=plan.spent_usd + progress.cost_usd,
        stopped_by=control.reason,
        message="Stopped at once; calls in flight may have been paid for, and `check` lists them.",
        stopped_models=dict(control.stopped_models),
    )


def session(bench: Bench, plan: Plan, ready: Preflight, control: Control, progress: Progress) -> Session:
    """Return the run of a folder that nothing stands in the way of."""
    bench.models.mark_prompts(ready.marked)
    width = partial(lane_width, widest=bench.options.at_once or WIDEST)
    prices, unknown = _ceilings(bench, ready), _strangers(bench, ready)
    return Session(
        reader=bench.reader,
        study=studies.frozen(bench.experiment),
        is_same_study=lambda text: _is_same(text, bench.experiment),
        files=bench.study.files(),
        trials=bench.trials,
        difference=lambda found: missing(bench, found, plan),
        models=bench.models,
        is_remote=bench.models.is_remote,
        lane_width=width,
        caches=lambda slug: not prefix(slug) and caches_prompts(card_of(slug, bench.listed.cards)),
        executor=HERE
        if bench.options.workers is None
        else on_ray(bench, ready, bench.options.workers, prices=prices, width=width, strangers=unknown),
        at_once=bench.options.at_once or OPEN_AT_ONCE,
        prices=prices,
        settled=ready.settled,
        strangers=unknown,
        headroom=headroom(bench),
        cap_usd=bench.experiment.max_cost,
        base_url=bench.options.base_url,
        control=control,
        progress=progress,
    )


def _ceilings(bench: Bench, ready: Preflight) -> dict[str, Price]:
    """Return the dearest dollars per token of each slug."""
    return {slug: with_fee(slug, price) for slug, price in {**bench.prices, **ready.ceilings}.items()}


def lane_width(slug: str, widest: int = WIDEST) -> int:
    """Return how many calls of a model may be under way at once; a person takes one turn at a time."""
    return {"embedded": EMBEDDED_AT_ONCE, "human": 1}.get(prefix(slug) or "", widest)


def _strangers(bench: Bench, ready: Preflight) -> frozenset[str]:
    """Return the slugs whose servers have not shown yet whether they are simulators."""
    known = {*WITHOUT_A_SERVER, *([None] if ready.is_openrouter_known else [])}
    return frozenset(slug for slug in slugs(bench.experiment) if prefix(slug) not in known)


def _is_same(text: bytes, experiment: Experiment) -> bool:
    try:
        return studies.parse(text.decode()) == experiment
    except (UnicodeDecodeError, DesignError):
        return False


def detach(folder: RunFolder, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start ``colloquia`` with ``arguments`` as a process that outlives this one; what it says goes to ``run.log``.

    Raises:
        FolderError: the folder cannot be written.
    """
    folder.make()
    house = Path(__file__).parents[3]
    found_in = filter(None, (str(house), os.environ.get("PYTHONPATH")))
    output = folder.disk.open(folder.path / RUN_LOG, APPEND | os.O_CREAT)
    try:
        return subprocess.Popen(  # noqa: S603 (this very Python and package, with arguments that no shell reads)
            [sys.executable, "-P", "-m", "colloquia", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(found_in)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **_apart(),
        )
    finally:
        folder.disk.close(output)


def _apart() -> dict[str, Any]:
    """Return what lets a process live on when the terminal that it was started from is closed."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def plan(
    study: Experiment | Path | str | None = None, *, run_dir: Path | str | None = None, allow_code: bool = False
) -> Plan:
    """Return what a run of ``study`` would do; see :func:`run`."""
    return finished(_planned(study_of(study, run_dir), _options(run_dir, allow_code)))


def run(
    study: Experiment | Path | str | None = None,
    *,
    run_dir: Path | str | None = None,
    drop: bool = False,
    allow_code: bool = False,
) -> Summary:
    """Run what is missing of a study, and return what was done.

    Args:
        study: The study, or the path of a ``study.toml`` or ``simulation_config.py``; by default the one frozen in
            ``run_dir``, else ``simulation_config.py`` here.
        run_dir: The run folder; the study's own by default.
        drop: Go on where turns that were paid for fall out of the plan.
        allow_code: Run Python that a ``study.toml`` names.

    Raises:
        ColloquiaError: the study, the settings or the folder do not allow a run.
    """
    options = _options(run_dir, allow_code)
    interrupts = Interrupts(control=Control())
    return finished(_run(study_of(study, run_dir), options, interrupts, drop=drop), interrupts.heed_from_outside)


def _options(run_dir: Path | str | None, allow_code: bool) -> Options:  # noqa: FBT001 (as the researcher says)
    return Options(run_dir=Path(run_dir) if run_dir else None, allows_code=allow_code)


async def _planned(study: Study, options: Options) -> Plan:
    return draw_up(await lay_out(study, options))


async def _run(study: Study, options: Options, interrupts: Interrupts, *, drop: bool) -> Summary:
    interrupts.begin()
    bench = await lay_out(study, options)
    control, progress = interrupts.control, Progress()
    async with shown(progress, control) as standing:
        told = standing.warnings.append
        return await hold(bench, draw_up(bench), control=control, progress=progress, drop=drop, on_warning=told)
