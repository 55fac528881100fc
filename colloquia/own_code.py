"""Python of the researcher's own that a study names as ``FILE.py:NAME``; whoever calls this was allowed to run it."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING

from colloquia.errors import DesignError

if TYPE_CHECKING:
    from pathlib import Path


def defined(path: Path, name: str) -> object:
    """Run a file and return what it defines under ``name``; None where it does not.

    Raises:
        DesignError: there is no such file, or it cannot be run.
    """
    spec = spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise DesignError(f"There is no Python file {path}.")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError, NameError, TypeError, ValueError, AttributeError) as error:
        raise DesignError(f"{path} cannot be run as Python: {type(error).__name__}: {error}.") from error
    return getattr(module, name, None)
