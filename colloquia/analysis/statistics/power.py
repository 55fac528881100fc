"""How many conversations: power and precision by simulation from a pilot, with the analysis that will be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from colloquia.analysis.statistics.contrasts import contrast
from colloquia.analysis.statistics.conversations import UNIT, Conversations
from colloquia.analysis.statistics.rates import wilson
from colloquia.analysis.statistics.result import CONFIDENCE, Spoken, number, said
from colloquia.analysis.statistics.strata import FEWEST, Cells
from colloquia.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from colloquia.analysis.statistics.result import Floats

STUDIES = 500
_EXCHANGES = 999
"""Exchanges in the test of one simulated study: its level is the same, its p value coarser."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Power(Spoken):
    """What studies of several sizes would find."""

    frame: pd.DataFrame
    """``per_cell, power, low, high, half_width``: share of studies with p at most .05, and the usual interval width."""
    effect: float
    conversations: int
    """Of the pilot."""
    method: str
    warnings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The table in words."""
        columns = (self.frame[name].to_numpy(dtype="float64") for name in ("power", "per_cell"))
        found = ", ".join(f"{100 * share:.0f} % with {size:.0f} a cell" for share, size in zip(*columns, strict=True))
        return said(
            f"A difference of {number(self.effect)} is found by {found} (pilot of {self.conversations:,} conversations",
            self,
        )

    def enough(self, *, power: float = 0.8, half_width: float = float("inf")) -> int | None:
        """Return the smallest size with this power and precision, None where none of them has."""
        fits = self.frame[(self.frame["power"] >= power) & (self.frame["half_width"] <= half_width)]
        return None if fits.empty else int(fits["per_cell"].min())


def power(
    pilot: Conversations,
    factor: str,
    first: object,
    second: object,
    *,
    effect: float,
    sizes: Sequence[int],
    within: Sequence[str] = (),
    studies: int = STUDIES,
    seed: int = 1,
) -> Power:
    """Return the power of a difference of ``effect`` (in the units of the value) for each number per cell.

    Each simulated study draws conversations from the pilot's own, the means of its cells taken out and its spread
    corrected for them, adds the effect to ``first``, and runs :func:`contrast`.
    """
    import pandas as pd

    if min(sizes) < 2:  # noqa: PLR2004 - a spread needs two
        raise DesignError("A study needs two conversations in each cell at least.")
    columns, levels = (factor, *within), (first, second)
    cells = Cells(pilot.where(factor, [first, second]), [*columns]).numbers
    spread = _spread(cells)
    chance = np.random.default_rng(seed)
    rows = []
    for size in sizes:
        found = [_study(spread, columns, levels, effect=effect, size=size, chance=chance) for _ in range(studies)]
        rows.append({"per_cell": size, **_found(found)})
    few = (f"A pilot of fewer than {FEWEST} conversations a cell says little about the spread.",)
    return Power(
        frame=pd.DataFrame(rows), effect=effect, conversations=sum(map(len, cells.values())),
        method=f"{studies} simulated studies of each size from the pilot, analysed by contrast()",
        warnings=few if min(map(len, cells.values())) < FEWEST else (),
    )  # fmt: skip


def _spread(cells: Mapping[tuple[object, ...], Floats]) -> dict[tuple[object, ...], Floats]:
    """Return how values lie around the mean of their cell, corrected for that being their own."""
    if min(map(len, cells.values())) < 2:  # noqa: PLR2004 - a spread needs two
        raise DesignError(
            "A pilot needs two conversations in each cell at least: its spread is what is simulated from."
        )
    return {cell: (values - values.mean()) * np.sqrt(len(values) / (len(values) - 1)) for cell, values in cells.items()}


def _found(studies: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Return what studies of one size found: the share with an effect, its interval, and their usual half-width."""
    hits = sum(p <= 1 - CONFIDENCE for p, _ in studies)
    low, high = wilson(hits, len(studies))
    half_width = float(np.median([half for _, half in studies]))
    return {"power": hits / len(studies), "low": low, "high": high, "half_width": half_width}


def _study(
    spread: dict[tuple[object, ...], Floats],
    columns: tuple[str, ...],
    levels: tuple[object, object],
    *,
    effect: float,
    size: int,
    chance: np.random.Generator,
) -> tuple[float, float]:
    """Return the p value and the half-width of one simulated study."""
    import pandas as pd

    frames = []
    for place, (cell, values) in enumerate(spread.items()):
        drawn = chance.choice(values, size) + (effect if cell[0] == levels[0] else 0.0)
        about = dict(zip(columns, cell, strict=True))
        frames.append(pd.DataFrame({UNIT: [f"{place}-{k}" for k in range(size)], **about, "value": drawn}))
    study = Conversations(rows=pd.concat(frames, ignore_index=True))
    seed = int(chance.integers(2**31))
    found = contrast(study, columns[0], *levels, within=columns[1:], draws=_EXCHANGES, seed=seed)
    return found.p_value, (found.high - found.low) / 2
