"""Influence over turns: how far what one says now follows from what the other said just before.

In each conversation and for each seat, ``y_t = alpha + phi * own previous turn + psi * the other's previous turn +
delta * t``; phi is inertia, psi influence. The slopes of a seat are one row of one conversation, and tests take those:
no p value is ever about turns. What is found is *predictive* influence; it is causal only where the partner's turns
were scripted or perturbed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from colloquia.analysis.statistics.contrasts import contrast, mean
from colloquia.analysis.statistics.conversations import SEAT, UNIT, Conversations
from colloquia.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

    from colloquia.analysis.statistics.result import Estimate, Floats

FEWEST = 10
"""Turns of each seat below which slopes are mostly bias."""
_PARAMETERS = 4


def slopes(turns: pd.DataFrame, *, value: str = "value", corrected: bool = True) -> Conversations:
    """Return inertia ``phi`` and influence ``psi`` of each seat of each dyad; ``value`` is psi.

    The slopes of a short series are biased (by about -(1 + phi) / (T - 1) for phi): ``corrected`` takes the bias out
    by the half-panel jackknife, twice the slopes of the whole minus the mean of those of its halves.

    Args:
        turns: In the order in which they were said: ``experiment_id``, ``speaker_role`` and the value.
        value: Name of the column of the value.
        corrected: Whether the bias is taken out.

    Raises:
        DesignError: a conversation is no dyad in turn, or a seat has fewer than 10 turns.
    """
    import pandas as pd

    rows = []
    for unit, talk in turns.groupby(UNIT, sort=False):
        roles, numbers = talk[SEAT].to_numpy(), talk[value].to_numpy(dtype="float64")
        seats = list(dict.fromkeys(roles))
        if len(seats) != 2 or (roles[1:] == roles[:-1]).any():  # noqa: PLR2004 - a dyad
            raise DesignError(f"Conversation {unit}: influence is between two seats that speak in turn.")
        if len(numbers) < 2 * FEWEST:
            raise DesignError(
                f"Conversation {unit} has {len(numbers)} turns: influence needs {FEWEST} of each seat or more."
            )
        for place, seat in enumerate(seats):
            phi, psi = _corrected(numbers, place) if corrected else _slopes(numbers, place)
            rows.append({UNIT: unit, SEAT: seat, "value": psi, "phi": phi, "turns": len(numbers)})
    return Conversations(rows=pd.DataFrame(rows).merge(_about(turns, value), on=UNIT, how="left"))


def influence(turns: pd.DataFrame, *, value: str = "value") -> Estimate:
    """Return the mean influence of the other's previous turn, over conversations."""
    return mean(slopes(turns, value=value), name="influence psi (predictive)")


def asymmetry(turns: pd.DataFrame, first: str, second: str, *, value: str = "value") -> Estimate:
    """Return how much more seat ``first`` follows the other than seat ``second`` does."""
    return contrast(slopes(turns, value=value), SEAT, first, second)


def _about(turns: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return the columns that are the same in all turns of a conversation."""
    groups = turns.groupby(UNIT, sort=False)
    taken = {UNIT, SEAT, value, "value", "phi", "turns", "turn_id"}
    others = [str(name) for name in turns.columns if name not in taken]
    same = [name for name in others if groups[name].nunique(dropna=False).max() == 1]
    return groups[same].first().reset_index() if same else turns[[UNIT]].drop_duplicates()


def _corrected(numbers: Floats, place: int) -> Floats:
    middle = len(numbers) // 4 * 2
    halves = (_slopes(numbers[:middle], place) + _slopes(numbers[middle:], place)) / 2
    found: Floats = 2 * _slopes(numbers, place) - halves
    return found


def _slopes(numbers: Floats, place: int) -> Floats:
    """Return phi and psi of the seat that says the turns ``place, place + 2, ...``."""
    at = np.arange(place if place > 1 else place + 2, len(numbers), 2)
    known = np.column_stack([numbers[at - 2], numbers[at - 1], np.ones(len(at)), at])
    found, _, rank, _ = np.linalg.lstsq(known, numbers[at], rcond=None)
    return np.asarray(found[:2], dtype=float) if rank == _PARAMETERS else np.full(2, np.nan)
