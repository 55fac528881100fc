"""``colloquia register`` and ``colloquia diff``: a study written down before its data, and two studies compared."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from colloquia import studies
from colloquia.cli.terminal import COMMAND, plain, say
from colloquia.design.differing import differing
from colloquia.design.trials import trials
from colloquia.lab.planning.amounts import count
from colloquia.lab.planning.bench import find_study, lay_out
from colloquia.lab.planning.registering import register as write_down
from colloquia.lab.planning.registering import standing
from colloquia.lab.running.loops import finished
from colloquia.logbook import contents
from colloquia.providers.registry import default_view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from colloquia.lab.planning.bench import Options
    from colloquia.lab.planning.registering import Standing
    from colloquia.logbook.folder import RunFolder


def register(study: Path | None, options: Options) -> None:
    """Write a study down before its data; in a folder that was run, say what was and what is otherwise now."""
    bench = finished(lay_out(find_study(study, options.run_dir), options))
    held = contents.read(bench.folder)
    if (found := standing(held, studies.frozen(bench.experiment))) is not None:
        was_run = any(studies.parse(text) == bench.experiment for text in {run.study for run in held.runs})
        for line in _said(found, bench.folder, was_run=was_run):
            say(plain(line))
        return
    entry = finished(write_down(bench))
    hypotheses = _hypotheses(len(bench.experiment.predictions))
    say(f"Registered in {bench.folder.path / bench.folder.journal}, {entry.at}.")
    say(f"sha256 {entry.sha256}")
    planned = f"{count(entry.planned['conversations'], 'conversation')}, {entry.planned['turns']:,} turns planned"
    say(f"{planned}; {hypotheses}.")
    leave = ["--allow-code"] if options.allows_code else []
    run = shlex.join(["run", bench.study.origin, "--run-dir", str(bench.folder.path), *leave])
    say(plain(f"Now run it: {COMMAND} {run}. What is then done otherwise is listed as a deviation."))


def diff(before: Path, after: Path) -> None:
    """Say how two studies differ."""
    old, new = studies.read(before).experiment, studies.read(after).experiment
    found = differing(old, new, trials(old, default_view), trials(new, default_view))
    for words in found.words:
        say(plain(words))
    say(
        f"{count(found.shared, 'conversation')} in both, {found.only_before:,} only in {before}, "
        f"{found.only_after:,} only in {after}."
    )
    if found.longer:
        say(f"{found.longer:,} of those in both are longer in {after}.")


def _hypotheses(number: int) -> str:
    return "1 hypothesis" if number == 1 else f"{number} hypotheses"


def _said(found: Standing, folder: RunFolder, *, was_run: bool) -> Iterator[str]:
    yield f"{folder.path}: {found.words}."
    if not was_run:
        yield "The study named here was not run there; so it would stand:"
    yield f"confirmatory: {', '.join(found.confirmatory) or 'nothing'}"
    yield f"exploratory: {', '.join(found.exploratory) or 'no further hypothesis'}"
    yield f"deviations: {'none' if not found.deviations else ''}"
    yield from (f"  {each}" for each in found.deviations)
