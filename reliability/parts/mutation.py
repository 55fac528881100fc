"""Part ``mutation``: small bugs, one at a time, in what must not fail; the tests of the package have to notice."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reliability.chance import chance
from reliability.house import ROOT
from reliability.mutating.covering import Covering
from reliability.mutating.planting import bugs
from reliability.mutating.scoring import blind, examined, reason, sound, survivors
from reliability.steps import broken, taken
from reliability.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reliability.row import Row, Scale
    from reliability.steps import Step

PART = "mutation"
_LOGBOOK = (
    "accounts",
    "answers",
    "attempts",
    "beside",
    "check",
    "contents",
    "disk",
    "edges_of_lines",
    "jsonl",
    "keys",
    "more_than_turns",
    "parts_of_a_log",
    "places",
    "reading",
    "reasons",
    "record",
    "tail",
    "turn_rows",
    "writing_answers",
)
_RUNNING = (
    "budget_and_lanes",
    "budget_booking",
    "call",
    "call_and_lane",
    "call_and_sources",
    "call_bounds",
    "control",
    "network",
    "outages",
    "work",
    "work_of_controls_and_forks",
    "work_sums",
)
TESTS: dict[Scale, tuple[str, ...]] = {
    "short": (
        *(f"tests/unit/logbook/test_{name}.py" for name in _LOGBOOK),
        *(f"tests/unit/running/test_{name}.py" for name in _RUNNING),
    ),
    "full": ("tests/unit/logbook", "tests/unit/running"),
}
SAMPLE = 5
"""Bugs of one module on a small scale, those left out that change nothing; on a large scale all are made."""
PIECE = 20
BLIND = 5
MEASURE_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What the tests of some modules notice."""

    claim: str
    modules: tuple[str, ...]


PROMISES = {
    "log": Promise(
        claim="Of small bugs in how lines are written, flushed, repaired and read, the tests notice at least 90 %.",
        modules=(
            "colloquia.logbook.jsonl",
            "colloquia.logbook.disk",
            "colloquia.logbook.record",
            "colloquia.logbook.tail",
            "colloquia.logbook.turn_rows",
        ),
    ),
    "resume": Promise(
        claim="Of small bugs in what a run finds and goes on from, the tests notice at least 90 %.",
        modules=(
            "colloquia.logbook.contents",
            "colloquia.logbook.reading",
            "colloquia.logbook.keys",
            "colloquia.logbook.places",
            "colloquia.running.work",
        ),
    ),
    "budget": Promise(
        claim="Of small bugs in what is reserved, booked and added up, the tests notice at least 90 %.",
        modules=("colloquia.running.budget", "colloquia.logbook.attempts"),
    ),
    "retry": Promise(
        claim="Of small bugs in how a call is tried, classified and tried again, the tests notice at least 90 %.",
        modules=("colloquia.running.call",),
    ),
}
MODULES = tuple(module for promise in PROMISES.values() for module in promise.modules)
SAMPLED = "Of a sample of small bugs in log, resume, budget and retry, the tests notice at least 90 %."
SOUND = "The modules as they are, loaded the way the bugs are, pass all the tests that are asked."
BLINDED = "Ask the tests and run none of them."


def prove(scale: Scale, seed: int, say: Callable[[str], None]) -> Sequence[Row]:
    """Make small bugs, one at a time, and see whether the tests notice."""
    with tempfile.TemporaryDirectory(prefix="colloquia-covering-") as folder:
        out = Path(folder) / "covering.json"
        covering = _measured(out, TESTS[scale])
        say(f"{len(covering.seconds)} tests pass and can be asked")
        found = taken(PART, scale, seed, dict(_steps(scale, seed, out)), say)
    claims = {name: promise.claim for name, promise in PROMISES.items()}
    if scale == "short":
        found["all"] = sum((found[name] for name in PROMISES), Tally())
        claims = {"all": SAMPLED}
    return [
        *broken(PART, found),
        *(survivors(found[name], PART, claim) for name, claim in claims.items()),
        found["sound"].row(PART, SOUND, "modules"),
        found["blind"].row(PART, BLINDED, "bugs", is_planted=True),
    ]


def _measured(out: Path, tests: Sequence[str]) -> Covering:
    """Run the tests once, in a process of their own, and return what they cover."""
    command = (
        sys.executable,
        "-B",
        "-m",
        "reliability.mutating.covering",
        str(out),
        str(len(MODULES)),
        *MODULES,
        *tests,
    )
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=MEASURE_SECONDS)
    return msgspec.json.decode(out.read_bytes(), type=Covering)


def _steps(scale: Scale, seed: int, out: Path) -> Iterator[tuple[str, Step]]:
    state = _state_of_tests(scale)
    for name, promise in PROMISES.items():
        for module in promise.modules:
            if scale == "full" or module == MODULES[0]:
                yield f"{module}, tests {state}, sound", partial(sound, out, module)
            chosen = _chosen(scale, seed, module)
            for at in range(0, len(chosen), PIECE):
                piece = chosen[at : at + PIECE]
                yield f"{module}, tests {state}, from bug {piece[0]}", partial(examined, out, name, module, piece)
    yield f"blind, tests {state}", partial(blind, out, MODULES[0], BLIND)


def _chosen(scale: Scale, seed: int, module: str) -> list[int]:
    """Return the numbers of the bugs of a module that are made."""
    found = bugs(module)
    if scale == "full":
        return list(range(len(found)))
    noticeable = [number for number, bug in enumerate(found) if reason(module, bug) is None]
    return sorted(chance(PART, seed, module).sample(noticeable, SAMPLE))


def _state_of_tests(scale: Scale) -> str:
    """Return a word that changes when a test does: what others noticed proves nothing for these."""
    digest = sha256()
    for path in sorted(path for place in TESTS[scale] for path in _tests_at(ROOT / place)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _tests_at(place: Path) -> list[Path]:
    return list(place.rglob("*.py")) if place.is_dir() else [place]
