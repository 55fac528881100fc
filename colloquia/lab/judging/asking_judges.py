"""Judges being asked: under the folder's lock, within its budget, every answer on disk before it counts.

The second stage follows once the first has no open question about a group. What fails or is stopped is left for the
next time; nothing that was answered is asked again.
"""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from colloquia import studies
from colloquia.analysis.judging import answers, blinding
from colloquia.analysis.judging.docket import Docket
from colloquia.analysis.judging.questions import PROMPT_VERSION
from colloquia.analysis.measuring import reading
from colloquia.errors import FolderError, StorageError
from colloquia.lab.judging.answering import Answering, Judged
from colloquia.lab.judging.judging import draw_up, in_stages, look_up
from colloquia.lab.keeping.folders import export
from colloquia.lab.planning.bench import Options, check_ready, headroom
from colloquia.lab.planning.preflight import beforehand
from colloquia.lab.running.loops import finished
from colloquia.lab.running.runs import lane_width
from colloquia.logbook import contents, judgements
from colloquia.logbook.entries import Noted, RunEnded, RunStarted
from colloquia.logbook.jsonl import Writer, repair_tail
from colloquia.logbook.judgements import Judgement
from colloquia.logbook.record import timestamp
from colloquia.providers.pricelist import with_fee
from colloquia.running.asking import Asking
from colloquia.running.budget import Budget
from colloquia.running.call import Desk
from colloquia.running.control import Control
from colloquia.running.heartbeat import Suspensions, heartbeat
from colloquia.running.session import closing, first_of, settle, this_command, versions
from colloquia.running.sources import Sources
from colloquia.running.wishes import heeded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from colloquia.analysis.judging.docket import Wanted
    from colloquia.analysis.judging.questions import Question
    from colloquia.conversation.chat_model import Reply
    from colloquia.design.study import Experiment
    from colloquia.lab.judging.judging import Drawn
    from colloquia.lab.planning.preflight import Preflight
    from colloquia.logbook.entries import AttemptEnded
    from colloquia.logbook.holdings import Contents
    from colloquia.logbook.judgements import Judgements

AT_ONCE = 200
"""Questions open at the same time, at most."""


def judge(
    study: Experiment | Path | str | None = None,
    *,
    run_dir: Path | str | None = None,
    judges: Sequence[str] = (),
    allow_code: bool = False,
) -> Judged:
    """Ask the judges of a study what is missing about the conversations of a run folder, and return what was done.

    Args:
        study: The study whose judges are meant, its path, or a run folder; by default the study frozen in ``run_dir``,
            else ``simulation_config.py`` here.
        run_dir: The run folder; the study's own by default.
        judges: Which judges; all where there are none.
        allow_code: Run Python that a ``study.toml`` names.

    Raises:
        ColloquiaError: the study, the settings or the folder do not allow it.
    """
    options = Options(run_dir=Path(run_dir) if run_dir else None, allows_code=allow_code)
    found, folder = look_up(study, options)
    drawn = finished(draw_up(found, folder, options, judges))
    if drawn.is_complete:
        return Judged(wanted=drawn.wanted, answering=Answering(), spent_usd=drawn.found.spent_usd)
    return finished(hold(drawn, control=Control(), answering=Answering()))


async def hold(
    drawn: Drawn,
    *,
    control: Control,
    answering: Answering,
    on_warning: Callable[[str], None] = lambda _warning: None,
) -> Judged:
    """Ask the judges what is missing, and leave their answers in ``judgements.jsonl``.

    Args:
        drawn: What is missing.
        control: Tells it to stop.
        answering: Kept while it goes on.
        on_warning: Told, before the first paid call, what a researcher should know.

    Raises:
        FolderBusyError: another process writes in the folder.
        FolderError: the folder cannot be written.
        SettingsError: a key or a package is missing, or a cap is set and a price unknown.
        StorageError: the disk failed; what was acknowledged is safe.
    """
    ready = None
    if drawn.missing:
        check_ready(drawn.bench)
        ready = await beforehand(drawn.bench, drawn.bill.likely_usd)
        drawn.bench.models.mark_prompts(ready.marked)
        for warning in ready.warnings:
            on_warning(warning)
    try:
        return await _Hearing(drawn=drawn, control=control, answering=answering, ready=ready).hold()
    except asyncio.CancelledError:
        if not control.is_cut_short:
            raise
        return _cut_short(drawn, control, answering)


