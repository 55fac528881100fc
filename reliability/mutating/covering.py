"""Which tests run which lines of a module, and how long each takes: ``python -m reliability.mutating.covering OUT``."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from coverage import Coverage

from reliability.house import ROOT
from reliability.mutating.planting import source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SLOWEST_SECONDS = 2.0
"""A test that takes longer is not asked about small bugs."""
QUIET = (
    *("-q", "--no-header", "--no-summary", "--assert=plain", "-p", "no:cacheprovider"),
    *("-p", "_hypothesis_pytestplugin", "--hypothesis-seed=0"),
)
"""How pytest is asked; of all plugins only the one that makes chance repeatable, which takes a third of the time."""


class Covering(msgspec.Struct, frozen=True, kw_only=True):
    """What the tests run, as measured once."""

    seconds: dict[str, float]
    """Of each test that passes and is fast enough, by its name."""
    lines: dict[str, dict[int, list[str]]]
    """The tests that run a line, by module and line."""

    def tests(self, module: str, line: int) -> list[str]:
        """Return the tests that run a line, the fastest first; for one that runs on import all that stand near those.

        A test that looks at a constant runs no line of the module: its neighbours do.
        """
        of_module = self.lines.get(module, {})
        found = of_module.get(line) or self._near({test for tests in of_module.values() for test in tests})
        return sorted(found, key=lambda test: (self.seconds[test], test))

    def _near(self, tests: set[str]) -> list[str]:
        files = {test.partition("::")[0] for test in tests}
        return [test for test in self.seconds if test.partition("::")[0] in files]


class Watch:
    """A pytest plugin that notes which test runs which lines."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Name the lines that run from here on after the test."""
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long a test takes, and whether it passes."""
        self.seconds[report.nodeid] += report.duration
        if not report.passed:
            self.failed.add(report.nodeid)

    def tests(self) -> dict[str, float]:
        """Return the tests that can tell a bug, and how long they take."""
        return {
            test: round(seconds, 4)
            for test, seconds in self.seconds.items()
            if test not in self.failed and seconds <= SLOWEST_SECONDS
        }


def measured(modules: Sequence[str], tests: Sequence[str]) -> Covering:
    """Run the tests once, and return what they cover."""
    coverage = Coverage(data_file=None, include=[str(source(module)) for module in modules])
    watch = Watch(coverage)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    coverage.start()
    try:
        pytest.main([*QUIET, *tests], plugins=[watch])
    finally:
        coverage.stop()
    known, data = watch.tests(), coverage.get_data()
    return Covering(
        seconds=known,
        lines={
            module: {
                line: sorted(test for test in names if test in known)
                for line, names in data.contexts_by_lineno(str(source(module))).items()
                if any(test in known for test in names)
            }
            for module in modules
        },
    )


if __name__ == "__main__":
    out, count, *words = sys.argv[1:]
    sys.path.insert(0, str(ROOT))
    found = measured(words[: int(count)], words[int(count) :])
    Path(out).write_bytes(msgspec.json.encode(found))
