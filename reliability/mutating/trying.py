"""One small bug, and whether the tests notice: in a forked process that imports the package anew with it."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from reliability.house import ROOT
from reliability.mutating.covering import QUIET
from reliability.mutating.planting import plant

if TYPE_CHECKING:
    from collections.abc import Sequence

Verdict = Literal["noticed", "timed out", "survived"]

PATIENCE_SECONDS = 12.0
"""What a bug may sleep besides four times what its tests take without it; what it may compute is half of that."""
STILL_SECONDS = 6.0
"""A process that sleeps for so long, and computes nothing, waits for what will never come; no test sleeps so long."""
LOOK_SECONDS = 0.02
WARM = (
    "hypothesis",
    "_hypothesis_pytestplugin",
    "aiohttp",
    "uvloop",
    "filelock",
    "colloquia.cli.app",
    "colloquia.lab.running.runs",
)
"""What the tests import; done once, for all bugs of a process."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A bug and the tests that are asked."""

    module: str
    number: int
    tests: Sequence[str]
    """In the order in which they are asked."""
    seconds: float
    """What they take without the bug."""
    is_blind: bool = False
    """Collects the tests and runs none of them: the bug of this proof."""


class _Chosen:
    """A pytest plugin that leaves the tests that are asked, in their order."""

    def __init__(self, tests: Sequence[str], *, is_blind: bool) -> None:
        self.ranks = {test: rank for rank, test in enumerate(tests)}
        self.is_blind = is_blind

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave the chosen tests."""
        items[:] = sorted(
            (item for item in items if item.nodeid in self.ranks), key=lambda item: self.ranks[item.nodeid]
        )

    def pytest_pyfunc_call(self) -> bool | None:
        """Pass a test without running it, where all are blind."""
        return True if self.is_blind else None


def tried(case: Case, log: Path | None = None) -> Verdict:
    """Return whether the tests notice a bug; what pytest says is left in ``log``."""
    if not case.tests:
        return "survived"
    _warm_up()
    with tempfile.TemporaryDirectory(prefix="colloquia-mutant-") as scratch:
        child = os.fork()
        if child == 0:
            _run(case, Path(scratch), log)
        return _awaited(child, PATIENCE_SECONDS + 4 * case.seconds)


@cache
def _warm_up() -> None:
    for name in WARM:
        import_module(name)


def _run(case: Case, scratch: Path, log: Path | None) -> None:
    """Be the process that has the bug; never returns."""
    code = 1
    try:
        os.setsid()
        sys.dont_write_bytecode = True
        limit = int(PATIENCE_SECONDS / 2 + 2 * case.seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        output = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        os.chdir(ROOT)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(scratch / "hypothesis")
        plant(case.module, case.number)
        files = dict.fromkeys(test.partition("::")[0] for test in case.tests)
        chosen = _Chosen(case.tests, is_blind=case.is_blind)
        code = pytest.main([*QUIET, "-x", "--basetemp", str(scratch / "tests"), *files], plugins=[chosen])
    except BaseException:  # noqa: BLE001 (it is the log's, and this process ends here)
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _awaited(child: int, patience_seconds: float) -> Verdict:
    """Return what became of a bug; patience is spent while it sleeps, never while others have the machine."""
    slept, still, before = 0.0, 0.0, None
    ended, status = os.waitpid(child, os.WNOHANG)
    while not ended and slept < patience_seconds and still < STILL_SECONDS:
        time.sleep(LOOK_SECONDS)
        ended, status = os.waitpid(child, os.WNOHANG)
        pulses = _pulses(child)
        is_asleep = pulses is None or all(pulse.startswith("S") for pulse in pulses)
        slept += LOOK_SECONDS * is_asleep
        still = still + LOOK_SECONDS if pulses is not None and is_asleep and pulses == before else 0.0
        before = pulses
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not ended:
        os.waitpid(child, 0)
        return "timed out"
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
        return "timed out"
    return "survived" if status == 0 else "noticed"


def _pulses(process: int) -> list[str] | None:
    """Return of a process and those that it began whether each sleeps, and the time that it has computed so far.

    None where the system does not tell.
    """
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    found = [f"{told[0]} {told[11]} {told[12]}"]
    with suppress(OSError):  # one that ends meanwhile
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            for child in children.read_text(encoding="utf-8").split():
                found += _pulses(int(child)) or ()
    return found
