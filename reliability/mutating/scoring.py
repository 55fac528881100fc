"""What becomes of small bugs, counted; and what is told of those that no test notices."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from reliability.mutating.covering import Covering
from reliability.mutating.planting import SOUND, bugs, source
from reliability.mutating.trying import Case, tried
from reliability.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reliability.mutating.mutants import Mutant
    from reliability.row import Row
    from reliability.steps import Found

REASONS = Path(__file__).parent / "survivors.toml"
AT_LEAST = 0.9
_SURVIVED = "survived: "
_TIMED_OUT = "timed out"
NO_REASON = "no reason is known"


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why no test can notice some small bugs: they change nothing that anybody could see."""

    module: str
    line: str
    """The source line, without its indentation."""
    changes: tuple[str, ...]
    """What becomes of it, in the words of the bugs."""
    why: str


@cache
def reasons(path: Path = REASONS) -> tuple[Reason, ...]:
    """Return all reasons, which are written by hand."""
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", []), tuple[Reason, ...])


def reason(module: str, mutant: Mutant) -> str | None:
    """Return why no test can notice a bug, where that is known."""
    line = source(module).read_text(encoding="utf-8").split("\n")[mutant.line - 1].strip()
    known = (each for each in reasons() if each.module == module and each.line == line and mutant.words in each.changes)
    return next((each.why for each in known), None)


def examined(out: Path, name: str, module: str, numbers: Sequence[int]) -> Found:
    """Make some bugs of a module, one at a time, and return what became of them."""
    covering, mutants, tally = _covering(out), bugs(module), Tally()
    for number in numbers:
        mutant = mutants[number]
        verdict = tried(_case(covering, module, number, covering.tests(module, mutant.line)))
        why = reason(module, mutant) if verdict == "survived" else None
        place = f"{module.removeprefix('colloquia.').replace('.', '/')}.py:{mutant.line}"
        tally.add(place, [mutant.words] if verdict == "survived" else [])
        if verdict == "survived":
            tally.kinds[f"{_SURVIVED}{place}: `{mutant.words}` ({why or NO_REASON})"] += 1
        elif verdict == "timed out":
            tally.kinds[_TIMED_OUT] += 1
    return {name: tally}


def sound(out: Path, module: str) -> Found:
    """Return whether a module without a bug passes all the tests that are asked about its bugs."""
    tally, covering = Tally(), _covering(out)
    log = out.with_name(f"{module}.log")
    case = _case(covering, module, SOUND, covering.tests(module, 0))
    verdict = tried(case, log) if case.tests else "no test runs it"
    tally.add(module, [] if verdict == "survived" else [f"{verdict}: {_end_of(log)}"])
    return {"sound": tally}


def blind(out: Path, module: str, count: int) -> Found:
    """Return how many bugs tests that do nothing let pass; those within functions, which importing does not run."""
    covering, mutants, tally = _covering(out), bugs(module), Tally()
    inside = [number for number, mutant in enumerate(mutants) if mutant.line in covering.lines.get(module, {})]
    for number in inside[:count]:
        case = _case(covering, module, number, covering.tests(module, mutants[number].line)[:5])
        verdict = tried(replace(case, is_blind=True))
        tally.add(f"line {mutants[number].line}", [mutants[number].words] if verdict == "survived" else [])
    return {"blind": tally}


def survivors(tally: Tally, part: str, claim: str) -> Row:
    """Return the figure of some modules: it fails where more than a tenth of the bugs goes unnoticed."""
    noticed = tally.tried - tally.failures
    told = sorted((kind.removeprefix(_SURVIVED), count) for kind, count in tally.kinds.items() if kind != _TIMED_OUT)
    unexplained = sum(count for words, count in told if words.endswith(f"({NO_REASON})"))
    allowed = tally.tried - math.ceil(AT_LEAST * tally.tried)
    row = replace(tally, examples=[]).row(
        part,
        claim,
        "bugs",
        figure=f"{100 * noticed / tally.tried:.1f} % noticed" if tally.tried else "none tried",
        details=(
            f"{tally.kinds[_TIMED_OUT]} of them by never coming to an end. Not noticed: {tally.failures}, of which "
            f"{tally.failures - unexplained} change nothing that a test could see. {_listed(told)}"
        ),
    )
    return replace(row, failures=max(tally.failures - allowed, 0) if tally.tried else 1)


def _listed(told: Iterable[tuple[str, int]]) -> str:
    return "; ".join(words if count == 1 else f"{words}, {count} times" for words, count in told)


def _case(covering: Covering, module: str, number: int, tests: Sequence[str]) -> Case:
    return Case(module=module, number=number, tests=tests, seconds=sum(covering.seconds[test] for test in tests))


@cache
def _covering(out: Path) -> Covering:
    return msgspec.json.decode(out.read_bytes(), type=Covering)


def _end_of(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    return " / ".join(text.splitlines()[-5:])
