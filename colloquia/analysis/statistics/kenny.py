"""Kenny's effects of a round robin: actor, partner and relationship of each cell mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from colloquia.analysis.statistics.result import Floats


def effects(means: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, actor, partner and relationship effects of cell means (last two axes); the diagonal is not read."""
    n = means.shape[-1]
    off = np.where(np.eye(n, dtype=bool), 0.0, means)
    rows, columns = off.sum(axis=-1) / (n - 1), off.sum(axis=-2) / (n - 1)
    grand = off.sum(axis=(-1, -2)) / (n * (n - 1))
    own, other, whole = (n - 1) ** 2 / (n * (n - 2)), (n - 1) / (n * (n - 2)), (n - 1) / (n - 2)
    actors = own * rows + other * columns - whole * grand[..., None]
    partners = own * columns + other * rows - whole * grand[..., None]
    pairs = off - actors[..., :, None] - partners[..., None, :] - grand[..., None, None]
    return grand, actors, partners, np.where(np.eye(n, dtype=bool), 0.0, pairs)