def _cut_short(drawn: Drawn, control: Control, answering: Answering) -> Judged:
    """Return what was done until it was stopped at once, which is no cancellation for those who called it."""
    if task := asyncio.current_task():
        task.uncancel()
    return Judged(
        wanted=drawn.wanted,
        answering=answering,
        spent_usd=drawn.found.spent_usd + answering.cost_usd,
        stopped_by=control.reason,
        message="Stopped at once; calls in flight may have been paid for, and `check` lists them.",
    )


@dataclass(frozen=True, kw_only=True)
class _Hearing:
    """One time that judges are asked, from the lock to its last word."""

    drawn: Drawn
    control: Control
    answering: Answering
    ready: Preflight | None

    async def hold(self) -> Judged:
        """Ask what is missing; what that is, is found out anew under the lock."""
        folder, run_id = self.drawn.bench.folder, str(uuid4())
        with folder.lock(f"judge {run_id}"):
            stumps = [name for name in (folder.journal, folder.judgements) if repair_tail(folder, name)]
            found, known = contents.read(folder), judgements.read(folder)
            if not found.runs or found.runs[-1].study != self.drawn.found.runs[-1].study:
                raise FolderError(f"{folder.path} was run with another study meanwhile: judge again.")
            docket = Docket(
                experiment=self.drawn.bench.experiment,
                subjects=reading.read(folder).subjects,
                known=known.by_key,
            )
            desk = self._desk(found, known, run_id)
            async with closing(desk.writer):
                await self._hear(desk, docket, stumps)
        export(folder.path)
        return Judged(
            wanted=self._wanted(docket),
            answering=self.answering,
            spent_usd=desk.budget.spent_usd,
            stopped_by=self.control.reason,
            message=self.control.message,
            stopped_models=dict(self.control.stopped_models),
        )

    async def _hear(self, desk: Desk, docket: Docket, stumps: Sequence[str]) -> None:
        async def take(question: Question, reply: Reply, ended: AttemptEnded | None) -> None:
            judgement = judgement_of(question, reply, run_id=desk.run_id)
            await desk.writer.answer(ended, judgement)
            docket.take(judgement)
            self.answering.take(judgement)

        await self._begin(desk, docket, stumps)
        folder, suspensions = self.drawn.bench.folder, Suspensions(now=desk.now, wall=lambda: desk.utc().timestamp())
        desk.has_slept_since = suspensions.happened_since
        about = {"pid": os.getpid(), "host": socket.gethostname(), "cap_usd": self.drawn.bench.experiment.max_cost}
        async with (
            heartbeat(folder, desk, self.control, self.answering, suspensions=suspensions, about=about),
            heeded(folder, self.control, desk.run_id),
            self.drawn.bench.models as models,
        ):
            asking = Asking(desk=desk, models=models, take=take, failures=self.answering.failures)
            try:
                await self._ask(asking, docket)
            except* StorageError as group:
                raise first_of(group) from None
        await desk.writer.journal(self._ended(desk))

    async def _ask(self, asking: Asking[Question], docket: Docket) -> None:
        """Ask the first stage, and then the second over what the first has answered."""
        for is_second in (False, True):
            stage = [each for each in self._wanted(docket) if (each.judge.unit == "group") is is_second]
            missing = sorted(
                (question for each in stage for question in each.missing),
                key=lambda question: (question.reading != "first", question.material.iteration, question.key),
            )
            if is_second:
                self.answering.asked = self.answering.done + len(missing)
            await asking.ask(missing, at_once=AT_ONCE)

    def _wanted(self, docket: Docket) -> tuple[Wanted, ...]:
        panels = docket.experiment.panels
        return tuple(docket.wanted(panels[name]) for name in in_stages(docket.experiment, self.drawn.names))

    def _desk(self, found: Contents, known: Judgements, run_id: str) -> Desk:
        bench, ceilings = self.drawn.bench, self.ready.ceilings if self.ready else {}
        budget = Budget(
            cap_usd=bench.experiment.max_cost,
            prices={slug: with_fee(slug, price) for slug, price in {**bench.prices, **ceilings}.items()},
            headroom=headroom(bench),
            spent_usd=found.spent_usd,
            has_unknown_cost=found.has_unknown_cost,
        )
        return Desk(
            run_id=run_id,
            writer=Writer(bench.folder, bench.folder.judgements),
            budget=budget,
            lane_width=lane_width,
            is_remote=bench.models.is_remote,
            control=self.control,
            sources=Sources({*found.sources, *(judgement.source for judgement in known.by_key.values())}),
        )

    async def _begin(self, desk: Desk, docket: Docket, stumps: Sequence[str]) -> None:
        """Write what must stand before the first call: who judges, under which study."""
        bench, folder = self.drawn.bench, self.drawn.bench.folder
        missing = sum(len(each.missing) for each in self._wanted(docket))
        self.answering.asked = missing
        for path, source in bench.study.files().items():
            folder.replace(f"{folder.files}/{path}", source.read_bytes())
        study = studies.frozen(bench.experiment)
        started = RunStarted(
            at=timestamp(desk.utc()),
            run_id=desk.run_id,
            study=study,
            versions=versions(),
            command=this_command(),
            planned={"conversations": 0, "turns": 0, "judgements": missing},
        )
        await desk.writer.journal(started)
        if self._is_ours():
            folder.replace(folder.study, study.encode())
        for attempt, cost_usd in self.ready.settled if self.ready else ():
            await settle(desk, attempt, cost_usd)
        for name in stumps:
            message = f"a torn last line was cut off and kept in {name}.torn"
            await desk.writer.journal(
                Noted(at=timestamp(desk.utc()), run_id=desk.run_id, subject=name, message=message)
            )

    def _is_ours(self) -> bool:
        """Tell whether the folder's study was put there by a run; one that somebody edits is left as it stands."""
        with self.drawn.bench.folder.reading(self.drawn.bench.folder.study) as file:
            there = file.read()
        return not there or there.decode(errors="replace") in {run.study for run in self.drawn.found.runs}

    def _ended(self, desk: Desk) -> RunEnded:
        return RunEnded(
            at=timestamp(desk.utc()),
            run_id=desk.run_id,
            reason=self.control.reason or "finished",
            counts={"judgements": self.answering.done},
            cost_usd=self.answering.cost_usd,
        )


