"""Running a study: the doors that Python, the command line and the browser share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.design.models import prefix
from colloquia.design.study import Experiment
from colloquia.errors import DroppedTurnsError
from colloquia.lab.bench import Options, check_ready, find_study, lay_out
from colloquia.lab.folders import export
from colloquia.lab.planning import Plan, draw_up, missing
from colloquia.running.control import Control
from colloquia.running.lanes import WIDTH
from colloquia.running.progress import Progress
from colloquia.running.session import Session
from colloquia.studies import Study

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colloquia.lab.bench import Bench

EMBEDDED_AT_ONCE = 2
"""Calls of an embedded model at the same time: more would only wait for the same cores."""


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

    @property
    def exit_code(self) -> int:
        """0 nothing missing, 1 some conversations failed, 3 stopped early and resumable; signals by number."""
        signals = {"SIGHUP": 129, "SIGINT": 130, "SIGTERM": 143}
        if self.stopped_by:
            return signals.get(self.stopped_by, 3)
        if self.progress.failures or self.plan.difference.quarantined:
            return 1
        return 3 if self.progress.left else 0


async def hold(bench: Bench, plan: Plan, *, control: Control, progress: Progress, drop: bool = False) -> Summary:
    """Run what is missing, and leave log, journal and tables in the run folder.

    Raises:
        DroppedTurnsError: turns that cost money would fall out of the plan, and ``drop`` is False.
        FolderBusyError: another process writes in the folder.
        FolderError: the folder cannot be written.
        SettingsError: a key or a package is missing, or a cap is set and a price unknown.
        StorageError: the disk failed; what was acknowledged is safe.
    """
    dropped = plan.difference.dropped
    if dropped.paid_turns and not drop:
        raise DroppedTurnsError(
            f"{dropped.paid_turns} turns that were paid for would fall out of the plan. They stay in the log; run with "
            "--drop to go on without them, or name another run folder."
        )
    if plan.is_complete:
        return Summary(plan=plan, progress=progress, spent_usd=plan.spent_usd)
    check_ready(bench)
    done, spent = await _session(bench, control, progress).hold()
    export(bench.folder.path)
    return Summary(
        plan=replace(plan, difference=done),
        progress=progress,
        spent_usd=spent,
        stopped_by=control.reason,
        message=control.message,
        stopped_models=dict(control.stopped_models),
    )


def _session(bench: Bench, control: Control, progress: Progress) -> Session:
    return Session(
        folder=bench.folder,
        study=studies.frozen(bench.experiment),
        files=bench.study.files(),
        trials=bench.trials,
        difference=lambda found: missing(bench, found),
        models=bench.models,
        lane_width=lambda slug: EMBEDDED_AT_ONCE if prefix(slug) == "embedded" else WIDTH,
        cap_usd=bench.experiment.max_cost,
        control=control,
        progress=progress,
    )


def plan(study: Experiment | Path | str | None = None, *, run_dir: Path | str | None = None) -> Plan:
    """Return what a run of ``study`` would do; see :func:`run`."""
    return asyncio.run(_planned(_study(study, run_dir), _options(run_dir)))


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
    options = replace(_options(run_dir), allows_code=allow_code)
    return asyncio.run(_run(_study(study, run_dir), options, drop=drop))


def _study(study: Experiment | Path | str | None, run_dir: Path | str | None) -> Study:
    if isinstance(study, Experiment):
        return Study(experiment=study, folder=Path.cwd(), origin="Experiment(...)", runs_code=True)
    return find_study(Path(study) if study else None, Path(run_dir) if run_dir else None)


def _options(run_dir: Path | str | None) -> Options:
    return Options(run_dir=Path(run_dir) if run_dir else None)


async def _planned(study: Study, options: Options) -> Plan:
    return draw_up(await lay_out(study, options))


async def _run(study: Study, options: Options, *, drop: bool) -> Summary:
    bench = await lay_out(study, options)
    return await hold(bench, draw_up(bench), control=Control(), progress=Progress(), drop=drop)
