"""Where every draw of a proof comes from: the same seed and the same words, the same draws."""

from __future__ import annotations

import random


def chance(*what: object) -> random.Random:
    """Return the source of draws for ``what``, the seed of the proof first."""
    return random.Random("/".join(map(str, what)))
