"""Every random draw, computed from the study's seed and from what is drawn.

A draw depends on the study seed, on what is drawn, on the block (iteration, item and the friendly names of the
seats) and on the turn; never on the levels of factors and never on a position in a list. So contrasts between
levels share their draws, and one more model, item or level re-deals nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import msgspec

DRAW_LIMIT = 2**31
"""Draws are whole numbers below this bound, which every server takes as a seed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draws:
    """The random numbers of one block of one study."""

    seed: int
    iteration: int
    item: str | None
    names: tuple[str, ...]
    """Friendly names of the seats, in seat order."""
    fork: str = ""
    """Which fork it is; empty where it is none."""

    def integer(self, what: str, turn: int = 0) -> int:
        """Return the number drawn for ``what`` at ``turn``, uniform in 0 to ``DRAW_LIMIT - 1``."""
        block = [self.iteration, self.item, self.names, *([self.fork] if self.fork else [])]
        digest = sha256(msgspec.json.encode([self.seed, what, block, turn])).digest()
        return int.from_bytes(digest[:8]) % DRAW_LIMIT
