"""A module whose source is changed on its way into this process; the file stays as it is."""

from __future__ import annotations

import ast
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from typing import TYPE_CHECKING, Any

from reliability.house import ROOT
from reliability.mutating.mutants import Mutant, mutants

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import CodeType, ModuleType

SOUND = -1
"""The number of the bug that is none: the module goes through the same way, unchanged."""


def source(module: str) -> Path:
    """Return the file of a module."""
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def bugs(module: str) -> list[Mutant]:
    """Return all small bugs that can be made in a module."""
    return mutants(ast.parse(source(module).read_bytes()))


def plant(module: str, number: int) -> None:
    """Let whoever imports ``module`` from now on get it with one bug; what was imported of the package is forgotten."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("colloquia", "tests")]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(module, number))


class _Finder(MetaPathFinder):
    def __init__(self, module: str, number: int) -> None:
        self.module = module
        self.number = number

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the one module comes from, and leave all others to others."""
        if fullname != self.module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self.number)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, number: int) -> None:
        super().__init__(fullname, path)
        self.number = number

    def get_code(self, fullname: str) -> CodeType:
        """Return the changed code; nothing is cached."""
        path: Any = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path))
        if self.number != SOUND:
            mutants(tree)[self.number].plant()
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