def judgement_of(question: Question, reply: Reply, *, run_id: str) -> Judgement:
    """Return the line that keeps what a question brought."""
    judge, material = question.judge, question.material
    answer = answers.read(reply, judge.rubric, question.shown)
    return Judgement(
        key=question.key,
        judge=judge.name,
        by=question.entry.slug,
        experiment_id=material.experiment_id,
        trial_id=material.trial_id,
        turn_id=material.turn_id,
        group=material.group,
        num_turns=material.num_turns,
        answer=answer.text,
        number=answer.number,
        missing=answer.missing,
        quote=answer.quote,
        said=reply.content,
        rubric_sha256=judge.rubric.sha256,
        prompt_version=PROMPT_VERSION,
        masking_version=blinding.VERSION,
        reading=question.reading,
        order=question.order,
        speakers=question.speakers,
        sampling=dict(question.request.sampling),
        finish_reason=reply.finish_reason,
        latency_ms=reply.latency_ms,
        input_tokens=reply.usage.input_tokens,
        output_tokens=reply.usage.output_tokens,
        cost_usd=reply.usage.cost_usd,
        served_by=reply.served_by,
        served_model=reply.served_model,
        generation_id=reply.generation_id,
        request_sha256=question.request.sha256,
        attempts=reply.attempts,
        source=reply.source,
        timestamp=timestamp(reply.timestamp) if reply.timestamp else None,
        run_id=run_id,
    )
