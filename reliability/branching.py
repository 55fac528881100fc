"""A study with donors, controls, forks and probes, killed at chosen writes, and what its folder holds in the end."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from colloquia.design.forking import Fork
from colloquia.design.plan import planned
from colloquia.design.study import Experiment
from colloquia.lab.keeping import folders
from colloquia.lab.planning.bench import Options, lay_out
from colloquia.logbook import contents, forks
from colloquia.logbook.disk import Disk
from colloquia.logbook.folder import RunFolder
from colloquia.logbook.record import experiment_id
from colloquia.providers.registry import default_view
from colloquia.running import session
from colloquia.settings import Settings
from colloquia.studies import Study
from reliability.chance import chance
from reliability.disks import FaultyDisk, Mishap
from reliability.loop import run
from reliability.stage import held, scratch
from reliability.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from colloquia.design.trial import Trial
    from colloquia.lab.planning.bench import Bench
    from reliability.disks import When
    from reliability.stage import Held

SEATS = '''"""Seats whose belief moves by a known amount: 5 a reason heard, 2 a second thought."""


def persuader(request):
    return f"Reason {request.occasion.own_turns + 1} of {request.messages[0].content}"


def persuadee(request):
    heard = [message.content for message in request.messages if message.role == "user"]
    if request.occasion.beside:
        return str(40 + 5 * sum("Reason" in text for text in heard) + 2 * sum("again" in text for text in heard))
    return f"Hm, {heard[-1][-24:]}"
'''
WORDS: dict[str, Any] = {
    "models": {"one": "scripted:seats.py:persuader", "two": "scripted:seats.py:persuadee"},
    "pairing": [["one", "two"]],
    "items": {"claim": ["cats", "dogs"]},
    "factors": {"belief.shown": ["never", "self"]},
    "scenarios": {"debate": {"persuader": "Convince of {claim}.", "persuadee": "Say what you think of {claim}."}},
    "num_turns": 4,
    "controls": {"self_reflection": "persuadee", "shuffled_partner": "persuadee", "yoked": "persuadee"},
    "probes": {
        "belief": {"ask": "persuadee", "when": ["start", "each turn"], "scale": [0, 100], "question": "How likely?"}
    },
}
ACTS = ("talks and controls", "forks", "forks of forks")
WHENS: tuple[When, ...] = ("before", "half", "after")
KEPT = (RunFolder.log, RunFolder.journal, RunFolder.probes)
"""Files at whose writes the process dies."""
_TABLES = (RunFolder.turns_csv, RunFolder.conversations_csv, RunFolder.probes_csv)
_OF_A_RUN = frozenset({
    "run_id", "crc32", "in_flight", "timestamp", "first_timestamp", "last_timestamp", "latency_ms",
    "time_to_first_token_ms",
})  # fmt: skip
"""What a run that was killed may have otherwise."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """What is held, the folder in which it is begun, and the end to which it must come."""

    name: str
    place: Path
    laid_out: Bench
    start: Path | None
    """What stands there before; None for nothing."""
    expected: list[str]

    def writes(self, order: str) -> list[int]:
        """Return which calls to the disk write the log, the journal or the answers to probes."""
        disk = FaultyDisk(Disk())
        held(self.laid_out, RunFolder(self._fresh(), disk), chance(order))
        kept = {f"write {name}" for name in KEPT}
        return [at for at, call in enumerate(disk.calls, start=1) if call in kept]

    def killed(self, mishap: Mishap, order: str, tally: Tally) -> None:
        """Let a run die and another go on from there; take in what is otherwise than without a death."""
        path = self._fresh()
        disk = FaultyDisk(Disk(), mishap)
        held(self.laid_out, RunFolder(path, disk), chance(order), is_alive=lambda: not disk.is_dead)
        disk.release()
        if disk.struck is not None:
            tally.kinds[disk.struck] += 1
            last = held(self.laid_out, RunFolder(path), chance(f"{order}/last"))
            tally.add(f"{self.name}, {mishap}", self._wrong(path, last))

    def _wrong(self, path: Path, last: Held) -> Iterator[str]:
        if last.summary is None:
            yield f"the last run ended with {last.error!r}"
            return
        if end(path) != self.expected:
            yield "rows or tables are not those of a run that nobody killed"
        yield from (str(mismatch) for mismatch in folders.verify(path).mismatches)
        found = folders.check(path)
        is_torn = bool(found.torn and last.summary.plan.difference.work)  # else it leaves a torn end alone
        if found.is_damaged or is_torn or found.superseded:
            yield f"check: {' '.join(found.messages)}"
        yield from last.tracebacks

    def _fresh(self) -> Path:
        path = self.place / "run"
        shutil.rmtree(path, ignore_errors=True)
        if self.start is not None:
            shutil.copytree(self.start, path)
        return path


def end(path: Path) -> list[str]:
    """Return every row of the logs and of the tables, without what only a run knows; conversations by trial id."""
    folder = RunFolder(path)
    found = contents.read(folder)
    names = {experiment_id(found.folder_id or "", trial_id): trial_id for trial_id in found.turns}
    return sorted(f"{name} {json.dumps(row, sort_keys=True)}" for name, row in _rows(folder, names))


def _rows(folder: RunFolder, names: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in (folder.log, folder.probes, *_TABLES):
        with folder.reading(name) as file:
            text = file.read().decode()
        for here, trial_id in names.items():
            text = text.replace(here, trial_id)
        lines = text.split("\n")[:-1]  # a torn end is no row
        rows = csv.DictReader(io.StringIO(text, newline="")) if name in _TABLES else map(json.loads, lines)
        yield from ((name, {key: value for key, value in row.items() if key not in _OF_A_RUN}) for row in rows)


def acts(place: Path, order: str) -> list[Act]:
    """Return talks with their controls, then forks of a talk and of a control, then a fork of a fork."""
    (place / "seats.py").write_text(SEATS, encoding="utf-8")
    study = Study(experiment=Experiment.from_words(WORDS), folder=place, origin="the proof", runs_code=True)
    settings = Settings(environment={}, cache=place / "no-cache")
    laid_out = run(lay_out(study, Options(run_dir=place / "nothing"), settings), chance(order))
    found = [_act(ACTS[0], laid_out, order, place=place)]
    asked: list[Fork] = []
    for name in ACTS[1:]:
        new = _forks(laid_out.trials) if not asked else _forks_of_forks(laid_out.trials)
        asked += new
        laid_out = replace(laid_out, trials=planned([study.experiment], default_view, forks=asked))
        before = place / f"{found[-1].name}, whole"
        found.append(_act(name, laid_out, order, place=place, before=before, asked=new))
    return found


def _act(
    name: str, laid_out: Bench, order: str, *, place: Path, before: Path | None = None, asked: Sequence[Fork] = ()
) -> Act:
    """Return an act that begins where another one ended, with the end to which it comes by itself."""
    start, whole = place / name, place / f"{name}, whole"
    if before is not None:
        shutil.copytree(before, start)
        for fork in asked:
            forks.write(RunFolder(start), forks.ForkAsked(at="2026-01-01T00:00:00.000Z", fork=fork))
        shutil.copytree(start, whole)
    held(laid_out, RunFolder(whole), chance(order))
    return Act(name=name, place=place, laid_out=laid_out, start=before and start, expected=end(whole))


def _forks(trials: Iterable[Trial]) -> list[Fork]:
    remembered = {trial.arm: trial for trial in trials if trial.factors["belief.shown"] == "self"}
    edited = Fork(parent=remembered["talk"].trial_id, turn=1, edited=1, text="No reason.")
    return [edited, Fork(parent=remembered["shuffled_partner"].trial_id, turn=2, edited=2)]


def _forks_of_forks(trials: Iterable[Trial]) -> list[Fork]:
    (edited,) = [trial for trial in trials if trial.branch and trial.branch.text]
    return [Fork(parent=edited.trial_id, turn=3, times=2)]


def deaths(number: int, when: When, order: str, *, least: int | None) -> dict[str, Tally]:
    """Die at every write of an act, or at ``least`` of them that lie evenly."""
    tally = Tally()
    with scratch() as place:
        act = acts(place, order)[number]
        for at in _some(act.writes(order), least):
            act.killed(Mishap(at=at, when=when), order, tally)
    return {"death": tally}


def forgotten_prefixes(order: str) -> dict[str, Tally]:
    """Plant a bug: a fork does not know what it shares with its parent."""
    with scratch() as place:
        act = acts(place, order)[1]
        with patch.object(forks, "with_prefixes", lambda found, _trials: found):
            return {"forget what forks share": _planted(act, order)}


def skipped_tail_repair(order: str) -> dict[str, Tally]:
    """Plant a bug: torn tails stay as they are."""
    with scratch() as place, patch.object(session, "repair_tail", lambda _folder, _name: None):
        return {"skip tail repair": _planted(acts(place, order)[0], order)}


def _planted(act: Act, order: str) -> Tally:
    tally = Tally()
    for at in _some(act.writes(order), 4):
        act.killed(Mishap(at=at, when="half"), order, tally)
    return tally


def _some(places: Sequence[int], number: int | None) -> Sequence[int]:
    return places if number is None else places[:: max(len(places) // number, 1)]
