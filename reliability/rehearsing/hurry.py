"""Pauses and patience of a run in this process, scaled so that minutes pass in fractions of a second."""

from __future__ import annotations

import contextlib
import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from colloquia import running
from colloquia.providers import registry, wire
from colloquia.providers.wire import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator

UNSCALED = ("heartbeat", "wishes")
"""Files of ``running`` whose times are those of this machine, not of a server."""
UNSCALED_WORDS = ("PATIENCE_SECONDS",)
"""Bounds that a busy machine could meet if they were scaled."""
SCALED = ("colloquia.lab.planning.preflight",)
"""What else waits for servers."""
IMPATIENT = Patience(silence_seconds=0.4, idle_seconds=0.4, deadline_seconds=0.6, farewell_seconds=0.05)


@contextlib.contextmanager
def hurried(unit: float, *, is_impatient: bool = False, is_remote: bool = False) -> Iterator[None]:
    """Let every ``..._SECONDS`` of what waits for servers be so much shorter while the block runs.

    Args:
        unit: Real seconds that one second takes.
        is_impatient: Whether also the client loses its patience within half a second.
        is_remote: Whether the simulator is taken for a server elsewhere, which only a network leads to.
    """
    with contextlib.ExitStack() as undo:
        files = [module.name for module in pkgutil.iter_modules(running.__path__) if not module.ispkg]
        for name in (*(f"{running.__name__}.{file}" for file in files if file not in UNSCALED), *SCALED):
            module = import_module(name)
            for word, value in list(vars(module).items()):
                is_time = word.endswith("_SECONDS") and word not in UNSCALED_WORDS
                if is_time and isinstance(value, int | float):
                    _put(module, word, value * unit, undo)
        if is_impatient:
            _put(wire, "Patience", lambda: IMPATIENT, undo)
        if is_remote:
            _put(registry.Models, "is_remote", lambda _models, _slug: True, undo)
        yield


def _put(owner: object, name: str, value: object, undo: contextlib.ExitStack) -> None:
    """Put something in place of what stands there, until the block ends."""
    undo.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, value)
