"""``colloquia run``: what will be done, how far it is, what was done, and a safe Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from colloquia.cli import answering, display, weights
from colloquia.cli.planning import design, laid_out, what_will_run
from colloquia.cli.reckoning import turned_out
from colloquia.cli.terminal import COMMAND, plain, say, there
from colloquia.errors import DesignError
from colloquia.lab.keeping import folders, liveness
from colloquia.lab.planning.amounts import count, duration, money
from colloquia.lab.planning.bench import Workers, has_people, needs_weights, slugs_of
from colloquia.lab.running.loops import Interrupts, finished
from colloquia.lab.running.runs import RUN_LOG, Summary, cleared, detach, hold
from colloquia.running.control import Control
from colloquia.running.progress import Progress

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from colloquia.lab.planning.bench import Bench, Options
    from colloquia.lab.planning.planning import Plan
    from colloquia.logbook.folder import RunFolder

_UNFIT = {
    "embedded": "a very small model, fit for a first look and not for findings.",
    "scripted": "no language model said them.",
    "simulated": "no language model said them.",
}
_SELECTED = "The models differ, so what got through may be a selection: see"
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Asked once, a run finishes the turns in flight; asked twice, it stops at once."""
LAST_LINES = 12
"""So much of its output is shown of a run in the background that has ended already."""
POLL_SECONDS = 0.1


def run(study: Path | None, options: Options, *, drop: bool, is_detached: bool = False) -> int:
    """Run a study, here or in the background, and return the exit code."""
    bench, drawn = laid_out(study, options)
    for line in (*design(bench), *what_will_run(drawn)):
        say(line)
    if drawn.is_complete:
        return finished(hold(bench, drawn, control=Control(), progress=Progress())).exit_code
    if drawn.difference.dropped.paid_turns and not drop and not is_detached and sys.stdin.isatty():
        drop = _agrees(f"Go on without these {drawn.difference.dropped.paid_turns} paid turns? They stay in the log.")
    if needs_weights(slugs_of(bench.asked)):
        weights.get(agrees=lambda question: sys.stdin.isatty() and _agrees(question))
    if is_detached:
        return _in_the_background(bench, drawn, options, drop=drop)
    began = time.monotonic()
    summary = finished(_run(bench, drawn, drop=drop))
    for line in _summary(bench, options, summary, time.monotonic() - began):
        say(line)
    return summary.exit_code


def workers(executor: str, number: int | None, address: str | None) -> Workers | None:
    """Return where conversations are held, as the command line says; None for this process.

    Raises:
        DesignError: it says something of workers, and wants none.
    """
    if executor == "ray":
        return Workers(number=number, address=address)
    if number is not None or address is not None:
        raise DesignError("--workers and --cluster say something of workers: add --executor ray.")
    return None


def _in_the_background(bench: Bench, drawn: Plan, options: Options, *, drop: bool) -> int:
    """Start the same run as a process of its own, and return once it holds the folder or has failed."""
    finished(cleared(bench, drawn, drop=drop, on_warning=_warn))
    folder, log = bench.folder, bench.folder.path / RUN_LOG
    size, before = folder.size(RUN_LOG), liveness.last_state(folder).run_id
    process = detach(folder, list(_arguments(bench, options, drop=drop)))
    try:
        state = _begun(process, folder, before)
    except KeyboardInterrupt:
        process.terminate()
        raise
    if state is None or state.is_over:
        code = process.wait()
        say(f"The run in the background has ended already (exit code {code}). The end of {log}:")
        for line in log.read_bytes()[size:].decode(errors="replace").splitlines()[-LAST_LINES:]:
            say(plain(f"  {line}"))
        return code
    here = there(folder.path)
    say(f"The run goes on in the background (process {state.values.get('pid')}); what it says goes to {log}.")
    say(f"To follow it:      {COMMAND} watch {here}")
    say(f"To pause or stop:  {COMMAND} pause {here}, {COMMAND} stop {here}")
    return 0


def _arguments(bench: Bench, options: Options, *, drop: bool) -> Iterator[str]:
    """Yield what the command line of the same run says."""
    yield "run"
    if options.is_offline:
        yield "--offline"
    else:
        yield from ("--run-dir", str(bench.folder.path))
    if drop:
        yield "--drop"
    yield from _manner(options)
    yield from ("--", bench.study.origin)


def _manner(options: Options) -> Iterator[str]:
    """Yield the part of a command line that says how models are asked, by whose leave, and which talks are held."""
    if options.where is not None:
        yield from ("--where", options.where)
    flags = {"--no-stream": not options.is_streaming, "--allow-code": options.allows_code}
    yield from (flag for flag, is_set in flags.items() if is_set)
    if options.base_url is not None:
        yield from ("--base-url", options.base_url)
    if options.at_once is not None:
        yield from ("--at-once", str(options.at_once))
    if options.workers is not None:
        yield from ("--executor", "ray")
        if options.workers.number is not None:
            yield from ("--workers", str(options.workers.number))
        if options.workers.address is not None:
            yield from ("--cluster", options.workers.address)


