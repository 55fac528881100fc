"""What a run needs of its folder is read once: a plan and the run itself share who reads."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from unit.logbook.disks import Counting

import colloquia
from colloquia.lab.planning.bench import Bench, Options, lay_out
from colloquia.lab.planning.planning import draw_up
from colloquia.lab.planning.preflight import Preflight
from colloquia.lab.running.runs import hold, session
from colloquia.logbook.contents import read
from colloquia.logbook.folder import RunFolder
from colloquia.running.control import Control
from colloquia.running.progress import Progress
from colloquia.studies import Study

if TYPE_CHECKING:
    from pathlib import Path


def _experiment(path: Path, num_turns: int) -> colloquia.Experiment:
    return colloquia.Experiment(
        models={"ada": f"scripted:always {'word ' * 1_000}"},
        scenarios={"talk": {"one": "Speak.", "other": "Answer."}},
        num_turns=num_turns,
        iterations=4,
        run_dir=str(path),
    )


def _bench(path: Path, num_turns: int, disk: Counting) -> Bench:
    study = Study(experiment=_experiment(path, num_turns), folder=path.parent, origin="a test", runs_code=True)
    bench = asyncio.run(lay_out(study, Options()))
    return replace(bench, folder=RunFolder(bench.folder.path, disk))


def test_a_run_reads_only_what_its_plan_has_not(tmp_path: Path) -> None:
    """The log is read for the plan; the run that follows it knows it, and goes on from the same turns."""
    path, disk = tmp_path / "data", Counting()
    colloquia.run(_experiment(path, 40))
    bench = _bench(path, 42, disk)
    size = bench.folder.size(bench.folder.log)

    plan = draw_up(bench)
    read_for_plan, disk.count = disk.count, 0
    asyncio.run(hold(bench, plan, control=Control(), progress=Progress()))

    assert read_for_plan > size
    assert disk.count < size / 2
    assert {len(turns) for turns in read(RunFolder(path)).turns.values()} == {42}
    assert plan.difference.missing.turns == 8


def test_a_run_reckons_with_what_its_plan_found_unless_there_is_more_by_then(tmp_path: Path) -> None:
    """What is missing is found once; where another run was there between, it is found again."""
    path = tmp_path / "data"
    bench = _bench(path, 4, Counting())
    plan = draw_up(bench)
    run = session(bench, plan, Preflight(), Control(), Progress())

    before = run.difference(bench.reader.read())
    colloquia.run(_experiment(path, 3))
    after = run.difference(bench.reader.read())

    assert before is plan.difference
    assert [each.missing.turns for each in (before, after)] == [16, 4]


def test_a_plan_that_is_drawn_up_again_knows_what_came_meanwhile(tmp_path: Path) -> None:
    """Also where nothing stood there before, and where the folder is another by then."""
    path = tmp_path / "data"
    bench = _bench(path, 2, Counting())

    before = draw_up(bench).difference.missing.turns
    colloquia.run(_experiment(path, 2))
    after = draw_up(bench).difference.missing.turns
    (path / RunFolder.log).unlink()
    (path / RunFolder.journal).unlink()

    assert (before, after) == (8, 0)
    assert draw_up(bench).difference.missing.turns == 8
