"""``colloquia run``: what will be done, how far it is, what was done, and a safe Ctrl-C."""

from __future__ import annotations

import asyncio
import shlex
import signal
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from colloquia.cli import display, weights
from colloquia.cli.planning import design, laid_out, what_will_run
from colloquia.cli.terminal import COMMAND, count, duration, money, plain, say
from colloquia.lab.bench import needs_weights
from colloquia.lab.runs import Summary, finished, hold
from colloquia.running.control import Control
from colloquia.running.progress import Progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from colloquia.lab.bench import Bench, Options
    from colloquia.lab.planning import Plan

_UNFIT = {
    "embedded": "a very small model, fit for a first look and not for findings.",
    "scripted": "no language model said them.",
    "simulated": "no language model said them.",
}
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Asked once, a run finishes the turns in flight; asked twice, it stops at once."""


def run(study: Path | None, options: Options, *, drop: bool) -> int:
    """Run a study and return the exit code."""
    bench, drawn = laid_out(study, options)
    for line in (*design(bench), *what_will_run(drawn)):
        say(line)
    if drawn.is_complete:
        return finished(hold(bench, drawn, control=Control(), progress=Progress())).exit_code
    if drawn.difference.dropped.paid_turns and not drop and sys.stdin.isatty():
        drop = _agrees(f"Go on without these {drawn.difference.dropped.paid_turns} paid turns? They stay in the log.")
    if needs_weights(bench.experiment):
        weights.get(agrees=lambda question: sys.stdin.isatty() and _agrees(question))
    began = time.monotonic()
    summary = _held(bench, drawn, drop=drop)
    for line in _summary(bench, summary, time.monotonic() - began):
        say(line)
    return summary.exit_code


def _held(bench: Bench, drawn: Plan, *, drop: bool) -> Summary:
    """Run, and say how it went also where a second signal ended it at once."""
    control, progress = Control(), Progress()
    try:
        return finished(_run(bench, drawn, control, progress, drop=drop))
    except asyncio.CancelledError:
        if control.reason not in SIGNALS:
            raise
        spent = drawn.spent_usd + progress.cost_usd
        message = "Stopped at once; calls in flight may have been paid for, and `check` lists them."
        return Summary(plan=drawn, progress=progress, spent_usd=spent, stopped_by=control.reason, message=message)


async def _run(bench: Bench, drawn: Plan, control: Control, progress: Progress, *, drop: bool) -> Summary:
    cap = bench.experiment.max_cost
    async with display.shown(progress, control, spent_before=drawn.spent_usd, cap_usd=cap), _stoppable(control):
        return await hold(bench, drawn, control=control, progress=progress, drop=drop)


@asynccontextmanager
async def _stoppable(control: Control) -> AsyncIterator[None]:
    """Let the first signal stop the run gently and the second at once."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()

    def asked(name: str) -> None:
        if control.is_running:
            control.stop(name, "The turns in flight are finished first; once more stops at once.")
        elif task is not None:
            task.cancel()

    with _handled(loop, asked):
        yield


@contextmanager
def _handled(loop: asyncio.AbstractEventLoop, asked: Callable[[str], None]) -> Iterator[None]:
    names = [name for name in SIGNALS if hasattr(signal, name)]
    try:
        for name in names:
            loop.add_signal_handler(getattr(signal, name), asked, name)
    except NotImplementedError:  # Windows: Ctrl-C then raises KeyboardInterrupt, and the log is safe all the same
        names = []
    try:
        yield
    finally:
        for name in names:
            loop.remove_signal_handler(getattr(signal, name))


def _agrees(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _summary(bench: Bench, summary: Summary, seconds: float) -> Iterator[str]:
    progress, folder = summary.progress, bench.folder
    ever = f" (in this folder so far: {money(summary.spent_usd)})" if summary.spent_usd else ""
    yield ""
    yield (
        f"{count(progress.finished, 'conversation')} finished, {count(progress.turns_said, 'turn')} added in "
        f"{duration(seconds)}; {progress.input_tokens:,} tokens in, {progress.output_tokens:,} out, "
        f"{money(progress.cost_usd)}{ever}."
    )
    yield from _remarks(summary)
    yield f"The log:           {folder.path / folder.log}"
    yield f"For pandas:        {folder.path / folder.turns_csv}, {folder.path / folder.conversations_csv}"
    yield f"To read them:      {COMMAND} show --run-dir {shlex.quote(str(folder.path))}"
    if summary.exit_code:
        yield f"To go on:          {COMMAND} run --run-dir {shlex.quote(str(folder.path))}"
    else:
        yield "To go on:          raise num_turns or iterations, add a model or a scenario, and run again."


def _remarks(summary: Summary) -> Iterator[str]:
    progress = summary.progress
    if summary.stopped_by:
        yield plain(f"Stopped early ({summary.stopped_by}). {summary.message}").strip()
    for message in summary.stopped_models.values():
        yield plain(f"Stopped: {message}")
    if progress.failures:
        yield f"{count(len(progress.failures), 'conversation')} failed; the journal says why, the next run tries again:"
        for trial_id, message in list(progress.failures.items())[:5]:
            yield plain(f"  {trial_id[:8]}  {message}")
    if progress.refusals:
        yield f"Refused (is_refusal): {count(progress.refusals, 'turn')}."
    if progress.truncated:
        yield f"Cut at max_tokens (is_truncated): {count(progress.truncated, 'turn')}."
    for name, served in progress.served_by.items():
        mixed = " (mixed: served by more than one provider)" if len(served) > 1 else ""
        yield plain(f"{name}: {', '.join(f'{server} {turns}' for server, turns in served.items())}{mixed}")
    for source in ("embedded", "scripted", "simulated"):
        if progress.sources.get(source):
            yield f"{source.upper()}: {count(progress.sources[source], 'turn')} of this run; {_UNFIT[source]}"