def _begun(process: subprocess.Popen[bytes], folder: RunFolder, before: str) -> liveness.State | None:
    """Return the first state of a process's run; None where it ended without one."""
    while True:
        has_ended = process.poll() is not None
        state = liveness.last_state(folder)
        # On Windows a virtual environment starts Python through a launcher, whose id is another.
        is_its_own = os.name == "nt" or state.values.get("pid") == process.pid
        if state.run_id != before and is_its_own:
            return state
        if has_ended:
            return None
        time.sleep(POLL_SECONDS)


async def _run(bench: Bench, drawn: Plan, *, drop: bool) -> Summary:
    control, progress = Control(), Progress()
    cap = bench.experiment.max_cost
    watched = (
        answering.answering(bench.folder.path)
        if has_people(bench.experiment)
        else display.shown(progress, control, spent_before=drawn.spent_usd, cap_usd=cap)
    )
    async with watched, stoppable(control):
        return await hold(bench, drawn, control=control, progress=progress, drop=drop, on_warning=_warn)


@asynccontextmanager
async def stoppable(control: Control) -> AsyncIterator[None]:
    """Let the first signal stop the run gently and the second at once."""
    interrupts = Interrupts(control=control)
    interrupts.begin()
    with _handled(asyncio.get_running_loop(), interrupts.heed):
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


def _warn(warning: str) -> None:
    say(f"Note: {plain(warning)}")


def _agrees(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _summary(bench: Bench, options: Options, summary: Summary, seconds: float) -> Iterator[str]:
    progress, folder = summary.progress, bench.folder
    ever = f" (in this folder so far: {money(summary.spent_usd)})" if summary.spent_usd else ""
    yield ""
    yield (
        f"{count(progress.finished, 'conversation')} finished, {count(progress.turns_said, 'turn')} added in "
        f"{duration(seconds)}; {progress.input_tokens:,} tokens in, {progress.output_tokens:,} out, "
        f"{money(progress.cost_usd)}{ever}."
    )
    yield from turned_out(summary)
    yield from _remarks(summary)
    if shares := folders.unlike_retries(folder.path):
        told = ", ".join(f"{name} in {share.count} of {share.of}" for name, share in shares.items())
        yield plain(f"Conversations in which a model had to be asked again: {told}. {_SELECTED} {folder.retries_csv}.")
    yield f"The log:           {folder.path / folder.log}"
    yield f"For pandas:        {folder.path / folder.turns_csv}, {folder.path / folder.conversations_csv}"
    yield f"To read them:      {COMMAND} show {there(folder.path)}"
    if summary.exit_code:
        yield f"To go on:          {_way_on(bench, options, summary)}"
    else:
        yield "To go on:          raise num_turns or iterations, add a model or a scenario, and run again."


def _way_on(bench: Bench, options: Options, summary: Summary) -> str:
    """Return the command that goes on where a run stopped, with the same server and the same leave."""
    again = ["--run-dir", str(bench.folder.path), *_manner(options)]
    if summary.stopped_by != "budget":
        return f"{COMMAND} run {shlex.join(again)}"
    study = bench.study.origin
    return plain(f"raise max_cost in {study}, then {COMMAND} run {shlex.join([study, *again])}")


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
    if progress.cached_tokens and progress.saved_usd:
        share = progress.cached_tokens / progress.input_tokens
        yield f"Prompt caches held {share:.0%} of the tokens in; that saved {money(progress.saved_usd)}."
    if progress.refusals:
        yield f"Refused (is_refusal): {count(progress.refusals, 'turn')}."
    if progress.truncated:
        yield f"Cut at max_tokens (is_truncated): {count(progress.truncated, 'turn')}."
    if progress.broken_off:
        ends = ", ".join(f"{reason} {times:,}" for reason, times in progress.broken_off.items())
        ended = count(sum(progress.broken_off.values()), "conversation")
        yield f"Ended by what a model returned (ended_by): {ended}; {ends}."
    yield from _served(summary)


def _served(summary: Summary) -> Iterator[str]:
    """Yield who served the turns of this run, what they were sent, and what no finding may rest on."""
    progress = summary.progress
    for name, served in progress.served_by.items():
        mixed = " (mixed: served by more than one provider)" if len(served) > 1 else ""
        yield plain(f"{name}: {', '.join(f'{server} {turns}' for server, turns in served.items())}{mixed}")
        if progress.sources.get("live") and name in summary.plan.sent:
            yield plain(f"{name} {summary.plan.sent[name]}")
    for source in ("embedded", "scripted", "simulated"):
        if progress.sources.get(source):
            yield f"{source.upper()}: {count(progress.sources[source], 'turn')} of this run; {_UNFIT[source]}"
