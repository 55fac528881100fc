"""Random kills of the real command: SIGKILL at any instant, run again, and nothing is lost, doubled or out of order.

Each study is held by ``python -m colloquia run`` in a process of its own, against a simulator on a real socket that
keeps its own account of what it was asked and what it billed. Two studies run side by side.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reliability.planted import BUGS
from reliability.progress import Progress
from reliability.rehearsing import killing
from reliability.row import Row
from reliability.side_by_side import done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from reliability.row import Scale

PART = "kills"
KILLS_PER_STUDY = 25
STUDIES: dict[Scale, int] = {"short": 4, "full": 80}
BUGS_TO_CATCH = (
    "skip-tail-repair",
    "acknowledge-before-write",
    "write-a-turn-twice",
    "retry-a-refusal",
    "ignore-the-stored-prefix",
)
KILLS_TO_CATCH = 8
"""A planted bug has to show within so many kills."""
PLACES = {
    "start-up": "before anything was written",
    "repair": "while a torn end was repaired or just after",
    "turns": "while turns were asked for",
    "export": "after the last turn, while tables were written or the process ended",
}
CLAIMS = (
    (
        ("same",),
        "Every conversation is, word for word and request for request, the one that is held without kills.",
        "conversations",
    ),
    (
        ("ends", "idle"),
        "Every run goes on by itself where the one before was killed, to the end; then nothing more is asked.",
        "studies",
    ),
    (
        ("announced",),
        "Every call that was served had its attempt in the journal before, and no answer was asked for again.",
        "calls",
    ),
    (
        ("billed",),
        "Every dollar that was billed is in the log or in the journal, at its price or as a lost call.",
        "calls",
    ),
    (
        ("table", "sound", "key"),
        "The table equals the log, `check` and `verify` find nothing, and the key stands in no file.",
        "run folders",
    ),
)
"""What else is claimed: under which names it is looked at, in words, and of what it is tried."""


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Kill studies again and again, then the same with bugs planted in the command."""
    progress = Progress(PART, scale, seed)
    jobs = [*(f"study {number}" for number in range(1, STUDIES[scale] + 1)), *(f"bug {name}" for name in BUGS_TO_CATCH)]
    began = time.monotonic()
    for (job, _), result in done([(job, seed) for job in jobs if job not in progress.done], _job):
        progress.keep(job, _broken_down(result) if isinstance(result, str) else result)
        say(_said(job, progress.done, jobs, time.monotonic() - began))
    studies = [progress.done[job] for job in jobs if job.startswith("study")]
    return [*_figures(studies), *(_planted(name, progress.done[f"bug {name}"]) for name in BUGS_TO_CATCH)]


def _job(job: str, seed: int) -> dict[str, Any]:
    """Do one study, or one planted bug, in a process of its own."""
    kind, _, name = job.partition(" ")
    chance = random.Random(f"{seed} {job}")
    with tempfile.TemporaryDirectory(prefix="colloquia-kills-") as folder:
        if kind == "study":
            return killing.campaign(Path(folder), seed * 1000 + int(name), chance, kills=KILLS_PER_STUDY).told()
        toll, is_fit = killing.planted(Path(folder), seed, chance, name, kills=KILLS_TO_CATCH)
    return {**toll.told(), "is_fit": is_fit}


def _broken_down(why: str) -> dict[str, Any]:
    """Return what stands in place of a job that came to nothing: a claim that failed."""
    return {**killing.Toll(broken=[("ends", why)]).told(), "is_fit": False}


def _said(job: str, results: dict[str, Any], jobs: Sequence[str], seconds: float) -> str:
    result = results[job]
    kills = sum(sum(found["kills"].values()) for found in results.values())
    broken = f"; did not hold: {result['broken'][0][1]}" if result["broken"] else ""
    return f"{job} ({len(results)} of {len(jobs)}): {kills:,} kills so far in {seconds:.0f} s{broken}"


def _figures(studies: Sequence[dict[str, Any]]) -> Iterable[Row]:
    yield _kept(studies)
    tried = {
        "studies": len(studies),
        "run folders": len(studies),
        "conversations": _sum(studies, "conversations"),
        "calls": _sum(studies, "calls"),
    }
    figures = {"billed": f"{_sum(studies, 'lost_calls'):,} calls paid for without a turn"}
    for kinds, claim, unit in CLAIMS:
        yield _row(studies, kinds, claim=claim, tried=tried[unit], unit=unit, figure=figures.get(kinds[0], ""))


def _kept(studies: Sequence[dict[str, Any]]) -> Row:
    where: Counter[str] = Counter()
    for study in studies:
        where.update(study["kills"])
    fell = ", ".join(f"{where[place]:,} {words}" for place, words in PLACES.items())
    torn, natural = _sum(studies, "torn"), _sum(studies, "natural")
    return _row(
        studies,
        ("kept", "order", "acknowledged"),
        claim="A turn that was done stays in the log: none lost, none twice, none out of order, none missing between.",
        tried=where.total(),
        unit="kills",
        figure=f"{_sum(studies, 'turns'):,} turns: {_lost_twice_out_of_order(studies)}",
        more=f"Where the kills fell: {fell}. The ends of {torn:,} files were torn by hand besides, and {natural:,} by "
        "the kills themselves.",
    )


def _lost_twice_out_of_order(studies: Sequence[dict[str, Any]]) -> str:
    claims = [claim for study in studies for claim, _ in study["broken"]]
    return f"{claims.count('kept')} losses, {claims.count('order')} doubled or out of order"


def _row(
    studies: Sequence[dict[str, Any]],
    claims: Sequence[str],
    *,
    claim: str,
    tried: int,
    unit: str,
    figure: str = "",
    more: str = "",
) -> Row:
    broken = [
        f"study {number}: {text}"
        for number, study in enumerate(studies, start=1)
        for kind, text in study["broken"]
        if kind in claims
    ]
    details = " ".join(filter(None, (more, "; ".join(broken[:5]))))
    failures = min(len(broken), tried)  # one that stays broken is seen again after every kill
    return Row(part=PART, claim=claim, tried=tried, unit=unit, failures=failures, figure=figure, details=details)


def _planted(name: str, result: dict[str, Any]) -> Row:
    caught = len(result["broken"]) if result["is_fit"] else 0
    seen = result["broken"][0][1] if caught else "nothing was noticed"
    return Row(
        part=PART,
        claim=(BUGS[name].__doc__ or name).partition("\n")[0],
        tried=sum(result["kills"].values()),
        unit="kills",
        failures=caught,
        details=seen if result["is_fit"] else f"The bug could not be planted. {seen}",
        is_planted=True,
    )


def _sum(studies: Sequence[dict[str, Any]], name: str) -> int:
    return sum(study[name] for study in studies)
