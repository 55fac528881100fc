"""The collector of garbage, which looks through all there is for circles that nobody holds."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

RARELY = (100_000, 20, 20)
"""After how many new objects garbage is looked for, and how often among the older ones."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Let the collector pass over what stands by now, and look at the rest less often: turns and plans make none.

    For a process that does this alone: what one thread sets here holds for all.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
